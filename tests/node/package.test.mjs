// The package: what it exports, and that its parts say the same.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, test } from "node:test";
import * as didit from "didit-client";
import { readJson, root } from "./support.mjs";

const require = createRequire(import.meta.url);
const manifest = readJson("package.json");
const read = (path) => readFileSync(join(root, path), "utf8");

describe("the exports", () => {
  test("are these", () => {
    assert.deepEqual(Object.keys(didit).sort(), [
      "ApiError",
      "AuthenticationError",
      "CancelledError",
      "ConfigurationError",
      "Didit",
      "DiditError",
      "InternalError",
      "InvalidRequestError",
      "NotFoundError",
      "PayloadError",
      "RateLimitError",
      "ServerError",
      "SignatureError",
      "StoreError",
      "TimestampError",
      "TransportError",
      "TransportTimeoutError",
      "Verified",
      "Verifier",
      "WebhookError",
      "canonicalize",
      "causes",
      "errorCodes",
      "explain",
      "iframeHtml",
      "parseCallback",
      "parseUnsigned",
      "sign",
      "statuses",
    ]);
  });

  test("are the same objects for import and require", () => {
    const required = require("didit-client");
    assert.deepEqual(Object.keys(required).sort(), Object.keys(didit).sort());
    for (const [name, value] of Object.entries(didit)) {
      assert.equal(required[name], value, name);
    }
  });

  test("are found by the older resolution of TypeScript too, which knows no exports", () => {
    for (const [door, { require: required } = {}] of Object.entries(manifest.exports)) {
      const name = door.slice(2);
      if (required !== undefined && name !== "") {
        assert.deepEqual(manifest.typesVersions["*"][name], [required.types], door);
      }
    }
  });

  test("have no other doors but these", () => {
    assert.equal(require("didit-client/package.json").name, "didit-client");
    assert.throws(() => require("didit-client/bindings-node/dist/native.js"), {
      code: "ERR_PACKAGE_PATH_NOT_EXPORTED",
    });
    assert.deepEqual(Object.keys(manifest.exports), [
      ".",
      "./testing",
      "./store",
      "./express",
      "./guard",
      "./package.json",
    ]);
  });
});

test("resources, and what is slow to load of Node itself, are loaded when they are first used", () => {
  const program = `
    const own = new Set(process.moduleLoadList);
    const { Didit } = require(${JSON.stringify(join(root, "bindings-node", "dist", "index.js"))});
    const loaded = () => Object.keys(require.cache).filter((path) => path.includes("generated/resources"));
    const didit = new Didit({ environment: {} });
    const before = loaded();
    const slow = process.moduleLoadList.filter((name) => !own.has(name));
    didit.webhooks.destinations;
    console.log(JSON.stringify([before.length, slow, loaded().map((path) => path.split("/").at(-1))]));`;
  const { stdout } = spawnSync(process.execPath, ["-e", program], { encoding: "utf8" });
  assert.deepEqual(JSON.parse(stdout), [0, [], ["webhooks.js"]]);
});

describe("package.json", () => {
  test("has the version of the Cargo workspace", () => {
    const workspace = read("Cargo.toml").split("[workspace.package]")[1];
    assert.equal(manifest.version, workspace.match(/^version = "(.*)"$/m)[1]);
    assert.equal(manifest.version, readJson("package-lock.json").version);
  });

  test("says what the package is not, and needs nothing at run time", () => {
    assert.match(manifest.description, /Independent.*Not an official Didit product/);
    for (const section of ["dependencies", "optionalDependencies", "bundleDependencies"]) {
      assert.equal(manifest[section], undefined);
    }
    const peers = Object.keys(manifest.peerDependencies);
    assert.deepEqual(
      peers.filter((name) => manifest.peerDependenciesMeta[name]?.optional !== true),
      [],
    );
    for (const hook of ["preinstall", "install", "postinstall", "prepare", "prepublish"]) {
      assert.equal(manifest.scripts[hook], undefined, hook);
    }
  });

  test("pins what it is developed with", () => {
    for (const version of Object.values(manifest.devDependencies)) {
      assert.match(version, /^(npm:\w+@)?\d+\.\d+\.\d+$/);
    }
    assert.doesNotMatch(read("package-lock.json"), /"resolved"/);
  });
});

test("the lock file names the tools of every platform, so that npm ci works on each", () => {
  const packages = readJson("package-lock.json").packages;
  const locked = new Set(Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, "")));
  for (const { optionalDependencies = {} } of Object.values(packages)) {
    assert.deepEqual(
      Object.keys(optionalDependencies).filter((name) => !locked.has(name)),
      [],
    );
  }
});

test("no module of the package loads anything but Node's own, or what is optional", () => {
  const folder = join(root, "bindings-node", "dist");
  for (const file of readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".js"))) {
    for (const [, id] of readFileSync(join(folder, file), "utf8").matchAll(/require\("([^"]+)"\)/g)) {
      const isOptional = manifest.peerDependenciesMeta[id]?.optional === true;
      assert.ok(/^(\.\.?\/|node:)/.test(id) || isOptional, `${file} loads ${id}`);
    }
  }
});
