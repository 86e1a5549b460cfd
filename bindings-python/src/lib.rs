//! The native module `didit_client._native`: converts arguments and results, and decides nothing.
//!
//! One file per module of the core, and one per thing that a border needs: [`convert`] for arguments,
//! [`parsed`] and [`plain`] for plain trees, [`payload`] for results, [`detach`] for the GIL and [`guard`] for panics.

#![deny(unsafe_code)]

mod api;
mod arguments;
mod attempts;
mod canonical;
mod convert;
mod detach;
mod error;
mod explain;
mod guard;
mod interpreters;
mod parsed;
mod payload;
mod pending;
mod plain;
mod presenting;
mod receive;
mod recover;
mod store;
mod verification;
mod webhook;

/// The native half of `didit_client`. Programs use the package, never this module.
#[pyo3::pymodule]
mod _native {
    #[pymodule_export]
    use crate::api::{CancelToken, Client, Head};
    #[pymodule_export]
    use crate::arguments::{Arguments, simple_arguments};
    #[pymodule_export]
    use crate::canonical::canonicalize;
    #[pymodule_export]
    use crate::error::{error, error_codes};
    #[pymodule_export]
    use crate::explain::{causes, explain};
    #[pymodule_export]
    use crate::guard::_panic;
    #[pymodule_export]
    use crate::payload::{Payload, restore_payload};
    #[pymodule_export]
    use crate::pending::{end_calls, forget_calls};
    #[pymodule_export]
    use crate::presenting::{iframe_html, parse_callback, session_reused, status, statuses};
    #[pymodule_export]
    use crate::receive::{answer_to, answers, body_was_read, odd_slow_after, receive_limits, refuse_request};
    #[pymodule_export]
    use crate::recover::{lost_events, suspect_attempts};
    #[pymodule_export]
    use crate::store::{Store, check_limits, default_limits, event_key, store_key, store_scripts, store_statements};
    #[pymodule_export]
    use crate::verification::{apply_event, set_status};
    #[pymodule_export]
    use crate::webhook::{Verifier, parse_unsigned, sign, spaced_secrets};

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "the name that Python gives to versions")]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_init]
    fn init() -> pyo3::PyResult<()> {
        // With the module as an argument, it would be described as one that holds more than is known.
        pyo3::Python::attach(crate::interpreters::refuse_a_second)?;
        crate::guard::keep_panics_quiet();
        Ok(())
    }
}
