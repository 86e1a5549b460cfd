// Compiles lib/ to CommonJS in dist/, and writes the ES module that hands on the same classes.
import { spawnSync } from "node:child_process";
import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";

const folder = join(import.meta.dirname, "..");
const dist = join(folder, "dist");
const require = createRequire(import.meta.url);
const typescript = require.resolve("typescript/package.json");
const tsc = join(typescript, "..", require(typescript).bin.tsc);

rmSync(dist, { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [tsc, "-p", join(folder, "tsconfig.json")], { stdio: "inherit" });
if (status !== 0) {
  process.exit(1);
}

// The data of the deliveries for tests are one file, which the Python package ships as well.
const data = join("testing", "deliveries.json");
copyFileSync(join(folder, "..", "bindings-python", "didit_client", data), join(dist, data));

for (const entry of ["index", "testing/index", "store/index", "guard", "express"]) {
  // Node finds the names by reading the module; listing them here would be a second truth.
  const names = Object.keys(require(join(dist, `${entry}.js`))).sort();
  const file = basename(entry);
  writeFileSync(join(dist, `${entry}.mjs`), `export { ${names.join(", ")} } from "./${file}.js";\n`);
  writeFileSync(join(dist, `${entry}.d.mts`), `export * from "./${file}.js";\n`);
}
