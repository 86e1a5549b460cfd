import { randomUUID } from "node:crypto";
import { typeName } from "../describe.js";
import type { Time } from "../now.js";
import { knownOptions } from "../options.js";
import type { Secret } from "../secrets.js";
import { sign } from "../sign.js";
import { familyOf, load, type Part } from "./data.js";
import { Values } from "./expand.js";
import { isPlain, merge, mergeObjects } from "./merge.js";
import type { DeliveryType, Members, Scenario, Status } from "./names.js";
import { Delivery } from "./signed.js";

/** The secret of the deliveries for which no other is given. It is public: use it in tests only. */
export const SECRET = "a-secret-for-tests-that-no-destination-has-";

/** What to build. All other options are members of the payload. */
export interface DeliveryOptions extends Members {
  /**
   * One of the sandbox's scenarios; session events only. It sets the environment to `sandbox` and decides what the
   * checks have found.
   */
  readonly scenario?: Scenario | undefined;
  /**
   * The new status, by default the scenario's, or else the most usual one. With a scenario, another status than the
   * scenario's is one that the session had before, or that a reviewer has set since.
   */
  readonly status?: Status | undefined;
  /** Signs the delivery, by default `SECRET`. */
  readonly secret?: Secret | undefined;
  /** The signed time, by default the current one. */
  readonly now?: Time | undefined;
  /** The same seed gives the same ids, in Python and in Node; by default they are new every time. */
  readonly seed?: number | string | undefined;
}

const OPTIONS = ["scenario", "status", "secret", "now", "seed"] as const satisfies (keyof DeliveryOptions)[];

/**
 * Builds a delivery as Didit would send it: complete, in wire form, signed in all three ways.
 *
 * Members of the payload among the options replace those of the same name, and `undefined` leaves one out;
 * `decision` is merged into the one that is there.
 *
 * @throws {RangeError} A type, scenario or status that is not known, or that the type does not have.
 * @throws {TypeError} An argument of the wrong type, or a member that Didit does not document.
 */
export function delivery(type: DeliveryType = "status.updated", options?: DeliveryOptions): Delivery {
  const data = load();
  const { scenario, status, secret, now, seed, ...members } = given(options);
  known("type", type, data.types);
  const values = new Values(seconds(now === undefined ? Date.now() / 1000 : now), seedText(seed), members);
  const payload = values.expandObject(template(type, scenario, status));
  const { decision, ...others } = members;
  for (const [name, value] of Object.entries(others)) {
    payload[name] = merge(undefined, value);
  }
  if (!("changed_fields" in members) && isPlain(members.changes)) {
    payload.changed_fields = Object.keys(members.changes);
  }
  mirror(payload);
  const whole = "decision" in members ? mergeObjects(payload, { decision }) : payload;
  return Delivery.sign(whole, (secret === undefined ? SECRET : secret) as Secret);
}

function given(options: unknown): { readonly [name: string]: unknown } {
  const members = load().members;
  try {
    return knownOptions<string>(options, [...OPTIONS, ...members], "delivery");
  } catch (error) {
    if (error instanceof TypeError && isPlain(options)) {
      error.message += "; .changed({ ... }) adds members that Didit does not document";
    }
    throw error;
  }
}

function template(type: string, scenario: unknown, status: unknown): Record<string, unknown> {
  const data = load();
  const family = familyOf(type);
  const found = scenarioOf(type, scenario);
  const chosen = statusOf(type, status === undefined ? found.status : status);
  const part = chosen === undefined ? {} : (family.statuses[chosen] ?? {});
  const payload: Record<string, unknown> = { ...data.envelope, webhook_type: type };
  for (const source of [family, data.types[type], part, found]) {
    Object.assign(payload, source?.payload);
  }
  if (scenario !== undefined) {
    payload.environment = "sandbox";
  }
  if (chosen !== undefined && family.status_member !== undefined) {
    payload[family.status_member] = chosen;
  }
  // The status decides whether there is a decision, the scenario what the checks have found.
  if (part.steps !== undefined) {
    payload.decision = decisionOf(found.steps ?? part.steps);
  }
  return payload;
}

function scenarioOf(type: string, scenario: unknown): Part {
  if (scenario === undefined) {
    return {};
  }
  if (familyOf(type).scenarios !== true) {
    throw new RangeError(`${type} has no scenarios; only status.updated and data.updated have`);
  }
  return known("scenario", scenario, load().scenarios);
}

function statusOf(type: string, status: unknown): string | undefined {
  const family = familyOf(type);
  if (status === undefined) {
    return family.default;
  }
  if (Object.keys(family.statuses).length === 0) {
    throw new RangeError(`${type} has no status`);
  }
  known(`status of ${type}`, status, family.statuses);
  return status as string;
}

function decisionOf(steps: NonNullable<Part["steps"]>): Record<string, unknown> {
  const { payload, checks } = load().decision;
  const decision: Record<string, unknown> = { ...payload };
  for (const [name, { entry }] of Object.entries(checks)) {
    const step = steps[name];
    decision[name] = step ? [mergeObjects(entry, step)] : null;
  }
  const features = Object.entries(checks).filter(([name]) => name in steps);
  return { ...decision, features: features.map(([, { feature }]) => feature) };
}

/** Gives the decision the members that it has in common with the event. */
function mirror(payload: Record<string, unknown>): void {
  if (isPlain(payload.decision)) {
    for (const name of load().decision.mirrored) {
      if (payload[name] !== undefined) {
        payload.decision[name] = payload[name];
      }
    }
  }
}

function known<Value>(what: string, name: unknown, values: { readonly [name: string]: Value }): Value {
  if (typeof name !== "string") {
    throw new TypeError(`${what} must be a string, not ${typeName(name)}`);
  }
  if (!Object.hasOwn(values, name)) {
    const names = Object.keys(values).join(", ");
    throw new RangeError(`unknown ${what}: ${JSON.stringify(name)}; known are ${names}`);
  }
  return values[name] as Value;
}

/** Whole seconds. The core decides what is a time and what is not. */
function seconds(now: unknown): number {
  return Number(sign("{}", "any", { signedAt: now as Time })["X-Timestamp"]);
}

function seedText(seed: unknown): string {
  if (seed === undefined) {
    return randomUUID();
  }
  if (typeof seed !== "string" && !Number.isSafeInteger(seed)) {
    throw new TypeError(`seed must be a whole number or a string, not ${typeName(seed)}`);
  }
  return String(seed);
}
