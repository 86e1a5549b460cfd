//! The delivery of events, as documented and, on request, as it goes wrong.
//!
//! * [`wire`]: the bytes of a body
//! * [`attempt`]: a request as it leaves
//! * [`misbehaviour`]: how it goes wrong
//! * [`engine`]: what is sent when, and again
//! * [`client`]: the connection

pub mod attempt;
pub mod client;
pub mod engine;
pub mod misbehaviour;
pub mod wire;
