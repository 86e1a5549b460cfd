//! The one table, and every statement that touches it. PostgreSQL and SQLite differ in their clocks only.
//!
//! The time is always the server's: workers whose clocks differ cannot take each other's leases.

use super::limits::check_table;

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// PostgreSQL 12 and later: times are `timestamptz`.
    Postgres,
    /// SQLite 3.35 and later: times are text such as `2026-01-31 23:59:59.123`, in UTC.
    Sqlite,
}

/// How a driver wants its parameters to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placeholders {
    /// `:name`: SQLAlchemy, SQLite.
    Colon,
    /// `%(name)s`: psycopg.
    Pyformat,
    /// `$1`: node-postgres.
    Numbered,
}

/// A statement, and the names of its parameters in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What it is for.
    pub name: &'static str,
    /// Its text.
    pub text: String,
    /// Its parameters: `key`, `namespace`, `event_id`, `token`, `lease` (milliseconds), `retention` (seconds).
    pub parameters: Vec<&'static str>,
}

const CREATE: &str = "CREATE TABLE IF NOT EXISTS {table} (
    key varchar(255) NOT NULL PRIMARY KEY,
    namespace varchar(100) NOT NULL,
    event_id varchar(150) NOT NULL,
    state varchar(10) NOT NULL,
    token varchar(64) NOT NULL,
    attempts integer NOT NULL,
    lease_until {time} NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL
){clustered}";

const INDEX: &str = "CREATE INDEX IF NOT EXISTS {index} ON {table} (updated_at)";

/// One row comes back if the event was claimed, none if it is done or in flight.
const TAKE: &str = "INSERT INTO {table} AS held
    (key, namespace, event_id, state, token, attempts, lease_until, created_at, updated_at)
VALUES (:key, :namespace, :event_id, 'claimed', {token}, 1, {lease_end}, {now}, {now})
ON CONFLICT (key) DO UPDATE SET
    state = 'claimed', token = excluded.token, attempts = held.attempts + 1,
    lease_until = excluded.lease_until, updated_at = excluded.updated_at
WHERE held.state = 'released' OR (held.state = 'claimed' AND held.lease_until <= {now})
RETURNING attempts, token";

/// One row: `new` with the number of attempts, or the state of the event. No row at all if another transaction
/// made it a moment ago: it is in flight.
const CLAIM: &str = "WITH taken AS (
{take}
)
SELECT 'new' AS state, attempts FROM taken
UNION ALL
SELECT state, attempts FROM {table} WHERE key = :key AND NOT EXISTS (SELECT 1 FROM taken)";

/// A row that is locked belongs to a transaction that is about to complete: there is nothing to wait for.
const RENEW: &str = "UPDATE {table} SET lease_until = {lease_end}, updated_at = {now}
WHERE key = (SELECT key FROM {table} WHERE key = :key AND token = :token AND state = 'claimed'{skip_locked})";

const COMPLETE: &str = "UPDATE {table} SET state = 'done', updated_at = {now}
WHERE key = :key AND token = :token AND state = 'claimed'";

const RELEASE: &str = "UPDATE {table} SET state = 'released', lease_until = {now}, updated_at = {now}
WHERE key = :key AND token = :token AND state = 'claimed'";

const STATE: &str = "SELECT state FROM {table} WHERE key = :key";

const PURGE: &str = "DELETE FROM {table} WHERE updated_at <= {retained}
AND (state <> 'claimed' OR lease_until <= {now})";

/// `claimed` rows are two: those whose lease runs, and those that it has left.
const COUNTS: &str = "SELECT
    CASE WHEN state = 'claimed' AND lease_until > {now} THEN 'in_flight'
         WHEN state = 'claimed' THEN 'expired' ELSE state END AS name,
    count(*) AS events
FROM {table} GROUP BY 1";

/// All statements, as one driver wants them.
///
/// # Errors
///
/// A message for the developer if `table` cannot be the name of a table.
pub fn statements(dialect: Dialect, placeholders: Placeholders, table: &str) -> Result<Vec<Statement>, String> {
    let table = check_table(table)?;
    let index = format!("{}_updated_at", table.rsplit('.').next().unwrap_or(table));
    let [token, clustered, skip_locked, time, now, lease_end, retained] = match dialect {
        Dialect::Postgres => [
            ":token",
            "",
            " FOR UPDATE SKIP LOCKED",
            "timestamptz",
            "clock_timestamp()",
            "clock_timestamp() + CAST(:lease AS double precision) * interval '1 millisecond'",
            "clock_timestamp() - CAST(:retention AS double precision) * interval '1 second'",
        ],
        Dialect::Sqlite => [
            // One statement less for each claim, and one tree less for each row.
            "lower(hex(randomblob(16)))",
            " WITHOUT ROWID",
            "",
            "text",
            "strftime('%Y-%m-%d %H:%M:%f', 'now')",
            "strftime('%Y-%m-%d %H:%M:%f', 'now', printf('+%.3f seconds', :lease / 1000.0))",
            "strftime('%Y-%m-%d %H:%M:%f', 'now', printf('-%d seconds', :retention))",
        ],
    };
    let texts = [
        ("create", CREATE),
        ("index", INDEX),
        // SQLite has no INSERT inside a query; there the state is asked for next, under the same lock or later.
        ("claim", if dialect == Dialect::Postgres { CLAIM } else { TAKE }),
        ("renew", RENEW),
        ("complete", COMPLETE),
        ("release", RELEASE),
        ("state", STATE),
        ("purge", PURGE),
        ("counts", COUNTS),
    ];
    Ok(texts
        .into_iter()
        .map(|(name, text)| {
            let text = text
                .replace("{take}", TAKE)
                .replace("{table}", table)
                .replace("{index}", &index)
                .replace("{time}", time)
                .replace("{lease_end}", lease_end)
                .replace("{retained}", retained)
                .replace("{now}", now)
                .replace("{token}", token)
                .replace("{clustered}", clustered)
                .replace("{skip_locked}", skip_locked);
            let (text, parameters) = placed(&text, placeholders);
            Statement { name, text, parameters }
        })
        .collect())
}

const PARAMETERS: [&str; 6] = ["event_id", "key", "lease", "namespace", "retention", "token"];

/// Writes `:name` as the driver wants it.
fn placed(text: &str, placeholders: Placeholders) -> (String, Vec<&'static str>) {
    let mut placed = String::with_capacity(text.len());
    let mut parameters: Vec<&'static str> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(':') {
        let (before, after) = rest.split_at(at);
        placed.push_str(before);
        let after = after.get(1..).unwrap_or_default();
        let length = after.bytes().take_while(|byte| byte.is_ascii_lowercase() || *byte == b'_').count();
        let (word, behind) = after.split_at(length);
        rest = behind;
        let Some(name) = PARAMETERS.into_iter().find(|name| *name == word) else {
            placed.push(':');
            placed.push_str(word);
            continue;
        };
        let number = parameters.iter().position(|known| *known == name).unwrap_or_else(|| {
            parameters.push(name);
            parameters.len().saturating_sub(1)
        });
        match placeholders {
            Placeholders::Colon => placed.push_str(&format!(":{name}")),
            Placeholders::Pyformat => placed.push_str(&format!("%({name})s")),
            Placeholders::Numbered => placed.push_str(&format!("${}", number.saturating_add(1))),
        }
    }
    placed.push_str(rest);
    (placed, parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(dialect: Dialect, placeholders: Placeholders, name: &str) -> Statement {
        let all = statements(dialect, placeholders, "app.events").unwrap();
        all.into_iter().find(|statement| statement.name == name).unwrap()
    }

    #[test]
    fn parameters_are_written_as_the_driver_wants_them() {
        let complete = one(Dialect::Postgres, Placeholders::Numbered, "complete");
        assert!(complete.text.contains("key = $1 AND token = $2") && complete.parameters == ["key", "token"]);
        let complete = one(Dialect::Postgres, Placeholders::Pyformat, "complete");
        assert!(complete.text.contains("key = %(key)s AND token = %(token)s"));
        // The times of SQLite are full of colons and per cent signs, which are no parameters.
        let purge = one(Dialect::Sqlite, Placeholders::Colon, "purge");
        assert!(purge.text.contains("%H:%M:%f") && purge.parameters == ["retention"]);
    }

    #[test]
    fn nothing_but_a_name_can_be_a_table() {
        for name in ["", "a b", "a;drop table b", "a.b.c", "1a", "\"a\""] {
            assert!(statements(Dialect::Postgres, Placeholders::Colon, name).is_err(), "{name}");
        }
    }
}
