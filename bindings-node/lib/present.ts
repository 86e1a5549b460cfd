import { knownOptions } from "./options.js";
import { typeName } from "./describe.js";
import { call } from "./errors.js";
import { binding } from "./native.js";

/** How a session's page is embedded. */
export interface IframeOptions {
  /** The attribute `title`, which screen readers read. */
  readonly title?: string | undefined;
  /** The attribute `style`. */
  readonly style?: string | undefined;
}

/**
 * A session's hosted page as an `<iframe>` that may use the camera and the microphone. All values are escaped.
 *
 * @throws {InvalidRequestError} The address is not one of an https page.
 */
export function iframeHtml(url: string, options?: IframeOptions): string {
  const { title, style } = knownOptions(options, ["title", "style"], "iframeHtml");
  return call(iframeHtml, () => ({ html: binding.iframeHtml(string(url, "url"), title, style) })).html;
}
