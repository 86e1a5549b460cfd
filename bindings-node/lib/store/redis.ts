import { createHash, randomBytes } from "node:crypto";
import { typeName } from "../describe.js";
import { binding } from "../native.js";
import { knownOptions } from "../options.js";
import type { StoreOptions } from "./embedded.js";
import {
  type Claim,
  type Counts,
  checkLimits,
  claimLost,
  defaults,
  keyText,
  type Store,
  unavailable,
} from "./protocol.js";

/** The times and keys of a store in Redis. */
export interface RedisOptions extends StoreOptions {
  /** What all keys begin with, by default `didit`. */
  readonly prefix?: string | undefined;
}

/** A client or cluster of ioredis. */
export interface IoRedisClient {
  evalsha(digest: string, keys: number, ...rest: (string | number)[]): Promise<unknown>;
  eval(script: string, keys: number, ...rest: (string | number)[]): Promise<unknown>;
}

/** A client or cluster of node-redis, connected. */
export interface NodeRedisClient {
  evalSha(digest: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

interface Script {
  readonly text: string;
  readonly digest: string;
}

type ScriptName = "claim" | "renew" | "complete" | "release" | "state";

const scripts = new Map<string, Script>();
const flat = binding.storeScripts();
for (let at = 0; at + 1 < flat.length; at += 2) {
  const [name = "", text = ""] = flat.slice(at, at + 2);
  scripts.set(name, { text, digest: createHash("sha1").update(text).digest("hex") });
}

/**
 * Events in Redis, for all machines, on the application's own ioredis or node-redis client. At least once: a failover
 * that loses the last writes forgets them. Redis forgets events by itself when the retention has passed, so `purge`
 * has nothing to do.
 */
export class RedisStore implements Store {
  readonly lease: number;
  readonly retention: number;
  readonly transactional = false;
  readonly #client: IoRedisClient | NodeRedisClient;
  readonly #prefix: string;

  constructor(client: IoRedisClient | NodeRedisClient, options?: RedisOptions) {
    const given = knownOptions(options, ["lease", "retention", "prefix"], "new RedisStore") as RedisOptions;
    const { lease = defaults.lease, retention = defaults.retention, prefix = "didit" } = given;
    // An address is never repeated: it may hold a password.
    const { evalSha, evalsha } = Object(client) as Partial<IoRedisClient & NodeRedisClient>;
    if (typeof evalSha !== "function" && typeof evalsha !== "function") {
      const advice = typeof client === "string" ? "; make one of the address first: new Redis(address)" : "";
      throw new TypeError(`new RedisStore needs a client of ioredis or node-redis, not ${typeName(client)}${advice}`);
    }
    if (typeof prefix !== "string" || !/^[^{}]+$/.test(prefix)) {
      throw new RangeError("prefix must be text without braces");
    }
    checkLimits(lease, retention, 0, new.target);
    this.lease = lease;
    this.retention = Math.floor(retention);
    this.#client = client;
    this.#prefix = prefix;
  }

  async claim(namespace: string, eventId: string): Promise<Claim> {
    const token = randomBytes(16).toString("hex");
    const key = this.#key(namespace, eventId, this.claim);
    const [answer, attempts] = (await this.#run(this.claim, "claim", key, token, this.#leaseMs(), this.retention)) as [
      Claim["answer"],
      number,
    ];
    return { namespace, eventId, answer, token: answer === "new" ? token : "", attempts: Number(attempts) };
  }

  async renew({ namespace, eventId, token }: Claim): Promise<boolean> {
    const key = this.#key(namespace, eventId, this.renew);
    return Number(await this.#run(this.renew, "renew", key, token, this.#leaseMs(), this.retention)) === 1;
  }

  async complete({ namespace, eventId, token }: Claim): Promise<void> {
    const key = this.#key(namespace, eventId, this.complete);
    if (Number(await this.#run(this.complete, "complete", key, token, this.retention)) !== 1) {
      claimLost(this.complete);
    }
  }

  async release({ namespace, eventId, token }: Claim): Promise<boolean> {
    const key = this.#key(namespace, eventId, this.release);
    return Number(await this.#run(this.release, "release", key, token, this.retention)) === 1;
  }

  async isDone(namespace: string, eventId: string): Promise<boolean> {
    return (await this.#state(this.#key(namespace, eventId, this.isDone), this.isDone)) === "done";
  }

  async purge(): Promise<number> {
    return 0;
  }

  /** Counts the events by their state; it visits every key, in a cluster on every node. */
  async counts(): Promise<Counts> {
    const counted: Record<string, number> = {};
    for await (const key of this.#keys()) {
      const state = await this.#state(key, this.counts);
      if (state !== undefined) {
        counted[state] = (counted[state] ?? 0) + 1;
      }
    }
    const { in_flight: inFlight = 0, expired = 0, released = 0, done = 0 } = counted;
    return { inFlight, expired, released, done };
  }

  async *#keys(): AsyncGenerator<string> {
    // ioredis puts this before the keys of a command, but neither before a pattern nor away from what it finds.
    const { keyPrefix = "" } = (this.#client as unknown as { options?: { keyPrefix?: string } }).options ?? {};
    const pattern = `${escaped(keyPrefix + this.#prefix)}:{*}`;
    try {
      for (const node of await nodesOf(this.#client as unknown as Cluster)) {
        for await (const key of scan(node, pattern)) {
          yield key.slice(keyPrefix.length);
        }
      }
    } catch (error) {
      unavailable(error, this.counts);
    }
  }

  async #state(key: string, caller: Function): Promise<string | undefined> {
    const said = await this.#run(caller, "state", key);
    return said == null ? undefined : String(said);
  }

  #key(namespace: string, eventId: string, caller: Function): string {
    return `${this.#prefix}:{${keyText(namespace, eventId, caller)}}`;
  }

  #leaseMs(): number {
    return Math.max(1, Math.round(this.lease * 1000));
  }

  async #run(caller: Function, name: ScriptName, key: string, ...rest: (string | number)[]): Promise<unknown> {
    const client = this.#client;
    const { text = "", digest = "" } = scripts.get(name) ?? {};
    try {
      if ("evalSha" in client) {
        const options = { keys: [key], arguments: rest.map(String) };
        return await client.evalSha(digest, options).catch(unlessUnknown(() => client.eval(text, options)));
      }
      return await client
        .evalsha(digest, 1, key, ...rest)
        .catch(unlessUnknown(() => client.eval(text, 1, key, ...rest)));
    } catch (error) {
      return unavailable(error, caller);
    }
  }
}

/** A server, as far as its keys can be listed. */
interface Scanning {
  readonly scanIterator?: (options: object) => AsyncIterable<string | string[]>;
  readonly scan: (cursor: string, ...rest: (string | number)[]) => Promise<[string, string[]]>;
}

/** What a cluster has more, of node-redis or of ioredis. */
interface Cluster extends Scanning {
  readonly masters?: readonly unknown[];
  readonly nodeClient: (node: unknown) => Promise<Scanning>;
  readonly nodes?: (role: "master") => Scanning[];
  readonly ping: () => Promise<unknown>;
}

/** The servers that keys are on. */
async function nodesOf(client: Cluster): Promise<readonly Scanning[]> {
  if (client.masters !== undefined) {
    return Promise.all(client.masters.map((node) => client.nodeClient(node)));
  }
  if (client.nodes !== undefined) {
    // It knows its nodes when it has answered for the first time.
    await client.ping();
    return client.nodes("master");
  }
  return [client];
}

async function* scan(server: Scanning, pattern: string): AsyncGenerator<string> {
  if (server.scanIterator !== undefined) {
    for await (const found of server.scanIterator({ MATCH: pattern, COUNT: 1000 })) {
      yield* Array.isArray(found) ? found : [found];
    }
    return;
  }
  let cursor = "0";
  do {
    const [next, found] = await server.scan(cursor, "MATCH", pattern, "COUNT", 1000);
    yield* found;
    cursor = next;
  } while (cursor !== "0");
}

/** A text that a pattern takes as it is. */
function escaped(text: string): string {
  return text.replace(/[\\*?[\]]/g, "\\$&");
}

/** Sends the whole script to a server that was restarted, or to another node. */
function unlessUnknown(whole: () => Promise<unknown>): (error: unknown) => Promise<unknown> {
  return (error) => {
    if (error instanceof Error && error.message.startsWith("NOSCRIPT")) {
      return whole();
    }
    throw error;
  };
}
