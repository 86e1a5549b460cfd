// What a developer gets wrong is said in words that help, and never repeats a password.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { Didit, parseUnsigned, sign, Verifier } from "didit-client";
import { webhook, webhookHandler } from "didit-client/express";
import { MemoryStore, PostgresStore, RedisStore, SQLiteStore } from "didit-client/store";
import { delivery } from "didit-client/testing";
import express5 from "express";
import { body, withApp } from "./express_support.mjs";
import { root, SECRET } from "./support.mjs";

const ADDRESS = "redis://:hunter2@cache.example:6379";
const quiet = { log: false };

/** The error of a call, sure to be one of the caller's making. */
function mistake(call) {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof TypeError || error instanceof RangeError, inspect(error));
    assert.doesNotMatch(inspect(error), /hunter2|bug in didit-client/);
    return error.message;
  }
  assert.fail("nothing was thrown");
}

/** What a program with this text writes to standard error. */
function warnings(text) {
  const { stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", text], {
    cwd: root,
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  return stderr;
}

describe("a store", () => {
  test("of a database is not made of its address, which may hold a password", () => {
    assert.match(
      mistake(() => new RedisStore(ADDRESS)),
      /needs a client of ioredis or node-redis, not string/,
    );
    for (const client of [undefined, null, 5, {}, { evalSha: "no" }]) {
      assert.match(
        mistake(() => new RedisStore(client)),
        /needs a client of ioredis or node-redis/,
      );
    }
    assert.match(
      mistake(() => new PostgresStore(ADDRESS)),
      /needs a pool of node-postgres, not string/,
    );
  });

  test("takes times in seconds, and says of a text that it is one", () => {
    for (const options of [{ lease: "5" }, { retention: "1" }]) {
      assert.match(
        mistake(() => new MemoryStore(options)),
        /must be a number of seconds, not string/,
      );
    }
    assert.match(
      mistake(() => new SQLiteStore(":memory:", { leese: 5 })),
      /did you mean lease\?/,
    );
  });

  for (const given of [["a"], [], [5, 5], ["a", null]]) {
    test(`that is asked for ${inspect(given)} says what it takes`, async () => {
      const client = { evalSha: async () => ["new", 1] };
      for (const store of [new MemoryStore(), new RedisStore(client), new PostgresStore({ query: async () => {} })]) {
        for (const method of ["claim", "isDone"]) {
          await assert.rejects(store[method](...given), { name: "TypeError", message: /must be a string, not/ });
        }
      }
    });
  }
});

describe("webhook", () => {
  const store = new MemoryStore();
  const made = (options) => mistake(() => webhook({ secrets: SECRET, store, ...quiet, ...options }));

  test("names itself and the option that was meant", () => {
    for (const [options, meant] of [
      [{ slowafter: 1 }, "slowAfter"],
      [{ handoff: () => {} }, "handOff"],
      [{ namspace: "a" }, "namespace"],
      [{ secret: SECRET }, "secrets"],
      [{ max_age: 5 }, "maxAge"],
    ]) {
      assert.match(made(options), new RegExp(`^webhook has no option .*; did you mean ${meant}\\?$`));
    }
    assert.match(
      made({ colour: "red" }),
      /^webhook has no option "colour"; it knows .*store, namespace, handOff, slowAfter, log/,
    );
    assert.match(
      mistake(() => webhookHandler({ secrets: SECRET, store, namspace: "a" }, () => {})),
      /^webhookHandler/,
    );
    assert.match(
      mistake(() => webhook()),
      /webhook takes an object of options/,
    );
    assert.match(
      mistake(() => webhook("secret")),
      /webhook takes an object of options/,
    );
  });

  for (const [name, options] of Object.entries({
    "maxAge, a text": { maxAge: "300" },
    "maxAge, an object": { maxAge: {} },
    "maxFuture, a text": { maxFuture: "300" },
    "slowAfter, a text": { slowAfter: "1" },
    "namespace, a number": { namespace: 5 },
    "log, true": { log: true },
  })) {
    test(`refuses ${name}`, () => assert.match(made(options), new RegExp(`^${name.split(",")[0]} must be a `)));
  }

  test("is warned of where another has its store and namespace, and it names none", () => {
    const lines = [];
    const options = { secrets: SECRET, store: new MemoryStore(), log: (...line) => lines.push(line) };
    webhook(options);
    webhook({ ...options, namespace: "other" });
    assert.equal(lines.length, 0);
    webhook(options);
    webhook(options);
    assert.equal(lines.length, 1);
    const [[level, message, facts]] = lines;
    assert.deepEqual([level, facts], ["warn", { code: "shared_namespace" }]);
    assert.match(message, /share a store and the namespace "didit".*namespace of its own/);
  });

  test("is not warned of where it shares a namespace on purpose", () => {
    const lines = [];
    const options = { secrets: SECRET, store: new MemoryStore(), log: (...line) => lines.push(line) };
    for (const namespace of ["orders", "orders", "didit", "didit"]) {
      webhook({ ...options, namespace });
    }
    assert.deepEqual(lines, []);
    webhook({ ...options, namespace: undefined });
    assert.equal(lines.length, 1);
  });

  test("is not warned of another that is gone", () => {
    const made = (keep) =>
      warnings(`import { setFlagsFromString } from "node:v8"; import { runInNewContext } from "node:vm";
        import { setImmediate as turn } from "node:timers/promises";
        import { webhook } from "didit-client/express"; import { MemoryStore } from "didit-client/store";
        setFlagsFromString("--expose-gc");
        const store = new MemoryStore(), kept = [];
        const route = () => { const made = webhook({ secrets: "s", store }); if (${keep}) kept.push(made); };
        route();
        await turn();
        runInNewContext("gc")();
        route();
        if (kept.length === 1) throw new Error("not kept");`);
    assert.equal(made(false), "");
    assert.match(made(true), /^didit-client: two webhook routes share a store and the namespace "didit"/);
  });

  test("without a log prints what was refused, ignored or failed, and nothing else", async (t) => {
    const { mock } = t.mock.method(console, "warn", () => {});
    const printed = () => mock.calls.map(({ arguments: [line] }) => line);
    const person = { vendor_data: "user-123", metadata: { name: "Jane Sample" } };
    await withApp(express5, { log: undefined, environments: ["live"] }, [], async (app) => {
      assert.equal((await app.send(body(person)))[0], 201);
      assert.deepEqual(printed(), []);
      assert.equal((await app.send(body({ ...person, environment: "sandbox" })))[0], 200);
      assert.equal((await app.send(body(person), { headers: sign(body(person), "another") }))[0], 401);
      app.act = (res) => res.status(418).end();
      assert.equal((await app.send(body(person)))[0], 500);
      app.act = (res) => res.status(404).end();
      assert.equal((await app.send(body(person)))[0], 500);
    });
    const [ignored, refused, failed, lost, ...rest] = printed();
    assert.equal(rest.length, 0);
    assert.match(
      ignored,
      /^didit-client: webhook wrong_environment: .* environment: sandbox\. It is answered 200, and no handler is called$/,
    );
    assert.match(refused, /^didit-client: webhook signature_mismatch: /);
    assert.match(failed, /^didit-client: webhook handler_failed: the route answered 418 \(event /);
    assert.match(lost, /handler_failed: the route answered 404; is there no route behind the middleware\? \(event /);
    assert.doesNotMatch(printed().join(), /user-123|Jane/);
  });

  test("says why a store cannot be used", async () => {
    const lines = [];
    const down = async () => {
      throw Object.assign(new Error("connect ECONNREFUSED redis://:hunter2@cache.example"), { code: "ECONNREFUSED" });
    };
    const store = new RedisStore({ evalSha: down, eval: down });
    await withApp(express5, { store, log: (_level, message) => lines.push(message) }, [], async (app) => {
      assert.equal((await app.send(body()))[0], 503);
    });
    assert.match(lines.join(), /^webhook store_unavailable: .*Error: ECONNREFUSED/);
    assert.doesNotMatch(lines.join(), /hunter2/);
  });

  test("with the log switched off prints nothing", async (t) => {
    const { mock } = t.mock.method(console, "warn", () => {});
    await withApp(express5, quiet, [], async (app) => {
      assert.equal((await app.send(body(), { headers: {} }))[0], 401);
    });
    assert.equal(mock.callCount(), 0);
  });
});

describe("times that are most likely in milliseconds", () => {
  const said = (options) =>
    warnings(`import { webhook } from "didit-client/express"; import { MemoryStore } from "didit-client/store";
      for (let turn = 0; turn < 2; turn += 1)
        webhook({ secrets: "s", store: new MemoryStore(), log: false, ...${JSON.stringify(options)} });`);

  test("are warned of, once", () => {
    assert.match(said({ maxAge: 300_000 }), /^.*DiditClientWarning: maxAge is 300000 seconds.*not milliseconds/);
    assert.match(said({ maxFuture: 300_000 }), /maxFuture is 300000 seconds/);
    assert.match(said({ slowAfter: 100 }), /slowAfter is 100 seconds, but Didit waits only 5.*not milliseconds/);
    assert.equal(said({ maxAge: 300_000 }).match(/300000/g).length, 1);
  });

  test("but a little more than Didit waits is in seconds", () => {
    const text = said({ slowAfter: 5.5 });
    assert.match(text, /slowAfter is 5\.5 seconds, but Didit waits only 5 for an answer/);
    assert.doesNotMatch(text, /milliseconds/);
  });

  test("but a window of a day is a window", () => {
    assert.equal(said({ maxAge: 86_400, slowAfter: 5 }), "");
    assert.ok(new Verifier({ secrets: SECRET, maxAge: 86_400 }));
  });
});

describe("white space around a secret", () => {
  const said = (text) =>
    warnings(`import { Didit, Verifier } from "didit-client"; import { webhook } from "didit-client/express";
      import { MemoryStore } from "didit-client/store";
      const store = new MemoryStore(), log = false, spaced = "hunter2\\n", bytes = Buffer.from("hunter3 ");
      ${text}`);
  const advice =
    /DiditClientWarning: (.*) has white space around it, which counts as a part of it: .* refused as signature_mismatch;/;

  for (const [name, text, which] of [
    ["a verifier", "new Verifier({ secrets: spaced });", "the webhook secret"],
    ["a verifier with one in a list", "new Verifier({ secrets: [bytes] });", "the webhook secret"],
    ["a verifier with several", 'new Verifier({ secrets: ["plain", bytes] });', "webhook secret 2"],
    ["a route", 'webhook({ secrets: [spaced, "plain"], store, log });', "webhook secret 1"],
    ["a client", 'new Didit({ webhookSecret: ["plain", spaced] }).webhooks.verifier;', "webhook secret 2"],
  ]) {
    test(`is told by ${name}, which shows nothing of it`, () => {
      const stderr = said(`${text} ${text}`);
      assert.equal(advice.exec(stderr)?.[1], which, stderr);
      assert.equal(stderr.match(/white space/g).length, 1);
      assert.doesNotMatch(stderr, /hunter|plain/);
    });
  }

  test("is told of each secret that has it", () => {
    const stderr = said("new Verifier({ secrets: [spaced, bytes] });");
    assert.deepEqual(stderr.match(/webhook secret \d/g), ["webhook secret 1", "webhook secret 2"]);
  });

  test("is not told where there is none", () => {
    assert.equal(said('new Verifier({ secrets: ["a secret", Buffer.from([255])] });'), "");
  });

  test("is not told of what a function of the request returns", async () => {
    const told = [];
    const listen = ({ message }) => told.push(message);
    process.on("warning", listen);
    const spaced = `${SECRET}\n`;
    try {
      await withApp(express5, { ...quiet, secrets: () => spaced }, [], async (app) => {
        const content = body();
        assert.equal((await app.send(content, { headers: sign(content, spaced) }))[0], 201);
      });
      assert.deepEqual(told, []);
      assert.ok(new Verifier({ secrets: spaced }));
      await new Promise(setImmediate);
      assert.equal(told.length, 1);
    } finally {
      process.off("warning", listen);
    }
  });
});

describe("a call", () => {
  test("with a typing error inside expected_details or contact_details is not sent", async () => {
    const client = new Didit({
      apiKey: "k",
      workflowId: "11111111-2222-3333-4444-555555555555",
      baseUrl: "http://127.0.0.1:9",
    });
    for (const [given, path, meant] of [
      [{ expected_details: { first_nam: "Alex" } }, "expected_details.first_nam", "first_name"],
      [{ contact_details: { emial: "a@example.com" } }, "contact_details.emial", "email"],
    ]) {
      await assert.rejects(client.sessions.create(given), (error) => {
        assert.deepEqual([error.code, error.attempts, error.errors[0].path], ["invalid_argument", 0, path]);
        assert.match(error.errors[0].messages[0], new RegExp(`did you mean ${meant}\\?`));
        return true;
      });
    }
  });

  test("that meets no server, or another one, says which call and which host", async () => {
    const server = createServer((_req, res) => res.writeHead(404, { "content-type": "application/json" }).end("{}"));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address();
    const call = () =>
      new Didit({ apiKey: "k", baseUrl: `http://127.0.0.1:${port}`, maxRetries: 0 }).users.retrieve("jane");
    await assert.rejects(call(), ({ message }) => {
      assert.match(message, new RegExp(`not_found: .*\\(users.retrieve at 127.0.0.1:${port}\\)`));
      assert.doesNotMatch(message, /jane/);
      return true;
    });
    server.close();
    server.closeAllConnections();
    await once(server, "close");
    await assert.rejects(call(), { message: new RegExp(`connection_failed: .*users.retrieve at 127.0.0.1:${port}`) });
  });

  test("without a workflow and without a key says both", async () => {
    const client = new Didit({ baseUrl: "http://127.0.0.1:9", apiKey: "", workflowId: "" });
    await assert.rejects(client.sessions.create({}), { message: /workflow_id.*DIDIT_WORKFLOW_ID.*DIDIT_API_KEY/ });
  });
});

test("verifyLegacy names itself, and where the secret of V1 comes from", () => {
  const { webhooks } = new Didit({ apiKey: "k", legacyWebhookSecret: "s" });
  assert.match(
    mistake(() => webhooks.verifyLegacy("{}", {}, { maxAge: 5 })),
    /^verifyLegacy has no option "maxAge"/,
  );
  assert.throws(() => new Didit({ apiKey: "k", webhookSecret: "s" }).webhooks.verifyLegacy("{}", {}), {
    code: "missing_secret",
    message: /legacy_webhook_secret or WEBHOOK_SECRET_KEY/,
  });
});

test("what is not about requests gives no advice about Express", () => {
  for (const wrong of [5, { a: 1 }]) {
    for (const call of [() => sign(wrong, SECRET), () => parseUnsigned(wrong)]) {
      assert.doesNotMatch(mistake(call), /express/i);
    }
  }
  assert.match(
    mistake(() => new Verifier({ secrets: SECRET }).verify({ a: 1 }, {})),
    /express/,
  );
});

test("a delivery for tests shows its id under the name that it has", () => {
  const one = delivery();
  assert.match(inspect(one), new RegExp(`eventId: '${one.eventId}'`));
  assert.doesNotMatch(inspect(one), /event_id/);
});
