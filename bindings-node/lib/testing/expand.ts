import { createHash } from "node:crypto";
import { isPlain } from "./merge.js";

const text = /^@(?:(now|time|date)([+-]\d+)|uuid:(\w+))$/;

/** What stands for the texts in deliveries.json that begin with @: times that depend on now, and ids. */
export class Values {
  readonly #now: number;
  readonly #seed: string;
  readonly #members: { readonly [name: string]: unknown };

  /** Takes the signed time, what the ids are derived from, and the members that the caller gave. */
  constructor(now: number, seed: string, members: { readonly [name: string]: unknown }) {
    this.#now = now;
    this.#seed = seed;
    this.#members = members;
  }

  /** A copy of a template in which every @ text is replaced. */
  expand(value: unknown): unknown {
    if (Array.isArray(value)) {
      return value.map((item) => this.expand(item));
    }
    if (isPlain(value)) {
      return this.expandObject(value);
    }
    const found = typeof value === "string" ? text.exec(value) : null;
    if (found === null) {
      return value;
    }
    const [, kind = "", offset = "", name] = found;
    return name === undefined ? this.#time(kind, Number(offset)) : this.#id(name);
  }

  /** The same for an object. */
  expandObject(template: object): Record<string, unknown> {
    return Object.fromEntries(Object.entries(template).map(([name, member]) => [name, this.expand(member)]));
  }

  #time(kind: string, offset: number): number | string {
    if (kind === "now") {
      return this.#now + offset;
    }
    const seconds = this.#now + offset * (kind === "date" ? 86_400 : 1);
    const iso = new Date(seconds * 1000).toISOString();
    return kind === "date" ? iso.slice(0, 10) : `${iso.slice(0, 19)}Z`;
  }

  #id(name: string): string {
    const given = this.#members[name];
    if (typeof given === "string") {
      return given;
    }
    const bytes = createHash("sha256").update(`${this.#seed}:${name}`).digest().subarray(0, 16);
    bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
    return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }
}
