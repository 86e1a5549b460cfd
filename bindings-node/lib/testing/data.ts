/** A JSON object of the data. */
export type Json = { readonly [name: string]: unknown };

/** A status or a scenario: the members it adds, and what the checks of the decision have found. */
export interface Part {
  /** Of a scenario: the status that it ends with. */
  readonly status?: string;
  readonly payload?: Json;
  /** For each check a change of its usual entry, null if it has not been reached. */
  readonly steps?: { readonly [check: string]: Json | null };
}

/** What the events of several types have in common. */
export interface Family {
  readonly scenarios?: boolean;
  /** The status if none is asked for. */
  readonly default?: string;
  /** The member that holds the status. */
  readonly status_member?: string;
  readonly payload: Json;
  readonly statuses: { readonly [status: string]: Part };
}

interface Data {
  readonly members: readonly string[];
  readonly envelope: Json;
  readonly types: { readonly [type: string]: { readonly family: string; readonly payload?: Json } };
  readonly families: { readonly [family: string]: Family };
  readonly scenarios: { readonly [scenario: string]: Part };
  readonly decision: {
    /** The members that a decision has in common with the event. */
    readonly mirrored: readonly string[];
    readonly payload: Json;
    readonly checks: { readonly [check: string]: { readonly feature: string; readonly entry: Json } };
  };
}

let loaded: Data | undefined;

/** What the deliveries are made of, read when the first one is built. The Python package has the same file. */
export function load(): Data {
  loaded ??= require("./deliveries.json") as Data;
  return loaded;
}

/** What the events of a known type have in common. */
export function familyOf(type: string): Family {
  const data = load();
  return data.families[data.types[type]?.family ?? ""] as Family;
}
