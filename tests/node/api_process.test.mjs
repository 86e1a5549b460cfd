// Calls and the host program: its event loop, its threads, its end.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { getEventListeners, once } from "node:events";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import { Worker } from "node:worker_threads";
import { CancelledError } from "didit-client";
import { client, failure, SESSION, serve, serveRaw, until } from "./api_support.mjs";
import { root } from "./support.mjs";

const require = createRequire(import.meta.url);
const { binding } = require(`${root}/bindings-node/dist/native.js`);
const index = `${root}/bindings-node/dist/index.js`;

/** A server whose answers wait until they are let go. */
async function waiting(t) {
  let letGo;
  const open = new Promise((resolve) => {
    letGo = resolve;
  });
  const server = await serve(t, async () => {
    await open;
    return [200, SESSION];
  });
  return { ...server, letGo };
}

/** A server that never answers, and sees connections end. */
async function silent(t) {
  const { url, requests, sockets } = await serveRaw(t, () => {});
  return { url, requests, sockets };
}

describe("many calls", () => {
  test("are in flight together, and an unrelated fs.readFile does not wait for them", async (t) => {
    const { url, seen, letGo } = await waiting(t);
    const didit = client(url);
    const calls = Array.from({ length: 256 }, () => didit.sessions.decision(SESSION.session_id));
    await until(() => seen.length === 256);
    // libuv's four threads are free: all of this is done while not one answer has come.
    const read = await Promise.all(Array.from({ length: 16 }, () => readFile(index)));
    assert.equal(read.length, 16);
    assert.ok(binding.poolThreads() >= 256);
    letGo();
    assert.ok((await Promise.all(calls)).every(({ status }) => status === SESSION.status));
  });

  test("beyond the threads wait for one, and the threads end when they are idle", async (t) => {
    const { url, seen, letGo } = await waiting(t);
    const didit = client(url);
    const calls = Array.from({ length: 300 }, () => didit.sessions.decision(SESSION.session_id));
    await until(() => seen.length === 256);
    assert.equal(binding.poolThreads(), 256);
    letGo();
    await Promise.all(calls);
    assert.equal(seen.length, 300);
    await until(() => binding.poolThreads() === 0);
    assert.equal((await didit.sessions.decision(SESSION.session_id)).status, SESSION.status);
  });

  test("one after the other need one thread", async (t) => {
    await until(() => binding.poolThreads() === 0);
    const { url } = await serve(t, () => [200, SESSION]);
    const didit = client(url);
    for (let number = 0; number < 50; number += 1) {
      await didit.sessions.decision(SESSION.session_id);
    }
    assert.equal(binding.poolThreads(), 1);
  });

  test("that wait for a thread are timed out all the same", async (t) => {
    const { url, requests: seen } = await silent(t);
    const didit = client(url, { maxRetries: 0 });
    const stop = new AbortController();
    const busy = Array.from({ length: 256 }, () => failure(didit.request("GET", "/v3/x/", { signal: stop.signal })));
    await until(() => seen.length === 256);
    const late = failure(didit.request("GET", "/v3/late/", { timeout: 0.05 }));
    setTimeout(() => stop.abort(), 200);
    await Promise.all(busy);
    assert.equal((await late).code, "timeout");
    assert.equal(seen.length, 256, "nothing was sent for it");
  });
});

describe("an AbortSignal", () => {
  test("ends the request itself and frees its thread", async (t) => {
    const { url, requests, sockets } = await silent(t);
    const stop = new AbortController();
    const call = failure(client(url).sessions.decision(SESSION.session_id, {}, { signal: stop.signal }));
    await until(() => requests.length === 1);
    const reason = new Error("the user has left");
    stop.abort(reason);
    const error = await call;
    assert.ok(error instanceof CancelledError);
    assert.deepEqual([error.code, error.cause], ["cancelled", reason]);
    // The server sees the connection end long before the call's 60 seconds.
    await until(() => sockets.size === 0);
  });

  test("ends the waiting before a retry", async (t) => {
    const { url, seen } = await serve(t, () => [429, { detail: "" }, { "retry-after": "50" }]);
    const stop = new AbortController();
    const call = failure(client(url).sessions.list({}, { signal: stop.signal }));
    await until(() => seen.length === 1);
    stop.abort();
    assert.equal((await call).code, "cancelled");
  });

  test("that is aborted already sends nothing, and one that is not is let go of", async (t) => {
    const { url, seen } = await serve(t);
    const didit = client(url);
    const options = { signal: AbortSignal.abort() };
    assert.equal((await failure(didit.sessions.create({}, options))).code, "cancelled");
    assert.equal(seen.length, 0);
    const { signal } = new AbortController();
    await didit.sessions.create({}, { signal });
    assert.equal(getEventListeners(signal, "abort").length, 0);
    await assert.rejects(didit.sessions.create({}, { signal: {} }), TypeError);
  });
});

test("resident memory stays where it is over many calls", async (t) => {
  const { url } = await serve(t, () => [200, { ...SESSION, text: "x".repeat(20_000) }]);
  const program = `
    const { Didit } = require(${JSON.stringify(index)});
    const didit = new Didit({ apiKey: "k", baseUrl: ${JSON.stringify(url)}, environment: {} });
    const rounds = async (calls) => {
      for (let at = 0; at < calls; at += 20) {
        await Promise.all(Array.from({ length: 20 }, () => didit.sessions.decision("x")));
      }
      gc();
      return process.memoryUsage().rss;
    };
    (async () => {
      await rounds(1000);
      const before = await rounds(200);
      console.log((await rounds(2000)) - before);
    })();`;
  // V8 would keep some 30 MB for answers to come, sooner or later.
  const flags = ["--expose-gc", "--max-semi-space-size=1"];
  const child = spawn(process.execPath, [...flags, "-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += chunk;
  });
  const [status] = await once(child, "close");
  assert.equal(status, 0);
  // The answers alone would be 40 MB.
  assert.ok(Number(text) < 20_000_000, text);
});

describe("the process ends", () => {
  const preamble = (url) => `
    const { Didit } = require(${JSON.stringify(index)});
    const didit = new Didit({ apiKey: "k", baseUrl: ${JSON.stringify(url)}, environment: {} });`;

  async function run(program) {
    const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        text += chunk;
      });
    }
    const [status, signal] = await once(child, "close");
    return [status, signal, text];
  }

  test("by process.exit with calls pending", async (t) => {
    const { url } = await silent(t);
    const program = `${preamble(url)}
      for (let at = 0; at < 50; at += 1) didit.sessions.decision("x");
      setTimeout(() => process.exit(3), 100);`;
    assert.deepEqual(await run(program), [3, null, ""]);
  });

  test("by itself when the calls are done, and not before", async (t) => {
    const { url } = await serve(t, async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return [200, SESSION];
    });
    const program = `${preamble(url)}
      didit.sessions.decision("x").then(({ status }) => console.log(status));`;
    assert.deepEqual(await run(program), [0, null, "Not Started\n"]);
  });

  test("by an uncaught exception with calls pending", async (t) => {
    const { url } = await silent(t);
    const program = `${preamble(url)} didit.sessions.decision("x"); setTimeout(() => { throw new Error("own"); }, 50);`;
    const [status, signal, text] = await run(program);
    assert.deepEqual([status, signal], [1, null]);
    assert.match(text, /Error: own/);
  });
});

test("a worker that ends takes its pending calls along", async (t) => {
  const { url, requests, sockets } = await silent(t);
  const program = `
    const { workerData: { index, url } } = require("node:worker_threads");
    const { Didit } = require(index);
    const hooks = { beforeAttempt() {}, afterAttempt() {} };
    const didit = new Didit({ apiKey: "k", baseUrl: url, environment: {}, ...hooks });
    for (let at = 0; at < 10; at += 1) didit.sessions.decision("x");`;
  const workers = Array.from({ length: 4 }, () => new Worker(program, { eval: true, workerData: { index, url } }));
  await until(() => requests.length === 40);
  await Promise.all(workers.map((worker) => worker.terminate()));
  await until(() => sockets.size === 0);
  const { url: other } = await serve(t);
  assert.equal((await client(other).sessions.create()).status, SESSION.status);
});
