// The border to Rust: panics, threads, and a module that cannot be loaded.
import assert from "node:assert/strict";
import { constants } from "node:buffer";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { Worker } from "node:worker_threads";
import { InternalError } from "didit-client";
import { client, failure, serve, UUID } from "./api_support.mjs";
import { root } from "./support.mjs";

const require = createRequire(import.meta.url);
const dist = join(root, "bindings-node", "dist");
const { binding, loadNative, platforms } = require(join(dist, "native.js"));
const { call } = require(join(dist, "errors.js"));

describe("a panic", () => {
  test("becomes an InternalError", () => {
    assert.throws(
      () => call(call, () => binding.panicForTest()),
      (error) => {
        assert.ok(error instanceof InternalError);
        assert.deepEqual([error.code, error.httpStatus], ["internal_error", 500]);
        assert.doesNotMatch(error.stack, /a test asked for/);
        return true;
      },
    );
  });

  test("does not end the process, and only its place is told", () => {
    const program = `
      const { binding } = require(${JSON.stringify(join(dist, "native.js"))});
      try { binding.panicForTest(); } catch {}
      console.log("alive");`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ["-e", program], { encoding: "utf8" });
    assert.deepEqual([status, stdout], [0, "alive\n"]);
    assert.match(stderr, /^didit-client: internal error at .*lib\.rs:\d+; please report it\n$/);
  });

  test("on a thread of the pool fails its call only", () => {
    const program = `
      const { binding } = require(${JSON.stringify(join(dist, "native.js"))});
      const pending = binding.pendingCalls((number, { code }) => console.log(number, code, binding.poolThreads()));
      binding.panicInPoolForTest(pending, 7);`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ["-e", program], { encoding: "utf8" });
    assert.deepEqual([status, stdout], [0, "7 internal_error 1\n"]);
    assert.match(stderr, /^didit-client: internal error at .*call\.rs:\d+; please report it\n$/);
  });

  test("is caught at every exported function", () => {
    const folder = join(root, "bindings-node", "src");
    for (const file of readdirSync(folder)) {
      const source = readFileSync(join(folder, file), "utf8");
      // An attribute of a function, with further attributes in between.
      for (const [whole, options, name] of source.matchAll(
        /#\[napi\b([^\]]*)\](?:\s*#\[[^\]]*\])*\s*pub(?:\([^)]*\))? fn (\w+)/g,
      )) {
        assert.match(options, /\bcatch_unwind\b/, `${file}: ${name}\n${whole}`);
      }
    }
  });

  test("guard counts every function that the module exports", () => {
    const folder = join(root, "bindings-node", "src");
    const sources = readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8"));
    const guarded = sources.join("\n").match(/#\[napi\(\s*catch_unwind\b/g).length;
    assert.equal(guarded, Object.values(binding).filter((value) => typeof value === "function").length);
  });
});

describe("the text of an answer", () => {
  test("may be as long as a string, and is refused beyond with what is known of the answer", async (t) => {
    const decision = { session_id: UUID, status: "Approved" };
    const { url } = await serve(t, () => [200, decision, { "x-request-id": "req-9" }]);
    const longest = JSON.stringify(decision).length;
    const before = binding.limitTextForTest(longest);
    try {
      assert.equal(before, constants.MAX_STRING_LENGTH);
      assert.equal((await client(url).sessions.decision(UUID)).status, "Approved");
      binding.limitTextForTest(longest - 1);
      const error = await failure(client(url).sessions.decision(UUID));
      assert.deepEqual([error.name, error.code], ["ApiError", "invalid_response"]);
      assert.match(error.message, /longer than a string can be/);
      assert.deepEqual([error.status, error.requestId, error.attempts], [200, "req-9", 1]);
    } finally {
      binding.limitTextForTest(before);
    }
  });
});

describe("worker threads", () => {
  const program = `
    const { parentPort, workerData } = require("node:worker_threads");
    const { sign, SignatureError, Verifier } = require(workerData);
    const verifier = new Verifier({ secrets: ["old", "secret"] });
    const body = JSON.stringify({ timestamp: 1774970000, webhook_type: "status.updated", status: "Approved" });
    const headers = sign(body, "secret");
    let granted = 0;
    for (let round = 0; round < 500; round += 1) {
      granted += verifier.verify(body, headers, { now: 1774970000 }).event.outcome === "granted";
      try { verifier.verify(body + " ", { ...headers, "X-Signature-V2": "0".repeat(64) }, { now: 1774970000 }); }
      catch (error) { granted += error instanceof SignatureError; }
    }
    parentPort.postMessage(granted);`;
  const start = () => new Worker(program, { eval: true, workerData: join(dist, "index.js") });

  test("verify side by side", async () => {
    const results = Array.from(
      { length: 4 },
      () =>
        new Promise((resolve, reject) => {
          start().once("message", resolve).once("error", reject);
        }),
    );
    assert.deepEqual(await Promise.all(results), [1000, 1000, 1000, 1000]);
  });

  test("can be ended while they verify", async () => {
    const worker = start();
    await new Promise((resolve) => worker.once("online", resolve));
    await worker.terminate();
  });

  test("cannot be given a verifier's secret", () => {
    const { handle } = binding.buildVerifier([Buffer.from("secret")], {});
    assert.throws(() => structuredClone(handle), { name: "DataCloneError" });
  });
});

describe("a native module that cannot be loaded", () => {
  const folder = mkdtempSync(join(tmpdir(), "didit-client-loader-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(dist, join(folder, "dist"), { recursive: true });
  const index = join(folder, "dist", "index.js");
  const [name] = readdirSync(join(root, "bindings-node", "native")).filter((file) => file.endsWith(".node"));

  test("is named, with the platform and every reason", () => {
    assert.throws(
      () => require(index),
      ({ message }) => {
        for (const platform of platforms(process.platform, process.arch)) {
          assert.ok(message.includes(`../native/didit-client.${platform}.node: Cannot find module`), message);
          assert.ok(message.includes(`didit-client-${platform}: Cannot find module`), message);
        }
        assert.match(message, /npm run build/);
        return true;
      },
    );
  });

  test("keeps the real error of a broken file", () => {
    mkdirSync(join(folder, "native"));
    writeFileSync(join(folder, "native", name), "this is no library");
    const { stderr } = spawnSync(process.execPath, ["-e", `require(${JSON.stringify(index)})`], { encoding: "utf8" });
    assert.match(stderr, /file too short|invalid ELF header|not a valid|slice is not valid|no suitable image/i);
  });

  test("is looked for in the platform's package last", () => {
    const asked = [];
    const found = loadNative("linux", "x64", (id) => {
      asked.push(id);
      if (id === "didit-client-linux-x64-musl") {
        return "the module";
      }
      throw new Error(`no ${id}`);
    });
    assert.equal(found, "the module");
    assert.deepEqual(asked, [
      "../native/didit-client.linux-x64-gnu.node",
      "didit-client-linux-x64-gnu",
      "../native/didit-client.linux-x64-musl.node",
      "didit-client-linux-x64-musl",
    ]);
  });

  test("is named for platforms that nobody builds for", () => {
    const missing = () => {
      throw new Error("first line\nsecond line");
    };
    assert.throws(
      () => loadNative("sunos", "sparc", missing),
      /for sunos-sparc \(.*didit-client-sunos-sparc: first line\n/s,
    );
    assert.deepEqual(platforms("win32", "arm64"), ["win32-arm64-msvc"]);
    assert.deepEqual(platforms("darwin", "x64"), ["darwin-x64"]);
    assert.deepEqual(platforms("linux", "arm"), ["linux-arm-gnueabihf", "linux-arm-musleabihf"]);
  });

  test("is not replaced by what the environment names", () => {
    const env = { ...process.env, NAPI_RS_NATIVE_LIBRARY_PATH: join(folder, "native", name) };
    const program = `require(${JSON.stringify(join(dist, "index.js"))}); console.log("loaded")`;
    assert.equal(execFileSync(process.execPath, ["-e", program], { env, encoding: "utf8" }), "loaded\n");
  });
});
