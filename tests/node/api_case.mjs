// Plays one case of tests/vectors/http.json through the public methods, against a real server on loopback.
import assert from "node:assert/strict";
import { Didit, DiditError } from "didit-client";
import { serveRaw } from "./api_support.mjs";

const camelCase = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
const camelNames = (object = {}) => Object.fromEntries(Object.entries(object).map(([key, it]) => [camelCase(key), it]));

export async function checkCase(vector) {
  const closing = [];
  const { exchanges } = vector;
  const { url, requests } = await serveRaw({ after: (close) => closing.push(close) }, (socket, _, number) => {
    // A request too many gets no answer, and is counted below.
    const answer = exchanges[number] === undefined ? Buffer.alloc(0) : bytes(exchanges[number], "answer");
    socket.write(answer, () => {
      if (exchanges[number] === undefined || exchanges[number].close) {
        socket.end();
      }
    });
  });
  try {
    const options = { baseUrl: url, apiKey: "sk_test_vector", maxRetries: 0, timeout: 20, environment: {} };
    const outcome = await perform(new Didit({ ...options, ...camelNames(vector.client) }), vector.call).catch(
      (error) => error,
    );
    assert.equal(requests.length, exchanges.length, "requests");
    for (const [at, request] of requests.entries()) {
      sameRequest(request, exchanges[at].expect);
    }
    if (vector.error === undefined) {
      if (outcome instanceof Error) {
        throw outcome;
      }
      sameAnswer(outcome, vector.result);
    } else {
      sameError(outcome, vector.error);
    }
  } finally {
    for (const close of closing) {
      close();
    }
  }
}

async function perform(didit, { operation, params = {}, request, files, options, ...extra }) {
  const all = { ...camelNames(options), ...camelNames(extra) };
  const uploads = {};
  for (const file of files ?? []) {
    uploads[file.field] ??= [];
    uploads[file.field].push({ content: Buffer.from(file.base64, "base64"), filename: file.filename });
  }
  if (request !== undefined) {
    const { method, path, query, json } = request;
    return didit.request(method, path, { query, json, files: uploads, ...all });
  }
  const names = operation.split(".").map(camelCase);
  const name = names.pop();
  const resource = names.reduce((owner, child) => owner[child], didit);
  return resource[name](...argumentsOf(resource[name], { ...params, ...uploads }, all));
}

/** Path parameters stand in front, then the others in one object where there are any, then the options. */
function argumentsOf(method, params, options) {
  const rest = { ...params };
  const [, list] = /\(([^)]*)\)/.exec(method.toString());
  return list.split(",").map((text) => {
    const name = text.split("=")[0].trim();
    if (name === "params") {
      return rest;
    }
    if (name === "options") {
      return options;
    }
    const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const { [snake]: value } = rest;
    delete rest[snake];
    return value;
  });
}

/** A member that is text, or base64 under another name. */
function bytes(value, name) {
  return value[name] === undefined
    ? Buffer.from(value[`${name}_base64`] ?? value.base64, "base64")
    : Buffer.from(value[name]);
}

function sameRequest(request, expected) {
  assert.equal(request.line, expected.line);
  const { "user-agent": agent, host, ...headers } = request.headers;
  assert.match(agent, /^didit-client\/\S+ node\/\S+$/);
  assert.match(host, /^127\.0\.0\.1:\d+$/);
  assert.deepEqual(headers, expected.headers);
  const none = expected.body === undefined && expected.body_base64 === undefined;
  assert.deepEqual(request.body, none ? Buffer.alloc(0) : bytes(expected, "body"));
}

function sameAnswer(answer, expected) {
  const { status } = answer.lastResponse ?? answer;
  assert.equal(status, expected.status);
  if (expected.empty) {
    assert.deepEqual(answer.content ?? answer, answer.content === undefined ? {} : Buffer.alloc(0));
  } else if (expected.json === undefined) {
    assert.deepEqual(answer.content, bytes(expected, "body"));
  } else if (typeof answer.json === "function") {
    assert.deepEqual(answer.json(), expected.json);
  } else if (typeof answer.nextPage === "function") {
    assert.deepEqual(Array.isArray(expected.json) ? answer.results : answer.data, expected.json);
  } else {
    assert.deepEqual(answer, expected.json);
  }
}

/** Only what the case names is compared. */
function sameError(error, expected) {
  assert.ok(error instanceof DiditError, `${error?.stack}`);
  // The text is the code, the message and the hint.
  const text = error.message.slice(error.code.length + 2, -error.hint.length - 2);
  const message = text.replace(/ at 127\.0\.0\.1:\d+\)$/, " at HOST)");
  const { code, status = null, requestId = null, retryAfter = null, detail = null, apiCode = null } = error;
  const errors = (error.errors ?? []).map(({ path, messages }) => ({ path, messages: [...messages] }));
  const found = { code, message, status, request_id: requestId, retry_after: retryAfter, detail, api_code: apiCode };
  for (const [name, value] of Object.entries(expected)) {
    assert.deepEqual({ ...found, errors, attempts: error.attempts ?? 0 }[name], value, name);
  }
}
