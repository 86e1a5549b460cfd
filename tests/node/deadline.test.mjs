// One timer for all that wait for an answer.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "./support.mjs";

const path = `${root}/bindings-node/dist/deadline.js`;
const { Deadline } = createRequire(import.meta.url)(path);

/** Timers for which a program would wait. */
const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

/** A deadline that notes its name when it is over. */
function noting(milliseconds, name, over) {
  const deadline = new Deadline(milliseconds);
  deadline.act = () => over.push(name);
  return deadline;
}

test("no program waits for a timer that nobody needs", () => {
  const before = timers();
  const [one, other] = [new Deadline(60_000), new Deadline(50_000)];
  assert.equal(timers(), before + 1);
  one.forget();
  assert.equal(timers(), before + 1);
  other.forget();
  other.forget();
  assert.equal(timers(), before);
  const third = new Deadline(70_000);
  assert.equal(timers(), before + 1);
  third.forget();
  assert.equal(timers(), before);
});

test("each is over when it is due, and what was forgotten never is", async () => {
  const over = [];
  const forgotten = [noting(5, "first", over), noting(15, "second", over)];
  for (const milliseconds of [40, 10, 20, 0.3, 30]) {
    noting(milliseconds, milliseconds, over);
  }
  forgotten.forEach((deadline) => {
    deadline.forget();
  });
  const last = new Promise((resolve) => {
    new Deadline(60).act = resolve;
  });
  await last;
  assert.deepEqual(over, [0.3, 10, 20, 30, 40]);
});

test("any number of them may come and go meanwhile", async () => {
  const over = new Set();
  const expected = new Set();
  for (let number = 0; number < 2000; number += 1) {
    const deadline = new Deadline((number * 7919) % 40);
    deadline.act = () => over.add(number);
    if (number % 3 === 0) {
      deadline.forget();
    } else {
      expected.add(number);
    }
    if (number % 100 === 0) {
      await sleep(1);
    }
  }
  while (over.size < expected.size) {
    await sleep(5);
  }
  await sleep(50);
  assert.deepEqual([...over].sort(), [...expected].sort());
});

test("one that is weeks away is not over at once", async () => {
  const over = [];
  const far = noting(2 ** 31 + 1000, "far", over);
  await sleep(30);
  assert.deepEqual(over, []);
  far.forget();
});

test("what is set too late happens at once", async () => {
  const over = [];
  const late = new Deadline(1);
  await sleep(20);
  late.act = () => over.push("late");
  assert.deepEqual(over, ["late"]);
});

test("one that throws takes no other along", () => {
  const program = `
    const { Deadline } = require(${JSON.stringify(path)});
    process.on("uncaughtException", (error) => console.log(error.message));
    new Deadline(1).act = () => { throw new Error("thrown"); };
    new Deadline(1).act = () => console.log("the other");
  `;
  const said = execFileSync(process.execPath, ["-e", program], { encoding: "utf8" });
  assert.deepEqual(said.trim().split("\n"), ["thrown", "the other"]);
});
