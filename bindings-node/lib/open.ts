/** One of the known values, or another one: Didit may add values at any time. */
export type Known<Value extends string> = Value | (string & {});

/** The documented members of a JSON object: each may be absent or null. */
export type Documented<Fields> = { [Name in keyof Fields]?: Fields[Name] | null };

/** The members of a JSON object of which more than the documented ones are known to occur. */
export type Open<Fields> = Documented<Fields> & { [name: string]: unknown };
