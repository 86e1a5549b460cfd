// The routes: both halves of Didit's guide, on didit-client.
import { type Didit, parseCallback, statuses } from "didit-client";
import { errorHandler, type Log, webhook } from "didit-client/express";
import { RedisStore } from "didit-client/store";
import express, { type Express, type Request } from "express";
import type { Redis } from "ioredis";
import { Accounts } from "./accounts.js";
import type { Settings } from "./settings.js";

const START = `<!doctype html><meta charset="utf-8"><title>Verification</title><button>Verify me</button><script>
document.querySelector("button").onclick = async () => {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch("/api/verify", { method: "POST", headers, body: '{"user_id":"user-123"}' });
  location = (await answer.json()).verification_url;
};
</script>`;

export function makeApp(didit: Didit, redis: Redis, settings: Settings): Express {
  const accounts = new Accounts(redis);
  // Redis remembers which events are done, for all machines. Without a secret this throws.
  const genuine = webhook({
    secrets: settings.webhookSecrets,
    store: new RedisStore(redis),
    environments: ["live"], // An approval in the sandbox opens no door.
    log,
  });
  const app = express();

  // Runs once for each event. If it throws, Didit gets a 500, and its retry finds the event free.
  app.post("/api/webhook", genuine, async (req, res) => {
    const { event, verified } = req.didit;
    const verdict = await accounts.apply(verified);
    if (verdict === "newer" || verdict === "revoked") {
      // Your own work: send a mail, open the account. It can happen again if this process dies before it is recorded.
      console.info(`session ${event.session_id}: ${event.outcome}`);
    }
    res.json({ received: true, verdict });
  });

  app.get("/", (_req, res) => {
    res.send(START);
  });

  // Begins a verification: the page sends the user to verification_url, an app gives session_token to Didit's SDK.
  app.post("/api/verify", express.json(), async (req, res) => {
    // Take it from your login session in production: here everybody may say who they are.
    const user: unknown = req.body?.user_id;
    if (typeof user !== "string" || user === "") {
      res.status(400).json({ error: "user_id is missing" });
      return;
    }
    const callback = `${settings.appUrl}/verification-complete`;
    // So that Didit's events say which user they are about.
    const session = await didit.sessions.create({ vendor_data: user, callback });
    // So that the pages below show a verification only to the browser that began it.
    const cookie = await accounts.begin({ user, session: session.session_id });
    const secure = settings.appUrl.startsWith("https:");
    res.cookie("verification", cookie, { httpOnly: true, sameSite: "lax", secure });
    res.json({ verification_url: session.url, session_token: session.session_token });
  });

  // Shows the user how it went. Anybody can write this address, so what it claims is not believed.
  app.get("/verification-complete", async (req, res) => {
    const begun = await accounts.begun(cookieOf(req, "verification"));
    if (begun === undefined || parseCallback(req.url).sessionId !== begun.session) {
      res.status(403).json({ error: "not_your_session" });
      return;
    }
    const { status } = await didit.sessions.decision(begun.session);
    // One of six words, whatever Didit answers, so that nothing has to be escaped.
    res.send(`<!doctype html><h1>Verification: ${statuses.outcome(status ?? "")}</h1>`);
  });

  // What the webhooks have said of the user so far: for a page that waits.
  app.get("/api/verification", async (req, res) => {
    const begun = await accounts.begun(cookieOf(req, "verification"));
    if (begun === undefined) {
      res.status(403).json({ error: "not_your_session" });
      return;
    }
    res.json({ outcome: await accounts.outcome(begun.user) });
  });

  // A call that failed: the browser learns the code, the log the hint. Neither contains personal data.
  app.use(errorHandler({ log }));
  return app;
}

const log: Log = (level, message, facts) => console[level](message, JSON.stringify(facts));

function cookieOf(req: Request, name: string): string {
  const found = (req.headers.cookie ?? "").split("; ").find((cookie) => cookie.startsWith(`${name}=`));
  return found?.slice(name.length + 1) ?? "";
}
