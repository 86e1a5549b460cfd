// The Node side of the benchmark: one JSON request a line, one answer a line. See ../bench.py.
import { createHmac, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Webhook } from "standardwebhooks";
import Stripe from "stripe";
import { Didit, Verifier } from "../../bindings-node/dist/index.mjs";

// Didit's published recipe, as a user would copy it.
function sortKeys(value) {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value !== null && typeof value === "object") {
    return Object.keys(value)
      .sort()
      .reduce((sorted, key) => {
        sorted[key] = sortKeys(value[key]);
        return sorted;
      }, {});
  }
  return value;
}

function shortenFloats(value) {
  if (Array.isArray(value)) return value.map(shortenFloats);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shortenFloats(member)]));
  }
  return value;
}

function recipe(body, headers, secret) {
  const now = Math.floor(Date.now() / 1000);
  if (Math.abs(now - Number.parseInt(headers["x-timestamp"], 10)) > 300) throw new Error("old");
  const payload = JSON.parse(body.toString("utf8"));
  const canonical = JSON.stringify(sortKeys(shortenFloats(payload)));
  const expected = Buffer.from(createHmac("sha256", secret).update(canonical, "utf8").digest("hex"), "utf8");
  const given = Buffer.from(headers["x-signature-v2"], "utf8");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new Error("forged");
  return payload;
}

function load(request) {
  const body = Buffer.from(request.body, "base64");
  const canonical = Buffer.from(request.canonical, "base64");
  const secret = Buffer.from(request.secret, "base64").toString();
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const fetchHeaders = new Headers(headers);
  const verifier = new Verifier({ secrets: secret, maxBody: 2 ** 30 });

  const stripe = new Stripe("sk_test_unused");
  const stripeHeader = stripe.webhooks.generateTestHeaderString({ payload: body.toString(), secret });

  const standard = new Webhook(Buffer.from("k".repeat(32)).toString("base64"));
  const text = body.toString();
  const signedAt = new Date();
  const standardHeaders = {
    "webhook-id": "msg_1",
    "webhook-timestamp": String(Math.floor(signedAt / 1000)),
    "webhook-signature": standard.sign("msg_1", signedAt, text),
  };

  return {
    "Node: HMAC alone": () => createHmac("sha256", secret).update(canonical).digest(),
    "Node: ours, IncomingHttpHeaders": () => verifier.verify(body, headers),
    "Node: ours, Fetch Headers": () => verifier.verify(body, fetchHeaders),
    "Node: ours, and four fields": () => {
      const { event } = verifier.verify(body, headers);
      return [event.status, event.session_id, event.vendor_data, event.event_id];
    },
    "Node: ours, and the whole event": () => {
      const { event } = verifier.verify(body, headers);
      // The one member of these bodies that is parsed when it is read.
      event.decision;
      return event;
    },
    "Node: ours, and JSON.parse": () => {
      verifier.verify(body, headers);
      return JSON.parse(body.toString());
    },
    "Node: the recipe": () => recipe(body, headers, secret),
    "Node: stripe-node verifyHeader": () => stripe.webhooks.signature.verifyHeader(body, stripeHeader, secret, 300),
    "Node: standardwebhooks": () => standard.verify(text, standardHeaders),
  };
}

function measure(run, seconds) {
  // What the contestant before has left in the young generation is not this one's to clear away, but what it leaves
  // there itself is.
  const collect = () => globalThis.gc?.({ type: "minor" });
  collect();
  const start = process.hrtime.bigint();
  const end = start + BigInt(Math.round(seconds * 1e9));
  let calls = 0;
  let batch = 1;
  while (process.hrtime.bigint() < end) {
    for (let at = 0; at < batch; at++) run();
    calls += batch;
    batch = Math.min(batch * 2, Math.floor(calls / 4) + 1);
  }
  collect();
  return Number(process.hrtime.bigint() - start) / calls;
}

/** The same for calls, each of which is awaited before the next. */
async function measureAsync(run, seconds) {
  const start = performance.now();
  const end = start + seconds * 1e3;
  let calls = 0;
  for (; performance.now() < end; calls++) await run();
  return ((performance.now() - start) * 1e6) / calls;
}

const ID = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const client = (url) => new Didit({ baseUrl: url, apiKey: "key", environment: {} });

/** One call of the API, by ours and by what Node has itself. */
function callers(url) {
  const didit = client(url);
  const headers = { "x-api-key": "key" };
  return {
    "Node: ours": () => didit.sessions.decision(ID),
    "Node: fetch": async () => (await fetch(`${url}/v3/session/${ID}/decision/`, { headers })).json(),
  };
}

/** Calls per second with so many in flight; a short run before makes the connections. */
async function throughput(run, inFlight, seconds) {
  const work = async (end) => {
    let calls = 0;
    for (; performance.now() < end; calls++) await run();
    return calls;
  };
  const crowd = async (milliseconds) => {
    const start = performance.now();
    const counts = await Promise.all(Array.from({ length: inFlight }, () => work(start + milliseconds)));
    return (counts.reduce((sum, count) => sum + count) * 1e3) / (performance.now() - start);
  };
  await crowd(seconds * 250);
  return crowd(seconds * 1e3);
}

/**
 * So many calls to a server that answers late, the first time and again: seconds until all have their answers; and
 * how many milliseconds unrelated readings of a file take meanwhile, the longest and the median, beside the same
 * while nothing is in flight.
 */
async function together(url, number) {
  const didit = client(url);
  const readings = async (isOver) => {
    const times = [];
    do {
      const start = performance.now();
      await readFile(new URL(import.meta.url));
      times.push(performance.now() - start);
      await new Promise((resolve) => setTimeout(resolve, 2));
    } while (!isOver(times.length));
    times.sort((a, b) => a - b);
    return { longest: times.at(-1), median: times[times.length >> 1] };
  };
  const rounds = [];
  for (let round = 0; round < 2; round++) {
    const start = performance.now();
    let done = false;
    const calls = Promise.all(Array.from({ length: number }, () => didit.sessions.decision(ID))).then(() => {
      done = true;
      return (performance.now() - start) / 1e3;
    });
    const read = await readings(() => done);
    rounds.push({ seconds: await calls, ...read });
  }
  return { rounds, alone: await readings((count) => count === 50) };
}

let contestants = {};
let inFlight;
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let answer;
  if (request.do === "load" && request.calls !== undefined) {
    inFlight = request.in_flight;
    contestants = callers(request.calls);
    answer = Object.keys(contestants);
  } else if (request.do === "throughput") {
    answer = await throughput(contestants[request.name], inFlight, request.seconds);
  } else if (request.do === "together") {
    answer = await together(request.calls, request.number);
  } else if (request.do === "load") {
    contestants = load(request);
    for (const [name, run] of Object.entries(contestants)) {
      // What refuses a body is no contestant for it.
      try {
        run();
      } catch {
        delete contestants[name];
      }
    }
    answer = Object.keys(contestants);
  } else {
    const run = contestants[request.name];
    const first = run();
    const waits = first instanceof Promise;
    if (waits) await first;
    answer = await (waits ? measureAsync : measure)(run, request.seconds);
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
