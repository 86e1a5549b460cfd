// Calls against a real server on loopback: configuration, requests beside the description, hooks, what is printed.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { AuthenticationError, ConfigurationError, Didit, InvalidRequestError, RateLimitError } from "didit-client";
import { client, failure, SESSION, serve, UUID } from "./api_support.mjs";
import { NOW, payload, SECRET, signed } from "./support.mjs";

describe("a client", () => {
  test("takes what is not given from the environment", async (t) => {
    const { url, seen } = await serve(t);
    const environment = { DIDIT_API_KEY: "sk_test_environment", DIDIT_WORKFLOW_ID: UUID, DIDIT_BASE_URL: url };
    await new Didit({ environment }).sessions.create();
    await new Didit({ environment, apiKey: "sk_test_given" }).sessions.create();
    assert.deepEqual(
      seen.map(({ headers }) => headers["x-api-key"]),
      ["sk_test_environment", "sk_test_given"],
    );
    assert.deepEqual(JSON.parse(seen[0].body), { workflow_id: UUID });
  });

  test("reads process.env by default", async (t) => {
    const { url, seen } = await serve(t);
    const before = { ...process.env };
    Object.assign(process.env, { DIDIT_API_KEY: "sk_test_process", DIDIT_WORKFLOW_ID: UUID, DIDIT_BASE_URL: url });
    try {
      await new Didit().sessions.create();
    } finally {
      process.env = before;
    }
    assert.equal(seen[0].headers["x-api-key"], "sk_test_process");
  });

  test("names what is missing, when a call needs it", async (t) => {
    const { url, seen } = await serve(t, () => [200, { status: "ok" }]);
    const didit = client(url, { apiKey: "", workflowId: undefined });
    const error = await failure(didit.sessions.list());
    assert.ok(error instanceof ConfigurationError);
    assert.equal(error.code, "missing_api_key");
    assert.match(error.message, /DIDIT_API_KEY/);
    assert.equal((await didit.healthcheck()).status, "ok");
    const workflow = await failure(client(url, { workflowId: undefined }).sessions.create());
    assert.equal(workflow.code, "missing_option");
    assert.match(workflow.message, /workflow_id/);
    assert.equal(seen.length, 1);
  });

  test("refuses options that make no sense", () => {
    assert.throws(() => new Didit({ api_key: "k" }), /did you mean apiKey\?/);
    assert.throws(() => new Didit({ apiKey: 7 }), /apiKey must be a string, not number/);
    assert.throws(() => new Didit({ timeout: "5" }), /timeout must be a number of seconds/);
    assert.throws(() => new Didit({ beforeAttempt: {} }), /beforeAttempt must be a function/);
    for (const options of [{ timeout: -1 }, { baseUrl: "http://example.com" }, { baseUrl: "example" }]) {
      assert.throws(() => new Didit({ environment: {}, ...options }), { code: "invalid_configuration" });
    }
  });

  test("and what it gives back print no credential and nothing about a person", async (t) => {
    const answer = { ...SESSION, decision: { first_name: "Alex", reviews: [{ user: "reviewer@example.com" }] } };
    const { url } = await serve(t, () => [200, { ...answer, results: [answer], next: "http://h/?name=Alex" }]);
    const didit = client(url, { apiKey: "sk_test_hidden", webhookSecret: "hidden-too" });
    const session = await didit.sessions.create({ vendor_data: "user-123" });
    const page = await didit.sessions.list();
    const things = [didit, didit.sessions, didit.webhooks, session, session.decision, session.lastResponse, page];
    const text = things
      .flatMap((thing) => [inspect(thing, { depth: 9 }), inspect(thing, { showHidden: true, depth: 9 })])
      .concat(inspect({ session }, { depth: 9 }))
      .join("\n");
    assert.doesNotMatch(text, /sk_test_hidden|hidden-too|user-123|3FaJ9wLqX2Mz|Alex|reviewer/);
    assert.match(inspect(session), /^Answer \{\s+session_id: 'aaaaaaaa[^']+',\s+status: 'Not Started'\s+\}$/);
  });
});

describe("an answer", () => {
  test("is a plain object with a hidden head", async (t) => {
    const { url } = await serve(t, () => [201, SESSION, { "x-request-id": "req-7", "set-cookie": ["a=1", "b=2"] }]);
    const session = await client(url).sessions.create();
    assert.deepEqual(session, SESSION);
    assert.deepEqual(structuredClone({ ...session }), SESSION);
    assert.equal(JSON.stringify(session), JSON.stringify(SESSION));
    const { lastResponse } = session;
    assert.deepEqual([lastResponse.status, lastResponse.requestId, lastResponse.attempts], [201, "req-7", 1]);
    assert.equal(lastResponse.headers.get("Content-Type"), "application/json");
    assert.deepEqual(lastResponse.headers.getAll("set-cookie"), ["a=1", "b=2"]);
    assert.ok([...lastResponse.headers].some(([name]) => name === "x-request-id"));
    assert.doesNotMatch(inspect(lastResponse.headers), /a=1/);
  });

  test("of a session knows whether it is reused, and how it is embedded", async (t) => {
    let status = "Not Started";
    const { url } = await serve(t, () => [201, { ...SESSION, status }]);
    const didit = client(url);
    const fresh = await didit.sessions.create();
    assert.equal(fresh.reused, undefined);
    status = "In Progress";
    const session = await didit.sessions.create();
    assert.equal(session.reused, true);
    const html = session.iframeHtml({ title: 'A "title" <b>' });
    assert.ok(html.startsWith(`<iframe src="${SESSION.url}" title="A &quot;title&quot; &lt;b&gt;"`), html);
    assert.throws(() => session.iframeHtml({ titel: "" }), TypeError);
  });
});

describe("a call", () => {
  test("has options of its own, or those of a derived client", async (t) => {
    const { url, seen } = await serve(t);
    const didit = client(url);
    const derived = didit.withOptions({ extraHeaders: { "x-one": "1", "x-two": "2" }, extraQuery: { a: 1 } });
    await derived.sessions.create({}, { extraHeaders: { "x-two": "3" }, extraBody: { unheard_of: true } });
    assert.deepEqual([seen[0].headers["x-one"], seen[0].headers["x-two"]], ["1", "3"]);
    assert.equal(seen[0].url, "/v3/session/?a=1");
    assert.deepEqual(JSON.parse(seen[0].body), { unheard_of: true, workflow_id: UUID });
    await didit.sessions.create();
    assert.equal(seen[1].headers["x-one"], undefined);
    assert.throws(() => didit.withOptions({ timeOut: 1 }), /did you mean timeout\?/);
    await assert.rejects(didit.sessions.create({}, { maxRetries: 1.5 }), RangeError);
    await assert.rejects(didit.sessions.create({}, { timeout: 0 }), { code: "invalid_configuration" });
    await assert.rejects(didit.sessions.create({}, { extraBody: [] }), TypeError);
  });

  test("is checked before it is sent, and names what is wrong", async (t) => {
    const { url, seen } = await serve(t);
    const { sessions } = client(url);
    const error = await failure(sessions.create({ workflow_id: "mine", callback_method: "all", metadata: "text" }));
    assert.ok(error instanceof InvalidRequestError);
    assert.deepEqual([error.code, error.status, error.attempts], ["invalid_argument", undefined, 0]);
    assert.deepEqual(error.errors.map(({ path }) => path).sort(), ["callback_method", "metadata", "workflow_id"]);
    assert.deepEqual(seen, []);
  });

  test("refuses what JSON would lose", async (t) => {
    const { url, seen } = await serve(t);
    const { sessions } = client(url);
    const wrong = [
      [{ metadata: { a: Number.NaN } }, /metadata is or holds NaN/],
      [{ metadata: { a: 1n } }, /bigint.*number or a string/],
      [{ metadata: { a: new Map() } }, /Map.*Object\.fromEntries/],
      [{ vendor_data: Promise.resolve("x") }, /Promise.*await/],
      [{ portrait_image: Buffer.from("x") }, /Buffer.*base64/],
      [{ metadata: { a: () => 1 } }, /function/],
    ];
    for (const [params, message] of wrong) {
      const error = await failure(sessions.create(params));
      assert.ok(error instanceof TypeError);
      assert.match(error.message, message);
    }
    assert.deepEqual(seen, []);
    await sessions.create({ metadata: { at: new Date(0), nothing: undefined } });
    assert.deepEqual(JSON.parse(seen[0].body).metadata, { at: "1970-01-01T00:00:00.000Z" });
  });

  test("of a path that is not described has the same credentials and errors", async (t) => {
    const { url, seen } = await serve(t, (request) =>
      request.url.startsWith("/v3/denied") ? [401, { detail: "This API key has expired." }] : [200, [1, 2]],
    );
    const didit = client(url);
    const answer = await didit.request("POST", "/v3/new/", { query: { q: ["a", "b c"] }, json: { x: null } });
    assert.deepEqual([answer.status, answer.json(), answer.content.toString()], [200, [1, 2], "[1,2]"]);
    assert.equal(seen[0].url, "/v3/new/?q=a&q=b%20c");
    assert.equal(seen[0].headers["x-api-key"], "sk_test_node");
    assert.deepEqual(JSON.parse(seen[0].body), { x: null });
    const error = await failure(didit.request("get", "/v3/denied/"));
    assert.ok(error instanceof AuthenticationError);
    assert.equal(error.detail, "This API key has expired.");
    await assert.rejects(didit.request("BREW", "/v3/new/"), { code: "invalid_argument" });
    await assert.rejects(didit.request("GET"), TypeError);
  });

  test("that fails has an error whose stack begins where the program called", async (t) => {
    const { url } = await serve(t, () => [
      400,
      { vendor_data: ["Alex Sample is not accepted."] },
      { "x-request-id": "r-1" },
    ]);
    const didit = client(url);
    async function callsCreate() {
      await didit.sessions.create({ vendor_data: "Alex Sample" });
    }
    const error = await failure(callsCreate());
    assert.match(error.stack.split("\n")[1], /callsCreate/);
    assert.deepEqual([error.status, error.requestId, error.attempts], [400, "r-1", 1]);
    assert.equal(error.errors[0].path, "vendor_data");
    assert.match(error.errors[0].messages[0], /Alex/);
    assert.doesNotMatch(inspect(error, { depth: 9 }) + JSON.stringify(error) + error.message, /Alex/);
  });

  test("that is limited says how long to wait, and the client remembers", async (t) => {
    const headers = { "retry-after": "7", "x-ratelimit-limit": "600", "x-ratelimit-remaining": "0" };
    const { url } = await serve(t, () => [429, { detail: "Slow down." }, headers]);
    const didit = client(url);
    assert.equal(didit.rateLimit, undefined);
    const error = await failure(didit.sessions.list({}, { maxRetries: 0 }));
    assert.ok(error instanceof RateLimitError);
    assert.equal(error.retryAfter, 7);
    assert.deepEqual(didit.rateLimit, { limit: 600, remaining: 0, retryAfter: 7, operation: "sessions.list" });
  });
});

describe("hooks", () => {
  test("are told of each attempt before the program has the answer", async (t) => {
    const answers = [503, 200];
    const { url } = await serve(t, () => [answers.shift(), SESSION, { "x-request-id": "r-2" }]);
    const told = [];
    const hooks = { beforeAttempt: (it) => told.push(["before", it]), afterAttempt: (it) => told.push(["after", it]) };
    await client(url, hooks).sessions.decision(SESSION.session_id);
    const path = "/v3/session/{session_id}/decision/";
    for (const [, attempt] of told) {
      assert.deepEqual([attempt.operation, attempt.method, attempt.path], ["sessions.decision", "GET", path]);
      assert.ok(Object.isFrozen(attempt));
      assert.doesNotMatch(JSON.stringify(attempt), /aaaaaaaa|sk_test/);
    }
    assert.deepEqual(
      told.map(([when, it]) => [when, it.attempt, it.status, it.errorCode, it.retryIn !== undefined]),
      [
        ["before", 1, undefined, undefined, false],
        ["after", 1, 503, "server_error", true],
        ["before", 2, undefined, undefined, false],
        ["after", 2, 200, undefined, false],
      ],
    );
  });

  test("that throw do not change the call", async (t) => {
    const { url } = await serve(t);
    const warned = new Promise((resolve) => process.once("warning", resolve));
    const beforeAttempt = () => {
      throw new RangeError("text of the program");
    };
    assert.equal((await client(url, { beforeAttempt }).sessions.create()).status, "Not Started");
    assert.equal((await warned).message, "beforeAttempt threw RangeError");
  });
});

describe("V1", () => {
  test("fetches one token for many calls, and keeps it", async (t) => {
    const { url, seen } = await serve(t, async (request) => {
      if (request.url.endsWith("/token/")) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        return [200, { access_token: "a-token", expires_in: 86400 }];
      }
      return [201, { session_id: "v1", url: "https://verify.example/v1" }];
    });
    const didit = client(url, { apiKey: undefined, environment: { CLIENT_ID: "id", CLIENT_SECRET: "secret" } });
    await Promise.all(Array.from({ length: 8 }, () => didit.legacy.createSession({ callback: "https://a.example/" })));
    await didit.legacy.decision("v1");
    const tokens = seen.filter(({ url }) => url.endsWith("/token/"));
    assert.equal(tokens.length, 1);
    assert.equal(tokens[0].headers.authorization, `Basic ${Buffer.from("id:secret").toString("base64")}`);
    assert.equal(tokens[0].body.toString(), "grant_type=client_credentials");
    const calls = seen.filter(({ url }) => url.startsWith("/v1/"));
    assert.equal(calls.length, 9);
    assert.ok(calls.every(({ headers }) => headers.authorization === "Bearer a-token" && !headers["x-api-key"]));
  });
});

describe("webhooks.verify", () => {
  const body = Buffer.from(JSON.stringify(payload));
  const options = { now: NOW };

  test("has the client's secrets, given or of the environment", () => {
    const environment = { DIDIT_WEBHOOK_SECRET: "new", DIDIT_WEBHOOK_SECRET_PREVIOUS: SECRET };
    const rotated = new Didit({ environment }).webhooks.verify(body, signed(body), options);
    assert.deepEqual([rotated.event.status, rotated.secretIndex], ["Approved", 1]);
    const given = new Didit({ environment, webhookSecret: [Buffer.from(SECRET)] });
    assert.equal(given.webhooks.verifyParsed(payload, signed(body), options).secretIndex, 0);
    const other = new Didit({ environment: { DIDIT_WEBHOOK_SECRET: "other" } });
    assert.throws(() => other.webhooks.verify(body, signed(body), options), { code: "signature_mismatch" });
  });

  test("refuses without a secret", () => {
    const { webhooks } = new Didit({ environment: { DIDIT_WEBHOOK_SECRET: "" } });
    assert.throws(() => webhooks.verify(body, signed(body)), { code: "missing_secret" });
    assert.throws(() => webhooks.verifyLegacy(body, signed(body)), { code: "missing_secret" });
  });

  test("knows the secret of V1", () => {
    const text = JSON.stringify({ session_id: "s", status: "Approved", created_at: 1774970000 });
    const didit = new Didit({ environment: { WEBHOOK_SECRET_KEY: SECRET } });
    const verified = didit.webhooks.verifyLegacy(text, signed(text), options);
    assert.deepEqual([verified.scheme, verified.event.status], ["v1", "Approved"]);
  });
});
