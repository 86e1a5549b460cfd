// Generates the declarations of the native module anew and compares them with the committed file.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");
const committed = join(root, "bindings-node", "native", "index.d.cts");
const require = createRequire(import.meta.url);
const cli = require.resolve("@napi-rs/cli/package.json");
const napi = join(cli, "..", require(cli).bin.napi);
const folder = mkdtempSync(join(tmpdir(), "didit-client-types-"));

try {
  const options = ["--platform", "--manifest-path", "bindings-node/Cargo.toml", "--no-js", "--dts", "index.d.cts"];
  const profile = process.argv.includes("--debug") ? [] : ["--release"];
  execFileSync(process.execPath, [napi, "build", ...profile, ...options, "--output-dir", folder], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (readFileSync(join(folder, "index.d.cts"), "utf8") !== readFileSync(committed, "utf8")) {
    console.error("bindings-node/native/index.d.cts is not up to date; run `npm run build:native`");
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
