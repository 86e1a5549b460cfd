//! The table of codes, which every language repeats word for word.

macro_rules! codes {
    ($($variant:ident $name:literal $class:ident $status:literal $message:literal $hint:literal;)*) => {
        /// A stable error code, the same string in Rust, Python and Node.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $message] $variant,)*
        }

        impl Code {
            /// Every code, in the order in which `verify` and then a call can meet them.
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            /// The stable name, for example `signature_mismatch`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $name,)* }
            }

            /// The kind of failure, which is also the exception class in Python and Node.
            pub const fn class(self) -> ErrorClass {
                match self { $(Code::$variant => ErrorClass::$class,)* }
            }

            /// The HTTP status with which a route should answer that this failure ended.
            ///
            /// Didit repeats a delivery after 404, 5xx or silence, and gives it up after any other 4xx.
            pub const fn http_status(self) -> u16 {
                match self { $(Code::$variant => $status,)* }
            }

            /// What happened, as the beginning of a sentence.
            pub const fn message(self) -> &'static str {
                match self { $(Code::$variant => $message,)* }
            }

            /// What to do about it.
            pub const fn hint(self) -> &'static str {
                match self { $(Code::$variant => $hint,)* }
            }
        }
    };
}

codes! {
    MissingSecret "missing_secret" ConfigurationError 500
        "no webhook secret was given, or one of them is empty"
        "Set the destination's secret_shared_key (Didit Console, API & Webhooks), for example from DIDIT_WEBHOOK_SECRET (for V1, legacy_webhook_secret or WEBHOOK_SECRET_KEY); an empty variable counts as missing.";
    DuplicateHeader "duplicate_header" SignatureError 401
        "a signature or timestamp header was given twice with different values"
        "Didit sends each header once. Look for a proxy or middleware that adds headers; pass the headers of this request only.";
    MissingSignature "missing_signature" SignatureError 401
        "no signature header of an accepted scheme is present"
        "Didit signs every delivery in X-Signature-V2, X-Signature and X-Signature-Simple. Pass all request headers, and check that no proxy strips them and that the request comes from Didit at all.";
    MalformedSignature "malformed_signature" SignatureError 401
        "the signature header is not 64 lowercase hexadecimal digits"
        "Pass the header's value unchanged: no prefix, no upper case, no white space, no two values joined by a comma.";
    MissingTimestamp "missing_timestamp" TimestampError 401
        "the X-Timestamp header is absent or empty"
        "Pass all request headers. If a proxy drops X-Timestamp, set header_timestamp (headerTimestamp in Node) to \"ignore\": the signed timestamp in the body is checked anyway. Deliveries of V1 have none: verify them with the scheme \"v1\".";
    MalformedTimestamp "malformed_timestamp" TimestampError 401
        "the X-Timestamp header is not a plain decimal number of seconds"
        "Pass the header's value unchanged; Didit sends Unix seconds such as 1774970000.";
    BodyTooLarge "body_too_large" PayloadError 413
        "the body, or its canonical form, is longer than the verifier allows"
        "Deliveries are far below the default of 1 MiB. Raise max_body (maxBody in Node) only if a genuine delivery was refused.";
    InvalidUtf8 "invalid_utf8" PayloadError 400
        "the body is not well-formed UTF-8"
        "Pass the bytes of the request body as they arrived, not decompressed twice, cut or decoded as another character set.";
    UnexpectedBom "unexpected_bom" PayloadError 400
        "the body starts with a byte order mark"
        "Pass the bytes of the request body as they arrived; something added a byte order mark.";
    Syntax "syntax" PayloadError 400
        "the body is not JSON"
        "Pass the complete bytes of the request body as they arrived; an empty or cut body often means that another middleware has read it.";
    LoneSurrogate "lone_surrogate" PayloadError 400
        "a string holds half of a surrogate pair, which has no UTF-8 form"
        "Didit cannot sign such a body. If the body passed through a JavaScript string, a character was cut in two there.";
    IntegerTooLong "integer_too_long" PayloadError 400
        "an integer has more than 4300 digits"
        "Didit cannot sign such a number; the body was made by somebody else.";
    NumberOutOfRange "number_out_of_range" PayloadError 400
        "a number is too large for a double"
        "Didit cannot sign such a number; the body was made by somebody else.";
    TooDeep "too_deep" PayloadError 400
        "more than 1000 arrays and objects are nested in each other"
        "Didit cannot sign such a body. A parsed payload may refer to itself.";
    DuplicateKey "duplicate_key" PayloadError 400
        "an object has two members of the same name"
        "Didit never writes such a body: somebody added a member to it. Only the raw X-Signature can vouch for a body with duplicates.";
    UnsupportedValue "unsupported_value" PayloadError 400
        "the parsed payload holds a value that JSON does not have"
        "Pass what the JSON parser returned, before any model, date or decimal conversion; better, pass the raw body to verify.";
    AmbiguousField "ambiguous_field" SignatureError 401
        "a field of the Simple signature is not a string or contains a colon"
        "X-Signature-Simple cannot vouch for this delivery; accept X-Signature-V2 instead.";
    SignatureMismatch "signature_mismatch" SignatureError 401
        "the signature matches the body under none of the secrets"
        "Check that the secret is this destination's own secret_shared_key, without white space, and that the body is the unchanged bytes of the request (for a parsed body: the object itself, not its JSON text).";
    ParsedPrecision "parsed_precision" PayloadError 400
        "the signature does not match, and the parser may have changed large numbers"
        "Pass the raw body to verify: a double cannot hold every whole number from 2^53 up, so the parsed payload may no longer be what Didit signed.";
    BodyNotObject "body_not_object" PayloadError 400
        "the signed body is not a JSON object"
        "Didit delivers objects. Something else signed this body with your secret.";
    InvalidBodyTimestamp "invalid_body_timestamp" TimestampError 401
        "the signed body has no whole number of seconds as its time"
        "Current deliveries carry an integer timestamp in the body; older V1 webhooks carry an integer created_at instead and need the scheme \"v1\".";
    TimestampMismatch "timestamp_mismatch" TimestampError 401
        "the X-Timestamp header differs from the signed timestamp in the body"
        "Only \"equal\" as header_timestamp (headerTimestamp in Node) asks for equality; \"fresh\", the default, is as safe.";
    TimestampTooOld "timestamp_too_old" TimestampError 401
        "the delivery was signed longer ago than the verifier allows"
        "Check this machine's clock (NTP). A replayed or very late delivery is refused on purpose; resend it from the Didit Console, or set max_age (maxAge in Node) to 600, the default under \"v1\", if you deduplicate on event_id.";
    TimestampInFuture "timestamp_in_future" TimestampError 401
        "the delivery was signed later than the verifier's clock allows"
        "Check this machine's clock (NTP), and that now is in seconds since 1970 in UTC.";
    WrongEnvironment "wrong_environment" PayloadError 400
        "the delivery is genuine, but not from an accepted environment"
        "This verifier was built with environments, and the delivery names another one, or none; an adapter acknowledges it and calls no handler. Use another destination and route for sandbox events.";
    StoreUnavailable "store_unavailable" StoreError 503
        "the store of processed events cannot be used"
        "Answer 503, so that Didit delivers again, and look after the database, Redis server or file behind the store.";
    ClaimLost "claim_lost" StoreError 503
        "the claim was lost: its lease ended, and another worker has taken the event"
        "Roll back what was done for the event. The worker was paused for longer than the lease, or could not reach the store to renew it.";
    InvalidArgument "invalid_argument" InvalidRequestError 500
        "the arguments of the call are not what the operation takes"
        "Nothing was sent. Correct the named arguments; extra_body, extra_query and extra_headers (extraBody ... in Node) reach what this version does not know.";
    UnknownOperation "unknown_operation" InvalidRequestError 500
        "no operation has this name"
        "Nothing was sent. The operations reference lists all names; request(...) calls any other path.";
    InvalidCallback "invalid_callback" InvalidRequestError 400
        "the URL or query is not one that Didit sends a person back to"
        "Pass the whole URL or its query; it carries verificationSessionId and status once each. Somebody may have opened the page by hand.";
    MissingApiKey "missing_api_key" ConfigurationError 500
        "no API key was given"
        "Set DIDIT_API_KEY, or pass api_key (apiKey in Node); an empty value counts as missing. The key is in the Didit Console under API & Webhooks.";
    MissingCredentials "missing_credentials" ConfigurationError 500
        "the client id or the client secret of the V1 API was not given"
        "Set CLIENT_ID and CLIENT_SECRET, or pass client_id and client_secret (clientId and clientSecret in Node).";
    MissingAccessToken "missing_access_token" ConfigurationError 500
        "no access token was given"
        "Account calls need the access_token that account.login or account.verify_email answered: pass access_token (accessToken in Node) to the client or to with_options (withOptions).";
    MissingOption "missing_option" ConfigurationError 500
        "neither the call nor the client has a value for an argument that is needed"
        "Pass it to the call or to the client, or set the environment variable of the same name with DIDIT_ before it.";
    InvalidConfiguration "invalid_configuration" ConfigurationError 500
        "an option of the client has a value that it cannot take"
        "Correct the named option, or the environment variable that it was read from.";
    InvalidRequest "invalid_request" InvalidRequestError 500
        "Didit refused the request"
        "Read the field errors: they name what to correct. A repeat without a change is refused again.";
    InsufficientCredits "insufficient_credits" InvalidRequestError 503
        "the organization's balance does not cover the request"
        "Top up in the Didit Console (Billing) or with billing.top_up, then repeat the call.";
    AuthenticationFailed "authentication_failed" AuthenticationError 500
        "Didit did not accept the credentials, or they do not allow this"
        "Check that the key is this application's, not revoked or expired, and that its scopes and allowed IP addresses cover the call; for account calls that the access token is not a day old, for V1 the client id and secret. Didit answers 401 and 403 alike for these.";
    NotFound "not_found" NotFoundError 500
        "Didit knows no such object, or does not show it to this key"
        "If the call names an object, check its id, and that the key belongs to the application that owns it; if not, check base_url (baseUrl in Node), which has no /v3 at its end.";
    Conflict "conflict" ApiError 500
        "the request does not fit the present state of the object"
        "Read the object again. An idempotency key cannot be used again with another body.";
    RateLimited "rate_limited" RateLimitError 503
        "too many requests in this minute"
        "Wait for retry_after (retryAfter in Node) seconds; raise max_retries, or turn on the client's limiter, so that the client waits by itself.";
    ServerError "server_error" ServerError 502
        "Didit, or a proxy before it, failed to answer the request"
        "Repeat later. For a call that creates something, look first whether it was done: for sessions, list by vendor_data.";
    UnexpectedStatus "unexpected_status" ApiError 502
        "the answer has a status that this call never has"
        "Check base_url (baseUrl in Node) and proxies. Redirects are not followed, because credentials would go with them.";
    InvalidResponse "invalid_response" ApiError 502
        "the answer is not what the operation answers"
        "Something between here and Didit may have answered instead: a proxy, a captive portal, a wrong base_url (baseUrl in Node). The request may have been carried out.";
    ResponseTooLarge "response_too_large" ApiError 502
        "the answer is longer than the client allows"
        "Raise max_response_bytes (maxResponseBytes in Node) only if a genuine answer was refused.";
    ConnectionFailed "connection_failed" TransportError 502
        "no connection could be made; nothing was sent"
        "Check the network, DNS, the proxy and base_url (baseUrl in Node).";
    TlsFailed "tls_failed" TransportError 502
        "the server's certificate was not accepted, or no TLS connection came about; nothing was sent"
        "If a company proxy signs certificates, give its CA by ca_file or extra_ca_file (caFile, extraCaFile in Node) or use the system's trust store. Never switch the check off.";
    ConnectionLost "connection_lost" TransportError 502
        "the connection broke before the answer was complete"
        "The request may have been carried out. For a call that creates something, look first whether it was done: for sessions, list by vendor_data.";
    ConnectTimeout "connect_timeout" TransportTimeoutError 504
        "no connection was made in time; nothing was sent"
        "Check the network, DNS and the proxy, or raise connect_timeout (connectTimeout in Node).";
    Timeout "timeout" TransportTimeoutError 504
        "the call, with its retries, was not finished in time"
        "The request may have been carried out. Raise timeout for slow operations.";
    Cancelled "cancelled" CancelledError 503
        "the call was cancelled"
        "The request may have been carried out, unless it had not been sent.";
    Internal "internal_error" InternalError 500
        "the library met a fault of its own"
        "This is a bug in didit-client. Answer 500, so that Didit delivers again, and please report it.";
}

/// The kind of a failure; its name is the name of the exception class in Python and Node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorClass {
    /// Not genuine, as far as can be told.
    SignatureError,
    /// Genuine perhaps, but not now.
    TimestampError,
    /// The body cannot be what Didit sends.
    PayloadError,
    /// The application is not set up.
    ConfigurationError,
    /// The API's answer is a failure of no closer kind. The next five are kinds of it.
    ApiError,
    /// The request is wrong: found here, or by Didit.
    InvalidRequestError,
    /// 401 and 403.
    AuthenticationError,
    /// 404.
    NotFoundError,
    /// 429.
    RateLimitError,
    /// 5xx.
    ServerError,
    /// No answer, or not all of it. The next one is a kind of it.
    TransportError,
    /// Not in time.
    TransportTimeoutError,
    /// The caller ended the call.
    CancelledError,
    /// The store of processed events failed.
    StoreError,
    /// A fault of this library.
    InternalError,
}

impl ErrorClass {
    /// The class name in Python and Node.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignatureError => "SignatureError",
            Self::TimestampError => "TimestampError",
            Self::PayloadError => "PayloadError",
            Self::ConfigurationError => "ConfigurationError",
            Self::ApiError => "ApiError",
            Self::InvalidRequestError => "InvalidRequestError",
            Self::AuthenticationError => "AuthenticationError",
            Self::NotFoundError => "NotFoundError",
            Self::RateLimitError => "RateLimitError",
            Self::ServerError => "ServerError",
            Self::TransportError => "TransportError",
            Self::TransportTimeoutError => "TransportTimeoutError",
            Self::CancelledError => "CancelledError",
            Self::StoreError => "StoreError",
            Self::InternalError => "InternalError",
        }
    }
}
