//! Calls to Didit's API.

mod generated;
pub mod operation;

pub use generated::OPERATIONS;
