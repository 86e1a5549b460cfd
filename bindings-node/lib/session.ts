import { binding } from "./native.js";
import { type IframeOptions, iframeHtml } from "./present.js";

/** What a session has beside its data. None of it is enumerable, and spreading does not copy it. */
export interface SessionMixin {
  /**
   * `true` where Didit returned a session that existed before, which its status shows; `undefined` where it cannot be
   * told, because an existing session that nobody has opened looks like a new one.
   */
  readonly reused: true | undefined;
  /** The session's hosted page as an `<iframe>`, all values escaped. */
  iframeHtml(options?: IframeOptions): string;
}

const reused: PropertyDescriptor = {
  get(this: { status?: unknown }): true | undefined {
    return typeof this.status === "string" && binding.sessionReused(this.status) ? true : undefined;
  },
};

const iframe: PropertyDescriptor = {
  value(this: { url?: unknown }, options?: IframeOptions): string {
    return iframeHtml(this.url as string, options);
  },
};

/** @internal */
export function sessionMixin(answer: unknown): void {
  if (typeof answer === "object" && answer !== null) {
    Object.defineProperty(answer, "reused", reused);
    Object.defineProperty(answer, "iframeHtml", iframe);
  }
}
