/**
 * Was this event done already? Stores of processed events. `docs/idempotency.md` says what each guarantees.
 *
 * @packageDocumentation
 */
export { MemoryStore, type SQLiteOptions, SQLiteStore, type StoreOptions } from "./embedded.js";
export { type Claim, type Counts, eventKey, type Store } from "./protocol.js";
