// Searches all that the tests of the Node package have written and logged, their servers included, for personal data
// and secrets: `node tests/node/logged/search.mjs FOLDER`, after a run with collect.mjs.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { hmac, readJson, root, SECRET } from "../support.mjs";

/** The names of what is about a person. */
const PERSONAL = /^(first|last|full|middle)_name$|number$|^date_of_birth$|email|phone|address|^vendor_data$/;
/** What the tests call their invented persons. */
const INVENTED = ["Jane Sample", "Ottilie", "Sekretova", "X4RTBPFW46"];

/** Every text below a name that matches, long enough not to be found in other words. */
function texts(value, pattern, name = "") {
  if (typeof value === "string") return pattern.test(name) && value.length >= 8 ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => texts(member, pattern, Array.isArray(value) ? name : key));
}

/** What is a word of everyday life, and was given as a secret by mistake, is none. */
function secretive(cases) {
  const isWord = ({ expect }) => ["secret_placeholder", "secret_unexpanded"].includes(expect?.cause);
  return Array.isArray(cases) ? cases.filter((one) => !isWord(one)) : cases;
}

/** What must not be found. */
export function forbidden() {
  const fixtures = readdirSync(join(root, "tests", "fixtures")).map((name) => readJson(`tests/fixtures/${name}`));
  const secrets = readdirSync(join(root, "tests", "vectors"))
    .filter((name) => name.endsWith(".json"))
    .flatMap((name) => texts(secretive(readJson(`tests/vectors/${name}`)), /^secrets?$/));
  return [...new Set([SECRET, ...INVENTED, ...secrets, ...texts(fixtures, PERSONAL)])];
}

/** What of it is found in a text; a signature counts, but not the hash that stands in for the id of an event. */
export function found(text, words) {
  const signatures = text.match(/(?<!sha256:|sha512-|[0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g) ?? [];
  return [...words.filter((word) => text.includes(word)), ...signatures];
}

function main(folder) {
  const words = forbidden();
  const planted = `... ${words[0]} ... ${words.at(-1)} ... ${hmac("x")} ...`;
  if (found(planted, words).length < 3 || found(`sha256:${hmac("x")}`, words).length > 0) {
    throw new Error("the search does not find what it is to find");
  }
  const files = readdirSync(folder);
  const written = files.map((name) => readFileSync(join(folder, name), "latin1"));
  const lines = written.join("\n").match(/"code":"/g) ?? [];
  if (lines.length < 100) {
    throw new Error(`there are only ${lines.length} lines of receivers in ${folder}`);
  }
  const bad = files.flatMap((name, at) =>
    found(Buffer.from(written[at], "latin1").toString(), words).map((word) => {
      const text = Buffer.from(written[at], "latin1").toString();
      const place = text.indexOf(word);
      return `${name}: ${JSON.stringify(text.slice(Math.max(0, place - 120), place + word.length + 40))}`;
    }),
  );
  if (bad.length > 0) {
    throw new Error(`personal data or secrets were written:\n${bad.join("\n")}`);
  }
  const bytes = written.reduce((sum, text) => sum + text.length, 0);
  console.log(`${words.length} words and every signature looked for in ${bytes} bytes, ${lines.length} log lines`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main(process.argv[2]);
}
