// Real servers for the tests, which tests/databases.py starts: Redis, a cluster of it, and PostgreSQL.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { root } from "./support.mjs";

/** The URLs of the servers, and a function that stops them. */
export async function databases(...names) {
  const child = spawn("python3", [join(root, "tests", "databases.py"), ...names], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += chunk;
  });
  while (!text.includes("\n")) {
    await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
    if (child.exitCode !== null) throw new Error("tests/databases.py has stopped");
  }
  const stop = async () => {
    child.stdin.end();
    if (child.exitCode === null) await once(child, "exit");
  };
  return { urls: JSON.parse(text), stop };
}
