/** One of the known values, or another one: Didit may add values at any time. */
export type Known<Value extends string> = Value | (string & {});

/** The members of a JSON object: each may be absent or null, and there may be others. */
export type Open<Fields> = { [Name in keyof Fields]?: Fields[Name] | null } & { [name: string]: unknown };
