// The guide's first steps with didit-client: an account, a workflow, a webhook destination. account.py does the same.
//
//     node account.cjs BASE_URL WEBHOOK
//
// prints a line of JSON for each step, and in the last one what an application is configured with.

const { randomUUID } = require("node:crypto");
const { Didit } = require("../..");
const { Control } = require("../../bindings-node/dist/testing");

const tell = (step, account) => process.stdout.write(`${JSON.stringify({ step, account })}\n`);

async function main(baseUrl, webhook) {
  const [email, password] = [`${randomUUID()}@example.com`, `Aa1!${randomUUID()}`];
  const settings = { baseUrl, accountUrl: `${baseUrl}/auth/v2`, environment: {} };
  const anonymous = new Didit(settings);
  await anonymous.account.register({ email, password });
  tell("register");
  const [{ code }] = await new Control(baseUrl).mail(email);
  const { application } = await anonymous.account.verifyEmail({ email, code });
  tell("verify_email");
  const client = new Didit({ ...settings, apiKey: application.api_key });
  const features = ["OCR", "LIVENESS", "FACE_MATCH"].map((feature) => ({ feature }));
  const workflow = await client.workflows.create({ workflow_label: "Sign-up", features });
  tell("workflow");
  const destination = await client.webhooks.destinations.create({
    label: "demo",
    url: webhook,
    webhook_version: "v3",
    subscribed_events: ["status.updated", "data.updated"],
  });
  tell("destination");
  tell("account", {
    api_key: application.api_key,
    workflow_id: workflow.uuid,
    destination: destination.uuid,
    secret: destination.secret_shared_key,
  });
}

main(...process.argv.slice(2)).catch((error) => {
  console.error(`${error.code ?? error.name}: ${error.hint ?? error.message}`);
  process.exitCode = 1;
});
