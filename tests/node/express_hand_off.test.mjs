// The durable hand-off: 202 once something else has taken the event over, and never before.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { webhook, webhookHandler } from "didit-client/express";
import { MemoryStore } from "didit-client/store";
import express5 from "express";
import express4 from "express4";
import { body, duplicate, withApp } from "./express_support.mjs";
import { SECRET } from "./support.mjs";

const accepted = { ...duplicate, duplicate: false };

for (const [version, express] of [
  ["Express 5", express5],
  ["Express 4", express4],
]) {
  for (const form of ["middleware", "handler"]) {
    const run = (title, options, test_) =>
      test(`${version}, ${form}: ${title}`, () => withApp(express, options, [], test_, form));

    const queue = [];
    const handOff = async ({ event }) => queue.push(event.event_id);
    run("an event is handed off once, and nobody else does it", { handOff }, async (app) => {
      const content = body();
      assert.deepEqual(await app.send(content), [202, accepted]);
      assert.deepEqual(await app.send(content), [200, duplicate]);
      assert.deepEqual(queue, [JSON.parse(content).event_id]);
      assert.deepEqual(app.events, []);
      assert.equal((await app.store.counts()).done, 1);
    });

    const lines = [];
    let works = false;
    const fails = {
      log: (...line) => lines.push(line),
      handOff: () => {
        if (!works) throw new TypeError("Jane Sample");
      },
    };
    run("an event that is not taken over is free again", fails, async (app) => {
      const content = body();
      assert.deepEqual(await app.send(content), [503, { error: "hand_off_failed" }]);
      assert.equal((await app.store.counts()).released, 1);
      works = true;
      assert.deepEqual(await app.send(content), [202, accepted]);
      assert.deepEqual(
        lines.map(([level, , { code, exception, attempts }]) => [level, code, exception, attempts]),
        [
          ["error", "hand_off_failed", "TypeError", 1],
          ["info", "accepted", undefined, 2],
        ],
      );
      assert.ok(!JSON.stringify(lines).includes("Jane"));
    });

    let goOn;
    const slow = {
      slowAfter: 0.05,
      handOff: () =>
        new Promise((resolve) => {
          goOn = resolve;
        }),
    };
    run("a hand-off that is slow goes on under its claim", slow, async (app) => {
      const content = body();
      assert.deepEqual(await app.send(content), [503, { error: "slow" }]);
      assert.deepEqual(await app.send(content), [503, { error: "in_flight" }]);
      goOn();
      while ((await app.store.counts()).inFlight > 0) await sleep(5);
      assert.deepEqual(await app.send(content), [200, duplicate]);
    });

    const down = () => Promise.reject(new Error("Jane Sample"));
    const store = Object.defineProperty(new MemoryStore(), "complete", { value: down });
    run("what cannot be recorded is not accepted", { handOff, store }, async (app) => {
      assert.deepEqual(await app.send(body()), [503, { error: "store_unavailable" }]);
    });

    run("another environment is not handed off", { handOff, environments: ["live"] }, async (app) => {
      queue.length = 0;
      assert.equal((await app.send(body({ environment: "sandbox" })))[0], 200);
      assert.deepEqual(queue, []);
    });
  }
}

test("a hand-off is a function, and a handler is needed without one", () => {
  const options = { secrets: SECRET, store: new MemoryStore() };
  assert.throws(() => webhook({ ...options, handOff: "queue" }), /handOff must be a function/);
  assert.throws(() => webhook({ ...options, log: "lines" }), /log must be a function/);
  assert.throws(() => webhookHandler(options), /webhookHandler needs a function/);
  assert.equal(typeof webhookHandler({ ...options, handOff: () => {} }), "function");
});
