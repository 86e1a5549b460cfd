// Where the program lies that this package ships, for those who start it themselves.

const { existsSync, readdirSync } = require("node:fs");
const { join } = require("node:path");

const native = join(__dirname, "native");
const suffix = process.platform === "win32" ? ".exe" : "";
const binary = join(native, `didit-dev-${process.platform}-${process.arch}${suffix}`);

if (!existsSync(binary)) {
  const shipped = existsSync(native) ? readdirSync(native).join(", ") : "";
  throw new Error(
    `didit-dev: this package has no program for ${process.platform} ${process.arch}; it has: ${shipped || "none"}. ` +
      "Build it from the sources, and name it in the variable DIDIT_DEV.",
  );
}

exports.binary = binary;
