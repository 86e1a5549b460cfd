import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { missing, open, startApplication, startBrowser, startDev, until } from "./setting.mjs";

const NAME = "Zoë 'Ünal' <b>&amp;</b> 🦊";
const PHONE = { viewport: { width: 320, height: 640 }, hasTouch: true };

describe("the hosted page", { skip: missing() }, () => {
  let dev, application, browser;

  before(async () => {
    dev = await startDev();
    application = await startApplication(dev.webhook_secret);
    browser = await startBrowser();
    await dev.control("POST", "destinations", { url: `${application.url}/webhook` });
  });
  after(async () => {
    await browser?.close();
    application?.stop();
    if (dev) assert.equal(await dev.stop(), 0);
  });

  /** A session, and its page in a browser. */
  async function visit(more = {}, options = {}) {
    const session = await dev.session({ callback: `${application.url}/done?a=1`, ...more });
    const opened = await open(browser, options);
    await opened.page.goto(session.url);
    return { session, ...opened };
  }

  /** Through the steps to the one with the outcome. */
  async function onward(page) {
    while (await page.locator(".way .primary").count()) await page.locator(".way .primary").click();
  }

  test("a person is approved, comes back to the callback, and a verified webhook tells of it", async () => {
    const { session, page, problems, foreign } = await visit();
    await page.getByLabel("First name").fill(NAME);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("group", { name: "Liveness" }).getByLabel("Score", { exact: true }).fill("61.5");
    await page.getByRole("group", { name: "Face match" }).getByText("Warnings").first().click();
    await page.getByLabel("LOW_FACE_MATCH_SIMILARITY").check();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("heading", { name: "Welcome back" }).waitFor();
    const back = application.callbacks.at(-1);
    assert.deepEqual(
      [...back],
      [
        ["a", "1"],
        ["verificationSessionId", session.session_id],
        ["status", "Approved"],
      ],
    );
    const data = await application.webhook(session.session_id, "Approved");
    const { decision } = data;
    assert.equal(decision.id_verifications[0].first_name, NAME);
    assert.equal(decision.id_verifications[0].full_name, `${NAME} Persona`);
    assert.equal(decision.liveness_checks[0].score, 61.5);
    assert.equal(decision.face_matches[0].warnings[0].risk, "LOW_FACE_MATCH_SIMILARITY");
    assert.deepEqual((await dev.decision(session.session_id)).id_verifications[0].first_name, NAME);
    assert.deepEqual([problems, foreign], [[], []]);
  });

  for (const [button, status] of [
    ["Decline", "Declined"],
    ["Send to review", "In Review"],
  ]) {
    test(`${button} ends in ${status}`, async () => {
      const { session, page, problems } = await visit();
      await onward(page);
      await page.getByRole("button", { name: button }).click();
      await page.getByRole("heading", { name: "Welcome back" }).waitFor();
      assert.equal(application.callbacks.at(-1).get("status"), status);
      await application.webhook(session.session_id, status);
      assert.deepEqual(problems, []);
    });
  }

  test("who leaves is not sent back", async () => {
    const { session, page } = await visit();
    await onward(page);
    await page.getByRole("button", { name: "Abandon" }).click();
    await page.getByRole("heading", { name: "You left before the end" }).waitFor();
    await application.webhook(session.session_id, "Abandoned");
    assert.ok(!application.callbacks.some((back) => back.get("verificationSessionId") === session.session_id));
  });

  test("steps that have to be done again are asked for with their reason, and the rest stays as it was entered", async () => {
    const { session, page } = await visit();
    await page.getByLabel("Last name").fill("Ōe");
    await onward(page);
    await page.getByText("Ask to resubmit").first().click();
    await page.getByLabel("Identity document").uncheck();
    await page.getByLabel("Face match").check();
    await page.getByLabel("Reason").fill("Too dark <i>");
    // Enter in a field is no decision.
    await page.getByLabel("Reason").press("Enter");
    assert.equal((await dev.decision(session.session_id)).status, "In Progress");
    await page.getByText("Ask to resubmit").first().click();
    await page.getByLabel("Identity document").uncheck();
    await page.getByLabel("Face match").check();
    await page.getByLabel("Reason").fill("Too dark <i>");
    await page.getByRole("button", { name: "Ask to resubmit" }).click();
    await page.getByText("Too dark <i>").waitFor();
    assert.deepEqual(await page.locator(".steps li").allTextContents(), ["1Selfie", "2Result"]);
    const data = await application.webhook(session.session_id, "Resubmitted");
    const nodes = data.resubmit_info.nodes_to_resubmit;
    assert.deepEqual(nodes, [{ feature: "FACE_MATCH", node_id: "feature_face_match" }]);
    assert.deepEqual(data.resubmit_info.reasons, { feature_face_match: "Too dark <i>" });
    await onward(page);
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("heading", { name: "Welcome back" }).waitFor();
    const last = await application.webhook(session.session_id, "Approved");
    assert.equal(last.decision.id_verifications[0].last_name, "Ōe");
  });

  test("Arabic runs from right to left, keeps what was entered, and fits a small phone", async () => {
    const { page, problems } = await visit({ language: "ar" }, PHONE);
    const root = page.locator("html");
    assert.deepEqual([await root.getAttribute("lang"), await root.getAttribute("dir")], ["ar", "rtl"]);
    assert.equal(await page.locator("h1").textContent(), "وثيقتك");
    assert.equal(await page.locator("h1").evaluate((heading) => getComputedStyle(heading).direction), "rtl");
    await page.getByLabel("الاسم الأول").fill("زينب");
    for (let step = 0; step < 3; step += 1) {
      const wide = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.ok(wide <= 0, `step ${step} is ${wide} pixels too wide`);
      if (step < 2) await page.locator(".way .primary").click();
    }
    await page.getByRole("button", { name: "English" }).click();
    assert.equal(await root.getAttribute("dir"), "ltr");
    await page.getByRole("button", { name: "Back" }).click();
    await page.getByRole("button", { name: "Back" }).click();
    assert.equal(await page.getByLabel("First name").inputValue(), "زينب");
    assert.deepEqual(problems, []);
  });

  test("the keyboard alone is enough, and shows where it is", async () => {
    const { session, page } = await visit();
    async function tabTo(name) {
      for (let presses = 0; presses < 60; presses += 1) {
        await page.keyboard.press("Tab");
        const seen = await page.evaluate(() => {
          const { activeElement: active } = document;
          return { text: active.textContent.trim(), id: active.id, outline: getComputedStyle(active).outlineStyle };
        });
        if (seen.text === name || seen.id === name) {
          assert.equal(seen.outline, "solid", `${name} does not show that it has the focus`);
          return;
        }
      }
      assert.fail(`the keyboard does not reach ${name}`);
    }
    await tabTo("id_verifications.first_name");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("Kay");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Your selfie" }).waitFor();
    await tabTo("Continue");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "How does it end?" }).waitFor();
    await tabTo("Decline");
    await page.keyboard.press("Space");
    await page.getByRole("heading", { name: "Welcome back" }).waitFor();
    const data = await application.webhook(session.session_id, "Declined");
    assert.equal(data.decision.id_verifications[0].first_name, "Kay");
  });

  test("it works without JavaScript", async () => {
    const { session, page } = await visit({}, { javaScriptEnabled: false });
    await onward(page);
    await page.locator("button.approve").click();
    await page.waitForURL(/\/done/);
    assert.equal(application.callbacks.at(-1).get("verificationSessionId"), session.session_id);
  });

  test("in a frame it tells the window around it, and the frame goes to the callback", async () => {
    const session = await dev.session({ callback: `${application.url}/done` });
    const { page, problems } = await open(browser);
    await page.goto(`${application.url}/frame?src=${encodeURIComponent(`${session.url}?sdk_presentation=embedded`)}`);
    const frame = page.frameLocator("iframe");
    await frame.getByRole("button", { name: "Continue" }).click();
    await frame.getByRole("button", { name: "Continue" }).click();
    await frame.getByRole("button", { name: "Approve" }).click();
    await frame.getByRole("heading", { name: "Welcome back" }).waitFor();
    const told = await page.evaluate(() => window.told);
    assert.ok(told.every((one) => one.type.startsWith("didit:") && Number.isInteger(one.timestamp)));
    const completed = told.find((one) => one.type === "didit:completed");
    assert.deepEqual(completed.data, { sessionId: session.session_id, status: "Approved" });
    assert.ok(told.some((one) => one.type === "didit:layout" && one.data.contentHeight > 0 && one.data.dir === "ltr"));
    assert.equal(application.callbacks.at(-1).get("status"), "Approved");
    assert.deepEqual(problems, []);
  });

  for (const [method, initiator, completer] of [
    ["initiator", true, false],
    ["completer", false, true],
    ["both", true, true],
  ]) {
    test(`callback_method ${method} sends the right device to the callback`, async () => {
      const { session, page: first } = await visit({ callback_method: method });
      await first.getByText("Continue on another device").click();
      const link = await first.locator("a.link").getAttribute("href");
      await first.getByRole("link", { name: "Wait here" }).click();
      await first.getByRole("heading", { name: "Waiting for the other device" }).waitFor();
      const { page: second } = await open(browser, PHONE);
      await second.goto(new URL(link, session.url).href);
      await onward(second);
      await second.getByRole("button", { name: "Approve" }).click();
      await second.getByRole("heading", { name: completer ? "Welcome back" : "You are verified" }).waitFor();
      await first.getByRole("heading", { name: initiator ? "Welcome back" : "You are verified" }).waitFor();
      const came = application.callbacks.filter((back) => back.get("verificationSessionId") === session.session_id);
      assert.equal(came.length, Number(initiator) + Number(completer));
    });
  }

  test("a score that is no number is pointed out, and nothing is lost", async () => {
    const { session, page } = await visit();
    await page.getByLabel("First name").fill("Kept");
    await page.getByRole("button", { name: "Continue" }).click();
    await page
      .getByLabel("Score")
      .first()
      .evaluate((input) => {
        input.type = "text";
        input.value = "many";
      });
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("alert").getByRole("link", { name: "Score" }).waitFor();
    assert.equal(await page.locator("[aria-invalid=true]").inputValue(), "many");
    await page.locator("[aria-invalid=true]").fill("7");
    await onward(page);
    await page.getByRole("button", { name: "Send to review" }).click();
    const data = await application.webhook(session.session_id, "In Review");
    assert.equal(data.decision.liveness_checks[0].score, 7);
    assert.equal(data.decision.id_verifications[0].first_name, "Kept");
  });

  test("every control has a name, and the page may load nothing from elsewhere", async () => {
    const { session, page } = await visit();
    const answer = await fetch(session.url);
    const policy = answer.headers.get("content-security-policy");
    assert.match(policy, /^default-src 'none'; style-src 'sha256-/);
    assert.ok(!/unsafe|\*(?!$)/.test(policy), policy);
    assert.ok(policy.includes(`form-action 'self' ${application.url};`), policy);
    assert.deepEqual(
      [answer.headers.get("cache-control"), answer.headers.get("referrer-policy")],
      ["no-store", "no-referrer"],
    );
    for (let step = 0; step < 3; step += 1) {
      await page.evaluate(() => {
        for (const one of document.querySelectorAll("details")) one.open = true;
      });
      const nameless = await page.evaluate(() =>
        [...document.querySelectorAll("input:not([type=hidden]), select, button, a")]
          .filter((one) => !(one.labels?.length || one.textContent.trim()))
          .map((one) => one.outerHTML),
      );
      assert.deepEqual(nameless, []);
      const ids = await page.evaluate(() => [...document.querySelectorAll("[id]")].map((one) => one.id));
      assert.equal(new Set(ids).size, ids.length, "an id stands there twice");
      if (step < 2) await page.locator(".way .primary").click();
    }
  });

  test("a callback that would run code is never followed", async () => {
    const session = await dev.session({ callback: "javascript:alert(1)" });
    if (!session.url) return;
    const { page } = await open(browser);
    await page.goto(session.url);
    await onward(page);
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("heading", { name: "You are verified" }).waitFor();
    assert.equal(await page.locator("a[href^=javascript]").count(), 0);
  });

  test("an unknown session is a page too", async () => {
    const { page } = await open(browser);
    const answer = await page.goto(`${dev.base_url}/ar/session/nothing-here`);
    assert.equal(answer.status(), 404);
    assert.equal(await page.locator("html").getAttribute("dir"), "rtl");
  });

  test("a reviewer's click leaves the person where they are", async () => {
    const { session, page } = await visit();
    await onward(page);
    await page.getByRole("button", { name: "Send to review" }).click();
    await page.getByRole("heading", { name: "Welcome back" }).waitFor();
    await page.goto(session.url);
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("heading", { name: "You are verified" }).waitFor();
    await until(
      () =>
        application.webhooks.some((event) => event.session_id === session.session_id && event.status === "Approved"),
      "the webhook",
    );
    assert.match(
      await page.getByRole("link", { name: "Return to the application" }).getAttribute("href"),
      /status=Approved$/,
    );
  });
});
