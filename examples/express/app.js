// Didit webhooks with Express: the webhook half of Didit's guide, on didit-client.
//
//     DIDIT_WEBHOOK_SECRET="..." node app.js

const { createHash } = require("node:crypto");
const { DiditError, Verifier } = require("didit-client");
const express = require("express");

const MAX_BODY = 1_048_576;
const REMEMBERED = 100_000;

// Without a secret this throws, so the app does not start. During a rotation the old secret stays valid beside the new.
const previousSecret = process.env.DIDIT_WEBHOOK_SECRET_PREVIOUS;
const verifier = new Verifier({
  secrets: [process.env.DIDIT_WEBHOOK_SECRET ?? "", ...(previousSecret ? [previousSecret] : [])],
  maxBody: MAX_BODY,
});

// Didit repeats an event_id when it retries and when several destinations receive the event. This memory is lost on a
// restart and not shared between processes: in production the ids belong in the database, written together with your
// own change. It must hold the ids of at least ten minutes: that long a delivery can be sent again and still be fresh.
const processed = new Set();

const app = express();

// express.raw and not express.json: the signature needs the bytes as they came. It stops reading behind the limit.
app.post("/api/webhook", express.raw({ type: () => true, limit: MAX_BODY }), (req, res) => {
  // headersDistinct keeps a header that was sent twice as two values; req.headers would do as well.
  const verified = verifier.verify(req.body ?? Buffer.alloc(0), req.headersDistinct);

  const { event } = verified;
  // Only older versions of Didit's payload have no event_id; the signed bytes stand in for it there.
  const key = event.event_id || createHash("sha256").update(verified.bytes).digest("hex");
  const duplicate = processed.has(key);
  if (!duplicate) {
    actOn(event);
    // Only now: had actOn() failed, Didit would have got a 500, and its retry must find the event new.
    remember(key);
  }

  // Didit looks at the status alone; the rest is for whoever tries this example.
  res.json({ received: true, duplicate, type: event.type, outcome: event.outcome, scheme: verified.scheme });
});

// Express hands every error to this function, those of verify() and those of express.raw.
app.use((error, _req, res, _next) => {
  if (error instanceof DiditError) {
    // The sender learns the code; the hint is for you, and neither contains personal data.
    console.warn(`webhook refused: ${error.code}. ${error.hint}`);
    res.status(error.httpStatus).json({ error: error.code });
  } else if (error.type === "entity.too.large") {
    console.warn("webhook refused: body_too_large");
    res.status(413).json({ error: "body_too_large" });
  } else {
    console.error(error);
    res.status(error.status ?? 500).json({ error: error.type ?? "internal_error" });
  }
});

/**
 * Your own work. Didit waits five seconds: update the database here and leave anything slow to a queue.
 * Deliveries can overtake each other: compare event.created_at before you overwrite a newer state.
 */
function actOn(event) {
  if (event.environment !== "live") return; // An approval in the sandbox must open no door.
  switch (event.outcome) {
    case "granted":
      console.log(`session ${event.session_id}: let the user in`);
      break;
    case "denied":
    case "revoked":
      console.log(`session ${event.session_id}: keep the user out`);
      break;
    case "pending":
    case "retry":
      console.log(`session ${event.session_id}: ${event.status}, wait`);
      break;
    default:
      console.log(`${event.webhook_type}: nothing to decide`);
  }
}

function remember(key) {
  processed.add(key);
  if (processed.size > REMEMBERED) processed.delete(processed.values().next().value);
}

const server = app.listen(Number(process.env.PORT ?? 3000), process.env.HOST, (error) => {
  if (error) throw error;
  console.log(`listening on port ${server.address().port}`);
});
