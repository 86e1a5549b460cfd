// The Express adapter over HTTP: what is answered, and what becomes of the claim.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ConfigurationError, Didit, sign, Verifier } from "didit-client";
import { errorHandler, webhook } from "didit-client/express";
import { MemoryStore } from "didit-client/store";
import express5 from "express";
import express4 from "express4";
import { body, duplicate, withApp } from "./express_support.mjs";
import { SECRET } from "./support.mjs";

for (const [version, express] of [
  ["Express 5", express5],
  ["Express 4", express4],
]) {
  for (const form of ["middleware", "handler"]) {
    const run = (title, options, test_, middleware = []) =>
      test(title, () => withApp(express, options, middleware, test_, form));
    describe(`${version}, ${form}`, () => {
      run("an event is done once", {}, async (app) => {
        const content = body();
        assert.equal((await app.send(content))[0], form === "middleware" ? 201 : 200);
        assert.deepEqual(await app.send(content), [200, duplicate]);
        assert.equal(app.events.length, 1);
        assert.equal((await app.store.counts()).done, 1);
      });

      run("a handler that fails gives the event back", {}, async (app) => {
        const content = body();
        app.act = () => {
          throw new Error("Jane Sample");
        };
        const [status, answer] = await app.send(content);
        assert.equal(status, 500);
        assert.ok(!JSON.stringify(answer).includes("Jane"));
        assert.equal((await app.store.counts()).released, 1);
        app.act = () => {};
        assert.equal((await app.send(content))[0] < 300, true);
        assert.equal(app.events.length, 2);
      });

      run("in flight", {}, async (app) => {
        const content = body();
        await app.store.claim("didit", JSON.parse(content).event_id);
        assert.deepEqual(await app.send(content), [503, { error: "in_flight" }]);
        assert.equal(app.events.length, 0);
      });

      for (const fails of [false, true]) {
        run(
          `a slow handler that ${fails ? "fails" : "ends"} goes on under its claim`,
          { slowAfter: 0.05 },
          async (app) => {
            const content = body();
            let goOn;
            app.act = () =>
              new Promise((resolve, reject) => {
                goOn = fails ? () => reject(new Error("late")) : resolve;
              });
            assert.deepEqual(await app.send(content), [503, { error: "slow" }]);
            assert.deepEqual(await app.send(content), [503, { error: "in_flight" }]);
            goOn();
            while ((await app.store.counts()).inFlight > 0) await sleep(5);
            app.act = () => {};
            const [status, answer] = await app.send(content);
            assert.equal(status < 300, true);
            assert.equal(answer.duplicate ?? false, !fails);
            assert.equal(app.events.length, fails ? 2 : 1);
          },
        );
      }

      const down = () => Promise.reject(new Error("Jane Sample"));
      const broken = (method) => Object.defineProperty(new MemoryStore(), method, { value: down });
      run("a store that is down", { store: broken("claim") }, async (app) => {
        assert.deepEqual(await app.send(body()), [503, { error: "store_unavailable" }]);
        assert.equal(app.events.length, 0);
      });
      const hangs = Object.defineProperty(new MemoryStore(), "claim", { value: () => new Promise(() => {}) });
      run("a store that hangs", { store: hangs, slowAfter: 0.05 }, async (app) => {
        assert.equal((await app.send(body()))[0], 503);
        assert.equal(app.events.length, 0);
      });
      run("an event that cannot be recorded", { store: broken("complete") }, async (app) => {
        assert.deepEqual(await app.send(body()), [503, { error: "store_unavailable" }]);
        assert.equal(app.events.length, 1);
      });

      run("what is refused", { maxBody: 1000 }, async (app) => {
        const content = body();
        const headers = sign(content, SECRET);
        const wrong = { headers: sign(content, "another secret") };
        assert.deepEqual(await app.send(content, wrong), [401, { error: "signature_mismatch" }]);
        assert.deepEqual(await app.send("{", { headers }), [400, { error: "syntax" }]);
        assert.deepEqual(await app.send(content, { headers: {} }), [401, { error: "missing_signature" }]);
        const gzip = { headers: { ...headers, "Content-Encoding": "gzip" } };
        assert.deepEqual(await app.send(content, gzip), [415, { error: "unsupported_encoding" }]);
        const large = body({ vendor_data: "x".repeat(1000) });
        assert.deepEqual(await app.send(large), [413, { error: "body_too_large" }]);
        const chunks = Array(50).fill("x".repeat(100));
        assert.deepEqual(await app.send("", { headers: {}, chunks }), [413, { error: "body_too_large" }]);
        assert.deepEqual(await app.send("", { headers: {}, method: "GET" }), [405, { error: "method_not_allowed" }]);
        assert.equal(app.events.length, 0);
      });

      run("another environment is acknowledged", { environments: ["live"] }, async (app) => {
        const ignored = { received: true, duplicate: false, ignored: "other_environment" };
        assert.deepEqual(await app.send(body({ environment: "sandbox" })), [200, ignored]);
        assert.equal(app.events.length, 0);
      });

      const secrets = async () => ["a", "b", "c", SECRET, "e"];
      run("tenants", { secrets }, async (app) => {
        const content = body();
        assert.deepEqual(await app.send(content, { headers: sign(content, "e") }), [
          401,
          { error: "signature_mismatch" },
        ]);
        assert.equal((await app.send(content))[0] < 300, true);
      });
      run("a tenant without a secret", { secrets: () => undefined }, async (app) => {
        assert.deepEqual(await app.send(body()), [500, { error: "missing_secret" }]);
      });

      const text = express.text({ type: () => true });
      const consumed = (req, _res, next) => req.resume().on("end", next);
      const wrapper = (req, _res, next) => {
        const chunks = [];
        req.on("data", (chunk) => chunks.push(chunk));
        req.on("end", () => {
          req.rawBody = Buffer.concat(chunks);
          req.body = JSON.parse(String(req.rawBody));
          next();
        });
      };
      for (const [title, before] of [
        ["behind express.json", express.json()],
        ["behind express.json for something else", express.json({ type: "text/csv" })],
        ["behind express.raw", express.raw({ type: () => true })],
        ["behind express.text", text],
        ["behind a serverless wrapper", wrapper],
      ]) {
        run(
          title,
          {},
          async (app) => {
            const content = body({ metadata: { name: "Zoë" } });
            assert.equal((await app.send(content))[0] < 300, true);
            assert.deepEqual(await app.send(content), [200, duplicate]);
          },
          [before],
        );
      }
      run(
        "behind something that has read the body",
        {},
        async (app) => {
          assert.deepEqual(await app.send(body()), [500, { error: "body_consumed" }]);
        },
        [consumed],
      );
    });
  }

  test(`${version}: what a route answers instead of 2xx is no success`, () =>
    withApp(express, {}, [], async (app) => {
      const content = body();
      for (const [status, expected] of [
        [404, 500],
        [302, 500],
        [502, 502],
      ]) {
        app.act = (res) => res.status(status).end();
        assert.equal((await app.send(content))[0], expected);
        assert.equal((await app.store.counts()).released, 1);
      }
    }));

  test(`${version}: an answer in pieces goes out when the event is recorded`, () =>
    withApp(express, {}, [], async (app) => {
      app.act = async (res) => {
        res.writeHead(202, { "Content-Type": "text/plain" });
        res.write("a");
        assert.equal((await app.store.counts()).inFlight, 1);
        res.end("b");
      };
      assert.deepEqual(await app.send(body()), [202, "ab"]);
      assert.equal((await app.store.counts()).done, 1);
    }));
}

test("what does not start", () => {
  const store = new MemoryStore();
  for (const secrets of [undefined, "", [""]]) {
    assert.throws(() => webhook({ secrets, store }), ConfigurationError);
  }
  assert.throws(() => webhook({ secrets: SECRET }), /store/);
  assert.throws(() => webhook({ secrets: SECRET, store: new MemoryStore({ retention: 599 }) }), /retention/);
  assert.throws(() => webhook({ secrets: SECRET, store, namespace: "a b" }), /namespace/);
  assert.throws(() => webhook({ secrets: SECRET, store, slowAfter: 0 }), /slowAfter/);
  assert.throws(() => webhook({ secrets: SECRET, store, enviroments: ["live"] }), /environments|option/);
});

test("a lease is renewed while the handler runs, and the log holds no personal data", async () => {
  const store = new MemoryStore({ lease: 0.1 });
  const lines = [];
  const log = (...line) => lines.push(line);
  await withApp(express5, { store, log }, [], async (app) => {
    const content = body({ vendor_data: "user-123", metadata: { name: "Jane Sample" } });
    app.act = async () => {
      for (let turn = 0; turn < 6; turn += 1) {
        await sleep(60);
        assert.equal((await store.claim("didit", JSON.parse(content).event_id)).answer, "in_flight");
      }
    };
    assert.equal((await app.send(content))[0], 201);
    await app.send(content, { headers: sign(content, "another secret") });
    const logged = JSON.stringify(lines);
    assert.deepEqual(
      lines.map(([, , facts]) => facts.code),
      ["done", "signature_mismatch"],
    );
    for (const secret of ["user-123", "Jane", SECRET, sign(content, SECRET)["X-Signature-V2"]]) {
      assert.ok(!logged.includes(secret));
    }
  });
});

/** A function whose name a stack must show. */
function chargeTheCustomer(cause) {
  throw new TypeError("Jane Sample has no account\n    at Jane (Sample:1:1)", { cause });
}

test("where a handler failed is told, and not what its exception says", async () => {
  const lines = [];
  const log = (...line) => lines.push(line);
  const act = () => {
    try {
      JSON.parse("Jane Sample");
    } catch (error) {
      chargeTheCustomer(error);
    }
  };
  const handOff = act;
  for (const [options, code] of [
    [{ log }, "handler_failed"],
    [{ log, handOff }, "hand_off_failed"],
  ]) {
    await withApp(
      express5,
      options,
      [],
      async (app) => {
        app.act = act;
        await app.send(body());
      },
      "handler",
    );
    const [level, message, facts] = lines.at(-1);
    assert.deepEqual([level, message, facts.exception], ["error", `webhook ${code}: TypeError`, "TypeError"]);
    assert.match(facts.stack, /^ {4}at chargeTheCustomer \(.*express\.test\.mjs:\d+:\d+\)\n {4}at .*act /);
    assert.match(facts.stack, /\n {2}caused by SyntaxError\n {4}at JSON\.parse/);
    assert.doesNotMatch(facts.stack, /Jane|Sample/);
  }
});

test("a handler's error that has no stack of its own is told all the same", async () => {
  const odd = new Error("Jane Sample");
  odd.stack = "Jane Sample";
  const hostile = new Error("x");
  Object.defineProperty(hostile, "stack", { get: () => assert.fail() });
  for (const thrown of [odd, hostile, "Jane Sample", undefined, null]) {
    const lines = [];
    const options = { log: (...line) => lines.push(line) };
    await withApp(
      express5,
      options,
      [],
      async (app) => {
        app.act = () => Promise.reject(thrown);
        assert.equal((await app.send(body()))[0], 500);
      },
      "handler",
    );
    assert.equal(lines[0][2].code, "handler_failed");
    assert.ok(!("stack" in lines[0][2]));
    assert.ok(!JSON.stringify(lines).includes("Jane"));
  }
});

test("without a log the stack is printed", async (t) => {
  const printed = t.mock.method(console, "warn", () => {});
  await withApp(
    express5,
    { log: undefined },
    [],
    async (app) => {
      app.act = () => chargeTheCustomer();
      await app.send(body());
    },
    "handler",
  );
  const [line] = printed.mock.calls[0].arguments;
  assert.match(line, /^didit-client: webhook handler_failed: TypeError \(event [^)]+\)\n {4}at chargeTheCustomer /);
  assert.ok(!line.includes("Jane"));
});

for (const [version, express] of [
  ["Express 5", express5],
  ["Express 4", express4],
]) {
  test(`${version}: errorHandler answers what a route of one's own was refused, and nothing else`, async () => {
    const app = express();
    const verifier = new Verifier({ secrets: SECRET });
    app.post("/own", express.raw({ type: () => true }), (req, _res, next) => {
      try {
        verifier.verify(req.body, req.headers);
      } catch (error) {
        next(error);
      }
    });
    app.post("/other", (_req, _res, next) => next(new Error("Jane Sample")));
    const lines = [];
    app.use(errorHandler({ log: (...line) => lines.push(line) }));
    app.use((_error, _req, res, _next) => res.status(500).send("a page of the application"));
    const listening = app.listen(0, "127.0.0.1");
    await once(listening, "listening");
    try {
      const url = `http://127.0.0.1:${listening.address().port}`;
      const content = body();
      const refused = await fetch(`${url}/own`, { method: "POST", body: content, headers: sign(content, "another") });
      assert.deepEqual([refused.status, await refused.json()], [401, { error: "signature_mismatch" }]);
      const failed = await fetch(`${url}/other`, { method: "POST" });
      assert.deepEqual([failed.status, await failed.text()], [500, "a page of the application"]);
      const [[level, message, facts]] = lines;
      assert.deepEqual([lines.length, level, facts], [1, "warn", { code: "signature_mismatch" }]);
      assert.match(message, /^signature_mismatch: .*Check that the secret/);
    } finally {
      listening.closeAllConnections();
      listening.close();
    }
  });
}

/** An application whose route makes a call that Didit refuses, or that nobody answers. */
async function failing(baseUrl, options, test) {
  const client = new Didit({ apiKey: "k", baseUrl, workflowId: "11111111-2222-3333-4444-555555555555", maxRetries: 0 });
  const app = express5();
  app.get("/begin", async function beginVerification() {
    await client.sessions.create({ vendor_data: "Jane Sample" });
  });
  app.use(errorHandler(options));
  const listening = app.listen(0, "127.0.0.1");
  await once(listening, "listening");
  try {
    const answer = await fetch(`http://127.0.0.1:${listening.address().port}/begin`);
    await test(answer.status, await answer.json());
  } finally {
    listening.closeAllConnections();
    listening.close();
  }
}

test("errorHandler says once what is wrong with a call, where it was made, and nothing personal", async (t) => {
  const refusing = createServer((_req, res) => {
    const headers = { "content-type": "application/json", "x-request-id": "req-1" };
    res.writeHead(403, headers).end('{"detail":"Jane Sample may not."}');
  });
  await once(refusing.listen(0, "127.0.0.1"), "listening");
  const host = `127.0.0.1:${refusing.address().port}`;
  const lines = [];
  await failing(`http://${host}`, { log: (...line) => lines.push(line) }, (status, answer) => {
    assert.deepEqual([status, answer], [500, { error: "authentication_failed" }]);
    const [[level, message, { stack, ...facts }]] = lines;
    assert.equal(level, "error");
    assert.match(
      message,
      new RegExp(`^authentication_failed: .*\\(sessions.create at ${host}\\)\\. Check that the key`),
    );
    assert.deepEqual(facts, { code: "authentication_failed", status: 403, requestId: "req-1", attempts: 1 });
    assert.match(stack, /beginVerification .*express\.test\.mjs:\d+:\d+/);
    assert.ok(!JSON.stringify(lines).includes("Jane Sample"));
    assert.equal(lines.length, 1);
  });
  refusing.close();
  refusing.closeAllConnections();
  await once(refusing, "close");

  const printed = t.mock.method(console, "warn", () => {});
  await failing(`http://${host}`, undefined, (status, answer) => {
    assert.deepEqual([status, answer], [502, { error: "connection_failed" }]);
    assert.equal(printed.mock.callCount(), 1);
    const [line] = printed.mock.calls[0].arguments;
    assert.match(line, /^didit-client: connection_failed: .*is didit-dev running\? \(sessions\.create at .*\n {4}at /s);
  });
  await failing(`http://${host}`, { log: false }, (status) => assert.equal(status, 502));
  assert.equal(printed.mock.callCount(), 1);
  assert.throws(() => errorHandler({ logs: false }), /did you mean log\?/);
  assert.throws(() => errorHandler({ log: true }), /log must be a function/);
});
