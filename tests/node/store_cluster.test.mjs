// Redis clusters of three nodes: events on all of them, slots that move, and nodes that are gone.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { RedisStore } from "didit-client/store";
import { Cluster, Redis } from "ioredis";
import { createCluster } from "redis";
import { databases } from "./databases.mjs";

const EVENTS = 30;
const NOWHERE = "redis://127.0.0.1:9";
let servers;
before(async () => {
  servers = await databases("redis", "cluster");
});
after(() => servers.stop());

/** Each makes a client of a cluster; and says how to close it. */
const clients = {
  ioredis: async (url) => {
    const client = new Cluster([url], { clusterRetryStrategy: null, retryDelayOnClusterDown: 10 });
    client.on("error", () => {});
    return [client, () => client.disconnect()];
  },
  "node-redis": async (url) => {
    const client = createCluster({ rootNodes: [{ url }], defaults: { socket: { reconnectStrategy: false } } });
    client.on("error", () => {});
    await client.connect();
    return [client, () => client.destroy()];
  },
};

/** Runs a test with a server, if there is one; else it says so loudly, and fails under CI. */
function withServer(name, title, body) {
  test(title, async (t) => {
    if (servers.urls[name] !== undefined) {
      await body(t);
      return;
    }
    const message = `NOT TESTED, FOR WANT OF A SERVER: ${servers.urls[`no ${name}`]}`;
    if (process.env.CI) assert.fail(message);
    console.error(`\n${"!".repeat(100)}\n${message}\n${"!".repeat(100)}`);
    t.skip(message);
  });
}

/** An event's slot on its way from one node to another. */
async function move(t, key) {
  const cluster = new Cluster([servers.urls.cluster]);
  t.after(() => cluster.disconnect());
  const slot = await cluster.cluster("KEYSLOT", key);
  const ids = new Map();
  for (const node of cluster.nodes("master")) ids.set(node, await node.cluster("MYID"));
  const ranges = await cluster.cluster("SLOTS");
  const owner = ranges.find(([first, last]) => first <= slot && slot <= last)[2][2];
  const source = [...ids.keys()].find((node) => ids.get(node) === owner);
  const target = [...ids.keys()].find((node) => node !== source);
  return {
    /** From now on the one asks for what it has no more at the other, which has never seen the scripts. */
    begin: async () => {
      await target.script("FLUSH");
      await target.cluster("SETSLOT", slot, "IMPORTING", ids.get(source));
      await source.cluster("SETSLOT", slot, "MIGRATING", ids.get(target));
      await source.call("MIGRATE", "127.0.0.1", target.options.port, key, 0, 5000);
    },
    /** From now on the other has the slot. */
    end: async () => {
      for (const node of [target, source, ...ids.keys()]) await node.cluster("SETSLOT", slot, "NODE", ids.get(target));
    },
  };
}

for (const [name, open] of Object.entries(clients)) {
  describe(name, () => {
    withServer("cluster", "events are on all nodes, and are counted on all", async (t) => {
      const [client, close] = await open(servers.urls.cluster);
      t.after(close);
      // The first thing that is asked of it.
      const earlier = (await new RedisStore(client).counts()).done;
      const store = new RedisStore(client);
      const events = Array.from({ length: EVENTS }, () => randomUUID());
      await Promise.all(events.map(async (event) => store.complete(await store.claim("spread", event))));
      assert.equal((await store.counts()).done, earlier + EVENTS);
      const cluster = new Cluster([servers.urls.cluster]);
      t.after(() => cluster.disconnect());
      await cluster.ping();
      const nodes = cluster.nodes("master");
      assert.equal(nodes.length, 3);
      const keys = await Promise.all(nodes.map((node) => node.keys("didit:{spread:*")));
      assert.ok(keys.every(({ length }) => length > 0));
      assert.ok(events.every((event) => keys.flat().includes(`didit:{spread:${event}}`)));
    });

    for (const movesWhole of [false, true]) {
      withServer(
        "cluster",
        `an event's slot moves while it is done, ${movesWhole ? "all" : "half"} the way`,
        async (t) => {
          const [client, close] = await open(servers.urls.cluster);
          t.after(close);
          const store = new RedisStore(client);
          const event = randomUUID();
          const claim = await store.claim("moving", event);
          const { begin, end } = await move(t, `didit:{moving:${event}}`);
          await begin();
          if (movesWhole) await end();
          assert.equal((await store.claim("moving", event)).answer, "in_flight");
          assert.equal(await store.renew(claim), true);
          await store.complete(claim);
          assert.equal(await store.isDone("moving", event), true);
          await end();
          assert.equal((await store.claim("moving", event)).answer, "done");
        },
      );
    }

    withServer("cluster", "nodes that are gone", async (t) => {
      const own = await databases("cluster");
      t.after(() => own.stop());
      const [client, close] = await open(own.urls.cluster);
      t.after(close);
      const store = new RedisStore(client);
      const event = randomUUID();
      await store.complete(await store.claim("suite", event));
      const cluster = new Cluster([own.urls.cluster]);
      await cluster.ping();
      const ports = cluster.nodes("master").map(({ options }) => options.port);
      cluster.disconnect();
      for (const port of ports) {
        const node = new Redis(port, { retryStrategy: null });
        node.on("error", () => {});
        await node.call("SHUTDOWN", "NOSAVE").catch(() => {});
        node.disconnect();
      }
      const failure = { code: "store_unavailable", httpStatus: 503 };
      await assert.rejects(store.claim("suite", event), failure);
      await assert.rejects(store.counts(), failure);
    });
  });
}

test("no node of a cluster can be reached", async () => {
  const client = new Cluster([NOWHERE], { clusterRetryStrategy: null });
  client.on("error", () => {});
  const store = new RedisStore(client);
  const failure = { code: "store_unavailable", httpStatus: 503 };
  await assert.rejects(store.claim("suite", randomUUID()), failure);
  await assert.rejects(store.counts(), failure);
  client.disconnect();
});

withServer("redis", "a prefix of ioredis, and one with the signs of patterns", async (t) => {
  const client = new Redis(servers.urls.redis, { keyPrefix: "app*:" });
  t.after(() => client.disconnect());
  for (const prefix of ["didit", "a[b]?\\"]) {
    const store = new RedisStore(client, { prefix });
    await store.complete(await store.claim("prefixed", randomUUID()));
    assert.deepEqual(await store.counts(), { inFlight: 0, expired: 0, released: 0, done: 1 });
  }
});
