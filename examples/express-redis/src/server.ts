// The program: DIDIT_API_KEY="..." DIDIT_WORKFLOW_ID="..." DIDIT_WEBHOOK_SECRET="..." npm start
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Didit } from "didit-client";
import { Redis } from "ioredis";
import { makeApp } from "./app.js";
import { settingsOf } from "./settings.js";

const settings = settingsOf(process.env);
// A Redis that is away is one request's failure: Didit gets a 503 and repeats it.
const redis = new Redis(settings.redisUrl, { maxRetriesPerRequest: 1, lazyConnect: true });
redis.on("error", (error: Error & { code?: string }) => console.error(`redis: ${error.code ?? error.name}`));

// The key and the workflow come from the environment too: see the README.
const app = makeApp(new Didit(), redis, settings);
await redis.connect();
const server = app.listen(settings.port, process.env.HOST ?? "127.0.0.1");
await once(server, "listening");
console.info(`listening on port ${(server.address() as AddressInfo).port}`);

// Lets running requests end, which Didit waits for five seconds.
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => server.close(() => void redis.quit()));
}
