//! The signatures in the headers, read as leniently as people write them.

use super::Cause;
use super::encoding::{base64_decode, hex_decode, percent_decode};
use super::raw_headers::{RawHeaders, header_of};
use crate::webhook::Scheme;

/// A MAC that a header may hold.
pub(super) struct Claim {
    /// Under which header it stands; `None` is a header of another name.
    pub(super) scheme: Option<Scheme>,
    pub(super) mac: [u8; 32],
    /// How its spelling differs from 64 lowercase digits.
    pub(super) spelling: Option<Cause>,
}

/// The schemes that have a header of their own.
pub(super) const SIGNED_HEADERS: [Scheme; 3] = [Scheme::V2, Scheme::Raw, Scheme::Simple];

/// The most values that are read of one header, or out of one value.
const MOST: usize = 16;

/// Every MAC that the headers may hold.
pub(super) fn claims(headers: &RawHeaders) -> Vec<Claim> {
    let mut claims = Vec::new();
    for scheme in SIGNED_HEADERS {
        let mut values = headers.values(header_of(scheme));
        let joined = headers.values(header_of(scheme)).any(|other| Some(other) != headers.first(header_of(scheme)));
        let mut add = |value: &[u8]| {
            for (mac, spelling) in readings(value) {
                let spelling = spelling.or(joined.then_some(Cause::SignatureJoined));
                claims.push(Claim { scheme: Some(scheme), mac, spelling });
            }
        };
        values.by_ref().take(MOST).for_each(&mut add);
    }
    let renamed = headers.others().filter(|value| value.len() == 64).filter_map(strict).take(MOST);
    claims.extend(renamed.map(|mac| Claim { scheme: None, mac, spelling: None }));
    claims
}

/// The MACs that a header's value may stand for.
fn readings(value: &[u8]) -> Vec<([u8; 32], Option<Cause>)> {
    if let Some(mac) = strict(value) {
        return vec![(mac, None)];
    }
    let bare = bare(value);
    if let Some((mac, spelling)) = single(bare) {
        return vec![(mac, Some(spelling.unwrap_or(Cause::SignatureWhitespace)))];
    }
    if let Some(mac) = separated(bare) {
        return vec![(mac, Some(Cause::SignatureSeparated))];
    }
    let whole = |text: &[u8]| single(text).map(|(mac, spelling)| (mac, spelling.or(Some(Cause::SignatureWhitespace))));
    // Of a long header that was folded.
    let unfolded: Vec<u8> = bare.iter().filter(|byte| !byte.is_ascii_whitespace()).copied().collect();
    if let Some(reading) = whole(&unfolded).or_else(|| whole(&percent_decode(bare, false)?)) {
        return vec![reading];
    }
    let ends = |byte: &u8| matches!(byte, b',' | b';') || byte.is_ascii_whitespace();
    let parts: Vec<&[u8]> = bare.split(ends).map(self::bare).filter(|part| !part.is_empty()).take(MOST).collect();
    let joined = || parts.iter().filter_map(|part| single(part)).map(|(mac, _)| (mac, Some(Cause::SignatureJoined)));
    if joined().count() == parts.len() {
        return joined().collect();
    }
    let several = bare.split(|byte| matches!(byte, b',' | b';')).map(<[u8]>::trim_ascii);
    let behind_names = prefixed(bare).into_iter().chain(several.filter_map(prefixed)).take(MOST);
    let behind_names: Vec<_> = behind_names.map(|mac| (mac, Some(Cause::SignaturePrefixed))).collect();
    if behind_names.is_empty() { joined().collect() } else { behind_names }
}

/// Without what may stand around a value: what is no character of ASCII or not shown, quotes, brackets and commas.
fn bare(value: &[u8]) -> &[u8] {
    let belongs = |byte: &u8| byte.is_ascii_graphic() && !b"\"'`[](){}<>,;".contains(byte);
    let value = value.trim_ascii();
    let value = value.strip_prefix(b"b'").or_else(|| value.strip_prefix(b"b\"")).unwrap_or(value);
    let start = value.iter().position(belongs).unwrap_or(value.len());
    let end = value.iter().rposition(belongs).map_or(start, |last| last + 1);
    value.get(start..end).unwrap_or_default()
}

/// Pairs of digits with one separator between them, as some libraries print bytes.
fn separated(text: &[u8]) -> Option<[u8; 32]> {
    let separator = text.get(2).filter(|byte| matches!(byte, b'-' | b':' | b' '))?;
    let is_separated = text.chunks(3).all(|group| group.get(2).is_none_or(|byte| byte == separator));
    let digits: Vec<u8> = text.chunks(3).filter_map(|group| group.get(..2)).flatten().copied().collect();
    if !is_separated || text.len() != 95 {
        return None;
    }
    hex_decode(&digits)?.try_into().ok()
}

/// One MAC in digits of either case or base64.
fn single(text: &[u8]) -> Option<([u8; 32], Option<Cause>)> {
    if let Some(mac) = strict(text) {
        return Some((mac, None));
    }
    if text.len() == 64 {
        return Some((hex_decode(text)?.try_into().ok()?, Some(Cause::SignatureUppercase)));
    }
    if matches!(text.len(), 43 | 44) {
        return Some((base64_decode(text)?.try_into().ok()?, Some(Cause::SignatureBase64)));
    }
    // The digits themselves as base64.
    let digits = if matches!(text.len(), 86..=88) { base64_decode(text)? } else { return None };
    Some((hex_decode(&digits)?.try_into().ok()?, Some(Cause::SignatureBase64)))
}

/// What stands behind `sha256=`, `v1,`, `0x` and the like.
fn prefixed(text: &[u8]) -> Option<[u8; 32]> {
    if let Some(digits) = text.strip_prefix(b"0x").or_else(|| text.strip_prefix(b"0X")) {
        return single(digits).map(|(mac, _)| mac);
    }
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let name = text.iter().take_while(|byte| is_name(byte)).count();
    let (name, rest) = text.split_at_checked(name)?;
    let rest = match rest.split_first() {
        Some((b'=' | b':' | b' ', rest)) if !name.is_empty() && name.len() <= 16 => rest,
        // A comma with a space behind it parts values.
        Some((b',', rest)) if name.len() <= 4 && !name.is_empty() && !rest.starts_with(b" ") => rest,
        _ => return None,
    };
    single(bare(rest)).map(|(mac, _)| mac)
}

/// Exactly as Didit writes it.
fn strict(text: &[u8]) -> Option<[u8; 32]> {
    let lowercase = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if text.len() != 64 || !text.iter().all(lowercase) {
        return None;
    }
    hex_decode(text)?.try_into().ok()
}

/// Whether a text in digits mixes the cases, which nothing that writes digits does.
pub(super) fn mixes_cases(headers: &RawHeaders) -> bool {
    SIGNED_HEADERS.iter().filter_map(|scheme| headers.first(header_of(*scheme))).any(|value| {
        value.iter().any(u8::is_ascii_lowercase) && value.iter().any(u8::is_ascii_uppercase) && value.len() == 64
    })
}
