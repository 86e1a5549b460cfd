// One suite for every store: the cases of tests/vectors/store.json, which the Python package runs as well.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { StoreError, sign, Verifier } from "didit-client";
import { eventKey, MemoryStore, PostgresStore, RedisStore, SQLiteStore } from "didit-client/store";
import { Cluster, Redis } from "ioredis";
import pg from "pg";
import { createClient, createCluster } from "redis";
import { databases } from "./databases.mjs";
import { readJson, root } from "./support.mjs";

const suite = readJson("tests/vectors/store.json");
const folder = mkdtempSync(join(tmpdir(), "didit-store-"));
const pythonPath = join(root, ".venv", "bin", "python");
let servers;
before(async () => {
  servers = await databases("redis", "cluster", "postgres");
});
after(async () => {
  await servers.stop();
  rmSync(folder, { recursive: true });
});

/** The store that `make` makes, and how to close its client; which is done at once if there is none. */
async function on(close, make) {
  try {
    return [await make(), close];
  } catch (error) {
    await close();
    throw error;
  }
}

/** Each opens a store, and says how to close it. */
const stores = {
  memory: async (options) => [new MemoryStore(options), () => {}],
  sqlite: async (options) => [new SQLiteStore(join(folder, "events.db"), options), () => {}],
  ioredis: (options) => {
    const client = new Redis(servers.urls.redis);
    return on(
      () => client.disconnect(),
      () => new RedisStore(client, options),
    );
  },
  "node-redis": async (options) => {
    const client = await createClient({ url: servers.urls.redis }).connect();
    return on(
      () => client.close(),
      () => new RedisStore(client, options),
    );
  },
  "ioredis cluster": (options) => {
    const client = new Cluster([servers.urls.cluster]);
    return on(
      () => client.disconnect(),
      () => new RedisStore(client, options),
    );
  },
  "node-redis cluster": async (options) => {
    const client = await createCluster({ rootNodes: [{ url: servers.urls.cluster }] }).connect();
    return on(
      () => client.close(),
      () => new RedisStore(client, options),
    );
  },
  "node-postgres": (options) => {
    const pool = new pg.Pool({ connectionString: servers.urls.postgres });
    return on(
      () => pool.end(),
      async () => {
        const store = new PostgresStore(pool, options);
        await store.createTable();
        return store;
      },
    );
  },
};
const server = {
  ioredis: "redis",
  "node-redis": "redis",
  "ioredis cluster": "cluster",
  "node-redis cluster": "cluster",
  "node-postgres": "postgres",
};

/** Runs a test on a store; without its server it says so loudly, and fails under CI. */
function onStore(name, title, body, options) {
  test(`${name}: ${title}`, async (t) => {
    const needed = server[name];
    if (needed !== undefined && servers.urls[needed] === undefined) {
      const message = `NOT TESTED, FOR WANT OF A SERVER: ${servers.urls[`no ${needed}`]}`;
      if (process.env.CI) assert.fail(message);
      console.error(`\n${"!".repeat(100)}\n${message}\n${"!".repeat(100)}`);
      t.skip(message);
      return;
    }
    const [store, close] = await stores[name](options);
    try {
      await body(store);
    } finally {
      await close();
    }
  });
}

for (const name of Object.keys(stores)) {
  describe(name, () => {
    for (const { name: title, steps } of suite.cases) {
      const mortal = new Set(steps.filter(([method]) => method === "expire").map(([, who]) => who));
      onStore(name, title, async (store) => {
        const event = randomUUID();
        const claims = {};
        const call = {
          claim: async (who) => {
            const dies = mortal.has(who) && claims[who] === undefined;
            Object.defineProperty(store, "lease", { value: dies ? 0.001 : 30, configurable: true });
            claims[who] = await store.claim("suite", event);
            Object.defineProperty(store, "lease", { value: 30, configurable: true });
            return claims[who].answer;
          },
          expire: () => sleep(20, null),
          attempts: async (who) => claims[who].attempts,
          is_done: async () => store.isDone("suite", event),
          complete: (who) =>
            store.complete(claims[who]).then(
              () => "ok",
              (error) => {
                assert.ok(error instanceof StoreError);
                return error.code;
              },
            ),
          release: (who) => store.release(claims[who]),
          renew: (who) => store.renew(claims[who]),
        };
        for (const [method, who, expected] of steps) {
          assert.equal(await call[method](who), expected, `${method} ${who}`);
        }
      });
    }

    onStore(name, "keys", async (store) => {
      for (const { namespace, event_id: eventId, error } of suite.keys) {
        if (error) {
          await assert.rejects(store.claim(namespace, eventId), RangeError);
        } else {
          const claim = await store.claim(namespace, eventId);
          if (claim.answer === "new") await store.complete(claim);
          assert.equal(await store.isDone(namespace, eventId), true);
        }
      }
    });

    onStore(name, "namespaces do not share events", async (store) => {
      const event = randomUUID();
      await store.complete(await store.claim("orders", event));
      assert.equal((await store.claim("accounts", event)).answer, "new");
      assert.equal((await store.claim("orders", event)).answer, "done");
    });

    onStore(name, "one of many gets the event", async (store) => {
      const event = randomUUID();
      const claims = await Promise.all(Array.from({ length: 8 }, () => store.claim("race", event)));
      const answers = claims.map(({ answer }) => answer).sort();
      assert.deepEqual(answers, [...Array(7).fill("in_flight"), "new"]);
    });

    onStore(name, "counts", async (store) => {
      const earlier = await store.counts();
      await store.complete(await store.claim("counted", randomUUID()));
      await store.claim("counted", randomUUID());
      await store.release(await store.claim("counted", randomUUID()));
      const later = await store.counts();
      // What other tests left in flight may expire meanwhile.
      const held = (counts) => counts.inFlight + counts.expired;
      const changes = [later.done - earlier.done, held(later) - held(earlier), later.released - earlier.released];
      assert.deepEqual(changes, [1, 1, 1]);
      assert.ok(later.inFlight > 0);
    });

    onStore(
      name,
      "purge forgets what is old",
      async (store) => {
        const event = randomUUID();
        await store.complete(await store.claim("purged", event));
        await store.purge();
        assert.equal(await store.isDone("purged", event), true, "too early");
        while (await store.isDone("purged", event)) {
          await sleep(100);
          await store.purge();
        }
        assert.equal((await store.claim("purged", event)).answer, "new");
      },
      { retention: 1 },
    );

    test(`${name}: times that make no sense`, async () => {
      for (const options of [{ lease: 60 }, { lease: 0 }, { lease: "1" }, { retention: 0 }, { leese: 1 }]) {
        await assert.rejects(
          stores[name](options),
          (error) => error instanceof RangeError || error instanceof TypeError,
        );
      }
    });
  });
}

onStore("node-postgres", "complete is a part of the transaction", async (store) => {
  const client = new pg.Client({ connectionString: servers.urls.postgres });
  await client.connect();
  await client.query("CREATE TABLE effect (event text)");
  const event = randomUUID();
  for (const end of ["ROLLBACK", "COMMIT"]) {
    const claim = await store.claim("transaction", event);
    await client.query("BEGIN");
    await client.query("INSERT INTO effect VALUES ($1)", [event]);
    await store.complete(claim, client);
    await client.query(end);
    const { rows } = await client.query("SELECT count(*)::int AS n FROM effect");
    assert.equal(rows[0].n, end === "COMMIT" ? 1 : 0);
    assert.equal(await store.isDone("transaction", event), end === "COMMIT");
    if (end === "ROLLBACK") assert.equal(await store.release(claim), true);
  }
  assert.equal((await store.claim("transaction", event)).answer, "done");
  await client.end();
});

describe("Python and Node share the events of", () => {
  const python = {
    sqlite: [
      "from didit_client.store import SQLiteStore",
      () => `SQLiteStore(${JSON.stringify(join(folder, "events.db"))})`,
    ],
    ioredis: [
      "import redis; from didit_client.store.redis import RedisStore",
      () => `RedisStore(redis.Redis.from_url("${servers.urls.redis}"))`,
    ],
    "node-redis cluster": [
      "import redis; from didit_client.store.redis import RedisStore",
      () => `RedisStore(redis.RedisCluster.from_url("${servers.urls.cluster}"))`,
    ],
    "node-postgres": [
      "import psycopg; from didit_client.store.postgres import PostgresStore",
      () => `PostgresStore(lambda: psycopg.connect("${servers.urls.postgres}"))`,
    ],
  };
  for (const [name, [imports, open]] of Object.entries(python)) {
    onStore(name, "done in one language is done in the other", async (store) => {
      const [ours, theirs, odd] = [randomUUID(), randomUUID(), "an id with spaces"];
      await store.complete(await store.claim("shared", ours));
      const held = await store.claim("shared", odd);
      const program = [
        imports,
        `store = ${open()}`,
        `print(store.claim("shared", "${ours}").answer, store.claim("shared", "${odd}").answer)`,
        `store.complete(store.claim("shared", "${theirs}"))`,
      ];
      const said = execFileSync(pythonPath, ["-c", program.join("\n")], { encoding: "utf8" });
      assert.equal(said.trim(), "done in_flight");
      assert.equal((await store.claim("shared", theirs)).answer, "done");
      await store.release(held);
    });
  }
});

test("a server that is down", async () => {
  const client = new Redis("redis://127.0.0.1:9", { lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 });
  client.on("error", () => {});
  const pool = new pg.Pool({ connectionString: "postgresql://didit@127.0.0.1:9/postgres" });
  for (const store of [new RedisStore(client), new PostgresStore(pool)]) {
    await assert.rejects(store.claim("down", "e-1"), { code: "store_unavailable", httpStatus: 503 });
  }
  client.disconnect();
});

test("a file that cannot be opened", () => {
  assert.throws(() => new SQLiteStore(join(folder, "no such folder", "events.db")), { code: "store_unavailable" });
  assert.throws(() => new SQLiteStore(""), TypeError);
});

test("what stands in for a missing event_id is the same as in Python", () => {
  const verifier = new Verifier({ secrets: "secret" });
  const key = (body) => eventKey(verifier.verify(body, sign(body, "secret"), { now: 1774970000 }));
  assert.equal(key('{"event_id":"e-1","timestamp":1774970000}'), "e-1");
  const body = '{"session_id":"s-1","status":"Approved","timestamp":1774970000}';
  const program = [
    "from didit_client import Verifier, sign",
    "from didit_client.store import event_key",
    `body = b'${body}'`,
    "print(event_key(Verifier('secret').verify(body, sign(body, 'secret'), now=1774970000)))",
  ];
  assert.equal(key(body), execFileSync(pythonPath, ["-c", program.join("\n")], { encoding: "utf8" }).trim());
});
