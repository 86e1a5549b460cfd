//! The known mistakes: one table that every language repeats word for word.

macro_rules! causes {
    ($($variant:ident $name:literal $what:literal $cure:literal;)*) => {
        /// What is wrong with a delivery, as far as [`explain`](super::explain()) can tell.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Cause {
            $(#[doc = $what] $variant,)*
        }

        impl Cause {
            /// Every cause.
            pub const ALL: &[Cause] = &[$(Cause::$variant,)*];

            /// The stable name, for example `secret_whitespace`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Cause::$variant => $name,)* }
            }

            /// What happened, as a clause.
            pub const fn message(self) -> &'static str {
                match self { $(Cause::$variant => $what,)* }
            }

            /// What to do about it.
            pub const fn cure(self) -> &'static str {
                match self { $(Cause::$variant => $cure,)* }
            }
        }
    };
}

causes! {
    Genuine "genuine"
        "the delivery is genuine"
        "If other code refuses this delivery, that code is wrong, or it checks X-Signature over bytes that were written anew on their way.";

    SecretMissing "secret_missing"
        "no secret was given, or one of them is empty"
        "Set the destination's secret_shared_key; an environment variable that is unset or empty counts as missing.";
    SecretWhitespace "secret_whitespace"
        "white space around the secret differs"
        "Remove the space or newline around the secret, often the end of a line in a file or a secret manager. A secret is never trimmed for you.";
    SecretQuoted "secret_quoted"
        "the secret was given with quotes around it"
        "Remove the quotes around the secret; some loaders of .env files keep them.";
    SecretNamed "secret_named"
        "the secret was given together with the name of its variable or more of its file"
        "Give the value only, without NAME= before it or anything else around it.";
    SecretJoined "secret_joined"
        "several secrets, or one several times, were given as one text"
        "Give each secret by itself, in a list: the verifier does not split a text.";
    SecretPrefixAdded "secret_prefix_added"
        "the secret was given with a prefix that it does not have"
        "Give the secret exactly as Didit shows it, without whsec_ in front.";
    SecretPrefixStripped "secret_prefix_stripped"
        "the secret was given without its prefix whsec_"
        "Give the secret exactly as Didit shows it, whsec_ included.";
    SecretEscaped "secret_escaped"
        "the secret was escaped or unescaped on its way, as for a URL, HTML, a shell or a file"
        "Give the secret exactly as Didit shows it, in a place where nothing escapes or unescapes it.";
    SecretCase "secret_case"
        "the letters of the secret were changed to upper or lower case"
        "Give the secret exactly as Didit shows it: its case counts.";
    SecretMojibake "secret_mojibake"
        "the characters of the secret were decoded or encoded in another character set"
        "Read what holds the secret as UTF-8, and give it as text or as UTF-8.";
    SecretBase64Decoded "secret_base64_decoded"
        "the secret was base64-decoded before it was given"
        "Give the secret as the text that Didit shows; it looks like base64 but is used as it is.";
    SecretHexDecoded "secret_hex_decoded"
        "the secret was hex-decoded before it was given"
        "Give the secret as the text that Didit shows; its digits are used as they are.";
    SecretBase64Encoded "secret_base64_encoded"
        "the signature was made with what the secret is as base64"
        "The key is the secret as text, or a secret manager has encoded it: use the same text on both sides.";
    SecretHexEncoded "secret_hex_encoded"
        "the signature was made with what the secret is as hexadecimal digits"
        "The key is the secret as text, or a secret manager has encoded it: use the same text on both sides.";
    SecretMistyped "secret_mistyped"
        "one character of the secret is wrong, missing or too many, or two have changed places"
        "Copy the secret anew, the whole of it, instead of typing it.";
    AnotherSecret "another_secret"
        "the delivery is signed with another of your secrets"
        "Give the verifier the secret of the destination that points at this route, or all secrets that may sign for it.";
    AnotherDestination "another_destination"
        "the delivery is signed with a secret that was not given: another destination's, or a forger's"
        "Compare with the secret_shared_key of the very destination that points at this route: each destination, application and environment has its own, and rotation replaces it at once. A secret that was cut, and a forger's key, look the same.";
    ApiKeyAsSecret "api_key_as_secret"
        "an API key was given as the secret"
        "Give the destination's secret_shared_key, not the key for the x-api-key header.";
    SecretUnexpanded "secret_unexpanded"
        "the name of a variable was given as the secret"
        "Give the variable's value: what read the configuration has not replaced $NAME. Single quotes in a shell, and files that no shell reads, keep it as it is.";
    SecretPlaceholder "secret_placeholder"
        "a placeholder was given as the secret"
        "Set the destination's secret_shared_key: what was given is no secret, but what stands in its place in a template, in a masked display or in an unset variable.";
    TestDelivery "test_delivery"
        "a test delivery of the Didit Console, signed with a secret that was not given"
        "Test deliveries have been seen with other signatures than live ones. Never skip verification because of the header, which anybody can send; try with a sandbox session instead.";

    SignatureMissing "signature_missing"
        "the request has no signature header at all"
        "Pass all request headers, and check that no proxy or gateway strips those that begin with X-Signature. A request that never had one is not from Didit.";
    UnsignedCallback "unsigned_callback"
        "the callback of a registry search, which Didit does not sign"
        "Read it with parse_unsigned, as a hint that anybody can send, and look up what it tells of over the API.";
    SignatureRenamed "signature_renamed"
        "the signature stands in a header of another name"
        "Pass the headers under the names that Didit sends: X-Signature-V2, X-Signature, X-Timestamp.";
    SchemeNotAccepted "scheme_not_accepted"
        "a signature matches, but under a scheme that was not accepted"
        "Accept the scheme that matches, if it covers what you need. The default, v2 and raw, is right for every current destination.";
    SimpleOnly "simple_only"
        "only X-Signature-Simple is there, and it covers four fields only"
        "Find out what drops X-Signature-V2 and X-Signature. Accepting \"simple\" leaves the decision and vendor_data unsigned.";
    SignatureUppercase "signature_uppercase"
        "the signature was changed to upper case"
        "Pass the header as it came, or make your signer write lowercase hexadecimal digits.";
    SignatureBase64 "signature_base64"
        "the signature is base64 instead of hexadecimal digits"
        "Make your signer write lowercase hexadecimal digits: hexdigest(), digest(\"hex\").";
    SignaturePrefixed "signature_prefixed"
        "the signature has a prefix such as sha256="
        "Didit sends 64 digits and nothing else; make your signer do the same.";
    SignatureWhitespace "signature_whitespace"
        "the signature has white space or quotes around it"
        "Pass the header's value as it came.";
    SignatureSeparated "signature_separated"
        "the digits of the signature have separators between them"
        "Make your signer write 64 lowercase hexadecimal digits and nothing between them; in .NET with Convert.ToHexString, not with BitConverter.";
    SignatureJoined "signature_joined"
        "a signature header came twice, or several values were joined"
        "Look for a proxy or middleware that adds headers, and pass the headers of this request only.";
    SignatureMalformed "signature_malformed"
        "the signature header does not hold 64 lowercase hexadecimal digits"
        "Pass the header's value as it came: whole, and with nothing around it. Didit sends 64 digits; a request that never had them is not from Didit.";
    RawAsV2 "raw_as_v2"
        "X-Signature-V2 holds the MAC of the raw bytes"
        "V2 is computed over the canonical form, X-Signature over the bytes as sent. Pass each header under its own name; in your own signer, sign the canonical form.";
    V2AsRaw "v2_as_raw"
        "X-Signature holds the MAC of the canonical form, which belongs in X-Signature-V2"
        "Pass each header under its own name. The V2 value never fits the raw bytes of a body with other characters than ASCII.";
    HeadersSwapped "headers_swapped"
        "X-Signature and X-Signature-V2 have changed places"
        "Pass each header under its own name.";
    SimpleMisplaced "simple_misplaced"
        "the four-field Simple signature and another one have been mixed up"
        "Pass each header under its own name; the Simple value fits no other scheme.";
    SimpleFormula "simple_formula"
        "the Simple signature was computed with a wrong formula"
        "The message is {timestamp}:{session_id}:{status}:{webhook_type}, with the values of the body; one of Didit's pages shows another formula.";
    TimestampPrefixed "timestamp_prefixed"
        "the signature was computed with the timestamp in front of the message"
        "Nothing is put before the canonical form or the body. Other vendors do, and one of Didit's skill texts says so by mistake.";
    SignedSpaced "signed_spaced"
        "the signature was computed over JSON with spaces"
        "Sign the canonical form: separators \",\" and \":\" without spaces.";
    SignedPretty "signed_pretty"
        "the signature was computed over indented JSON"
        "Sign the canonical form, which has no white space between tokens.";
    SignedUnsorted "signed_unsorted"
        "the signature was computed over JSON whose keys are not sorted"
        "Sign the canonical form: keys sorted at every level, by code points.";
    SignedEscaped "signed_escaped"
        "the signature was computed over JSON with \\u escapes"
        "Sign the canonical form: ensure_ascii=False, in UTF-8.";
    SignedFloats "signed_floats"
        "the signature was computed over JSON in which whole floats keep their point"
        "Sign the canonical form: 95.0 is written 95.";
    SignedJavascript "signed_javascript"
        "the signature was computed over JSON as JavaScript writes it"
        "Use canonicalize or sign. JSON.stringify writes small, large and exact numbers otherwise than Didit, and puts keys like \"10\" first.";
    SignedPhp "signed_php"
        "the signature was computed over JSON as PHP writes it"
        "Use the flags JSON_UNESCAPED_SLASHES and JSON_UNESCAPED_UNICODE, decode objects as objects, and sort with SORT_STRING.";

    BodyEmpty "body_empty"
        "the body is empty"
        "Something read the request's stream before: read the raw body first and keep it.";
    BodyTooLarge "body_too_large"
        "the body, or its canonical form, is longer than max_body"
        "Deliveries are far below 1 MiB. Raise max_body only for a delivery that you know.";
    BodyCompressed "body_compressed"
        "the body is still compressed"
        "Decompress it before verifying, as Content-Encoding says; Didit signs the plain bytes.";
    BodyBase64 "body_base64"
        "the body is still base64"
        "Decode it before verifying: API Gateway and Lambda say so with isBase64Encoded.";
    BodyQuoted "body_quoted"
        "the body was written into a JSON string"
        "Pass the body itself, not the result of JSON.stringify or json.dumps of its text.";
    BodyHex "body_hex"
        "the body is written as hexadecimal digits"
        "Pass the bytes of the request, or decode the digits before verifying.";
    BodyForm "body_form"
        "the body was percent-encoded, as a form or a URL is"
        "Send and pass the body as it is, with the Content-Type application/json, and take it before a parser of forms does.";
    BodyHtml "body_html"
        "the body was escaped for HTML"
        "Pass the bytes of the request, before anything that escapes or cleans its input.";
    BodyBytes "body_bytes"
        "the bytes of the body were written as a list of numbers"
        "Pass the Buffer or Uint8Array itself: JSON.stringify and String write its bytes as numbers.";
    BodyObject "body_object"
        "an object was turned into text where the body should be"
        "Pass the bytes of the request: a parsed body, a stream or a promise that is turned into text loses them. Await what has to be awaited, and take the raw body before express.json() or the like.";
    BodyWrapped "body_wrapped"
        "the body stands inside another document or text"
        "Verify the body only: what follows the headers of a request, the member body of an event of Lambda (decoded if isBase64Encoded), Message of a notification, the element of a batch.";
    BodyUtf16 "body_utf16"
        "the body was re-encoded as UTF-16"
        "Pass the bytes of the request, or encode the text as UTF-8.";
    BodyBom "body_bom"
        "a byte order mark was put before the body"
        "Pass the bytes of the request; write stored bodies without a mark.";
    BodyNewline "body_newline"
        "white space or zero bytes were added at an end of the body"
        "Pass the bytes of the request; a file or log that holds it must not add a newline.";
    BodyLineEnds "body_line_ends"
        "the line ends of the body were changed"
        "Store and read the body as bytes, not as text.";
    BodyTruncated "body_truncated"
        "the end of the body is missing"
        "Read the whole stream, as many bytes as Content-Length says, before verifying; look for a limit of a log or a column.";
    BodyMojibake "body_mojibake"
        "the body was decoded as Latin-1 or Windows-1252 and encoded again as UTF-8"
        "Pass bytes, or decode as UTF-8 whatever the Content-Type does not say.";
    BodyLatin1 "body_latin1"
        "the body was encoded as Latin-1 or Windows-1252 instead of UTF-8"
        "Pass bytes, or encode the text as UTF-8.";
    BodyReplaced "body_replaced"
        "characters of the body were lost and replaced by U+FFFD"
        "Pass bytes: a decoder has met bytes that it could not read and thrown them away.";
    BodySpaced "body_spaced"
        "a JSON parser wrote the body anew, with spaces between the tokens"
        "Take the raw body before any JSON middleware, or accept v2, which does not mind.";
    BodyPretty "body_pretty"
        "a JSON parser wrote the body anew, indented"
        "Take the raw body before any JSON middleware, or accept v2, which does not mind.";
    BodyReordered "body_reordered"
        "a JSON parser wrote the body anew, with its keys in another order"
        "Take the raw body before any JSON middleware, or accept v2, which does not mind.";
    BodyUnescaped "body_unescaped"
        "a JSON parser wrote the body anew, with characters in place of \\u escapes"
        "Take the raw body before any JSON middleware, or accept v2, which does not mind.";
    BodyEscaped "body_escaped"
        "a JSON parser wrote the body anew, with other escapes"
        "Take the raw body before any JSON middleware, or accept v2, which does not mind.";
    BodyFloats "body_floats"
        "a JSON parser wrote the body anew, with numbers spelled otherwise, as 95.0 for 95"
        "Take the raw body before any JSON middleware, or accept v2, which does not mind.";
    BodyJavascript "body_javascript"
        "the body was written anew as JavaScript, Go and some others write numbers or order keys"
        "Take the raw body before express.json() or the like. JSON.parse cannot hold whole numbers from 2^53 up.";
    BodyPython "body_python"
        "the body was printed by Python with str() or repr(), which is not JSON"
        "Take the raw body as bytes, as request.body or await request.body() gives it, and never str() of it or of the parsed one.";
    BodyPhp "body_php"
        "the body was written anew as PHP and some others do, with escaped slashes or {} turned into []"
        "Take the raw body, in PHP from php://input, instead of encoding the decoded one again.";
    DuplicateMembers "duplicate_members"
        "an object of the body has two members of one name"
        "Didit never writes such a body: somebody added a member to a delivery. Refuse it.";
    ContentChanged "content_changed"
        "the body was changed outside of the four fields that the Simple signature covers"
        "Take the raw body before anything reads it: typed models, dropped nulls, masked logs and columns of a database change what is written anew. If these are the bytes as they came, they are damaged or forged: do not trust them, and fetch the session over the API.";
    NotAnObject "not_an_object"
        "the signed body is not a JSON object"
        "Didit delivers objects; something else signed this body with your secret.";

    TimestampMissing "timestamp_missing"
        "the X-Timestamp header is missing"
        "Pass all request headers. If a proxy drops it, set header_timestamp to \"ignore\": the signed timestamp in the body is checked anyway. Deliveries of V1 have none: accept the scheme \"v1\" for them.";
    TimestampMalformed "timestamp_malformed"
        "the X-Timestamp header is not a plain number of seconds"
        "Pass the header's value as it came; Didit sends whole Unix seconds, not milliseconds and not a date.";
    TimestampJoined "timestamp_joined"
        "the X-Timestamp header came twice with different values"
        "Look for a proxy or middleware that adds headers, and pass the headers of this request only.";
    TimestampReplaced "timestamp_replaced"
        "the X-Timestamp header is not the signed time"
        "The header is in no signature: somebody replays a delivery with a new header, or a proxy writes its own. Refuse it; if you did it in a test, sign the body anew.";
    NowMilliseconds "now_milliseconds"
        "now is not in seconds"
        "Give Unix seconds: Date.now() / 1000, time.time().";
    NowImplausible "now_implausible"
        "now is no time at which a delivery can have been signed"
        "Give Unix seconds: Date.now() / 1000, time.time(). Monotonic clocks count from elsewhere, and 0 is a default that nobody has set.";
    ClockWrong "clock_wrong"
        "this machine's clock is wrong"
        "Set this machine's clock (NTP), and use UTC. If the clock is right, the delivery is an old one, or it was signed by a clock that is wrong.";
    DeliveryOld "delivery_old"
        "the delivery is an old one: stored, or replayed"
        "Verify a stored delivery with the time at which it arrived as now. On a live route refuse it: it may be a replay. If all deliveries are refused like this, set this machine's clock (NTP).";
    DeliveryLate "delivery_late"
        "the delivery was signed some minutes ago, as a late repetition is"
        "If you deduplicate on event_id, set max_age to 600; else resend the event from the Didit Console. Check the clock, too.";
    SignedTimeMissing "signed_time_missing"
        "the signed body has no timestamp that counts"
        "Current deliveries carry an integer timestamp. For the older V1 webhooks, which have only created_at, accept the scheme \"v1\".";
    SignedTimeMilliseconds "signed_time_milliseconds"
        "the timestamp in the signed body is not in seconds"
        "Didit signs whole Unix seconds. In your own signer write Date.now() / 1000 without its fraction, int(time.time()).";
    AnotherEnvironment "another_environment"
        "the delivery is genuine, but of an environment that is not accepted"
        "Point the destinations of sandbox and live at routes of their own, each with its environments and secret.";
    Unknown "unknown"
        "none of the known mistakes explains it"
        "Refuse the delivery. A wrong secret is as likely as a forgery: compare the secret, every character of it, with the secret_shared_key of the destination that points at this route, and the body with the one in the Didit Console's list of deliveries. Only if neither differs is it forged.";
}

/// How sure an explanation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Confidence {
    /// A recomputed MAC or an exact fact proves it.
    Certain,
    /// It fits everything that can be seen, and something else may fit too.
    Likely,
    /// Nothing fits.
    Unknown,
}

impl Confidence {
    /// `certain`, `likely` or `unknown`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
            Self::Unknown => "unknown",
        }
    }
}
