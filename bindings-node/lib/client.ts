import { isUtf8 } from "node:buffer";
import { inspect, types } from "node:util";
import { type Attempt, makeHooks } from "./attempt.js";
import { type CallOptions, finite, plainObject, seconds } from "./call.js";
import { typeName } from "./describe.js";
import { encode } from "./encode.js";
import { call } from "./errors.js";
import { Resources } from "./generated/client.js";
import { binding } from "./native.js";
import { knownOptions, wholeNumber } from "./options.js";
import type { Nothing } from "./resource.js";
import { RawResponse } from "./response.js";
import type { Secret } from "./secrets.js";
import { pendingCalls, Transport } from "./transport.js";
import type { Files } from "./upload.js";
import type { Webhooks } from "./webhooks.js";

/** How a client is set up. What is not given comes from the environment, then from the defaults. */
export interface DiditOptions {
  /** The application's API key; `DIDIT_API_KEY`. */
  readonly apiKey?: string | undefined;
  /** One secret or several, for `webhooks.verify`; `DIDIT_WEBHOOK_SECRET` and `DIDIT_WEBHOOK_SECRET_PREVIOUS`. */
  readonly webhookSecret?: Secret | readonly Secret[] | undefined;
  /** V1 only: the secret of its webhooks; `WEBHOOK_SECRET_KEY`. */
  readonly legacyWebhookSecret?: string | undefined;
  /** The workflow of sessions that name none; `DIDIT_WORKFLOW_ID`. */
  readonly workflowId?: string | undefined;
  /** For paths that name the organization; `DIDIT_ORGANIZATION_ID`. */
  readonly organizationId?: string | undefined;
  /** For paths that name the application; `DIDIT_APPLICATION_ID`. */
  readonly applicationId?: string | undefined;
  /** An account's token, as `account.login` returns it, for organizations and applications; `DIDIT_ACCESS_TOKEN`. */
  readonly accessToken?: string | undefined;
  /** V1 only; `CLIENT_ID`. */
  readonly clientId?: string | undefined;
  /** V1 only; `CLIENT_SECRET`. */
  readonly clientSecret?: string | undefined;
  /** Where the API is; `DIDIT_BASE_URL`. Plain http is for loopback addresses only. */
  readonly baseUrl?: string | undefined;
  /** Where the account API is; `DIDIT_ACCOUNT_URL`. */
  readonly accountUrl?: string | undefined;
  /** The application's OpenID issuer; `DIDIT_AUTH_ISSUER`. */
  readonly issuerUrl?: string | undefined;
  /** Seconds for a whole call with its retries, by default 60. */
  readonly timeout?: number | undefined;
  /** Seconds for one connection to be made, by default 10. */
  readonly connectTimeout?: number | undefined;
  /** How often a failed request may be sent again, by default 3 times; only where a repeat is harmless. */
  readonly maxRetries?: number | undefined;
  /** Wait before a request that would exceed a rate limit of Didit's, instead of being refused. */
  readonly limiter?: boolean | undefined;
  /** The longest answer in bytes, by default 64 MiB. */
  readonly maxResponseBytes?: number | undefined;
  /** The address of an HTTP proxy; `HTTPS_PROXY`, `ALL_PROXY`. */
  readonly proxy?: string | undefined;
  /** Hosts that are reached without it, separated by commas; `NO_PROXY`. */
  readonly noProxy?: string | undefined;
  /** A PEM file of the only certificate authorities to trust; `SSL_CERT_FILE`, `REQUESTS_CA_BUNDLE`. */
  readonly caFile?: string | undefined;
  /** A PEM file of certificate authorities to trust besides; `NODE_EXTRA_CA_CERTS`. */
  readonly extraCaFile?: string | undefined;
  /** Trust the certificate authorities of the operating system. */
  readonly systemTrustStore?: boolean | undefined;
  /** Told of each request before it is sent, soon after rather than meanwhile: it runs on the event loop. */
  readonly beforeAttempt?: ((attempt: Attempt) => void) | undefined;
  /** Told of each request after it has ended. */
  readonly afterAttempt?: ((attempt: Attempt) => void) | undefined;
  /** Read these variables instead of `process.env`. */
  readonly environment?: { readonly [name: string]: string | undefined } | undefined;
}

const TEXTS = [
  "apiKey",
  "legacyWebhookSecret",
  "workflowId",
  "organizationId",
  "applicationId",
  "accessToken",
  "clientId",
  "clientSecret",
  "baseUrl",
  "accountUrl",
  "issuerUrl",
  "proxy",
  "noProxy",
  "caFile",
  "extraCaFile",
] as const satisfies (keyof DiditOptions)[];

const OPTIONS = [
  ...TEXTS,
  "webhookSecret",
  "timeout",
  "connectTimeout",
  "maxRetries",
  "limiter",
  "maxResponseBytes",
  "systemTrustStore",
  "beforeAttempt",
  "afterAttempt",
  "environment",
] as const satisfies (keyof DiditOptions)[];

/** What Didit said about a rate limit when it last refused a request. */
export interface RateLimit {
  /** Requests a minute. */
  readonly limit?: number;
  /** How many were left. */
  readonly remaining?: number;
  /** When the window ends, in Unix seconds. */
  readonly reset?: number;
  /** How many seconds Didit asked to wait. */
  readonly retryAfter?: number;
  /** The operation that was refused. */
  readonly operation: string;
}

/** What `request` sends beside its options. */
export interface RequestOptions extends CallOptions {
  /** Parameters of the address. */
  readonly query?: { readonly [name: string]: unknown } | URLSearchParams | undefined;
  /** The body. */
  readonly json?: unknown;
  /** The parts of a multipart body. */
  readonly files?: Files | undefined;
}

/**
 * The client for Didit's API. One client serves a whole program.
 *
 *     const didit = new Didit(); // DIDIT_API_KEY and the others come from the environment
 *     const session = await didit.sessions.create({ vendor_data: "user-123" });
 *     response.redirect(session.url);
 */
export class Didit extends Resources {
  readonly #transport: Transport;

  /**
   * @throws {ConfigurationError} `invalid_configuration`: a setting that cannot be right. What is missing is told by
   * the call that needs it.
   * @throws {TypeError | RangeError} An option of a wrong type.
   */
  constructor(options: DiditOptions = {}) {
    const transport = (options as unknown) instanceof Transport ? (options as unknown as Transport) : connect(options);
    super(transport);
    this.#transport = transport;
  }

  /** Destinations, deliveries, and `verify` with the client's secrets. */
  override get webhooks(): Webhooks {
    return this._child("webhooks", () => (require("./webhooks.js") as typeof import("./webhooks.js")).Webhooks);
  }

  /**
   * A client that makes its calls with these options, over the same connections.
   *
   *     await didit.withOptions({ timeout: 5, maxRetries: 0 }).sessions.decision(sessionId);
   */
  withOptions(options: CallOptions): Didit {
    return new Didit(this.#transport.with(options) as object);
  }

  /** Whether Didit's API is up, as `system.healthcheck`. It needs no key. */
  healthcheck(params: Nothing = {}, options?: CallOptions): ReturnType<Resources["system"]["healthcheck"]> {
    return this.system.healthcheck(params, options);
  }

  /**
   * Makes a call that the resources do not know, with the same credentials, retries and errors.
   *
   *     const answer = await didit.request("GET", "/v3/sessions/", { query: { limit: 1 } });
   *
   * @param method - GET, POST, PUT, PATCH or DELETE
   * @param path - the path below the base URL
   */
  async request(method: string, path: string, options: RequestOptions = {}): Promise<RawResponse> {
    if (typeof method !== "string" || typeof path !== "string") {
      throw new TypeError("request takes a method and a path, both strings");
    }
    const { query, json, files, ...rest } = plainObject(options, "options") as RequestOptions;
    const params = query === undefined || query === null ? {} : plainObject(query, "query");
    const call = { ...this.#transport.prepared(method, params, files, rest), path, json };
    const answer = await this.#transport.perform(call, { bytes: true });
    return new RawResponse(answer, answer.body as Buffer);
  }

  /** The last seen rate limit; undefined until Didit has answered 429, because only then it tells. */
  get rateLimit(): RateLimit | undefined {
    return binding.rateLimit(this.#transport.client) ?? undefined;
  }

  /** @internal */
  [inspect.custom](): string {
    return `Didit { baseUrl: ${inspect(binding.baseUrl(this.#transport.client))} }`;
  }
}

function connect(options: unknown): Transport {
  const given = knownOptions(options, OPTIONS, "new Didit");
  const hooks = makeHooks(given.beforeAttempt, given.afterAttempt);
  const config: Record<string, unknown> = {
    webhook_secret: secretTexts(given.webhookSecret),
    timeout: finite(seconds(given.timeout, "timeout")),
    connect_timeout: finite(seconds(given.connectTimeout, "connectTimeout")),
    max_retries: wholeNumber(given.maxRetries, "maxRetries"),
    limiter: flag(given.limiter, "limiter"),
    max_response_bytes: wholeNumber(given.maxResponseBytes, "maxResponseBytes"),
    system_trust_store: flag(given.systemTrustStore, "systemTrustStore"),
    user_agent: `node/${process.versions.node}`,
  };
  for (const name of TEXTS) {
    config[snakeCase(name)] = text(given[name], name);
  }
  const { environment = process.env } = given;
  if (typeof environment !== "object" || environment === null) {
    throw new TypeError(`environment must be an object, not ${typeName(environment)}`);
  }
  for (const [name, value] of environment === process.env ? [] : Object.entries(environment)) {
    text(value, `environment.${name}`);
  }
  const settings = encode(config);
  const built = call(Didit, () => binding.buildClient(settings, environment, pendingCalls()));
  return new Transport(built.handle, hooks, {});
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function text(value: unknown, name: string): string | undefined {
  if (value !== undefined && value !== null && typeof value !== "string") {
    throw new TypeError(`${name} must be a string, not ${typeName(value)}`);
  }
  return value ?? undefined;
}

function flag(value: unknown, name: string): boolean | undefined {
  if (value !== undefined && typeof value !== "boolean") {
    throw new TypeError(`${name} must be a boolean, not ${typeName(value)}`);
  }
  return value;
}

function secretTexts(secrets: unknown): string[] | undefined {
  if (secrets === undefined || secrets === null) {
    return undefined;
  }
  return (Array.isArray(secrets) ? secrets : [secrets]).map((secret: unknown) => {
    if (types.isUint8Array(secret)) {
      if (!isUtf8(secret)) {
        throw new TypeError("webhookSecret is not UTF-8");
      }
      return new TextDecoder("utf-8", { ignoreBOM: true }).decode(secret);
    }
    if (typeof secret !== "string") {
      throw new TypeError(`webhookSecret must be a string or Uint8Array, not ${typeName(secret)}`);
    }
    return secret;
  });
}
