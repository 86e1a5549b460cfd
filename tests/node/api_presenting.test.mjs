// The person's way to the hosted page and back, and the map of statuses.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { iframeHtml, parseCallback, statuses } from "didit-client";
import { UUID } from "./api_support.mjs";

describe("iframeHtml", () => {
  test("escapes every value", () => {
    const html = iframeHtml("https://verify.example/?a=1&b=2", { id: 'x"y', class: "<c>", width: "50%" });
    assert.match(html, /^<iframe src="https:\/\/verify\.example\/\?a=1&amp;b=2" /);
    assert.match(html, /id="x&quot;y" class="&lt;c&gt;"/);
    assert.match(html, /style="width: 50%; height: 700px; border: none;"/);
  });

  test("refuses what a browser must not be sent to", () => {
    for (const url of ["javascript:alert(1)", "http://example.com/", ""]) {
      assert.throws(() => iframeHtml(url), { code: "invalid_argument" }, url);
    }
    assert.throws(() => iframeHtml(undefined), TypeError);
    assert.throws(() => iframeHtml("https://a.example/", { height: "1px; background: url(x)" }), {
      code: "invalid_argument",
    });
  });
});

describe("parseCallback", () => {
  const query = `verificationSessionId=${UUID}&status=Approved`;

  test("reads a URL, a path or a query, and vouches for nothing", () => {
    const url = `https://shop.example/done?cart=7&${query}#top`;
    for (const given of [url, new URL(url), `/done?${query}`, `?${query}`, query, new URLSearchParams(query)]) {
      const callback = parseCallback(given);
      assert.deepEqual(callback, { authenticated: false, sessionId: UUID, claimedStatus: "Approved" });
      assert.ok(Object.isFrozen(callback) && !("status" in callback) && !("outcome" in callback));
    }
    assert.equal(parseCallback(`?verificationSessionId=${UUID}`).claimedStatus, undefined);
  });

  test("refuses what Didit does not send", () => {
    for (const given of [
      "https://shop.example/done",
      "?verificationSessionId=../x",
      `?${query}&verificationSessionId=x`,
    ]) {
      assert.throws(() => parseCallback(given), { code: "invalid_callback", httpStatus: 400 }, given);
    }
    assert.throws(() => parseCallback(undefined), TypeError);
  });
});

test("every status has a meaning, and what follows it is a status", () => {
  assert.equal(statuses.all.length, 10);
  for (const status of statuses.all) {
    assert.notEqual(statuses.outcome(status), "unknown", status);
    for (const next of statuses.transitions(status)) {
      assert.ok(statuses.all.includes(next));
    }
  }
  assert.deepEqual([statuses.outcome("Approved"), statuses.outcome("approved")], ["granted", "unknown"]);
  assert.deepEqual(
    [statuses.isFinal("Declined"), statuses.isFinal("In Review"), statuses.isFinal("x")],
    [true, false, false],
  );
  assert.deepEqual(statuses.transitions("x"), []);
});
