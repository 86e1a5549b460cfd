-- The emulator's state. Times are whole Unix seconds of the emulated clock; members named like JSON hold JSON texts.
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS applications (
  id TEXT PRIMARY KEY,
  organization TEXT NOT NULL,
  name TEXT NOT NULL,
  client_id TEXT NOT NULL UNIQUE,
  api_key TEXT NOT NULL UNIQUE,
  environment TEXT NOT NULL,
  credits INTEGER,
  details TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS accounts (
  email TEXT PRIMARY KEY,
  password TEXT NOT NULL,
  code TEXT,
  code_expires INTEGER,
  code_sent INTEGER,
  verified INTEGER NOT NULL DEFAULT 0,
  organization TEXT,
  failures INTEGER NOT NULL DEFAULT 0,
  locked_until INTEGER
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS tokens (
  token TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS sessions (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  token TEXT NOT NULL UNIQUE,
  application TEXT NOT NULL,
  generation TEXT NOT NULL,
  kind TEXT NOT NULL,
  workflow_id TEXT NOT NULL,
  workflow_version INTEGER NOT NULL,
  status TEXT NOT NULL,
  vendor_data TEXT,
  callback TEXT,
  callback_method TEXT NOT NULL,
  language TEXT,
  metadata TEXT,
  contact_details TEXT,
  expected_details TEXT,
  scenario TEXT,
  features TEXT NOT NULL,
  checks TEXT,
  reviews TEXT NOT NULL DEFAULT '[]',
  resubmit_info TEXT,
  created_at INTEGER NOT NULL,
  deadline INTEGER
);
CREATE INDEX IF NOT EXISTS sessions_of_a_user ON sessions (application, vendor_data) WHERE vendor_data IS NOT NULL;
CREATE INDEX IF NOT EXISTS sessions_by_deadline ON sessions (deadline) WHERE deadline IS NOT NULL;

CREATE TABLE IF NOT EXISTS destinations (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  application TEXT NOT NULL,
  label TEXT NOT NULL,
  url TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  version TEXT NOT NULL,
  events TEXT NOT NULL,
  secret TEXT NOT NULL,
  hidden INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (application, url, hidden)
);

CREATE TABLE IF NOT EXISTS deliveries (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  destination TEXT NOT NULL,
  event_id TEXT NOT NULL,
  event_type TEXT NOT NULL,
  session_id TEXT,
  attempt INTEGER NOT NULL,
  kind TEXT NOT NULL,
  url TEXT NOT NULL,
  headers TEXT NOT NULL,
  body TEXT NOT NULL,
  status TEXT NOT NULL,
  response_status INTEGER,
  response_time INTEGER,
  note TEXT,
  created_at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS deliveries_of_a_destination ON deliveries (destination, position);

-- Everything whose state is the document itself: workflows, lists, users, transactions and so on.
CREATE TABLE IF NOT EXISTS documents (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  application TEXT NOT NULL,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  parent TEXT NOT NULL DEFAULT '',
  content TEXT NOT NULL,
  UNIQUE (application, kind, id)
);
CREATE INDEX IF NOT EXISTS documents_of_a_kind ON documents (application, kind, parent, position);
