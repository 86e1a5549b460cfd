import type { Body } from "./body.js";
import { call } from "./errors.js";
import { Webhooks as Resource } from "./generated/resources/webhooks.js";
import type { HeadersInput } from "./headers.js";
import { binding } from "./native.js";
import { knownOptions } from "./options.js";
import type { Transport } from "./transport.js";
import { type Verified, Verifier, type VerifyOptions } from "./webhook.js";

/** Webhooks: where Didit delivers them, what it has delivered, and whether a delivery is genuine. */
export class Webhooks extends Resource {
  readonly #transport: Transport;
  #current: Verifier | undefined;
  #legacy: Verifier | undefined;

  /** @internal */
  constructor(transport: Transport) {
    super(transport);
    this.#transport = transport;
  }

  /**
   * The verifier of the client's secrets, with the default options. For others make a `Verifier`.
   *
   * @throws {ConfigurationError} `missing_secret`: neither `webhookSecret` nor its variables are set.
   */
  get verifier(): Verifier {
    this.#current ??= this.#verifier(false);
    return this.#current;
  }

  /**
   * Verifies a delivery from the bytes of its body, as `Verifier.verify` does.
   *
   * @throws {SignatureError} The delivery is not genuine, as far as can be told.
   * @throws {TimestampError} It may be genuine, but not now.
   * @throws {PayloadError} The body cannot be what Didit sends.
   * @throws {ConfigurationError} `missing_secret`: neither `webhookSecret` nor its variables are set.
   */
  verify(body: Body, headers: HeadersInput, options?: VerifyOptions): Verified {
    return this.verifier.verify(body, headers, options);
  }

  /**
   * The same for a delivery whose body a framework has parsed already, as `Verifier.verifyParsed` does.
   *
   * @throws {SignatureError | TimestampError | PayloadError | ConfigurationError} As `verify` does.
   */
  verifyParsed(payload: unknown, headers: HeadersInput, options?: VerifyOptions): Verified {
    return this.verifier.verifyParsed(payload, headers, options);
  }

  /**
   * Verifies a delivery of V1 with the client's `legacyWebhookSecret`, by its only signature. For another window than
   * 600 seconds use a `Verifier` with that secret, `schemes: ["v1"]` and `maxAge`.
   *
   * @throws {SignatureError | TimestampError | PayloadError | ConfigurationError} As `verify` does.
   */
  verifyLegacy(body: Body, headers: HeadersInput, options?: VerifyOptions): Verified {
    knownOptions(options, ["now"], "verifyLegacy");
    this.#legacy ??= this.#verifier(true);
    return this.#legacy.verify(body, headers, options);
  }

  #verifier(legacy: boolean): Verifier {
    const built = call(Webhooks, () => binding.clientVerifier(this.#transport.client, legacy));
    return new Verifier({ secrets: undefined }, { ready: built });
  }
}
