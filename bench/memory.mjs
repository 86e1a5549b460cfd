// Does resident memory stay flat over many calls in Node? Prints a table, and exits with 1 if it grows.
//
//     node --expose-gc bench/memory.mjs [calls]    100,000 if nothing is said
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Didit, DiditError } from "didit-client";

const ID = "11111111-2222-3333-4444-555555555555";
// What the heap's fragments may come to; a leak of 80 bytes in each of 100,000 calls is more.
const ALLOWED = 8 << 20;
const number = Number(process.argv[2] ?? 100_000);

/** The resident set, without what V8 keeps of its heap for later: that grows to some 40 MB and stays there. */
async function resident() {
  // Finalizers of native objects run in a turn of their own.
  for (let turn = 0; turn < 5; turn += 1) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  return rss - heapTotal + heapUsed;
}

/** Good answers, and every tenth an argument that is refused. */
async function callsInTurn(didit, count) {
  for (let turn = 0; turn < count; turn += 1) {
    await didit.sessions.decision(ID);
    if (turn % 10 === 0) {
      await didit.sessions.create({ callback: "/relative" }).catch(expected);
    }
  }
}

/** Sixty-four at once; every sixteenth is aborted. */
async function callsTogether(didit, count) {
  for (let turn = 0; turn < count; turn += 64) {
    const stop = new AbortController();
    const calls = Array.from({ length: 64 }, (_, at) =>
      didit.sessions.decision(ID, {}, at % 16 === 0 ? { signal: stop.signal } : {}).catch(expected),
    );
    stop.abort();
    await Promise.all(calls);
  }
}

function expected(error) {
  if (!(error instanceof DiditError)) {
    throw error;
  }
}

const python = process.env.PYTHON ?? "python3";
const server = spawn(python, [join(import.meta.dirname, "answering.py")], { stdio: ["ignore", "pipe", "inherit"] });
let grew = false;
try {
  const [baseUrl] = await once(createInterface(server.stdout), "line");
  const didit = new Didit({ baseUrl: baseUrl.trim(), apiKey: "k", workflowId: ID, environment: {} });
  for (const [name, run] of Object.entries({ "in turn": callsInTurn, "64 at once": callsTogether })) {
    // Threads, connections and the allocator's arenas are made by the first calls.
    await run(didit, Math.max(number / 20, 640));
    const before = await resident();
    await run(didit, number);
    const after = await resident();
    grew ||= after - before > ALLOWED;
    const size = `${(before / 1e6).toFixed(1)} MB before, ${(after / 1e6).toFixed(1)} MB after`;
    console.log(`${number} calls ${name}: ${size}, ${readdirSync("/proc/self/task").length} threads`);
  }
} finally {
  server.kill();
}
process.exitCode = grew ? 1 : 0;
