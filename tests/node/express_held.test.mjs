// What a route of Express does with its answer while it is held back, and what goes wrong beside it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { sign } from "didit-client";
import { MemoryStore } from "didit-client/store";
import express5 from "express";
import express4 from "express4";
import { body, duplicate, withApp } from "./express_support.mjs";

for (const [version, express] of [
  ["Express 5", express5],
  ["Express 4", express4],
]) {
  const run = (title, options, body_) => test(`${version}: ${title}`, () => withApp(express, options, [], body_));

  for (const [title, begin] of [
    ["its head", (res) => res.flushHeaders()],
    ["a head of its own", (res) => res.writeHead(200)],
    ["a part", (res) => res.write("a part")],
  ]) {
    run(`a route that sends ${title} and fails has answered nothing`, {}, async (app) => {
      const content = body();
      app.act = async (res) => {
        begin(res);
        await sleep(20);
        throw new Error("Jane Sample");
      };
      const [status, answer] = await app.send(content);
      assert.equal(status, 500);
      assert.ok(!JSON.stringify(answer).includes("a part"));
      assert.equal((await app.store.counts()).released, 1);
    });
  }

  run("a head that is sent early goes out with the rest", {}, async (app) => {
    app.act = async (res) => {
      res.status(202).type("text").flushHeaders();
      await sleep(20);
      assert.equal((await app.store.counts()).inFlight, 1);
      await new Promise((written) => res.write("a", written));
      res.end("b");
    };
    assert.deepEqual(await app.send(body()), [202, "ab"]);
  });

  run("a route that tears the connection down gives the event back", {}, async (app) => {
    app.act = (res) => {
      res.destroy();
      res.writableEnded ||= true;
    };
    assert.equal((await app.send(body()))[0], 500);
    assert.equal((await app.store.counts()).released, 1);
  });

  for (const [title, early, late] of [
    ["before", (res) => res.status(500), () => {}],
    ["after", () => {}, (res) => res.status(500)],
    ["after, as a head", () => {}, (res) => res.writeHead(500)],
  ]) {
    run(`a status that a slow route gives ${title} the 503 counts`, { slowAfter: 0.05 }, async (app) => {
      const content = body();
      let goOn;
      app.act = async (res) => {
        early(res);
        await new Promise((resolve) => {
          goOn = resolve;
        });
        late(res);
        res.end();
      };
      assert.deepEqual(await app.send(content), [503, { error: "slow" }]);
      goOn();
      while ((await app.store.counts()).inFlight > 0) await sleep(5);
      assert.equal((await app.store.counts()).released, 1);
    });
  }

  run("an access log sees what went out", { slowAfter: 0.05 }, async (app) => {
    let seen;
    app.act = async (res) => {
      res.statusMessage = "Fine";
      await once(res, "finish");
      seen = res.statusCode;
    };
    assert.equal((await app.send(body()))[0], 503);
    while ((await app.store.counts()).inFlight > 0) await sleep(5);
    assert.equal(seen, 503);
  });

  const hangs = Object.defineProperty(new MemoryStore(), "complete", { value: () => new Promise(() => {}) });
  run("a store that hangs when the event is done", { store: hangs, slowAfter: 0.05 }, async (app) => {
    assert.deepEqual(await app.send(body()), [503, { error: "slow" }]);
  });

  for (const [title, log] of [
    [
      "throws",
      () => {
        throw new RangeError("Jane Sample");
      },
    ],
    ["rejects", async () => Promise.reject(new RangeError("Jane Sample"))],
  ]) {
    for (const form of ["middleware", "handler"]) {
      test(`${version}, ${form}: a log that ${title} changes no answer`, async () => {
        const warnings = [];
        const unhandled = [];
        const warned = ({ name, message }) => name === "DiditClientWarning" && warnings.push(message);
        const rejected = (reason) => unhandled.push(reason);
        process.on("warning", warned).on("unhandledRejection", rejected);
        try {
          await withApp(
            express,
            { log },
            [],
            async (app) => {
              const content = body();
              assert.equal((await app.send(content))[0] < 300, true);
              assert.deepEqual(await app.send(content), [200, duplicate]);
              const wrong = { headers: sign(content, "another secret") };
              assert.deepEqual(await app.send(content, wrong), [401, { error: "signature_mismatch" }]);
              app.act = () => {
                throw new Error("Jane Sample");
              };
              assert.equal((await app.send(body()))[0], 500);
              assert.equal((await app.store.counts()).released, 1);
            },
            form,
          );
          await sleep(0);
        } finally {
          process.off("warning", warned).off("unhandledRejection", rejected);
        }
        assert.deepEqual(unhandled, []);
        assert.deepEqual(warnings, Array(4).fill("log threw RangeError"));
      });
    }
  }
}

test("a renewal that hangs takes no connection away from other events", async () => {
  // A pool of so many connections, on one of which the server does not answer any more.
  let free = 4;
  const asked = { hung: 0, other: 0 };
  let hung;
  const store = new MemoryStore({ lease: 0.1 });
  const renew = store.renew.bind(store);
  store.renew = async (claim) => {
    const name = claim.eventId === hung ? "hung" : "other";
    while (free === 0) await sleep(5);
    free -= 1;
    asked[name] += 1;
    if (name === "hung") await new Promise(() => {});
    free += 1;
    return renew(claim);
  };
  await withApp(express5, { store }, [], async (app) => {
    const content = body();
    hung = JSON.parse(content).event_id;
    let goOn;
    const end = new Promise((resolve) => {
      goOn = resolve;
    });
    app.act = () => end;
    const answers = [app.send(content)];
    while (asked.hung < 2) await sleep(5);
    answers.push(app.send(body()));
    while (asked.other < 12) await sleep(5);
    assert.equal(asked.hung, 2);
    goOn();
    assert.deepEqual(
      (await Promise.all(answers)).map(([status]) => status),
      [201, 201],
    );
  });
});

test("what throws in a renewal harms nobody, and what a transaction has recorded is not renewed", async () => {
  const store = new MemoryStore({ lease: 0.1 });
  let asked = 0;
  store.renew = () => {
    asked += 1;
    throw new Error("Jane Sample");
  };
  store.transactional = true;
  const complete = store.complete.bind(store);
  await withApp(express5, { store }, [], async (app) => {
    app.act = async (_res, req) => {
      store.complete = () => Promise.resolve();
      await req.didit.complete({});
      await complete(req.didit.claim);
      asked = 0;
      await sleep(150);
      assert.equal(asked, 0);
    };
    assert.equal((await app.send(body()))[0], 201);
    app.act = async () => {
      store.complete = complete;
      while (asked < 2) await sleep(5);
    };
    assert.equal((await app.send(body()))[0], 201);
  });
});

test("two tenants whose secrets look alike are two", async () => {
  const bytes = Buffer.from("ab");
  const secrets = [bytes, bytes.toString("hex")];
  let turn = 0;
  await withApp(express5, { secrets: () => secrets[turn] }, [], async (app) => {
    for (turn of [0, 1]) {
      const content = body();
      assert.equal((await app.send(content, { headers: sign(content, secrets[1 - turn]) }))[0], 401);
      assert.equal((await app.send(content, { headers: sign(content, secrets[turn]) }))[0], 201);
    }
  });
});
