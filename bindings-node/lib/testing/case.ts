import { type DeliveryOptions, delivery } from "./build.js";
import { familyOf, load } from "./data.js";
import type { DeliveryType, Scenario, Status } from "./names.js";
import type { Delivery } from "./signed.js";

/** One type of event, with a status and a scenario where the type has them. */
export class Case {
  readonly type: DeliveryType;
  readonly status: Status | undefined;
  readonly scenario: Scenario | undefined;

  /** @internal */
  constructor(type: string, status: string | undefined, scenario: string | undefined) {
    this.type = type as DeliveryType;
    this.status = status as Status | undefined;
    this.scenario = scenario as Scenario | undefined;
  }

  /** Builds the delivery. */
  delivery(options?: Omit<DeliveryOptions, "status" | "scenario">): Delivery {
    return delivery(this.type, { ...options, status: this.status, scenario: this.scenario });
  }

  /** The name of the case, for a test's title. */
  toString(): string {
    return [this.type, this.status, this.scenario].filter((part) => part !== undefined).join(" ");
  }
}

/** Every type of event with every status and, for sessions, every scenario. */
export function cases(): Case[] {
  return Object.keys(load().types).flatMap((type) => {
    const { scenarios, statuses } = familyOf(type);
    const names = Object.keys(statuses);
    const slugs = [undefined, ...(scenarios === true ? Object.keys(load().scenarios) : [])];
    return slugs.flatMap((slug) =>
      (names.length === 0 ? [undefined] : names).map((name) => new Case(type, name, slug)),
    );
  });
}
