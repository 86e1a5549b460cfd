// Everything that comes from outside becomes text, never markup.
const KEPT = 500;
const at = (id) => document.getElementById(id);
const entries = new Map();
let newest = 0;
let chosen = null;

/** An element with attributes and children; strings become text. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function say(text) {
  at("said").textContent = "";
  at("said").textContent = text;
}

const time = (seconds) => new Date(seconds * 1000).toISOString().slice(11, 23);

function title(entry) {
  if (entry.kind === "call") return `${entry.method} ${entry.path}`;
  return entry.delivery.webhook_type;
}

function subtitle(entry) {
  if (entry.kind === "call") return entry.operation ?? "not an operation";
  const { kind, attempt, request_url: url } = entry.delivery;
  const status = /"status":"([\w ]+)","timestamp"/.exec(entry.delivery.request_body)?.[1];
  return `${status ? `${status}, ` : ""}${kind === "send" ? "" : `${kind}, `}${attempt > 1 ? `attempt ${attempt}, ` : ""}to ${url}`;
}

function outcome(entry) {
  const status = entry.kind === "call" ? entry.status : entry.delivery.response_status;
  if (entry.lost) return { text: `${status}, lost`, tone: "bad" };
  const text = status === null || status === undefined ? (entry.delivery.note ?? "no answer") : String(status);
  return { text, tone: status >= 200 && status < 300 ? "good" : status >= 300 && status < 500 ? "open" : "bad" };
}

function row(entry) {
  const { text, tone } = outcome(entry);
  const button = make(
    "button",
    { type: "button", class: `row ${entry.kind}`, "data-number": entry.number, onclick: () => choose(entry.number) },
    make("span", { class: "when" }, time(entry.at)),
    make("span", { class: "kind" }, entry.kind === "call" ? "call" : "delivery"),
    make("span", { class: "what" }, make("b", {}, title(entry)), make("small", {}, subtitle(entry))),
    make("span", { class: `outcome ${tone}` }, text),
  );
  return make("li", { id: `entry-${entry.number}` }, button);
}

function matches(entry) {
  const kind = document.querySelector("input[name=kind]:checked").value;
  if (kind && kind !== entry.kind) return false;
  const wanted = at("filter").value.trim().toLowerCase();
  const session = entry.kind === "delivery" ? `${entry.delivery.session_id} ${entry.delivery.event_id}` : "";
  return (
    !wanted || `${title(entry)} ${subtitle(entry)} ${outcome(entry).text} ${session}`.toLowerCase().includes(wanted)
  );
}

function show(entry) {
  const item = row(entry);
  item.hidden = !matches(entry);
  at("entries").prepend(item);
}

function add(entry) {
  if (entries.has(entry.number)) return;
  entries.set(entry.number, entry);
  newest = Math.max(newest, entry.number);
  show(entry);
  while (entries.size > KEPT) {
    const [oldest] = entries.keys();
    entries.delete(oldest);
    at(`entry-${oldest}`)?.remove();
  }
  at("empty").hidden = true;
}

function filter() {
  for (const entry of entries.values()) at(`entry-${entry.number}`).hidden = !matches(entry);
}

async function json(path, options) {
  const answer = await fetch(path, options);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail ?? `${path} answered ${answer.status}`);
  return body;
}

/** Whether the list is being read, and whether it has to be read once more then. */
let isReading = false;
let again = false;
/** What came while the list was on its way, which may not have it. */
const meanwhile = [];

/** The list as the server has it: at the beginning, after an interruption, and when some were missed. */
async function reload() {
  again = true;
  if (isReading) return;
  isReading = true;
  let all;
  try {
    while (again) {
      again = false;
      meanwhile.length = 0;
      all = await json("/_dev/entries");
    }
  } finally {
    isReading = false;
  }
  const read = [...all, ...meanwhile];
  const known = new Set(read.map((entry) => entry.number));
  if (read.some((entry) => !entries.has(entry.number)) || [...entries.keys()].some((number) => !known.has(number))) {
    entries.clear();
    at("entries").replaceChildren();
    newest = 0;
    for (const entry of read) add(entry);
    at("empty").hidden = read.length > 0;
    mark();
  }
  await mail();
}

async function mail() {
  const codes = await json("/_dev/mail");
  at("mail").hidden = codes.length === 0;
  at("mail").replaceChildren(
    ...codes.map((one) => make("p", {}, "Code mailed to ", make("b", {}, one.email), ": ", make("code", {}, one.code))),
  );
}

function live(text, tone) {
  at("live").textContent = text;
  at("live").className = tone;
}

function listen() {
  const source = new EventSource("/_dev/stream");
  source.onopen = () => {
    live("live", "good");
    reload().catch((error) => live(error.message, "bad"));
  };
  source.onmessage = (message) => {
    const entry = JSON.parse(message.data);
    if (newest && entry.number !== newest + 1 && !entries.has(entry.number)) reload().catch(() => {});
    if (isReading) meanwhile.push(entry);
    add(entry);
    if (entry.kind === "call" && (entry.operation ?? "").startsWith("account.")) mail().catch(() => {});
  };
  source.onerror = () => live("interrupted; trying again", "bad");
}

function mark() {
  for (const button of document.querySelectorAll(".row[aria-current]")) button.removeAttribute("aria-current");
  at(`entry-${chosen}`)?.firstChild.setAttribute("aria-current", "true");
}

function table(headers) {
  const rows = headers.map(([name, value]) =>
    make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, value)),
  );
  return rows.length
    ? make("div", { class: "wide" }, make("table", {}, make("tbody", {}, ...rows)))
    : make("p", { class: "hint" }, "none");
}

/** A body as it is, or laid out for reading; numbers keep their digits, for only white space is added. */
function body(text) {
  if (!text) return make("p", { class: "hint" }, "none");
  const pre = make("pre", { tabindex: "0" }, text);
  if (!/^\s*[[{]/.test(text)) return pre;
  const laidOut = layOut(text);
  const toggle = make("button", { type: "button", "aria-pressed": "true" }, "laid out");
  pre.textContent = laidOut;
  toggle.addEventListener("click", () => {
    const raw = toggle.getAttribute("aria-pressed") === "true";
    toggle.setAttribute("aria-pressed", String(!raw));
    pre.textContent = raw ? text : laidOut;
  });
  return make("div", {}, toggle, pre);
}

function layOut(text) {
  let out = "";
  let depth = 0;
  const line = () => `\n${"  ".repeat(Math.max(depth, 0))}`;
  for (const token of text.match(/"(?:[^"\\]|\\.)*"?|[{}[\],:]|[^\s{}[\],:"]+/gs) ?? []) {
    if (token === "{" || token === "[") {
      depth += 1;
      out += token + line();
    } else if (token === "}" || token === "]") {
      depth -= 1;
      out = /[{[]\s*$/.test(out) ? out.trimEnd() + token : out + line() + token;
    } else if (token === ",") out += token + line();
    else if (token === ":") out += ": ";
    else out += token;
  }
  return out;
}

function section(name, ...children) {
  return make("section", {}, make("h3", {}, name), ...children);
}

function copies(found) {
  const names = { pytest: "pytest", node: "node:test", curl: "curl" };
  const pre = make("pre", { tabindex: "0", hidden: true });
  const button = ([key, name]) =>
    make("button", { type: "button", "data-copy": key, onclick: () => copy(found[key], name, pre) }, `Copy as ${name}`);
  return section("Copy as test", make("div", { class: "buttons" }, ...Object.entries(names).map(button)), pre);
}

async function copy(text, name, pre) {
  pre.hidden = false;
  pre.textContent = text;
  try {
    await navigator.clipboard.writeText(text);
    say(`Copied as ${name}.`);
  } catch {
    // Without the right to write the clipboard it can still be copied by hand.
    getSelection().selectAllChildren(pre);
    pre.focus();
    say("Press Ctrl+C to copy the selected text.");
  }
}

function difference(found) {
  if (found.canonical.error) return make("p", {}, `There is no canonical form: ${found.canonical.error}.`);
  const parts = found.canonical.diff;
  const sizes = `${found.received.bytes} bytes received, ${found.canonical.bytes} canonical.`;
  if (parts.every((part) => part.kind === "same")) return make("p", { class: "equal" }, `${sizes} They are the same.`);
  const tags = { same: "span", removed: "del", added: "ins" };
  // Only the surroundings of what differs are worth reading.
  const short = (text) => (text.length > 400 ? `${text.slice(0, 160)} … ${text.slice(-160)}` : text);
  const shown = parts.map((part) =>
    make(
      tags[part.kind],
      {},
      part.kind === "same" ? short(part.text) : part.text.replaceAll("\n", "↵\n").replaceAll("\t", "⇥"),
    ),
  );
  return make("div", {}, make("p", { class: "hint" }, sizes), make("pre", { class: "diff", tabindex: "0" }, ...shown));
}

function verdict(found) {
  const { verdict: word, cause, confidence, summary, cure, error } = found.verdict;
  if (error) return section("Verdict", make("p", {}, error));
  const good = word === "genuine";
  return section(
    "Verdict",
    make("p", { class: `verdict ${good ? "good" : "bad"}` }, make("b", {}, word), ` · ${cause}, ${confidence}`),
    make("p", {}, summary),
    good ? null : make("p", {}, cure),
    make("p", { class: "hint" }, `As of ${new Date(found.judged_at * 1000).toISOString()}, when it was sent.`),
  );
}

async function resend(id) {
  try {
    await json(`/_dev/deliveries/${encodeURIComponent(id)}/resend`, { method: "POST" });
    say("Sent again; the new attempt appears in the list.");
  } catch (error) {
    say(`It could not be sent again: ${error.message}`);
  }
}

async function choose(number) {
  const entry = entries.get(number);
  if (!entry) return;
  chosen = number;
  mark();
  const call = entry.kind === "call";
  const { text, tone } = outcome(entry);
  const close = make("button", { type: "button", class: "close", onclick: leave }, "Back to the list");
  const head = make("h2", {}, title(entry), " ", make("span", { class: `outcome ${tone}` }, text));
  const parts = call ? callParts(entry) : deliveryParts(entry.delivery);
  const examined = make("div", { "aria-busy": "true" }, make("p", { class: "hint" }, "Examining …"));
  at("detail").replaceChildren(
    close,
    head,
    make("p", { class: "hint" }, `${time(entry.at)} · ${subtitle(entry)}`),
    ...(call ? [...parts, examined] : [parts[0], examined, ...parts.slice(1)]),
  );
  document.body.classList.add("reading");
  at("detail").focus({ preventScroll: true });
  at("detail").scrollTop = 0;
  const path = call
    ? `/_dev/calls/${number}/inspect`
    : `/_dev/deliveries/${encodeURIComponent(entry.delivery.uuid)}/inspect`;
  try {
    const found = await json(path);
    if (chosen !== number) return;
    examined.replaceChildren(
      ...(call ? [] : [verdict(found), section("Received against canonical bytes", difference(found))]),
      copies(found.copies),
    );
  } catch (error) {
    examined.replaceChildren(make("p", {}, error.message));
  }
  examined.removeAttribute("aria-busy");
}

function callParts(entry) {
  return [
    section("Request headers", table(entry.request_headers)),
    section("Request body", body(entry.request_body)),
    section(`Answer: ${entry.status} in ${entry.micros} µs`, table(entry.response_headers), body(entry.response_body)),
  ];
}

function deliveryParts(delivery) {
  const took = delivery.response_time_ms === null ? "" : ` in ${delivery.response_time_ms} ms`;
  return [
    make(
      "div",
      { class: "buttons" },
      make(
        "button",
        { type: "button", class: "primary", id: "resend", onclick: () => resend(delivery.uuid) },
        "Resend",
      ),
      make("span", { class: "hint" }, `${delivery.status}${took}, delivery ${delivery.uuid}`),
    ),
    section("Headers", table(Object.entries(JSON.parse(delivery.request_header)))),
    section("Body as sent", body(delivery.request_body)),
  ];
}

function leave() {
  document.body.classList.remove("reading");
  at(`entry-${chosen}`)?.firstChild.focus();
}

at("filter").addEventListener("input", filter);
for (const radio of document.querySelectorAll("input[name=kind]")) radio.addEventListener("change", filter);
at("entries").addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const rows = [...document.querySelectorAll("#entries li:not([hidden]) > .row")];
  const next = rows[rows.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
  if (next) {
    event.preventDefault();
    next.focus();
  }
});
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && document.body.classList.contains("reading")) leave();
});
listen();
