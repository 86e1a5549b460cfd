//! The causes that are ruled out once all their forms were tried.

use super::Cause;

pub(super) const SPELLINGS: [Cause; 11] = [
    Cause::SignatureUppercase,
    Cause::SignatureBase64,
    Cause::SignaturePrefixed,
    Cause::SignatureWhitespace,
    Cause::SignatureSeparated,
    Cause::SignatureJoined,
    Cause::SignatureRenamed,
    Cause::RawAsV2,
    Cause::V2AsRaw,
    Cause::HeadersSwapped,
    Cause::SimpleMisplaced,
];

pub(super) const REWRITINGS: [Cause; 6] = [
    Cause::BodySpaced,
    Cause::BodyPretty,
    Cause::BodyReordered,
    Cause::BodyUnescaped,
    Cause::BodyEscaped,
    Cause::BodyFloats,
];

pub(super) const SIGNED_FORMS: [Cause; 9] = [
    Cause::TimestampPrefixed,
    Cause::SimpleFormula,
    Cause::SignedSpaced,
    Cause::SignedPretty,
    Cause::SignedUnsorted,
    Cause::SignedEscaped,
    Cause::SignedFloats,
    Cause::SignedJavascript,
    Cause::SignedPhp,
];

pub(super) const REPAIRS: [Cause; 13] = [
    Cause::BodyBom,
    Cause::BodyNewline,
    Cause::BodyLineEnds,
    Cause::BodyUtf16,
    Cause::BodyQuoted,
    Cause::BodyBase64,
    Cause::BodyHex,
    Cause::BodyForm,
    Cause::BodyHtml,
    Cause::BodyBytes,
    Cause::BodyWrapped,
    Cause::BodyMojibake,
    Cause::BodyLatin1,
];
