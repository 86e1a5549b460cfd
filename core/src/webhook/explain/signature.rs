//! The signatures in the headers, read as leniently as people write them.

use super::Cause;
use super::encoding::{base64_decode, hex_decode};
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

/// Every MAC that the headers may hold.
pub(super) fn claims(headers: &RawHeaders) -> Vec<Claim> {
    const MOST: usize = 16;
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
    let bare = value.trim_ascii();
    let bare = match bare {
        [b'"', inside @ .., b'"'] | [b'\'', inside @ .., b'\''] => inside,
        _ => bare,
    };
    if let Some((mac, spelling)) = single(bare) {
        return vec![(mac, Some(spelling.unwrap_or(Cause::SignatureWhitespace)))];
    }
    let parts = bare.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    if bare.contains(&b',') && parts.clone().all(|part| single(part).is_some()) {
        return parts.filter_map(single).map(|(mac, _)| (mac, Some(Cause::SignatureJoined))).collect();
    }
    parts.filter_map(prefixed).map(|mac| (mac, Some(Cause::SignaturePrefixed))).collect()
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

/// What stands behind `sha256=`, `v1,` and the like.
fn prefixed(text: &[u8]) -> Option<[u8; 32]> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let name = text.iter().take_while(|byte| is_name(byte)).count();
    let (name, rest) = text.split_at_checked(name)?;
    let rest = match rest.split_first() {
        Some((b'=' | b':' | b' ', rest)) if !name.is_empty() && name.len() <= 16 => rest,
        _ => return None,
    };
    single(rest.trim_ascii()).map(|(mac, _)| mac)
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
