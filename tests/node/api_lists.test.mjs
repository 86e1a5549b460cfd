// Pages, and files in both directions.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { client, failure, SESSION, serve } from "./api_support.mjs";

describe("a list", () => {
  /** Five sessions, two a page; `count` lies, as several of Didit's lists do. */
  function paged(request) {
    const at = new URL(request.url, "http://h");
    const offset = Number(at.searchParams.get("offset") ?? 0);
    const results = [0, 1, 2, 3, 4].slice(offset, offset + 2).map((n) => ({ session_number: n, status: "Approved" }));
    at.searchParams.set("offset", offset + 2);
    const next = offset + 2 < 5 ? `https://elsewhere.example${at.pathname}${at.search}` : null;
    return [200, { count: 2, next, previous: null, results }];
  }

  test("is awaited for its first page, and iterated over all", async (t) => {
    const { url, seen } = await serve(t, paged);
    const { sessions } = client(url);
    const page = await sessions.list({ vendor_data: "user 1", limit: 2 });
    assert.deepEqual(
      page.results.map((item) => item.session_number),
      [0, 1],
    );
    assert.deepEqual([page.count, page.hasNext, page.previous, page.lastResponse.status], [2, true, null, 200]);
    assert.equal(seen.length, 1);

    const numbers = [];
    for await (const session of sessions.list({ vendor_data: "user 1", limit: 2 })) {
      numbers.push(session.session_number);
    }
    assert.deepEqual(numbers, [0, 1, 2, 3, 4]);
    // Never to the host of `next`, and with the key.
    const paths = seen.slice(1).map((request) => request.url);
    assert.deepEqual(
      paths.map((path) => new URL(path, "http://h").searchParams.get("offset")),
      [null, "2", "4"],
    );
    assert.ok(seen.every(({ url, headers }) => url.includes("user") && headers["x-api-key"] === "sk_test_node"));

    const second = await page.nextPage();
    assert.deepEqual(
      second.results.map((item) => item.session_number),
      [2, 3],
    );
    assert.equal(await (await second.nextPage()).nextPage(), undefined);
    const sizes = [];
    for await (const { results } of sessions.list({ limit: 2 }).pages()) {
      sizes.push(results.length);
    }
    assert.deepEqual(sizes, [2, 2, 1]);
    assert.equal(inspect(page), "Page { 2 results, hasNext: true }");
  });

  test("may be a bare array", async (t) => {
    const { url } = await serve(t, () => [200, [{ uuid: "a" }, { uuid: "b" }]]);
    const page = await client(url).webhooks.destinations.list();
    assert.deepEqual([page.results, page.hasNext, page.count], [[{ uuid: "a" }, { uuid: "b" }], false, undefined]);
  });

  test("fails once, however it is read", async (t) => {
    const { url } = await serve(t, () => [404, { detail: "Not found." }]);
    const { sessions } = client(url);
    await assert.rejects(sessions.list(), { code: "not_found" });
    await assert.rejects(Array.fromAsync?.(sessions.list()) ?? iterate(sessions.list()), { code: "not_found" });
  });

  async function iterate(list) {
    for await (const _ of list);
  }
});

describe("a file", () => {
  const folder = mkdtempSync(join(tmpdir(), "didit-client-files-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));

  test("comes as bytes, and is saved as a whole or not at all", async (t) => {
    const pdf = Buffer.concat([Buffer.from("%PDF-1.7\n"), Buffer.alloc(100_000, 7)]);
    const { url } = await serve(t, () => [200, pdf]);
    const file = await client(url).sessions.pdf(SESSION.session_id);
    assert.deepEqual(file.content, pdf);
    assert.deepEqual([file.contentType, file.lastResponse.status], ["application/pdf", 200]);
    assert.equal(inspect(file), `File { application/pdf, ${pdf.length} bytes }`);

    const path = join(folder, "report.pdf");
    writeFileSync(path, "before");
    assert.equal(await file.save(path), path);
    assert.deepEqual(readFileSync(path), pdf);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    await assert.rejects(file.save(join(folder, "missing", "report.pdf")), { code: "ENOENT" });
    // A folder of that name: the rename fails, and nothing is left over.
    await assert.rejects(file.save(folder));
    assert.deepEqual(readdirSync(folder), ["report.pdf"]);
    assert.deepEqual(
      readdirSync(tmpdir()).filter((name) => name.startsWith(".didit-client-files-")),
      [],
    );
  });

  test("is sent as Buffer, ArrayBuffer, Blob or with a name of its own", async (t) => {
    const { url, seen } = await serve(t, () => [200, { request_id: "r" }]);
    const image = Buffer.from("/9j/4AAQSkZJRgABAQ==", "base64");
    const named = { content: image, filename: "selfie.jpg", contentType: "image/jpeg" };
    for (const user_image of [image, Uint8Array.from(image).buffer, new Blob([image]), named]) {
      await client(url).checks.face.search({ user_image });
    }
    for (const { headers, body } of seen) {
      assert.match(headers["content-type"], /^multipart\/form-data; boundary=/);
      assert.ok(body.includes(image));
    }
    assert.match(seen[3].body.toString("latin1"), /filename="selfie\.jpg"/);
    const error = await failure(client(url).checks.face.search({ user_image: "selfie.jpg" }));
    assert.ok(error instanceof TypeError);
    assert.match(error.message, /fs\.readFile/);
  });

  test("that is changed after the call has begun is sent as it was", async (t) => {
    const { url, seen } = await serve(t, () => [200, { request_id: "r" }]);
    const image = Buffer.alloc(3_000_00, "a");
    const call = client(url).checks.face.search({ user_image: { content: image, contentType: "image/png" } });
    // One turn, so that the arguments have been read.
    await new Promise((resolve) => setImmediate(resolve));
    image.fill("b");
    await call;
    assert.equal(seen[0].body.includes("b".repeat(100)), false);
  });
});
