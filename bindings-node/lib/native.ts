import type * as native from "../native/index.cjs";

/** @internal */
export type Native = typeof native;

/**
 * The builds that can serve this machine. Linux has two C libraries; only the right one loads.
 *
 * @internal
 */
export function platforms(platform: string, arch: string): string[] {
  switch (platform) {
    case "linux":
      return arch === "arm"
        ? ["linux-arm-gnueabihf", "linux-arm-musleabihf"]
        : [`linux-${arch}-gnu`, `linux-${arch}-musl`];
    case "win32":
      return [`win32-${arch}-msvc`];
    default:
      return [`${platform}-${arch}`];
  }
}

/**
 * Loads the native module: the one built in this folder, else that of the platform's own package.
 *
 * There is no other implementation to fall back to, and the error says why neither could be loaded.
 *
 * @internal
 */
export function loadNative(platform: string, arch: string, load: (id: string) => unknown): Native {
  const names = platforms(platform, arch);
  const failures: string[] = [];
  for (const name of names) {
    for (const id of [`../native/didit-client.${name}.node`, `didit-client-${name}`]) {
      try {
        return load(id) as Native;
      } catch (error) {
        failures.push(`  ${id}: ${reason(error)}`);
      }
    }
  }
  throw new Error(
    `didit-client could not load its native module for ${names.join(" or ")} (Node.js ${process.version}).\n` +
      `${failures.join("\n")}\n` +
      'Build it in a clone of didit-client with "npm run build". If a bundler is at work, let it leave ' +
      "didit-client alone (in Next.js: serverExternalPackages).",
  );
}

/** The first line: the rest of a module error is a list of paths. */
function reason(error: unknown): string {
  const [line = ""] = String(error instanceof Error ? error.message : error).split("\n");
  return line;
}

/** @internal */
export const binding: Native = loadNative(process.platform, process.arch, require);
binding.silencePanics();
