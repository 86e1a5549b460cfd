//! Calls to Didit's API.

pub mod operation;
