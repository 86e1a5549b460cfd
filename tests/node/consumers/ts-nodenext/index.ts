// ES module under `module: nodenext`: `switch (event.type)` narrows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Decision, type Event, parseUnsigned, type SessionStatus, sign, Verifier } from "didit-client";
import { type Delivery, delivery, type Scenario, SECRET, type Status, serve } from "didit-client/testing";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<A, B>): void => {};

export function describe(event: Event): string {
  switch (event.type) {
    case "status.updated":
    case "data.updated": {
      const { decision, status } = event;
      same<typeof decision, Decision | null | undefined>(true);
      same<typeof status, SessionStatus | (string & {}) | null | undefined>(true);
      const names = decision?.id_verifications?.map((check) => check.first_name ?? check.node_id ?? "");
      for (const warning of decision?.liveness_checks?.[0]?.warnings ?? []) {
        same<typeof warning.risk, string | null | undefined>(true);
      }
      const again = event.resubmit_info?.nodes_to_resubmit?.map(({ feature }) => feature);
      // @ts-expect-error Singular keys are those of the older V1 webhooks; here they are unknown.
      const kyc: string = decision?.kyc;
      // @ts-expect-error The field belongs to other events.
      const amount: unknown = event.amount;
      // @ts-expect-error A typing error is found.
      const session: unknown = event.sesion_id;
      const brandNew = (event as Record<string, unknown>).brand_new;
      return `${status} ${names} ${again} ${kyc} ${amount} ${session} ${brandNew}`;
    }
    case "user.status.updated":
    case "business.status.updated":
      return `${event.previous_status} -> ${event.status}`;
    case "user.data.updated":
    case "business.data.updated":
      return Object.entries(event.changes ?? {})
        .map(([field, { previous, current }]) => `${field}: ${String(previous)} -> ${String(current)}`)
        .join();
    case "transaction.created":
    case "transaction.status.updated":
      same<typeof event.score, number | null | undefined>(true);
      return `${event.txn_id} ${event.amount} ${event.action_required?.url}`;
    case "travel_rule.status.updated":
      return `${event.travel_rule_status} ${event.rail}`;
    case "activity.created":
    case "transaction_rule_suggestions.created":
      return event.event_id ?? "";
    case "unknown":
      same<typeof event.webhook_type, string | null | undefined>(true);
      return `ignored: ${event.webhook_type}`;
    default: {
      // Fails to compile when a type has been forgotten above.
      const never: never = event;
      return never;
    }
  }
}

export function forgetful(event: Event): string {
  switch (event.type) {
    case "status.updated":
      return event.outcome;
    default: {
      // @ts-expect-error Other types are left.
      const never: never = event;
      return String(never);
    }
  }
}

const body = JSON.stringify({ timestamp: 1774970000, webhook_type: "status.updated", status: "Approved" });
const { event } = new Verifier({ secrets: "secret" }).verify(body, sign(body, "secret"), { now: 1774970000 });
// Without narrowing, the fields that most events have can be read; others are unknown.
same<typeof event.session_id, string | null | undefined>(true);
same<typeof event.outcome, "granted" | "denied" | "pending" | "retry" | "revoked" | "unknown">(true);
assert.match(describe(event), /^Approved /);
assert.equal(forgetful(event), "granted");
// @ts-expect-error There is no event of that type.
assert.notEqual(event.type, "session.updated" satisfies Event["type"]);

const unsigned = parseUnsigned('{"webhook_type":"kyb.registry_search.resolved"}');
same<typeof unsigned.authenticated, false>(true);
same<typeof unsigned.type, "kyb.registry_search.resolved" | "unknown">(true);
// @ts-expect-error What nobody has signed is no event.
assert.throws(() => describe(unsigned satisfies Event) === "" || assert.fail());

const scenario: Scenario = "review_poa_partial_match";
const status: Status = "In Review";
const sent = delivery("data.updated", { scenario, status, secret: Buffer.from(SECRET), seed: "a" });
same<typeof sent, Delivery>(true);
same<typeof sent.body, Buffer>(true);
same<typeof sent.payload, Record<string, unknown>>(true);
assert.equal(sent.reencoded().without("X-Signature").payload.status, status);
// The context of node:test is what serve asks for.
export const tests = (): Promise<void> => test("serves", async (t) => void (await serve(t, () => {})));
console.log("verified");
