import { inspect } from "node:util";
import { typeName } from "../describe.js";
import type { Secret } from "../secrets.js";
import { sign } from "../sign.js";
import { mergeObjects } from "./merge.js";
import { wire } from "./wire.js";

const signatures = ["X-Signature-V2", "X-Signature", "X-Signature-Simple"];
const all = ["Content-Type", ...signatures, "X-Timestamp"];

type Payload = Record<string, unknown>;

/** The body and headers of a delivery. The methods return another one; none changes the delivery itself. */
export class Delivery {
  /** The body, byte for byte as Didit would send it. */
  readonly body: Buffer;
  /** The headers: `Content-Type`, the three signatures and `X-Timestamp`. */
  readonly headers: Record<string, string>;
  readonly #secret: Secret;

  /** @internal */
  constructor(body: Buffer, headers: Record<string, string>, secret: Secret) {
    this.body = Buffer.from(body);
    this.headers = { ...headers };
    this.#secret = secret;
  }

  /** Puts a payload of your own into wire form and signs it. */
  static sign(payload: object, secret: Secret): Delivery {
    const body = wire(payload);
    return new Delivery(body, sign(body, secret), secret);
  }

  /** What the body says; every time a new copy, which is the caller's own. */
  get payload(): Payload {
    return JSON.parse(this.body.toString("utf8")) as Payload;
  }

  /** The event's id, on which an application deduplicates; empty if the payload has none. */
  get eventId(): string {
    return String(this.payload.event_id ?? "");
  }

  /** The signed time, in Unix seconds: the `now` for a verifier in a test with a fixed time. */
  get signedAt(): number {
    return Number(this.payload.timestamp);
  }

  /**
   * Replaces, adds or, with `undefined`, removes members, and signs again: genuine, with other content. This also
   * makes what `delivery` refuses: statuses that Didit may add one day, and unknown members.
   */
  changed(members: { readonly [name: string]: unknown }): Delivery {
    return Delivery.sign(this.#with(members), this.#secret);
  }

  /** Changes members, by default `vendor_data`, after the delivery was signed: `signature_mismatch`. */
  tampered(members: { readonly [name: string]: unknown } = { vendor_data: "somebody-else" }): Delivery {
    return new Delivery(wire(this.#with(members)), this.headers, this.#secret);
  }

  /** Signs with another secret, as another destination or a forger would: `signature_mismatch`. */
  signedWith(secret: Secret): Delivery {
    return new Delivery(this.body, sign(this.body, secret), secret);
  }

  /** Leaves out all three signatures: `missing_signature`. */
  unsigned(): Delivery {
    return this.without(...signatures);
  }

  /**
   * Leaves out headers; without `X-Timestamp` it is `missing_timestamp`.
   *
   * @throws {TypeError} A name that no delivery has.
   */
  without(...headers: string[]): Delivery {
    const dropped = new Set(headers.map((name) => name.toLowerCase()));
    const known = new Set([...all, ...Object.keys(this.headers)].map((name) => name.toLowerCase()));
    for (const name of headers) {
      if (!known.has(name.toLowerCase())) {
        throw new TypeError(`a delivery has no header ${JSON.stringify(name)}; it has ${all.join(", ")}`);
      }
    }
    const kept = Object.entries(this.headers).filter(([name]) => !dropped.has(name.toLowerCase()));
    return new Delivery(this.body, Object.fromEntries(kept), this.#secret);
  }

  /** Signs that many seconds earlier: genuine once, `timestamp_too_old` now. */
  stale(seconds = 3600): Delivery {
    if (!Number.isInteger(seconds)) {
      const found = typeof seconds === "number" ? String(seconds) : typeName(seconds);
      throw new TypeError(`seconds must be a whole number, not ${found}`);
    }
    const times = Object.entries(this.payload).filter(([name]) => name === "timestamp" || name === "created_at");
    return this.changed(Object.fromEntries(times.map(([name, time]) => [name, Number(time) - seconds])));
  }

  /** Signs that many seconds later, as if the clocks disagreed: `timestamp_in_future`. */
  early(seconds = 3600): Delivery {
    return this.stale(typeof seconds === "number" ? -seconds : seconds);
  }

  /**
   * Repeats what was signed that many seconds ago under a new `X-Timestamp`: `timestamp_too_old`. No signature
   * covers the header, so an application that judges by it alone accepts this one.
   */
  replayed(seconds = 3600): Delivery {
    const old = this.stale(seconds);
    const fresh = this.headers["X-Timestamp"];
    return new Delivery(
      old.body,
      fresh === undefined ? old.headers : { ...old.headers, "X-Timestamp": fresh },
      this.#secret,
    );
  }

  /** Writes the same JSON in another way, as proxies do: genuine under V2, `signature_mismatch` under raw. */
  reencoded(): Delivery {
    return new Delivery(Buffer.from(JSON.stringify(this.payload, null, 2)), this.headers, this.#secret);
  }

  /** Sends it with `fetch`. */
  post(url: string | URL): Promise<Response> {
    return fetch(url, { method: "POST", headers: this.headers, body: this.body as Uint8Array<ArrayBuffer> });
  }

  #with(members: { readonly [name: string]: unknown }): Payload {
    const kept = Object.entries(this.payload).filter(([name]) => !Object.hasOwn(members, name));
    return mergeObjects(Object.fromEntries(kept), members);
  }

  /** @internal */
  [inspect.custom](): string {
    const { webhook_type: type, status } = this.payload;
    return `Delivery ${inspect({ eventId: this.eventId, payload: { webhook_type: type, status } })}`;
  }
}
