import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { missing, open, ROOT, startApplication, startBrowser, startDev, until } from "./setting.mjs";

const PASSWORD = "Correct-Horse-7-Battery!";

describe("the inspector", { skip: missing() }, () => {
  let dev, application, browser, page, problems, foreign, folder;

  before(async () => {
    dev = await startDev();
    application = await startApplication(dev.webhook_secret);
    browser = await startBrowser();
    folder = mkdtempSync(path.join(tmpdir(), "didit-copies-"));
    // What is copied finds the package as an application of its own does.
    mkdirSync(path.join(folder, "node_modules"));
    symlinkSync(ROOT, path.join(folder, "node_modules", "didit-client"));
    await dev.control("POST", "destinations", { url: `${application.url}/webhook` });
    let context;
    ({ page, context, problems, foreign } = await open(browser));
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.goto(`${dev.base_url}/_dev`);
    await page.getByText("live", { exact: true }).waitFor();
  });
  after(async () => {
    // The page still listens when didit-dev stops, which must not keep it.
    if (dev) assert.equal(await dev.stop(), 0);
    await browser?.close();
    application?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  const rows = (kind) => page.locator(`.row.${kind}`);

  async function send(members = {}) {
    const before = await rows("delivery").count();
    const { event_id: id } = await dev.control("POST", "events", { type: "status.updated", ...members });
    await until(async () => (await rows("delivery").count()) > before, "the delivery");
    return id;
  }

  async function copied(name) {
    await page.getByRole("button", { name: `Copy as ${name}` }).click();
    await page.getByText(`Copied as ${name}.`).waitFor({ state: "attached" });
    return page.evaluate(() => navigator.clipboard.readText());
  }

  /** Run what was copied with the secret in the environment, as its user would. */
  async function run(text, name, command) {
    const file = path.join(folder, name);
    writeFileSync(file, text);
    const env = {
      ...process.env,
      DIDIT_WEBHOOK_SECRET: dev.webhook_secret,
      DIDIT_API_KEY: dev.api_key,
      DIDIT_BASE_URL: dev.base_url,
    };
    // A test inside a test would speak to the outer one.
    delete env.NODE_TEST_CONTEXT;
    try {
      // The application that it calls may be in this very process, so nothing may wait without answering.
      const running = spawn(command[0], [...command.slice(1), file], {
        cwd: folder,
        env,
        stdio: ["ignore", "pipe", "pipe"],
      });
      let output = "";
      for (const stream of [running.stdout, running.stderr])
        stream.on("data", (some) => {
          output += some;
        });
      const [status] = await once(running, "close");
      return { status, output };
    } finally {
      rmSync(file, { force: true });
    }
  }

  async function passes(text, name, command) {
    const { status, output } = await run(text, name, command);
    assert.equal(status, 0, output);
    assert.ok(!text.includes(dev.webhook_secret) && !text.includes(dev.api_key));
  }

  const python = path.join(ROOT, ".venv", "bin", "python");
  const pytest = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider"];
  const node = [process.execPath, "--test"];

  test("calls and deliveries appear as they happen, newest first", async () => {
    assert.equal(await page.locator(".row").count(), 0);
    const session = await dev.session({ vendor_data: "<img src=x onerror=alert(1)>" });
    await rows("call").first().getByText("POST /v3/session/").waitFor();
    await rows("delivery").first().getByText("status.updated").waitFor();
    await rows("call").first().click();
    const detail = page.locator("#detail");
    await detail.getByText("sessions.create").waitFor();
    await detail.getByText('"vendor_data": "<img src=x onerror=alert(1)>"').first().waitFor();
    await detail.getByText(session.session_id).first().waitFor();
    assert.equal(await page.locator("#detail img").count(), 0);
    assert.deepEqual([problems, foreign], [[], []]);
  });

  test("keys, secrets and passwords are hidden, and the mailed code is shown", async () => {
    await dev.api("POST", "/auth/v2/programmatic/register/", { email: "dev@example.com", password: PASSWORD });
    await page.locator("#mail").getByText("dev@example.com").waitFor();
    const destination = { label: "x", url: `${application.url}/x`, subscribed_events: ["activity.created"] };
    const { secret_shared_key: secretOfAnother } = await dev.api("POST", "/v3/webhook/destinations/", destination);
    await rows("call").first().getByText("webhooks.destinations.create").waitFor();
    await rows("call").first().click();
    await page.locator("#detail").getByText('"secret_shared_key": "(hidden)"').waitFor();
    const seen = JSON.stringify(await dev.control("GET", "entries"));
    for (const secret of [PASSWORD, dev.api_key, dev.webhook_secret, secretOfAnother]) {
      assert.ok(secret.length > 10 && !seen.includes(secret), "a secret is shown");
    }
    const text = await page.content();
    assert.ok(!text.includes(dev.api_key) && !text.includes(secretOfAnother));
    await page.locator("#detail").getByText("x-api-key").waitFor();
  });

  test("a delivery shows its headers, what the canonical form changes, and that it is genuine", async () => {
    await send({ scenario: "approve", members: { vendor_data: "Zoë 🦊" } });
    await rows("delivery").first().click();
    const detail = page.locator("#detail");
    await detail.getByText("genuine", { exact: true }).waitFor();
    await detail.getByText("X-Signature-V2", { exact: true }).waitFor();
    const removed = await detail.locator(".diff del").allTextContents();
    const added = await detail.locator(".diff ins").allTextContents();
    assert.ok(removed.includes('"Zo\\u00eb \\ud83e\\udd8a"'), removed.join());
    assert.ok(added.includes('"Zoë 🦊"'), added.join());
  });

  test("what is wrong with a delivery is named, and the tests that are copied of it pass", async () => {
    await dev.control("POST", "misbehaviours", { misbehaviour: "wrong_secret" });
    await send();
    // The whole text of the outcome: the port in the address may have these digits, too.
    await rows("delivery").first().locator(".outcome").getByText("401", { exact: true }).waitFor();
    await rows("delivery").first().click();
    await page.locator("#detail .verdict").getByText("signature_mismatch").waitFor();
    await passes(await copied("pytest"), "test_refused.py", pytest);
    await passes(await copied("node:test"), "refused.test.cjs", node);
    await dev.control("POST", "misbehaviours", { misbehaviour: "reencoded" });
    await send();
    await rows("delivery").first().click();
    await page.locator("#detail .verdict").getByText("genuine", { exact: true }).waitFor();
    assert.ok((await page.locator(".diff del").allTextContents()).some((text) => text.includes("↵")));
  });

  test("resend sends the same event once more, and the new attempt appears", async () => {
    const id = await send({ scenario: "approve" });
    const before = await rows("delivery").count();
    await rows("delivery").first().click();
    await page.getByRole("button", { name: "Resend" }).click();
    await until(async () => (await rows("delivery").count()) > before, "the new attempt");
    await rows("delivery")
      .first()
      .getByText(/resend/)
      .waitFor();
    assert.equal(application.webhooks.filter((event) => event.event_id === id).length, 2);
  });

  test("a genuine delivery is copied as tests that pass, and fail with another secret", async () => {
    await send({ scenario: "approve", members: { vendor_data: 'O\'Neil "quoted" 🦊' } });
    await rows("delivery").first().click();
    await page.locator("#detail .verdict").waitFor();
    assert.ok(existsSync(python), "the packages are not built");
    const text = await copied("pytest");
    await passes(text, "test_copied.py", pytest);
    const forged = text.replace('os.environ["DIDIT_WEBHOOK_SECRET"]', '"another"');
    assert.notEqual((await run(forged, "test_other.py", pytest)).status, 0);
    await passes(await copied("node:test"), "copied.test.cjs", node);
    const count = application.webhooks.length;
    await passes(await copied("curl"), "copied.sh", ["sh"]);
    assert.equal(application.webhooks.length, count + 1);
    assert.equal(application.webhooks.at(-1).vendor_data, 'O\'Neil "quoted" 🦊');
  });

  test("a call is copied as tests that make it again", async () => {
    await dev.session({ vendor_data: "it's" });
    await rows("call").first().getByText("sessions.create").waitFor();
    await rows("call").first().click();
    await page.getByRole("button", { name: "Copy as pytest" }).waitFor();
    await passes(await copied("pytest"), "test_call.py", pytest);
    await passes(await copied("node:test"), "call.test.cjs", node);
    const text = await copied("curl");
    assert.match(text, /x-api-key: \$DIDIT_API_KEY/);
    const { status, output } = await run(text, "call.sh", ["sh"]);
    assert.equal(status, 0, output);
    assert.match(output, /HTTP\/1\.1 201/);
  });

  test("the list can be filtered, and walked through with the keyboard", async () => {
    await page.getByLabel("deliveries", { exact: true }).check();
    assert.equal(await page.locator(".row.call:visible").count(), 0);
    await page.getByLabel("calls", { exact: true }).check();
    assert.equal(await page.locator(".row.delivery:visible").count(), 0);
    await page.getByLabel("Filter").fill("webhooks.destinations");
    assert.equal(await page.locator(".row:visible").count(), 1);
    await page.getByLabel("Filter").fill("");
    await page.locator(".row:visible").first().focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    const second = page.locator(".row:visible").nth(1);
    assert.equal(await second.getAttribute("aria-current"), "true");
    await page.keyboard.press("Escape");
    assert.ok(await second.evaluate((row) => row === document.activeElement));
    await page.getByLabel("all", { exact: true }).check();
  });

  test("it fits a phone, and nobody may embed it or load anything into it", async () => {
    await page.setViewportSize({ width: 320, height: 640 });
    const width = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok((await width()) <= 0);
    await page.locator(".row").first().click();
    assert.ok((await width()) <= 0);
    await page.getByRole("button", { name: "Back to the list" }).click();
    await page.locator(".row").first().waitFor();
    const answer = await fetch(`${dev.base_url}/_dev`);
    const policy = answer.headers.get("content-security-policy");
    assert.match(policy, /default-src 'none'.*frame-ancestors 'none'/);
    assert.ok(!/unsafe|\*|https?:/.test(policy), policy);
    assert.deepEqual([problems, foreign], [[], []]);
  });

  test("it finds back to the list after a reset", async () => {
    await dev.control("POST", "reset", {});
    await dev.session();
    await until(async () => (await page.locator(".row").count()) === 1, "the new list");
  });

  test("what happens while the list is read anew is in it", async () => {
    const shown = () => page.locator(".row").evaluateAll((rows) => rows.map((row) => Number(row.dataset.number)));
    const known = async () => (await dev.control("GET", "entries")).map((entry) => entry.number).reverse();
    let release;
    await page.route("**/_dev/entries", async (route) => {
      const answer = await route.fetch();
      await new Promise((done) => {
        release = done;
      });
      await route.fulfill({ response: answer });
    });
    try {
      await dev.control("POST", "reset", {});
      await dev.session();
      // A number is missing after a reset, so the page reads the list, which is held up on its way.
      await until(() => release, "the reading");
      await dev.session();
      // What was there before the reset still is.
      await until(async () => (await shown()).length === 3, "the second call");
    } finally {
      release?.();
    }
    await until(async () => `${await shown()}` === `${await known()}`, "the list and what came meanwhile");
    await page.unrouteAll({ behavior: "wait" });
    assert.equal((await known()).length, 2);
    assert.deepEqual([problems, foreign], [[], []]);
  });
});
