// Express under test: the same routes as middleware and as handler, below /middleware and /handler.
const { appendFileSync, closeSync, existsSync, openSync } = require("node:fs");
const { join } = require("node:path");
const { setTimeout: sleep } = require("node:timers/promises");
const { errorHandler, webhook, webhookHandler } = require("didit-client/express");
const { MemoryStore, SQLiteStore } = require("didit-client/store");

const express = require(process.env.DIDIT_TEST_EXPRESS);
const FOLDER = process.env.DIDIT_TEST_FOLDER;
const PATIENCE_SECONDS = 60;

class Down extends MemoryStore {
  claim() {
    return Promise.reject(new Error("Ottilie Sekretova"));
  }
}

function first(name) {
  try {
    closeSync(openSync(name, "wx"));
    return true;
  } catch {
    return false;
  }
}

async function act(event) {
  const id = event.event_id;
  appendFileSync(join(FOLDER, "calls"), `${id}\n`);
  const wish = event.metadata?.act;
  if (wish === "fail" && first(join(FOLDER, `failed-${id}`))) {
    throw new Error("of Ottilie Sekretova, X4RTBPFW46");
  }
  const deadline = performance.now() + PATIENCE_SECONDS * 1000;
  while (wish === "slow" && !existsSync(join(FOLDER, `end-${id}`)) && performance.now() < deadline) {
    await sleep(10);
  }
}

/** Reads the body to its end, and keeps nothing of it. */
function consume(req, _res, next) {
  req.on("end", next).resume();
}

const app = express();
const store = new SQLiteStore(join(FOLDER, "events.db"));
const routes = {
  hook: [{}, []],
  parsed: [{}, [express.json()]],
  consumed: [{}, [consume]],
  down: [{ store: new Down() }, []],
  slow: [{ slowAfter: 2 }, []],
  handed: [{ handOff: ({ event }) => act(event) }, []],
};
for (const [name, [options, before]] of Object.entries(routes)) {
  const given = {
    secrets: process.env.DIDIT_WEBHOOK_SECRET,
    store,
    environments: ["live"],
    log: (level, message, facts) => console.error(level, message, JSON.stringify(facts)),
    ...options,
  };
  app.use(
    `/middleware/${name}`,
    ...before,
    webhook({ ...given, namespace: `middleware.${name}` }),
    (req, res, next) => {
      act(req.didit.event).then(() => res.json({ received: true, duplicate: false }), next);
    },
  );
  const handler = webhookHandler({ ...given, namespace: `handler.${name}` }, ({ event }) => act(event));
  app.use(`/handler/${name}`, ...before, handler);
}
app.use(errorHandler());
app.use((_error, _req, res, _next) => res.status(500).json({ error: "a page of the application" }));
app.listen(Number(process.env.PORT), "127.0.0.1");
