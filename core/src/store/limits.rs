//! How long a claim holds, and how long an event is remembered.

/// How long a claim holds unless it is renewed.
pub const DEFAULT_LEASE_MS: u64 = 30_000;

/// When Didit first repeats a delivery that failed: about a minute later. A lease has to end before that, or the
/// repetition would find the claim of a dead worker, and there is only one more.
pub const FIRST_RETRY_MS: u64 = 60_000;

/// How long an event is remembered: 30 days, so that a resend from the console days later is a duplicate still.
pub const DEFAULT_RETENTION_SECONDS: u64 = 30 * 24 * 60 * 60;

/// The lease in milliseconds, or why it cannot be one.
///
/// # Errors
///
/// A message for the developer.
pub fn check_lease(milliseconds: u64) -> Result<u64, String> {
    if (1..FIRST_RETRY_MS).contains(&milliseconds) {
        Ok(milliseconds)
    } else {
        Err("lease: more than 0 and less than 60 seconds, because Didit first repeats a delivery after a minute, \
             and must not find the claim of a worker that died"
            .to_owned())
    }
}

/// The retention in seconds, if it is at least as long as one and the same delivery can pass the verifier.
///
/// # Errors
///
/// A message for the developer.
pub fn check_retention(seconds: u64, max_age: u64, max_future: u64) -> Result<u64, String> {
    let window = max_age.saturating_add(max_future);
    if seconds >= window {
        Ok(seconds)
    } else {
        Err(format!(
            "retention: at least {window} seconds (max_age and max_future together), because that long a delivery \
             can be sent again and still be fresh"
        ))
    }
}

/// A table's name, perhaps with a schema before it, that can stand in SQL as it is.
///
/// # Errors
///
/// A message for the developer.
pub fn check_table(name: &str) -> Result<&str, String> {
    let word = |part: &str| {
        let mut bytes = part.bytes();
        bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && part.len() <= 63
    };
    if name.split('.').count() <= 2 && name.split('.').all(word) {
        Ok(name)
    } else {
        Err("table: letters, digits and underscores, perhaps with a schema and a dot before them".to_owned())
    }
}
