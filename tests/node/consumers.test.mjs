// Projects of users: each is copied to an empty folder, installs this clone, and runs and type-checks there.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { readJson, root } from "./support.mjs";

const tools = join(root, "node_modules");
const workplace = realpathSync(mkdtempSync(join(tmpdir(), "didit-client-consumers-")));
after(() => rmSync(workplace, { recursive: true, force: true }));

function run(command, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8" });
  assert.equal(status, 0, `${command} ${args.join(" ")}\n${error ?? ""}${stdout}${stderr}`);
  return stdout;
}

const bin = (name, tool = name) =>
  join(
    tools,
    name,
    [readJson(`node_modules/${name}/package.json`).bin].flatMap((bin) =>
      typeof bin === "string" ? bin : bin[tool],
    )[0],
  );
const npm = (args, cwd) => run("npm", [...args, "--offline", "--no-audit", "--no-fund", "--loglevel=error"], cwd);

/** A copy of the project with `what` installed. */
function project(name, what) {
  const folder = join(workplace, name);
  cpSync(join(import.meta.dirname, "consumers", name), folder, { recursive: true });
  npm(["install", what], folder);
  // The types of Node and Express come from here, so that nothing is downloaded twice.
  symlinkSync(join(tools, "@types"), join(folder, "node_modules", "@types"));
  return folder;
}

const [tarball] = JSON.parse(npm(["pack", "--json", "--pack-destination", workplace], root));
const packed = join(workplace, tarball.filename);

describe("the packed package", () => {
  test("holds what is needed, and no more", () => {
    const files = tarball.files.map(({ path }) => path);
    for (const path of ["index.js", "index.mjs", "index.d.ts", "index.d.mts"]) {
      assert.ok(files.includes(`bindings-node/dist/${path}`), path);
      assert.ok(files.includes(`bindings-node/dist/testing/${path}`), path);
    }
    assert.ok(files.includes("bindings-node/dist/testing/deliveries.json"));
    assert.equal(files.filter((path) => path.endsWith(".node")).length, 1);
    const known =
      /^(bindings-node\/dist\/(testing\/|store\/|generated\/(resources\/|types\/)?)?[\w-]+\.(js|mjs|d\.ts|d\.mts)|bindings-node\/dist\/testing\/deliveries\.json|bindings-node\/native\/[\w.-]+\.node|LICENSE-\w+|README\.md|package\.json)$/;
    assert.deepEqual(
      files.filter((path) => !known.test(path)),
      [],
    );
  });
});

describe("a consumer", () => {
  test("in ES modules, with the clone installed by its path", () => {
    const before = readdirSync(tools).length;
    const folder = project("esm", root);
    assert.equal(run(process.execPath, ["index.js"], folder), "verified\n");
    assert.equal(readdirSync(tools).length, before, "the clone is left as it is");
  });

  test("in CommonJS under Jest", () => {
    const folder = project("cjs-jest", packed);
    run(process.execPath, [bin("jest"), "--rootDir", folder, "--no-cache"], folder);
  });

  test("in TypeScript with module node16", () => {
    const folder = project("ts-node16", packed);
    run(process.execPath, [bin("typescript", "tsc"), "-p", folder], folder);
    assert.equal(run(process.execPath, ["out/index.js"], folder), "verified\n");
  });

  test("in TypeScript with module nodenext", () => {
    const folder = project("ts-nodenext", packed);
    run(process.execPath, [bin("typescript", "tsc"), "-p", folder], folder);
    assert.equal(run(process.execPath, ["out/index.js"], folder), "verified\n");
  });
});
