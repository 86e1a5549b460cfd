import { request } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { SessionStatus } from "../events.js";
import { knownOptions } from "../options.js";
import type { DeliveryType, Scenario } from "./names.js";

/** The ways in which a delivery can go wrong. */
export type Misbehaviour =
  | "duplicate"
  | "reorder"
  | "delay"
  | "drop"
  | "wrong_secret"
  | "reencoded"
  | "unescaped"
  | "escaped"
  | "header_refreshed"
  | "timestamp_stripped"
  | "signatures_stripped"
  | "trickle"
  | "cut";

type Json = { readonly [name: string]: unknown };

/** What the emulated clock shows. */
export interface Clock {
  /** Unix seconds. */
  readonly now: number;
  /** Emulated seconds in one real second. */
  readonly speed: number;
}

/** A code that Didit would have mailed. */
export interface Mail {
  readonly email: string;
  readonly code: string;
  /** Unix seconds. */
  readonly expires_at: number;
}

/** What makes the next calls of an operation fail. */
export interface Fault {
  /** Such as `sessions.create`; `*` is every operation. */
  readonly operation: string;
  /** The answer's status, 200 to 599; without one the call is only slow, or its answer lost. */
  readonly status?: number | null;
  /** How many calls, by default one. */
  readonly times?: number;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: unknown;
  /** Milliseconds before anything happens. */
  readonly delay_ms?: number;
  /** The call is done, and the caller does not learn of it: he gets the status, or without one a broken connection. */
  readonly lose_answer?: boolean;
}

/** What the first application of didit-dev is configured with. */
export interface Credentials {
  /** Null where didit-dev took it from its environment: it may be a real one, and is not told. */
  readonly api_key: string | null;
  readonly workflow_id: string;
  /** Null as with the key. */
  readonly webhook_secret: string | null;
  readonly application_id: string;
  readonly organization_id: string;
  readonly client_id: string;
}

/** An attempt to deliver an event, as didit-dev wrote it down. */
export interface SentDelivery {
  readonly uuid: string;
  readonly destination: string;
  readonly session_id: string | null;
  readonly event_id: string;
  readonly webhook_type: string;
  /** 1 for the first. */
  readonly attempt: number;
  /** `send`, `retry` or `resend`, or the misbehaviour that it was. */
  readonly kind: string;
  readonly request_url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: Buffer;
  /** The new status of the session; null if the event is no `status.updated`. */
  readonly session_status: string | null;
  readonly status: "delivered" | "failed";
  /** What your application answered; null if it did not. */
  readonly response_status: number | null;
  readonly response_time_ms: number | null;
  /** Why there is no answer. */
  readonly note: string | null;
  /** Unix seconds of the emulated clock. */
  readonly created_at: number;
}

/** Which deliveries are meant. */
export interface DeliveryFilter {
  readonly session_id?: string | undefined;
  readonly event_id?: string | undefined;
  /** Only the `status.updated` that tell of this status. */
  readonly session_status?: SessionStatus | undefined;
}

const filters = ["session_id", "event_id", "session_status"] as const satisfies (keyof DeliveryFilter)[];

/** didit-dev refused what the test asked for, or gave no answer; the message says why. */
export class ControlError extends Error {
  override readonly name = "ControlError";
}

/** The control API of the didit-dev that answers at an address, for example of one that somebody else started. */
export class Control {
  readonly baseUrl: string;

  /** Takes the address, such as `http://127.0.0.1:8787`. */
  constructor(baseUrl: string) {
    this.baseUrl = baseUrl.replace(/\/+$/, "");
  }

  /** The first application's credentials, without those that didit-dev took from its environment. */
  async credentials(): Promise<Credentials> {
    const { application } = await this.#call<{ application: Credentials }>("GET", "/status");
    return application;
  }

  /**
   * Moves a session to a status by the documented transitions, with an event for each. `scenario` decides what the
   * checks find, and is refused where the session does not come to the status that it ends in; before the session is
   * decided it counts later. `checks` is merged into the arrays of the decision.
   *
   * @returns the session
   */
  move(
    sessionId: string,
    status: SessionStatus,
    options: { readonly scenario?: Scenario; readonly checks?: Json; readonly resubmit_info?: Json } = {},
  ): Promise<Json> {
    return this.#call("POST", `/sessions/${encodeURIComponent(sessionId)}/status`, { ...options, status });
  }

  /** Merges into what the checks of a session found, and sends `data.updated`. */
  changeChecks(sessionId: string, checks: Json): Promise<Json> {
    return this.#call("POST", `/sessions/${encodeURIComponent(sessionId)}/checks`, checks);
  }

  /** Gives a transaction another status. */
  moveTransaction(transactionId: string, status: string): Promise<Json> {
    return this.#call("POST", `/transactions/${encodeURIComponent(transactionId)}/status`, { status });
  }

  /** What the clock shows. */
  clock(): Promise<Clock> {
    return this.#call("GET", "/clock");
  }

  /**
   * Sets the clock to Unix seconds, then advances it by seconds, then sets its speed; 0 stops it. Sessions whose time
   * runs out on the way do so before this resolves, and retries become due.
   */
  changeClock(change: { readonly set?: number; readonly advance?: number; readonly speed?: number }): Promise<Clock> {
    return this.#call("POST", "/clock", change);
  }

  /** How many sessions can still be created; null is without end. */
  async setCredits(credits: number | null): Promise<void> {
    await this.#call("POST", "/credits", { credits });
  }

  /** Lets the next calls of an operation fail. */
  async addFault(fault: Fault): Promise<void> {
    await this.#call("POST", "/faults", fault);
  }

  /** The faults that are still to come. */
  faults(): Promise<Fault[]> {
    return this.#call("GET", "/faults");
  }

  /** Lets calls succeed again. */
  async clearFaults(): Promise<void> {
    await this.#call("DELETE", "/faults");
  }

  /** Lets the next deliveries go wrong, to one destination or to the next that comes. */
  async misbehave(
    misbehaviour: Misbehaviour,
    options: { readonly destination?: string; readonly times?: number } = {},
  ): Promise<void> {
    await this.#call("POST", "/misbehaviours", { ...options, misbehaviour });
  }

  /** Lets deliveries go right again. */
  async behave(): Promise<void> {
    await this.#call("DELETE", "/misbehaviours");
  }

  /**
   * Sends events of these types, by default all, to your webhook, signed with `DIDIT_WEBHOOK_SECRET`: the secret in
   * `credentials()`, or that of didit-dev's environment.
   *
   * @returns the destination's UUID
   */
  async addDestination(
    url: string,
    options: { readonly events?: readonly DeliveryType[]; readonly version?: "v1" | "v2" | "v3" } = {},
  ): Promise<string> {
    const { uuid } = await this.#call<{ uuid: string }>("POST", "/destinations", { ...options, url });
    return uuid;
  }

  /**
   * Sends an event that nobody caused to the first application's destinations.
   *
   * @returns its `event_id`
   */
  async sendEvent(
    type: DeliveryType = "status.updated",
    options: { readonly scenario?: Scenario; readonly status?: string; readonly members?: Json } = {},
  ): Promise<string> {
    const { event_id } = await this.#call<{ event_id: string }>("POST", "/events", { ...options, type });
    return event_id;
  }

  /** The last 500 attempts, oldest first; only those that fit the filter. */
  async deliveries(filter: DeliveryFilter = {}): Promise<SentDelivery[]> {
    type Row = SentDelivery & { readonly request_header: string; readonly request_body: string };
    knownOptions(filter, filters, "deliveries");
    const found = (await this.#call<Row[]>("GET", "/deliveries")).reverse().map(sent);
    const wanted = Object.entries(filter).filter(([, value]) => value !== undefined);
    return found.filter((one) => wanted.every(([name, value]) => one[name as keyof DeliveryFilter] === value));
  }

  /**
   * The first attempt that fits, for which it waits if need be, by default ten seconds.
   *
   * @throws {ControlError} There was none.
   */
  async waitForDelivery(
    options: DeliveryFilter & { readonly timeoutMs?: number } = {},
    wanted: (sent: SentDelivery) => boolean = () => true,
  ): Promise<SentDelivery> {
    knownOptions(options, [...filters, "timeoutMs"], "waitForDelivery");
    const { timeoutMs = 10_000, ...filter } = options;
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const found = await this.deliveries(filter);
      const one = found.find(wanted);
      if (one !== undefined) {
        return one;
      }
      if (performance.now() > deadline) {
        const there = found.map(
          ({ webhook_type, kind, response_status }) => `${webhook_type} ${kind} ${response_status}`,
        );
        throw new ControlError(`no such delivery within ${timeoutMs} ms; there are: ${there.join(", ") || "none"}`);
      }
      await wait(20);
    }
  }

  /**
   * Sends a delivery again with a fresh timestamp.
   *
   * @returns the new attempt's UUID
   */
  async resend(delivery: string): Promise<string> {
    const path = `/deliveries/${encodeURIComponent(delivery)}/resend`;
    const { uuid } = await this.#call<{ uuid: string }>("POST", path);
    return uuid;
  }

  /** The codes that Didit would have mailed, newest first; to one address, if you name it. */
  async mail(email?: string): Promise<Mail[]> {
    const mails = await this.#call<Mail[]>("GET", "/mail");
    return mails.filter((mail) => (email ?? mail.email) === mail.email);
  }

  /** Forgets everything but the first application's credentials; the clock begins anew too. */
  async reset(): Promise<void> {
    await this.#call("POST", "/reset");
  }

  async #call<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const [status, text] = await send(`${this.baseUrl}/_dev${path}`, method, body).catch((error) => {
      throw new ControlError(`didit-dev at ${this.baseUrl} gave no answer: ${error.message}`);
    });
    if (status !== 200) {
      throw new ControlError(`didit-dev answered ${status}: ${reason(text)}`);
    }
    return JSON.parse(text) as Answer;
  }
}

/** What didit-dev says, out of its JSON. */
function reason(text: string): string {
  try {
    const { error, detail } = JSON.parse(text) as { error?: unknown; detail?: unknown };
    const said = error ?? detail;
    return typeof said === "string" ? said : text;
  } catch {
    return text;
  }
}

function sent({
  request_header,
  request_body,
  ...one
}: SentDelivery & Record<"request_header" | "request_body", string>) {
  const status = one.webhook_type === "status.updated" ? JSON.parse(request_body).status : null;
  return { ...one, headers: JSON.parse(request_header), body: Buffer.from(request_body), session_status: status };
}

// A connection for each call, so that none keeps a test from ending; and tests may replace `fetch`.
function send(url: string, method: string, body: object | undefined): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const content = body === undefined ? "" : JSON.stringify(body);
    const headers = { "Content-Length": Buffer.byteLength(content) };
    const sent = request(url, { method, agent: false, headers, timeout: 30_000 }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part) => {
        text += part;
      });
      response.on("end", () => resolve([response.statusCode ?? 0, text]));
      response.on("error", reject);
    });
    sent.on("timeout", () => sent.destroy(new Error("it took longer than 30 seconds")));
    sent.on("error", reject);
    sent.end(content);
  });
}
