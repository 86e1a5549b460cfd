//! What a web framework's adapter answers: one table for all of them.
//!
//! An adapter reads the request, asks [`refuse_request`] before it reads the body, verifies, claims, runs the
//! application's handler, completes, and answers. Whatever it decides on that way stands here.

use crate::Code;

macro_rules! answers {
    ($($variant:ident $name:literal $status:literal $meaning:literal;)*) => {
        /// How an adapter answers a delivery that was not refused for one of the error [`Code`]s.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Answer {
            $(#[doc = $meaning] $variant,)*
        }

        impl Answer {
            /// Every answer.
            pub const ALL: &[Answer] = &[$(Answer::$variant,)*];

            /// The stable name: what an error answer carries as `error`, and what the log says.
            pub const fn as_str(self) -> &'static str {
                match self { $(Answer::$variant => $name,)* }
            }

            /// The HTTP status. Didit repeats a delivery after 404, 5xx or silence, and gives it up after
            /// any other 4xx.
            pub const fn status(self) -> u16 {
                match self { $(Answer::$variant => $status,)* }
            }

            /// What happened.
            pub const fn meaning(self) -> &'static str {
                match self { $(Answer::$variant => $meaning,)* }
            }
        }
    };
}

answers! {
    Done "done" 200 "the handler has done the event, and the store has recorded it";
    Accepted "accepted" 202 "handed off: `hand_off` has taken the event over, and the store has recorded that; the handler was not called";
    Duplicate "duplicate" 200 "the event was done before; the handler was not called";
    Ignored "ignored" 200 "genuine, but of a type that the route does not handle; the handler was not called";
    OtherEnvironment "other_environment" 200 "genuine, but from an environment that the route does not accept; the handler was not called";
    InFlight "in_flight" 503 "another worker is doing the event; Didit's next attempt finds it done, or free";
    Slow "slow" 503 "the handler has not ended in time; it goes on, and Didit's next attempt finds the event done, or free";
    StoreUnavailable "store_unavailable" 503 "the store of processed events gave no answer, so that nothing is sure";
    HandlerFailed "handler_failed" 500 "the handler failed; the event is free again";
    HandOffFailed "hand_off_failed" 503 "`hand_off` did not take the event over; the event is free again";
    BodyConsumed "body_consumed" 500 "something before the adapter has read the body and left nothing of it";
    MethodNotAllowed "method_not_allowed" 405 "Didit delivers with POST only";
    UnsupportedEncoding "unsupported_encoding" 415 "Didit sends bodies without a Content-Encoding";
    BodyTooLarge "body_too_large" 413 "the body is longer than the route accepts; it was not read to its end";
}

/// How long a handler may take before the adapter answers for it: Didit waits 5 seconds.
pub const SLOW_AFTER_MS: u64 = 4_500;

/// How long Didit waits for an answer: a handler that may take longer has been given up before it ends.
pub const PATIENCE_MS: u64 = 5_000;

/// From here on a time in seconds was most likely meant in milliseconds: no handler is given a minute on purpose.
const MEANT_AS_MILLISECONDS: f64 = 60.0;

/// What is odd about the time after which a handler is slow, although it is possible; a long one is most often in
/// milliseconds.
pub fn odd_slow_after(milliseconds: u64) -> Option<String> {
    (milliseconds > PATIENCE_MS).then(|| {
        #[expect(clippy::cast_precision_loss, reason = "a time of 2^53 milliseconds is shown well enough")]
        let seconds = milliseconds as f64 / 1000.0;
        let unit = if seconds < MEANT_AS_MILLISECONDS { "" } else { "; it is in seconds, not milliseconds" };
        format!(
            "slow_after is {seconds} seconds, but Didit waits only 5 for an answer, and takes silence for a failure{unit}"
        )
    })
}

/// How many secrets a function of the request may return: each costs an attacker's request another MAC.
pub const MAX_SECRETS: usize = 4;

/// Refuses a request by what is known before its body is read.
///
/// `encoding` and `length` are the values of `Content-Encoding` and `Content-Length`, where the request has them.
/// A body without a length has to be counted while it is read.
pub fn refuse_request(method: &str, encoding: Option<&str>, length: Option<&str>, max_body: u64) -> Option<Answer> {
    if method != "POST" {
        return Some(Answer::MethodNotAllowed);
    }
    let plain = |coding: &str| matches!(coding.trim(), "") || coding.trim().eq_ignore_ascii_case("identity");
    if !encoding.unwrap_or_default().split(',').all(plain) {
        return Some(Answer::UnsupportedEncoding);
    }
    match length.map(|digits| digits.trim().parse::<u64>()) {
        // Servers refuse a length that is none; whatever comes through is counted while it is read.
        None | Some(Err(_)) => None,
        Some(Ok(length)) => (length > max_body).then_some(Answer::BodyTooLarge),
    }
}

/// Whether something before the adapter has read the body, or a part of it: less is left than `Content-Length` announced.
///
/// A server hands on what it was announced or nothing at all. A body without a length tells nothing.
pub fn body_was_read(length: Option<&str>, left: u64) -> bool {
    length.and_then(|digits| digits.trim().parse::<u64>().ok()).is_some_and(|announced| announced > left)
}

/// The answer to a delivery that the verifier refused, where that is not simply an error: a genuine delivery from
/// another environment is acknowledged, because repeating it would change nothing.
pub fn answer_to(code: Code) -> Option<Answer> {
    match code {
        Code::WrongEnvironment => Some(Answer::OtherEnvironment),
        Code::BodyTooLarge => Some(Answer::BodyTooLarge),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handler_that_may_take_longer_than_didit_waits_is_odd() {
        assert_eq!((odd_slow_after(SLOW_AFTER_MS), odd_slow_after(PATIENCE_MS)), (None, None));
        let tells_unit = |milliseconds, start: &str| {
            let text = odd_slow_after(milliseconds).unwrap_or_default();
            assert!(text.starts_with(start), "{text}");
            text.ends_with("; it is in seconds, not milliseconds")
        };
        assert!(!tells_unit(5_500, "slow_after is 5.5 seconds, but Didit waits only 5 for an answer"));
        assert!(!tells_unit(59_999, "slow_after is 59.999 seconds, but"));
        assert!(tells_unit(60_000, "slow_after is 60 seconds, but"));
        assert!(tells_unit(100_000, "slow_after is 100 seconds, but Didit waits only 5 for an answer"));
    }

    #[test]
    fn requests_are_refused_by_their_head() {
        let refuse = |method, encoding, length| refuse_request(method, encoding, length, 10);
        assert_eq!(refuse("POST", None, Some("10")), None);
        assert_eq!(refuse("POST", Some("Identity"), None), None);
        assert_eq!(refuse("POST", Some(""), None), None);
        assert_eq!(refuse("POST", None, Some("11")), Some(Answer::BodyTooLarge));
        assert_eq!(refuse("POST", Some("gzip"), Some("99")), Some(Answer::UnsupportedEncoding));
        assert_eq!(refuse("POST", Some("identity, br"), None), Some(Answer::UnsupportedEncoding));
        assert_eq!(refuse("GET", Some("gzip"), None), Some(Answer::MethodNotAllowed));
        assert_eq!(refuse("post", None, None), Some(Answer::MethodNotAllowed));
    }

    #[test]
    fn a_body_that_was_read_is_told_by_its_length() {
        assert!(body_was_read(Some("10"), 0));
        assert!(body_was_read(Some(" 10 "), 9));
        assert!(!body_was_read(Some("10"), 10));
        assert!(!body_was_read(Some("0"), 0));
        assert!(!body_was_read(Some("ten"), 0));
        assert!(!body_was_read(None, 0));
    }
}
