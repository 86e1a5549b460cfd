//! What the commands do.

pub mod serve;
