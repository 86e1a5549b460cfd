// The Node face of the parity test: answers the questions of faces.py over standard input and output, in the frames of frames.py.
"use strict";

const { readSync, writeSync } = require("node:fs");
const path = require("node:path");
const { canonicalize, DiditError, Verifier } = require(path.join(__dirname, "..", ".."));

function read(length) {
  const buffer = Buffer.alloc(length);
  let at = 0;
  while (at < length) {
    const count = readSync(0, buffer, at, length - at, null);
    if (count === 0) return null;
    at += count;
  }
  return buffer;
}

function unpack(frame) {
  const items = [];
  let at = 0;
  const number = () => {
    at += 4;
    return frame.readUInt32BE(at - 4);
  };
  while (at < frame.length) {
    const item = [];
    for (let left = number(); left > 0; left--) {
      const length = number();
      item.push(frame.subarray(at, at + length));
      at += length;
    }
    items.push(item);
  }
  return items;
}

function number(value) {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}

function pack(items) {
  const parts = items.flatMap((item) => [
    number(item.length),
    ...item.flatMap((field) => [number(field.length), field]),
  ]);
  const frame = Buffer.concat(parts);
  return Buffer.concat([number(frame.length), frame]);
}

function attempt(call) {
  try {
    return Buffer.concat([Buffer.from("="), call()]);
  } catch (error) {
    return Buffer.from(error instanceof DiditError ? `!${error.code}` : `!raised ${error.name}: ${error.message}`);
  }
}

function verify(kind, body, fields) {
  const texts = fields.slice(0, 8).map(String);
  const [now, schemes, maxAge, maxFuture, headerTimestamp, maxBody, environments, secrets] = texts;
  const rest = fields.slice(8);
  const verifier = new Verifier({
    secrets: rest.slice(0, Number(secrets)),
    schemes: schemes.split(","),
    maxAge: Number(maxAge),
    maxFuture: Number(maxFuture),
    headerTimestamp,
    maxBody: Number(maxBody),
    environments: environments === "" ? undefined : environments.split(","),
  });
  // Node hands header values on as strings of one byte each.
  const values = rest.slice(Number(secrets)).map((field) => field.toString("latin1"));
  const headers = [];
  for (let at = 0; at < values.length; at += 2) headers.push([values[at], values[at + 1]]);
  const clock = { now: Number(now) };
  const verified =
    kind === "p"
      ? verifier.verifyParsed(JSON.parse(body.toString()), headers, clock)
      : verifier.verify(body, headers, clock);
  const { event, scheme, covers, secretIndex, signedAt } = verified;
  const told = [scheme, covers, secretIndex, signedAt, event.type, event.outcome].join(" ");
  return Buffer.concat([Buffer.from(`${told}\n`), verified.bytes]);
}

function answer([kind, body, ...fields]) {
  if (String(kind) === "c")
    return [attempt(() => canonicalize(body)), attempt(() => canonicalize(body, { strict: true }))];
  return [attempt(() => verify(String(kind), body, fields))];
}

for (;;) {
  const head = read(4);
  const frame = head && read(head.readUInt32BE(0));
  if (!frame) break;
  const answers = pack(unpack(frame).map(answer));
  for (let at = 0; at < answers.length; ) at += writeSync(1, answers, at);
}
