//! How the emulator behaves where Didit's behaviour is configured, limited or not known.

/// The switches of `didit-dev serve`.
#[derive(Debug, Clone)]
pub struct Options {
    /// What ids follow from; `None` makes them unguessable.
    pub seed: Option<String>,
    /// `live` or `sandbox`, of the first application.
    pub environment: String,
    /// The first application's API key, where one is wanted.
    pub api_key: Option<String>,
    /// The first application's workflow, where one is wanted.
    pub workflow_id: Option<String>,
    /// The secret of the first application's webhooks, where one is wanted.
    pub secret: Option<String>,
    /// Answer bad keys with 401, as the newest documents say, instead of 403.
    pub auth_errors_401: bool,
    /// Whether the documented rate limits hold.
    pub rate_limits: bool,
    /// How many sessions can still be created; `None` is without end.
    pub credits: Option<i64>,
    /// How many sessions, and how many deliveries, are kept.
    pub keep: u32,
    /// Whether an automatic retry gets a new `timestamp`. It is not known whether Didit does that.
    pub restamp: bool,
    /// Seconds after which a session that nobody opened is `Expired`, unless its workflow says otherwise.
    pub expire_after: i64,
    /// Seconds after which a session that somebody began is `Abandoned`.
    pub abandon_after: i64,
    /// Seconds after which an approval is `Kyc Expired`; `None` is never.
    pub kyc_expire_after: Option<i64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: None,
            environment: "sandbox".to_owned(),
            api_key: None,
            workflow_id: None,
            secret: None,
            auth_errors_401: false,
            rate_limits: true,
            credits: None,
            keep: 20_000,
            restamp: false,
            expire_after: 7 * 86_400,
            abandon_after: 86_400,
            kyc_expire_after: None,
        }
    }
}
