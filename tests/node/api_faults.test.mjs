// Faults at the socket: each call ends in the right result or error, and nothing is created twice.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { TransportError, TransportTimeoutError } from "didit-client";
import { client, failure, faults } from "./api_support.mjs";
import { root } from "./support.mjs";

const port = await faults({ after });
const faultUrl = (fault) => `http://127.0.0.1:${port}/${fault}__node`;
const count = async (fault) => (await fetch(`http://127.0.0.1:${port}/_count/${fault}__node`)).json();

const read = (didit, options) => didit.request("GET", "/v3/x/", options);
const create = (didit, options) => didit.sessions.create({}, options);
const short = { timeout: 0.4, maxRetries: 0 };
const once_ = { maxRetries: 0 };

describe("a read ends", () => {
  const ends = {
    reset_before: ["connection_lost", once_],
    close_before: ["connection_lost", once_],
    reset_head: ["connection_lost", once_],
    reset_body: ["connection_lost", once_],
    stall: ["timeout", short],
    stall_head: ["timeout", short],
    stall_body: ["timeout", short],
    "trickle~50": ["timeout", short],
    short: ["connection_lost", once_],
    garbage: [/invalid_response|connection_lost/, once_],
    gzip_broken: ["invalid_response", once_],
    redirect: ["unexpected_status", once_],
    "status~500": ["server_error", once_],
    "status~404": ["not_found", once_],
  };
  for (const [fault, [code, options]] of Object.entries(ends)) {
    test(`after ${fault} with ${code}`, async () => {
      const error = await failure(read(client(faultUrl(fault)), options));
      assert.match(error.code, new RegExp(`^(${code.source ?? code})$`), error.stack);
      assert.equal(error instanceof TransportError, /^(connection|timeout)/.test(error.code));
      assert.equal(error instanceof TransportTimeoutError, error.code === "timeout");
      assert.equal((await count(fault)).requests, 1);
    });
  }

  for (const fault of [
    "good",
    "reset_after",
    "gzip",
    "trickle~1",
    "delay~100",
    "limited~0",
    "limited_date~1",
    "storm~2",
  ]) {
    test(`after ${fault} with the answer`, async () => {
      const answer = await read(client(faultUrl(fault)));
      assert.equal(answer.json().status, "Approved");
    });
  }

  for (const [fault, code] of [
    ["html", "invalid_response"],
    ["empty", "invalid_response"],
    ["cut", "invalid_response"],
  ]) {
    test(`of an operation after ${fault} with ${code}`, async () => {
      const error = await failure(client(faultUrl(fault)).sessions.decision("x", {}, once_));
      assert.match(error.code, /^(invalid_response|connection_lost)$/);
      if (fault !== "cut") {
        assert.equal(error.code, code);
      }
    });
  }

  test("after a refusal with connection_failed", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port: free } = server.address();
    await new Promise((resolve) => server.close(resolve));
    const error = await failure(read(client(`http://127.0.0.1:${free}`), once_));
    assert.equal(error.code, "connection_failed");
  });
});

describe("a POST that creates is sent once", () => {
  for (const fault of ["reset_before", "close_before", "reset_head", "reset_body", "storm~9", "short"]) {
    test(`through ${fault}, although retries are allowed`, async () => {
      const name = `${fault}__create`;
      const error = await failure(create(client(`http://127.0.0.1:${port}/${name}`), { maxRetries: 3 }));
      assert.match(error.code, /^(connection_lost|server_error|invalid_response)$/);
      const { posts } = await (await fetch(`http://127.0.0.1:${port}/_count/${name}`)).json();
      assert.equal(posts, 1);
    });
  }

  test("but again after 429, and with vendor_data, which makes it idempotent", async () => {
    const limited = `http://127.0.0.1:${port}/limited~0__create`;
    assert.equal((await create(client(limited))).lastResponse.attempts, 2);
    const storm = client(`http://127.0.0.1:${port}/storm~1__create`);
    assert.equal((await storm.sessions.create({ vendor_data: "user-123" })).lastResponse.attempts, 2);
  });
});

describe("TLS", () => {
  const ca = join(root, "tests", "faults", "ca.pem");

  test("accepts a certificate only of a known authority and for the host", async (t) => {
    const secure = await faults(t, "--tls");
    const at = (host, options) => client(`https://${host}:${secure}/good`, { maxRetries: 0, ...options });
    assert.equal((await failure(read(at("localhost")))).code, "tls_failed");
    assert.equal((await failure(read(at("127.0.0.1", { caFile: ca })))).code, "tls_failed");
    assert.equal((await read(at("localhost", { caFile: ca }))).status, 200);
    assert.equal((await read(at("localhost", { extraCaFile: ca }))).status, 200);
    assert.equal((await read(at("localhost", { environment: { NODE_EXTRA_CA_CERTS: ca } }))).status, 200);
  });
});
