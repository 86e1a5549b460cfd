import type * as OpenTelemetry from "@opentelemetry/api";
import type { LogFacts } from "./log.js";

type Api = typeof OpenTelemetry;
type Fact = keyof LogFacts;

// What identifies no event, no session and no person. All names are those of the Python package.
const COUNTED = ["code", "type", "scheme"] as const satisfies Fact[];
const SHOWN = ["code", "type", "outcome", "scheme", "attempts", "exception"] as const satisfies Fact[];
const LIBRARY = "didit_client";

const api = installed();

// What the API has where the application has set nothing up.
const silent = api && {
  meters: api.createNoopMeter(),
  tracers: new api.ProxyTracerProvider().getDelegate(),
};

/** Whether anybody listens: OpenTelemetry's API is installed, and an SDK behind it. */
export function isObserved(): boolean {
  return api !== undefined && (counts(api) || traces(api));
}

function counts(api: Api): boolean {
  const provider = api.metrics.getMeterProvider();
  if (provider !== asked) {
    asked = provider;
    isCounting = provider.getMeter(LIBRARY) !== silent?.meters;
  }
  return isCounting;
}

let asked: OpenTelemetry.MeterProvider | undefined;
let isCounting = false;

function traces({ trace }: Api): boolean {
  const provider = trace.getTracerProvider() as Partial<OpenTelemetry.ProxyTracerProvider>;
  return provider.getDelegate === undefined || provider.getDelegate() !== silent?.tracers;
}

/** The application's own copy, which knows its SDK: this package depends on none. */
function installed(): Api | undefined {
  try {
    return require("@opentelemetry/api") as Api;
  } catch {
    return undefined;
  }
}

interface Instruments {
  readonly provider: OpenTelemetry.MeterProvider;
  readonly deliveries: OpenTelemetry.Counter;
  readonly duration: OpenTelemetry.Histogram;
}

let made: Instruments | undefined;

/** The instruments of the present provider: the application may set its own after it has loaded us. */
function instruments({ metrics }: Api): Instruments {
  const provider = metrics.getMeterProvider();
  if (made?.provider !== provider) {
    const meter = provider.getMeter(LIBRARY);
    const deliveries = meter.createCounter("didit.webhook.deliveries", {
      description: "Deliveries that were answered.",
    });
    const description = "From the verified delivery to what became of it.";
    const duration = meter.createHistogram("didit.webhook.duration", { unit: "ms", description });
    made = { provider, deliveries, duration };
  }
  return made;
}

function chosen(facts: LogFacts, names: readonly Fact[], prefix = ""): OpenTelemetry.Attributes {
  const attributes: OpenTelemetry.Attributes = {};
  for (const name of names) {
    const value = facts[name];
    if (value !== undefined) {
      attributes[prefix + name] = value;
    }
  }
  return attributes;
}

/** Counts an answer, and shows a genuine delivery as a span that ends now. */
export function observe(facts: LogFacts): void {
  if (api === undefined) {
    return;
  }
  const counted = chosen(facts, COUNTED);
  const { deliveries, duration } = instruments(api);
  deliveries.add(1, counted);
  const { milliseconds } = facts;
  if (milliseconds === undefined) {
    return;
  }
  duration.record(milliseconds, counted);
  const now = Date.now();
  const attributes = chosen(facts, SHOWN, "didit.");
  const span = api.trace.getTracer(LIBRARY).startSpan("didit.webhook", { startTime: now - milliseconds, attributes });
  span.end(now);
}
