import { basename, dirname, join } from "node:path";
import { inspect } from "node:util";
import type { LastResponse } from "./response.js";

/** A document that a call returned: its bytes, or a file that is written completely or not at all. */
export class File {
  /** The bytes. */
  readonly content: Buffer;
  /** The head of the answer. */
  declare readonly lastResponse: LastResponse;

  /** @internal */
  constructor(content: Buffer, lastResponse: LastResponse) {
    this.content = content;
    Object.defineProperty(this, "lastResponse", { value: lastResponse });
  }

  /** The media type, such as `application/pdf`. */
  get contentType(): string | undefined {
    return this.lastResponse.headers.get("content-type");
  }

  /**
   * Writes the document under a temporary name in the same folder, which only the process's own user can read, and
   * then gives it its name: nobody ever finds half a document there. Returns the path.
   */
  async save(path: string): Promise<string> {
    // Loaded here, because both take longer than the rest of the package, and few programs save files.
    const { randomUUID } = require("node:crypto") as typeof import("node:crypto");
    const { open, rename, unlink } = require("node:fs/promises") as typeof import("node:fs/promises");
    const temporary = join(dirname(path), `.${basename(path).slice(0, 64)}.${randomUUID()}`);
    const file = await open(temporary, "wx", 0o600);
    try {
      try {
        await file.writeFile(this.content);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
      return path;
    } catch (error) {
      await unlink(temporary);
      throw error;
    }
  }

  /** @internal */
  [inspect.custom](): string {
    return `File { ${this.contentType ?? "unknown type"}, ${this.content.length} bytes }`;
  }
}
