// What cannot be sent is refused by name, and before anything is sent.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConfigurationError, iframeHtml, parseCallback, statuses } from "didit-client";
import { client, failure, SESSION, serve } from "./api_support.mjs";

const PRIVATE = "Ottilie-Sekretova";
const own = [];
own.push(own);
let deep = PRIVATE;
for (let level = 0; level < 100_000; level += 1) {
  deep = [deep];
}

describe("a refusal names the argument", () => {
  const calls = {
    session_id: [(didit) => didit.sessions.decision("\ud800"), (didit) => didit.sessions.decision("x".repeat(100_000))],
    vendor_data: [(didit) => didit.sessions.create({ vendor_data: `${PRIVATE}\udfff` })],
    metadata: [
      (didit) => didit.sessions.create({ metadata: { [PRIVATE]: NaN } }),
      (didit) => didit.sessions.create({ metadata: { [PRIVATE]: Buffer.from(PRIVATE) } }),
      (didit) => didit.sessions.create({ metadata: { [PRIVATE]: 10n ** 30n } }),
      (didit) => didit.sessions.create({ metadata: { [PRIVATE]: new URLSearchParams({ [PRIVATE]: PRIVATE }) } }),
      (didit) => didit.sessions.create({ metadata: { [PRIVATE]: new Set([PRIVATE]) } }),
      (didit) => didit.sessions.create({ metadata: { [PRIVATE]: new Error(PRIVATE) } }),
      (didit) => didit.sessions.create({ metadata: { [PRIVATE]: new Date(NaN) } }),
      (didit) => didit.sessions.create({ metadata: { [PRIVATE]: new Blob([PRIVATE]) } }),
      (didit) => didit.sessions.create({ metadata: { a: own } }),
      (didit) => didit.sessions.create({ metadata: { a: deep } }),
    ],
    "extra_body.n": [(didit) => didit.sessions.create({}, { extraBody: { n: Infinity } })],
    json: [(didit) => didit.request("POST", "/v3/new/", { json: { [PRIVATE]: NaN } })],
    "object of parameters": [null, PRIVATE, [PRIVATE]].map((params) => (didit) => didit.sessions.create(params)),
    options: [(didit) => didit.request("GET", "/v3/new/", null)],
    query: [PRIVATE, [PRIVATE], 5].map((query) => (didit) => didit.request("GET", "/v3/new/", { query })),
    files: [PRIVATE, [PRIVATE], 5].map((files) => (didit) => didit.request("POST", "/v3/new/", { files })),
    extraHeaders: [(didit) => didit.sessions.create({}, { extraHeaders: new Set([PRIVATE]) })],
    method: [(didit) => didit.request("BREW", "/v3/new/")],
    timeout: [NaN, Infinity, -1, 0, 30_000].map((timeout) => (didit) => didit.sessions.list({}, { timeout })),
    connectTimeout: [(didit) => didit.sessions.list({}, { connectTimeout: NaN })],
    accessToken: [(didit) => didit.withOptions({ accessToken: "k".repeat(10_000) }).account.organizations.list()],
    "timeout is an option": [(didit) => didit.sessions.pdf(SESSION.session_id, { timeout: 5 })],
  };
  for (const [name, attempts] of Object.entries(calls)) {
    test(name, async (t) => {
      const { url, seen } = await serve(t);
      for (const attempt of attempts) {
        const error = await failure((async () => attempt(client(url)))());
        assert.ok(error.message.includes(name), error.message);
        assert.notEqual(error.code, "internal_error");
        assert.ok(!error.message.includes(PRIVATE), error.message);
      }
      assert.deepEqual(seen, []);
    });
  }

  test("of a client as its language does", () => {
    const url = "http://127.0.0.1:1";
    for (const [options, says] of [
      [{ timeout: NaN }, /timeout is not a number of seconds above 0/],
      [{ timeout: 30_000 }, /timeout is above 3600 seconds.* not milliseconds/],
      [{ connectTimeout: Infinity }, /connectTimeout is not a number of seconds/],
      [{ apiKey: " k" }, /: apiKey has white space around it/],
      [{ apiKey: "k".repeat(10_000) }, /: apiKey is longer than 8192 bytes/],
      [{ apiKey: "k\udcff" }, /: apiKey holds half of a surrogate pair/],
      [{ webhookSecret: [] }, /: webhookSecret is empty/],
      [{ environment: { DIDIT_WEBHOOK_SECRET: "k\ufffd" } }, /: DIDIT_WEBHOOK_SECRET is not UTF-8/],
      [{ systemTrustStore: true, caFile: "x" }, /caFile and systemTrustStore exclude each other; extraCaFile adds/],
      [{ baseUrl: "http://verification.didit.me" }, /: baseUrl uses plain http/],
    ]) {
      assert.throws(
        () => client(url, options),
        (error) => {
          assert.ok(error instanceof ConfigurationError, String(error));
          assert.equal(error.code, "invalid_configuration");
          assert.match(error.message, says);
          return true;
        },
      );
    }
  });

  test("of a client in its types", () => {
    const url = "http://127.0.0.1:1";
    assert.throws(() => client(url, { webhookSecret: Buffer.from([0xff]) }), /webhookSecret is not UTF-8/);
    assert.throws(() => client(url, { webhookSecret: { a: 1 } }), /webhookSecret must be a string or Uint8Array/);
    assert.throws(
      () => client(url, { environment: { DIDIT_API_KEY: 5 } }),
      /environment.DIDIT_API_KEY must be a string, not number/,
    );
  });

  test("of what needs no client", () => {
    assert.throws(() => statuses.outcome(null), /status must be a string, not null/);
    assert.throws(() => statuses.isFinal(7), /status must be a string, not number/);
    assert.throws(() => parseCallback(7), /must be a string, not number/);
    assert.throws(() => iframeHtml(null), /url must be a string, not null/);
  });
});

test("options stand behind the parameters, also where an operation has none", async (t) => {
  const { url, seen } = await serve(t, () => [200, { status: "ok" }]);
  await client(url).healthcheck({}, { extraHeaders: { "x-trace": "1" } });
  await client(url).system.healthcheck({}, { extraHeaders: { "x-trace": "2" } });
  assert.deepEqual(
    seen.map(({ headers }) => headers["x-trace"]),
    ["1", "2"],
  );
  await assert.rejects(async () => client(url).healthcheck({ timeout: 5 }), /takes options after its parameters/);
});

test("names and values may come as the web has them, and none of them is lost", async (t) => {
  const { url, seen } = await serve(t, () => [200, { status: "ok" }]);
  const didit = client(url);
  await didit.request("GET", "/v3/new/", { query: new URLSearchParams("a=1&b=2&a=3") });
  await didit.healthcheck({}, { extraQuery: new Map([["a", 5]]), extraHeaders: new Headers({ "X-Trace": "abc" }) });
  assert.deepEqual(
    seen.map((request) => [request.url, request.headers["x-trace"]]),
    [
      ["/v3/new/?a=1&a=3&b=2", undefined],
      ["/system/healthcheck?a=5", "abc"],
    ],
  );
});

test("a raw answer that is not JSON is not repeated", async (t) => {
  const { url } = await serve(t, () => [200, Buffer.from(PRIVATE)]);
  const answer = await client(url).request("GET", "/v3/new/");
  assert.throws(
    () => answer.json(),
    (error) => {
      assert.equal(error.code, "invalid_response");
      assert.match(error.message, /: the body is not JSON\. /);
      return !String(error.stack).includes(PRIVATE) && error.cause === undefined;
    },
  );
  assert.equal(answer.content.toString(), PRIVATE);
});
