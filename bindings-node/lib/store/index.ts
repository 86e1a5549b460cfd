/**
 * Was this event done already? Stores of processed events. `docs/idempotency.md` says what each guarantees.
 *
 * @packageDocumentation
 */
export { MemoryStore, type SQLiteOptions, SQLiteStore, type StoreOptions } from "./embedded.js";
export { type PostgresOptions, PostgresStore, type Queryable } from "./postgres.js";
export { type Claim, type Counts, eventKey, type Store } from "./protocol.js";
export { type IoRedisClient, type NodeRedisClient, type RedisOptions, RedisStore } from "./redis.js";
