// Loaded before everything else by `make test`: keeps what this process's children write, in DIDIT_TEST_LOGS.
//
// The test runner starts every test file as a child, and test files start servers. What a child writes by any means
// passes through its parent's pipes, so those are what is listened at.
import childProcess, { ChildProcess } from "node:child_process";
import { appendFileSync, mkdirSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";

const folder = process.env.DIDIT_TEST_LOGS;

if (folder) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${process.pid}.log`);
  const keep = (chunk) => {
    if (chunk !== null && chunk !== undefined) appendFileSync(file, chunk);
  };

  const { spawn } = ChildProcess.prototype;
  ChildProcess.prototype.spawn = function (...rest) {
    const result = spawn.apply(this, rest);
    for (const stream of [this.stdout, this.stderr]) {
      if (stream) {
        const { push } = stream;
        // To listen for data would take it away from whoever reads it.
        stream.push = function (chunk, ...more) {
          keep(chunk);
          return push.call(this, chunk, ...more);
        };
      }
    }
    return result;
  };

  const { spawnSync } = childProcess;
  childProcess.spawnSync = (...rest) => {
    const result = spawnSync(...rest);
    keep(result.stdout);
    keep(result.stderr);
    return result;
  };
  syncBuiltinESMExports();
}
