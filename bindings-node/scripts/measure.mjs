// Measures what users wait for: the time to load the package, and the time to verify one delivery.
// It only reports; a limit on seconds would fail on a busy machine.
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const index = join(import.meta.dirname, "..", "dist", "index.js");
const program = `
  const start = process.hrtime.bigint();
  require(${JSON.stringify(index)});
  console.log(Number(process.hrtime.bigint() - start) / 1e6);`;
const loads = Array.from({ length: 25 }, () => Number(execFileSync(process.execPath, ["-e", program])));
loads.sort((a, b) => a - b);
console.log(`load: median ${loads[12].toFixed(1)} ms, slowest of 25 ${loads[24].toFixed(1)} ms`);

const { sign, Verifier } = await import("didit-client");
for (const kilobytes of [1, 8, 64]) {
  const now = 1774970000;
  const items = Array.from({ length: kilobytes * 8 }, (_, at) => ({
    node_id: `node_${at}`,
    score: 95.5,
    note: "x".repeat(80),
  }));
  const payload = { decision: { items }, status: "Approved", timestamp: now, webhook_type: "status.updated" };
  const body = Buffer.from(JSON.stringify(payload));
  const headers = sign(body, "secret");
  const verifier = new Verifier({ secrets: "secret" });
  const calls = {
    verify: () => verifier.verify(body, headers, { now }),
    "verify and read the event": () => verifier.verify(body, headers, { now }).event.status,
    verifyParsed: () => verifier.verifyParsed(payload, headers, { now }),
  };
  for (const [name, call] of Object.entries(calls)) {
    const rounds = Math.ceil(20_000 / kilobytes);
    for (let round = 0; round < rounds / 10; round += 1) {
      call();
    }
    const start = process.hrtime.bigint();
    for (let round = 0; round < rounds; round += 1) {
      call();
    }
    const each = Number(process.hrtime.bigint() - start) / 1e3 / rounds;
    console.log(`${name}, ${body.length} bytes: ${each.toFixed(1)} µs`);
  }
}
