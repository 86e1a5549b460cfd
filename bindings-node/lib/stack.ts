/** How V8 writes one frame: `at name (place:line:column)`, `at place:line:column`, `at async Promise.all (index 0)`. */
const FRAME = /^\s+at .*(?::\d+:\d+|native|<anonymous>|index \d+)\)?$/;

/** How many causes of causes are followed. */
const DEEPEST = 5;

/**
 * Where an error was made: files, lines and names of functions, for the error and its causes, with the class of each
 * cause. Not their messages, which belong to the program and may quote anything.
 *
 * @internal
 */
export function stackOf(error: unknown): string | undefined {
  const parts: string[] = [];
  try {
    for (let at = error, depth = 0; at instanceof Error && depth <= DEEPEST; at = at.cause, depth++) {
      const frames = framesOf(at);
      if (depth > 0) {
        parts.push(`  caused by ${at.name}`);
      }
      parts.push(...frames);
    }
  } catch {
    // The properties of an error can be getters of the program's own.
  }
  return parts.length === 0 ? undefined : parts.join("\n");
}

function framesOf({ stack, message }: Error): string[] {
  if (typeof stack !== "string") {
    return [];
  }
  // The message stands first, and its own lines may look like frames.
  const start = message === "" ? -1 : stack.indexOf(message);
  const lines = (start === -1 ? stack : stack.slice(start + message.length)).split("\n");
  // From the end, for the same reason: a message can have been changed since the stack was made.
  const first = lines.findLastIndex((line) => !FRAME.test(line));
  return lines.slice(first + 1).map((line) => `    ${line.trim()}`);
}
