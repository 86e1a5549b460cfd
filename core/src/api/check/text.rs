//! Rules for strings.

use crate::api::operation::Check;

/// Passport, national identity card, driver's licence, residence permit, health insurance card, tax
/// card, social security card.
pub(super) const DOCUMENT_TYPES: &[&str] = &["P", "ID", "DL", "RP", "HIC", "TC", "SSC"];

pub(super) fn document_type(text: &str) -> Option<&'static str> {
    DOCUMENT_TYPES.iter().find(|known| known.eq_ignore_ascii_case(text)).copied()
}

/// What is wrong with `text`, if anything.
pub(super) fn problem(text: &str, check: Check) -> Option<&'static str> {
    let (valid, wrong) = match check {
        Check::Uuid => (is_uuid(text), "is not a UUID of the form 11111111-2222-3333-4444-555555555555"),
        Check::CallbackUrl => (is_callback(text), "is not an absolute URL (https://..., or a scheme of an app)"),
        Check::Url => (is_web_url(text), "is not an http or https URL"),
        Check::Language => (is_language(text), "is not a language code such as en or pt-BR"),
        Check::Date => (is_date(text), "is not a date of the form YYYY-MM-DD"),
        Check::DateTime => (is_date_time(text), "is not a date and time of the form 2026-01-31T12:00:00Z"),
        Check::Email => (is_email(text), "is not an e-mail address"),
        Check::DocumentType | Check::Base64Image => (true, ""),
    };
    (!valid).then_some(wrong)
}

pub(crate) fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

fn has_no_space(text: &str) -> bool {
    !text.chars().any(|character| character.is_whitespace() || character.is_control())
}

pub(crate) fn is_web_url(text: &str) -> bool {
    let rest = ["http://", "https://"].iter().find_map(|scheme| {
        let head = text.get(..scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then(|| text.get(scheme.len()..))?
    });
    rest.is_some_and(|rest| has_no_space(text) && !rest.is_empty() && !rest.starts_with(['/', '?', '#', ':', '@']))
}

/// A page, or a scheme that an app has registered; never a scheme that a browser runs or reads itself.
fn is_callback(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let scheme = scheme.to_ascii_lowercase();
    let letters = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    match &*scheme {
        "http" | "https" => is_web_url(text),
        "javascript" | "data" | "vbscript" | "file" | "blob" | "about" => false,
        _ => {
            scheme.starts_with(|first: char| first.is_ascii_lowercase())
                && letters
                && !rest.is_empty()
                && !is_port(rest)
                && has_no_space(text)
        }
    }
}

/// What follows a host where https:// was forgotten: `localhost:3000/done` has no scheme of an app.
fn is_port(rest: &str) -> bool {
    let port = rest.split(['/', '?', '#']).next().unwrap_or_default();
    !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    (2..=3).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn digits(text: &str, from: usize, to: usize) -> Option<u32> {
    let part = text.get(from..to).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))?;
    part.parse().ok()
}

fn is_date(text: &str) -> bool {
    let parts = (digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10));
    let (Some(year), Some(month), Some(day)) = parts else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    let dashes = text.len() == 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
    dashes && (1..=days).contains(&day)
}

fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once(['T', 't', ' ']) else { return false };
    let (clock, zone) = time.split_at(time.find(['Z', 'z', '+', '-']).unwrap_or(time.len()));
    let (whole, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let parts = (digits(whole, 0, 2), digits(whole, 3, 5), digits(whole, 6, 8));
    let in_range = matches!(parts, (Some(0..=23), Some(0..=59), Some(0..=60)));
    let colons = whole.len() == 8 && whole.get(2..3) == Some(":") && whole.get(5..6) == Some(":");
    let zone = match zone.get(1..).filter(|_| zone.is_ascii()) {
        Some("") => zone.eq_ignore_ascii_case("z"),
        Some(offset) => {
            let minutes = if offset.get(2..3) == Some(":") { 3 } else { 2 };
            digits(offset, 0, 2).is_some()
                && digits(offset, minutes, minutes + 2).is_some()
                && offset.len() == minutes + 2
        }
        None => false,
    };
    let fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    is_date(date) && in_range && colons && zone && fraction
}

fn is_email(text: &str) -> bool {
    let Some((name, domain)) = text.rsplit_once('@') else { return false };
    !name.is_empty() && domain.split('.').all(|label| !label.is_empty()) && domain.contains('.') && has_no_space(text)
}
