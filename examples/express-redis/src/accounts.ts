// What the application itself keeps in Redis: who began which verification, and what is known of each user.
import { randomBytes } from "node:crypto";
import type { Verified } from "didit-client";
import { apply, outcomeOf, type Verdict, type Verification } from "didit-client/guard";
import type { Redis } from "ioredis";

const DAY = 24 * 60 * 60;

/** Writes a value unless somebody else has changed it since it was read. */
const SWAP = `
local known = redis.call("GET", KEYS[1])
if (known or "") ~= ARGV[1] then return 0 end
redis.call("SET", KEYS[1], ARGV[2])
return 1
`;

/** A verification as the browser that began it is known by. */
export interface Begun {
  readonly user: string;
  readonly session: string;
}

export class Accounts {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Remembers who began a session, and returns what goes into the browser's cookie. */
  async begin(begun: Begun): Promise<string> {
    const token = randomBytes(16).toString("hex");
    await this.#redis.set(`app:begun:${token}`, JSON.stringify(begun), "EX", DAY);
    return token;
  }

  async begun(token: string): Promise<Begun | undefined> {
    const text = /^[0-9a-f]{32}$/.test(token) ? await this.#redis.get(`app:begun:${token}`) : null;
    return text === null ? undefined : (JSON.parse(text) as Begun);
  }

  /** What is known of a user: no personal data, only the session and its status. */
  async verification(user: string): Promise<Verification | undefined> {
    const text = await this.#redis.get(`app:user:${user}`);
    return text === null ? undefined : (JSON.parse(text) as Verification);
  }

  /** Whether the user may come in: `granted`, `denied`, `pending`, `retry`, `revoked` or `unknown`. */
  async outcome(user: string): Promise<string> {
    const known = await this.verification(user);
    return known === undefined ? "unknown" : outcomeOf(known.status);
  }

  /**
   * Puts an event beside what is known of its user. Events arrive late and out of order, and those of one user can
   * arrive at two workers at once: what is newer wins. To do it twice changes nothing.
   */
  async apply(verified: Verified): Promise<Verdict> {
    const { event } = verified;
    const user = "vendor_data" in event ? event.vendor_data : undefined;
    if (typeof user !== "string" || user === "") return "unrelated";
    const key = `app:user:${user}`;
    for (;;) {
      const text = (await this.#redis.get(key)) ?? "";
      const current = text === "" ? undefined : (JSON.parse(text) as Verification);
      let applied = apply(verified, current);
      // A user may begin again; the later session counts.
      if (applied.verdict === "other_session" && applied.later) applied = apply(verified, undefined);
      if (applied.verdict !== "newer" && applied.verdict !== "revoked") return applied.verdict;
      const swapped = await this.#redis.eval(SWAP, 1, key, text, JSON.stringify(applied.verification));
      if (swapped === 1) return applied.verdict;
    }
  }
}
