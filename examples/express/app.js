// Didit with Express: both halves of Didit's guide, on didit-client.
//
//     DIDIT_API_KEY="..." DIDIT_WORKFLOW_ID="..." DIDIT_WEBHOOK_SECRET="..." node app.js

const { Didit, parseCallback, statuses } = require("didit-client");
const { errorHandler, webhook } = require("didit-client/express");
const { SQLiteStore } = require("didit-client/store");
const express = require("express");

const APP_URL = process.env.APP_URL ?? "http://localhost:3000";

// The key and the workflow come from the environment: see the README.
const client = new Didit();

// One line for each delivery, and for each call that failed. It holds no personal data.
const log = (level, message, facts) => console[level](message, JSON.stringify(facts));

// Without a secret this throws, so the app does not start. During a rotation the old secret stays valid beside the new.
// The store recognises repetitions, also after a restart and in all processes of this machine.
const previousSecret = process.env.DIDIT_WEBHOOK_SECRET_PREVIOUS;
const didit = webhook({
  secrets: [process.env.DIDIT_WEBHOOK_SECRET ?? "", ...(previousSecret ? [previousSecret] : [])],
  store: new SQLiteStore(process.env.DIDIT_STORE ?? "didit.db"),
  log,
});

const app = express();

const START = `<!doctype html><meta charset="utf-8"><title>Verification</title><button>Verify me</button><script>
document.querySelector("button").onclick = async () => {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch("/api/verify", { method: "POST", headers, body: '{"user_id":"user-123"}' });
  location = (await answer.json()).verification_url;
};
</script>`;

// The page on which a user begins.
app.get("/", (_req, res) => res.send(START));

// Begins a verification: the page sends the user to verification_url, an app gives session_token to Didit's SDK.
app.post("/api/verify", express.json(), async (req, res) => {
  // Take it from your login session in production: here everybody may say who they are.
  const { user_id } = req.body ?? {};
  if (typeof user_id !== "string" || user_id === "") {
    return res.status(400).json({ error: "user_id is missing" });
  }
  const session = await client.sessions.create({
    vendor_data: user_id,
    callback: `${APP_URL}/verification-complete`,
  });
  // So that the page below shows a decision only to the browser that began.
  res.cookie("verification", session.session_id, { httpOnly: true, sameSite: "lax" });
  return res.json({ verification_url: session.url, session_token: session.session_token });
});

// Shows the user how it went. Anybody can write this address, so what it claims is not believed.
app.get("/verification-complete", async (req, res) => {
  const { sessionId } = parseCallback(req.url);
  if (!(req.headers.cookie ?? "").split("; ").includes(`verification=${sessionId}`)) {
    return res.status(403).json({ error: "not_your_session" });
  }
  const { status } = await client.sessions.decision(sessionId);
  // One of six words, whatever Didit answers, so that nothing has to be escaped.
  return res.send(`<!doctype html><h1>Verification: ${statuses.outcome(status ?? "")}</h1>`);
});

// Runs once for each event. If it throws, Didit gets a 500, and its retry finds the event new.
app.post("/api/webhook", didit, (req, res) => {
  const { event, verified } = req.didit;
  actOn(event);
  // Didit looks at the status alone; the rest is for whoever tries this example.
  res.json({ received: true, duplicate: false, type: event.type, outcome: event.outcome, scheme: verified.scheme });
});
// A call that failed, or a delivery that is refused: the browser or Didit learns the code, the log the hint.
app.use(errorHandler({ log }));

/**
 * Your own work: update the database here.
 * Deliveries can overtake each other: compare event.created_at before you overwrite a newer state.
 */
function actOn(event) {
  if (event.environment !== "live") return; // An approval in the sandbox must open no door.
  switch (event.outcome) {
    case "granted":
      console.log(`session ${event.session_id}: let the user in`);
      break;
    case "denied":
    case "revoked":
      console.log(`session ${event.session_id}: keep the user out`);
      break;
    case "pending":
    case "retry":
      console.log(`session ${event.session_id}: ${event.status}, wait`);
      break;
    default:
      console.log(`${event.webhook_type}: nothing to decide`);
  }
}

module.exports = app;

// A test that requires this file serves the application itself.
if (require.main === module) {
  const server = app.listen(Number(process.env.PORT ?? 3000), process.env.HOST, (error) => {
    if (error) throw error;
    console.log(`listening on port ${server.address().port}`);
  });
}
