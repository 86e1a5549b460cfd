// Didit webhooks with Express: the webhook half of Didit's guide, on didit-client.
//
//     DIDIT_WEBHOOK_SECRET="..." node app.js

const { errorHandler, webhook } = require("didit-client/express");
const { SQLiteStore } = require("didit-client/store");
const express = require("express");

// Without a secret this throws, so the app does not start. During a rotation the old secret stays valid beside the new.
// The store recognises repetitions, also after a restart and in all processes of this machine.
const previousSecret = process.env.DIDIT_WEBHOOK_SECRET_PREVIOUS;
const didit = webhook({
  secrets: [process.env.DIDIT_WEBHOOK_SECRET ?? "", ...(previousSecret ? [previousSecret] : [])],
  store: new SQLiteStore(process.env.DIDIT_STORE ?? "didit.db"),
  log: (level, message) => console[level](message),
});

const app = express();

// Runs once for each event. If it throws, Didit gets a 500, and its retry finds the event new.
app.post("/api/webhook", didit, (req, res) => {
  const { event, verified } = req.didit;
  actOn(event);
  // Didit looks at the status alone; the rest is for whoever tries this example.
  res.json({ received: true, duplicate: false, type: event.type, outcome: event.outcome, scheme: verified.scheme });
});
app.use(errorHandler());

/**
 * Your own work: update the database here.
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

const server = app.listen(Number(process.env.PORT ?? 3000), process.env.HOST, (error) => {
  if (error) throw error;
  console.log(`listening on port ${server.address().port}`);
});
