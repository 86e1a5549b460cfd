import { types } from "node:util";
import { typeName } from "./describe.js";

/** The content of a file to send: bytes, or a `Blob` or `File` of the web's own kind. */
export type FileContent = Uint8Array | ArrayBuffer | Blob;

/** A file to send: its content, or that with the name and the media type under which it shall go. */
export type FileInput =
  | FileContent
  | {
      readonly content: FileContent;
      /** Without it the name of the field. */
      readonly filename?: string | undefined;
      /** Without it what the bytes look like. */
      readonly contentType?: string | undefined;
    };

/** Files by the name of their field; a field may take several. */
export type Files = { readonly [field: string]: FileInput | readonly FileInput[] | null | undefined };

/**
 * A file as the native module takes it.
 *
 * @internal
 */
export interface Part {
  field: string;
  filename?: string | undefined;
  contentType?: string | undefined;
  content: Uint8Array;
}

/**
 * The parts of an upload.
 *
 * @internal
 */
export async function uploads(files: Files): Promise<Part[]> {
  if (typeof files !== "object" || files === null || Array.isArray(files)) {
    throw new TypeError(`files must be an object, not ${typeName(files)}`);
  }
  const parts: Part[] = [];
  for (const [field, given] of Object.entries(files)) {
    for (const file of Array.isArray(given) ? (given as readonly unknown[]) : [given as unknown]) {
      if (file !== undefined && file !== null) {
        parts.push(await part(field, file));
      }
    }
  }
  return parts;
}

async function part(field: string, file: unknown): Promise<Part> {
  if (isContent(file)) {
    const { name, type } = file as { name?: unknown; type?: unknown };
    return { field, filename: text(name), contentType: text(type), content: await bytes(file) };
  }
  if (typeof file === "object" && file !== null && "content" in file && isContent(file.content)) {
    const { filename, contentType } = file as { filename?: unknown; contentType?: unknown };
    const inner = await part(field, file.content);
    return {
      ...inner,
      filename: text(filename) ?? inner.filename,
      contentType: text(contentType) ?? inner.contentType,
    };
  }
  throw new TypeError(
    `${field} must be a Buffer, Uint8Array, ArrayBuffer or Blob, or { content, filename, contentType }, ` +
      `not ${typeName(file)}${typeof file === "string" ? "; read the file first, for example with fs.readFile" : ""}`,
  );
}

function isContent(value: unknown): value is FileContent {
  return types.isUint8Array(value) || types.isAnyArrayBuffer(value) || isBlob(value);
}

/** Not instanceof: under Jest, or in a vm context, there are several classes of that name. */
function isBlob(value: unknown): value is Blob {
  return (
    typeof value === "object" &&
    value !== null &&
    "arrayBuffer" in value &&
    typeof value.arrayBuffer === "function" &&
    "size" in value
  );
}

/** The bytes, which the native module copies when the call begins. */
async function bytes(content: FileContent): Promise<Uint8Array> {
  if (types.isUint8Array(content)) {
    return content;
  }
  return new Uint8Array(isBlob(content) ? await content.arrayBuffer() : content);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
