import { typeName } from "./describe.js";
import { call } from "./errors.js";
import { binding } from "./native.js";
import { knownOptions, name } from "./options.js";

/** How a session's page is embedded. */
export interface IframeOptions {
  /** What assistive technology calls the frame. */
  readonly title?: string | undefined;
  /** A CSS width, by default `100%`. */
  readonly width?: string | undefined;
  /** A CSS height, by default `700px`. */
  readonly height?: string | undefined;
  /** The `id` of the element. */
  readonly id?: string | undefined;
  /** The `class` of the element. */
  readonly class?: string | undefined;
}

const OPTIONS = ["title", "width", "height", "id", "class"] as const satisfies (keyof IframeOptions)[];

/**
 * A session's hosted page as an `<iframe>` that may use the camera and the microphone. All values are escaped.
 *
 * @throws {InvalidRequestError} `url` is no address that a browser may be sent to.
 */
export function iframeHtml(url: string, options?: IframeOptions): string {
  const given = knownOptions(options, OPTIONS, "iframeHtml");
  const frame = Object.fromEntries(OPTIONS.map((option) => [option, name(given[option], option)]));
  const address = text(url, "url");
  return call(iframeHtml, () => binding.iframeHtml(address, frame)).html;
}

/**
 * What a browser said when it came back from the verification. Anybody can write such an address: it has no `status`
 * and no `outcome` on purpose. Read the decision with `sessions.decision`, or wait for the webhook, before you grant
 * anything.
 */
export interface UnauthenticatedCallback {
  /** Nothing vouches for the rest. */
  readonly authenticated: false;
  /** The session that the browser names, which need not be one of its user's. */
  readonly sessionId: string;
  /** The status that the browser names, if any, which need not be true. */
  readonly claimedStatus: string | undefined;
}

/**
 * Reads `verificationSessionId` and `status` from the address at which the user came back: a whole URL, a path with
 * its query such as Express's `request.url`, or the query alone.
 *
 * @throws {InvalidRequestError} `invalid_callback`: Didit does not send anybody to such an address.
 */
export function parseCallback(urlOrQuery: string | URL | URLSearchParams): UnauthenticatedCallback {
  const address =
    urlOrQuery instanceof URL || urlOrQuery instanceof URLSearchParams ? String(urlOrQuery) : text(urlOrQuery, "url");
  const { sessionId, claimedStatus } = call(parseCallback, () => binding.parseCallback(address));
  return Object.freeze({ authenticated: false, sessionId, claimedStatus });
}

function text(value: unknown, what: string): string {
  if (typeof value !== "string") {
    throw new TypeError(`${what} must be a string, not ${typeName(value)}`);
  }
  return value;
}
