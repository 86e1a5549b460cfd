// Events: plain objects made anew from the authenticated bytes.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { canonicalize, parseUnsigned, sign, Verifier } from "didit-client";
import { delivery, hmac, NOW, payload, readJson, root, SECRET } from "./support.mjs";

const verifier = new Verifier({ secrets: SECRET });
const eventOf = (body, options = {}) =>
  new Verifier({ secrets: SECRET, ...options }).verify(body, sign(body, SECRET), { now: NOW }).event;

describe("the fixtures", () => {
  for (const file of readdirSync(`${root}/tests/fixtures`).filter((name) => name.startsWith("webhook_"))) {
    test(file, () => {
      const v1 = file.includes("legacy_v1");
      const fixture = { ...readJson(`tests/fixtures/${file}`), created_at: NOW, ...(v1 ? {} : { timestamp: NOW }) };
      const event = eventOf(JSON.stringify(fixture), v1 ? { schemes: ["v1"] } : {});
      const { type, outcome, ...rest } = event;
      assert.deepEqual(rest, fixture);
      assert.equal(type, fixture.webhook_type ?? "status.updated");
      const session = type === "status.updated" || type === "data.updated";
      assert.equal(outcome !== "unknown", session);
      assert.equal(Object.getPrototypeOf(event), Object.prototype);
    });
  }
});

describe("an event", () => {
  test("tells what a session's status means", () => {
    const outcomes = {
      Approved: "granted",
      Declined: "denied",
      "Not Started": "pending",
      "In Progress": "pending",
      "In Review": "pending",
      "Awaiting User": "pending",
      Resubmitted: "retry",
      Abandoned: "retry",
      Expired: "retry",
      "Kyc Expired": "revoked",
      "KYC Expired": "unknown",
      approved: "unknown",
    };
    for (const [status, outcome] of Object.entries(outcomes)) {
      const { body, headers } = delivery({ status });
      const { event } = verifier.verify(body, headers, { now: NOW });
      assert.equal(event.outcome, outcome);
      assert.equal(event.status, status);
    }
  });

  test("keeps what is not known", () => {
    const members = { webhook_type: "moon.landed", status: null, decision: "?", crater: [1, { deep: true }] };
    const { body, headers } = delivery(members);
    const { event } = verifier.verify(body, headers, { now: NOW });
    assert.equal(event.type, "unknown");
    assert.equal(event.outcome, "unknown");
    assert.deepEqual({ ...event, ...members }, { ...event });
  });

  test("has a type and outcome of our own making", () => {
    const { body, headers } = delivery({ type: "user.status.updated", outcome: "granted", status: "Declined" });
    const { event } = verifier.verify(body, headers, { now: NOW });
    assert.deepEqual([event.type, event.outcome], ["status.updated", "denied"]);
    assert.deepEqual(Object.keys(event).filter((name) => name === "type").length, 1);
  });

  test("keeps __proto__ and the like as data", () => {
    const body = `{"__proto__":{"admin":true},"constructor":1,"metadata":{"__proto__":{"admin":true}},"timestamp":${NOW},"toString":2}`;
    const headers = { "x-signature-v2": hmac(body), "x-timestamp": String(NOW) };
    const { event } = verifier.verify(body, headers, { now: NOW });
    assert.equal(event.admin, undefined);
    assert.equal(event.metadata.admin, undefined);
    assert.equal(Object.getPrototypeOf(event), Object.prototype);
    assert.deepEqual(Object.getOwnPropertyDescriptor(event, "__proto__").value, { admin: true });
    assert.equal({}.admin, undefined);
    const copy = structuredClone(event);
    assert.equal(copy.admin, undefined);
  });

  test("is parsed once, and not before it is read", () => {
    const { body, headers } = delivery();
    const verified = verifier.verify(body, headers, { now: NOW });
    assert.equal(verified.event, verified.event);
    verified.event.status = "changed";
    assert.equal(verified.event.status, "changed");
    assert.equal(JSON.parse(verified.bytes).status, "Approved");
  });

  test("shows no personal data in a log", () => {
    const { body, headers } = delivery({ full_name: "Jane Doe" });
    const verified = verifier.verify(body, headers, { now: NOW });
    for (const text of [
      inspect(verified),
      inspect(verified.event),
      inspect({ deep: { event: verified.event } }, { depth: 9 }),
    ]) {
      assert.match(text, /Event \{/);
      assert.match(text, /9c0c8b8a-1111/);
      assert.match(text, /aaaaaaaa-bbbb/);
      assert.doesNotMatch(text, /Jane|user-123|95\.5/);
    }
    const transaction = delivery({ webhook_type: "transaction.created", transaction_id: "t-1", session_id: undefined });
    assert.match(
      inspect(verifier.verify(transaction.body, transaction.headers, { now: NOW })),
      /transaction_id: 't-1'/,
    );
  });

  test("can be copied", () => {
    const { body, headers } = delivery();
    const { event } = verifier.verify(body, headers, { now: NOW });
    assert.deepEqual(structuredClone(event), { ...payload, type: "status.updated", outcome: "granted" });
    assert.deepEqual(JSON.parse(JSON.stringify(event)), { ...event });
  });

  test("is never the caller's object", () => {
    const { body, headers } = delivery();
    const tree = JSON.parse(body);
    const { event } = verifier.verifyParsed(tree, headers, { now: NOW });
    tree.status = "Declined";
    tree.decision.items[0].score = 0;
    assert.equal(event.status, "Approved");
    assert.equal(event.decision.items[0].score, 95.5);
  });
});

describe("a long member", () => {
  const decision = {
    é: '山田 \\u00e9 \u{1f600}"\\',
    items: Array.from({ length: 99 }, (_, at) => ({ at, score: at / 4 })),
  };
  const members = { a: 1, decision, metadata: { ü: ["ÿ"] }, session_id: "aaaaaaaa-bbbb", status: "Declined", z: null };
  const whole = {
    ...members,
    timestamp: NOW,
    webhook_type: "status.updated",
    type: "status.updated",
    outcome: "denied",
  };
  const text = JSON.stringify({ timestamp: NOW, webhook_type: "status.updated", ...members }, null, 1);
  const read = (schemes = ["v2"]) =>
    new Verifier({ secrets: SECRET, schemes }).verify(text, sign(text, SECRET), { now: NOW });
  /** How many texts are parsed meanwhile. */
  const parsed = (reader) => {
    const { parse } = JSON;
    let count = 0;
    JSON.parse = (...given) => {
      count += 1;
      return parse(...given);
    };
    try {
      reader();
    } finally {
      JSON.parse = parse;
    }
    return count;
  };

  for (const schemes of [["v2"], ["raw"]]) {
    test(`is there for all that reads it (${schemes})`, () => {
      const readers = {
        "a property": (event) => ({ ...whole, decision: event.decision }),
        "a spread": (event) => ({ ...event }),
        "Object.entries": (event) => Object.fromEntries(Object.entries(event)),
        "Object.assign": (event) => Object.assign({}, event),
        "for in": (event) => {
          const copy = {};
          for (const name in event) copy[name] = event[name];
          return copy;
        },
        destructuring: ({ ...rest }) => rest,
        structuredClone: (event) => structuredClone(event),
        "JSON.stringify": (event) => JSON.parse(JSON.stringify(event)),
        "a proxy": (event) => ({ ...new Proxy(event, {}) }),
        "an heir": (event) => ({ ...whole, decision: Object.create(event).decision }),
        "a frozen event": (event) => Object.freeze(event),
        "the event itself": (event) => event,
      };
      for (const [name, reader] of Object.entries(readers)) {
        const event = read(schemes).event;
        const result = reader(event);
        assert.deepStrictEqual({ ...result }, whole, name);
        assert.equal(event.decision, event.decision, name);
      }
      assert.deepEqual(read(schemes).event, read(schemes).event);
      assert.notDeepEqual(read(schemes).event, { ...whole, decision: { ...decision, items: [] } });
    });
  }

  test("stands behind the other names where a comma follows, read or not", () => {
    const names = Object.keys(JSON.parse(read().bytes)).filter((name) => name !== "decision");
    const { event } = read();
    assert.deepEqual(Object.keys(event), [...names, "decision", "type", "outcome"]);
    assert.ok(event.decision);
    assert.deepEqual(Object.keys(event), [...names, "decision", "type", "outcome"]);
  });

  test("is parsed once, when it is read", () => {
    const { event } = read();
    assert.equal(
      parsed(() => event.status),
      0,
    );
    assert.equal(
      parsed(() => [event.decision, event.decision, { ...event }]),
      1,
    );
  });

  test("has the same getter in every event, so that nothing of an event outlives it", () => {
    const { get } = Object.getOwnPropertyDescriptor(read().event, "decision");
    assert.equal(typeof get, "function");
    assert.equal(Object.getOwnPropertyDescriptor(read().event, "decision").get, get);
  });

  test("is never another event's, where its getter was copied", () => {
    const text = JSON.stringify({ metadata: Array.from({ length: 999 }, () => 1), timestamp: NOW });
    const other = verifier.verify(text, sign(text, SECRET), { now: NOW }).event;
    const { metadata } = Object.getOwnPropertyDescriptors(other);
    for (const target of [{}, read().event]) {
      Object.defineProperty(target, "metadata", metadata);
      assert.throws(() => target.metadata, /^TypeError: metadata was copied as a getter, without its event/);
      target.metadata = 1;
      assert.equal(target.metadata, 1);
    }
    assert.throws(() => metadata.get.call(undefined), TypeError);
    assert.equal(other.metadata.length, 999);
  });

  test("can be replaced and deleted, read or not", () => {
    for (const before of [() => {}, (event) => event.decision]) {
      const { event } = read();
      before(event);
      event.decision = 1;
      assert.deepEqual({ ...event }, { ...whole, decision: 1 });
      delete event.decision;
      assert.equal("decision" in event, false);
    }
    const { event } = read();
    const heir = Object.create(event);
    heir.decision = 1;
    assert.deepEqual([heir.decision, event.decision], [1, decision]);
    const frozen = Object.freeze(read().event);
    assert.throws(() => {
      frozen.decision = 1;
    }, TypeError);
    assert.deepEqual(frozen.decision, decision);
    assert.equal(frozen.decision, frozen.decision);
  });

  test("is not read by a log", () => {
    const { event } = read();
    assert.equal(
      parsed(() => {
        assert.match(inspect({ event }), /Event \{.*status: 'Declined'/s);
        assert.doesNotMatch(inspect(event), /score|decision/);
      }),
      0,
    );
  });

  test("is the last of its name, however that is written", () => {
    const long = `[${"1,".repeat(999)}1]`;
    for (const [body, expected] of [
      [`{"x":${long},"x":2,"timestamp":${NOW}}`, 2],
      [`{"x":1,"x":${long},"timestamp":${NOW}}`, JSON.parse(long)],
      [`{"\\u0078":${long},"timestamp":${NOW},"x":3}`, 3],
      [`{"x":${long},"timestamp":${NOW},"\\u0078":4}`, 4],
      [`{"\\u0078":${long},"timestamp":${NOW}}`, JSON.parse(long)],
    ]) {
      const raw = new Verifier({ secrets: SECRET, schemes: ["raw"] });
      const { event } = raw.verify(body, { "x-signature": hmac(body), "x-timestamp": String(NOW) }, { now: NOW });
      assert.deepEqual(event.x, expected, body.slice(0, 40));
    }
  });

  test("may have any name", () => {
    const long = `{"admin":${"1".repeat(2000)}}`;
    for (const name of ["__proto__", "constructor", "type", "outcome", "é", "toJSON ", "7", ""]) {
      const body = `{"${name}":${long},"status":"Approved","timestamp":${NOW}}`;
      const { event } = verifier.verify(body, sign(body, SECRET), { now: NOW });
      assert.equal(event.admin, undefined);
      assert.equal(Object.getPrototypeOf(event), Object.prototype);
      const isOurs = name === "type" || name === "outcome";
      const member = Object.getOwnPropertyDescriptor({ ...event }, name).value;
      assert.deepEqual(member, isOurs ? "unknown" : JSON.parse(long));
    }
  });
});

describe("an event that came in ASCII with escapes is that of its authenticated bytes", () => {
  const name = 'Zoë \u{1f600} 山田 "\\\n\u0007 /';
  const decision = { items: Array.from({ length: 50 }, (_, at) => ({ at, name, score: at / 4 })) };
  const rest = { session_id: name, status: "Approved", timestamp: NOW };
  const escaped = (text, digits = String) =>
    text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${digits(unit.charCodeAt(0).toString(16).padStart(4, "0"))}`);
  const spellings = {
    "lower case": (text) => escaped(text),
    "upper case": (text) => escaped(text, (digits) => digits.toUpperCase()),
    slashes: (text) => escaped(text).replaceAll("/", "\\/"),
  };
  for (const [spelling, spell] of Object.entries(spellings)) {
    for (const long of ["a", "t", "z", "type", "outcome", "__proto__"]) {
      test(`${spelling}, ${long}`, () => {
        const members = Object.entries({ ...rest }).concat([[long, decision]]);
        const sorted = members.sort(([one], [other]) => (one < other ? -1 : 1));
        const text = `{${sorted.map(([key, value]) => `"${key}":${JSON.stringify(value)}`)}}`;
        const body = spell(text);
        assert.match(body, /^[\0-\x7f]*$/);
        assert.notEqual(body, text);
        const verified = verifier.verify(body, sign(body, SECRET), { now: NOW });
        assert.equal(verified.bytes.toString(), text);
        const { event } = verified;
        const isOurs = long === "type" || long === "outcome";
        const found = Object.getOwnPropertyDescriptor({ ...event }, long).value;
        assert.deepEqual(found, isOurs ? "unknown" : decision);
        assert.deepEqual([event.session_id, event.status, event.timestamp], [name, "Approved", NOW]);
        assert.equal(Object.getPrototypeOf(event), Object.prototype);
      });
    }
  }

  test("it is parsed from the body as it came", () => {
    const body = spellings.slashes(JSON.stringify({ a: decision, ...rest }));
    const { event } = verifier.verify(body, sign(body, SECRET), { now: NOW });
    const texts = [];
    const { parse } = JSON;
    JSON.parse = (text) => {
      texts.push(text);
      return parse(text);
    };
    try {
      assert.deepEqual(event.a, decision);
    } finally {
      JSON.parse = parse;
    }
    assert.deepEqual(texts, [spellings.slashes(JSON.stringify(decision))]);
  });
});

test("what was done to Object.prototype does not take part in an event", () => {
  const { body, headers } = delivery();
  let heard = 0;
  for (const name of ["type", "outcome", "decision", "status"]) {
    Object.defineProperty(Object.prototype, name, {
      configurable: true,
      set() {
        heard += 1;
      },
    });
  }
  try {
    const { event } = verifier.verify(body, headers, { now: NOW });
    assert.deepEqual([event.type, event.outcome, event.status], ["status.updated", "granted", "Approved"]);
    assert.ok(event.decision);
  } finally {
    for (const name of ["type", "outcome", "decision", "status"]) {
      delete Object.prototype[name];
    }
  }
  assert.equal(heard, 0);
});

test("the bytes are exact, whatever they hold", () => {
  for (const value of ["plain", "é\\u00e9\\\\", "山\u{1f600}\u2028\u007f", '"\\\n\u0000']) {
    for (const schemes of [["v2"], ["raw"]]) {
      const body = JSON.stringify({ status: value, timestamp: NOW, [value]: [value] });
      const verified = new Verifier({ secrets: SECRET, schemes }).verify(body, sign(body, SECRET), { now: NOW });
      const expected = schemes[0] === "raw" ? body : canonicalize(body).toString();
      assert.equal(verified.bytes.toString(), expected);
      assert.equal(verified.event.status, value);
      assert.deepEqual(verified.event[value], [value]);
    }
  }
});

describe("under the scheme simple", () => {
  const { body } = delivery();
  const simple = new Verifier({ secrets: SECRET, schemes: ["simple"] });
  const verified = simple.verify(body, sign(body, SECRET), { now: NOW });

  test("only the signed fields exist", () => {
    const { session_id, status, timestamp, webhook_type } = payload;
    const signedFields = { session_id, status, timestamp, webhook_type, type: "status.updated", outcome: "granted" };
    assert.deepEqual({ ...verified.event }, signedFields);
    assert.equal(verified.covers, "envelope");
    assert.equal(verified.bytes.toString(), `${timestamp}:${session_id}:${status}:${webhook_type}`);
  });

  test("other documented fields say why they cannot be read", () => {
    for (const name of ["event_id", "decision", "vendor_data", "environment", "transaction_id", "changes"]) {
      assert.throws(() => verified.event[name], {
        name: "TypeError",
        message: new RegExp(`X-Signature-Simple does not cover ${name},`),
      });
    }
    assert.equal(verified.event.no_such_field, undefined);
    assert.match(inspect(verified), /status: 'Approved'/);
    assert.equal(structuredClone(verified.event).status, "Approved");
  });
});

describe("parseUnsigned", () => {
  test("marks the event as not authenticated", () => {
    const event = parseUnsigned(
      '{"webhook_type":"kyb.registry_search.resolved","outcome":"x","authenticated":true,"id":1}',
    );
    assert.equal(event.type, "kyb.registry_search.resolved");
    assert.equal(event.authenticated, false);
    assert.equal(event.outcome, "x", "a member of the payload, not ours");
    assert.equal(event.id, 1);
  });

  test("gives no signed event its name", () => {
    const event = parseUnsigned(JSON.stringify(payload));
    assert.equal(event.type, "unknown");
    assert.equal(event.webhook_type, "status.updated");
    assert.equal("outcome" in event, false);
  });

  test("wants a JSON object", () => {
    assert.throws(() => parseUnsigned("[]"), { code: "body_not_object" });
    assert.throws(() => parseUnsigned("{"), { code: "syntax" });
    assert.throws(() => parseUnsigned({}), TypeError);
  });
});

test("a verdict that is put into a queue as JSON keeps its event", () => {
  const { body, headers } = delivery();
  const verified = new Verifier({ secrets: SECRET }).verify(body, headers, { now: NOW });
  const { event, scheme, covers, secretIndex, signedAt } = verified;
  assert.deepEqual(JSON.parse(JSON.stringify(verified)), { event, scheme, covers, secretIndex, signedAt });
});
