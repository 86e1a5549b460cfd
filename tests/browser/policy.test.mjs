// What the pages say of themselves; no browser is needed to read it.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { startDev } from "./setting.mjs";

let dev;

before(async () => {
  dev = await startDev();
});
after(async () => {
  assert.equal(await dev?.stop(), 0);
});

const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

test("the policy of the hosted page names exactly the style and the script that stand in it", async () => {
  const { url } = await dev.session({ callback: "myapp://done", language: "ar" });
  for (const address of [url, `${dev.base_url}/session/unknown`]) {
    const answer = await fetch(address);
    const policy = answer.headers.get("content-security-policy");
    const page = await answer.text();
    for (const [tag, directive] of [
      ["style", "style-src"],
      ["script", "script-src"],
    ]) {
      for (const [, text] of page.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, "gs"))) {
        assert.ok(policy.includes(`${directive} ${hash(text)}`), `${tag} is not allowed`);
      }
    }
    assert.doesNotMatch(page, /<(link|script|img|iframe)[^>]+(src|href)="(?!data:)/);
    assert.doesNotMatch(page, / (style|on\w+)="/);
  }
  const policy = (await fetch(url)).headers.get("content-security-policy");
  assert.match(policy, /form-action 'self' myapp:;/);
});

test("the inspector refers to nothing but itself", async () => {
  for (const name of ["", "/", "/inspector.css", "/inspector.js"]) {
    const answer = await fetch(`${dev.base_url}/_dev${name}`);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("x-frame-options"), "DENY");
    assert.doesNotMatch(await answer.text(), /https?:\/\/|@import|innerHTML|\beval\b/);
  }
});
