//! The delivery of events, as documented and, on request, as it goes wrong.
//!
//! * [`wire`]: the bytes of a body
//! * [`attempt`]: one attempt to deliver, from the stamp to the receiver's answer
//! * [`engine`]: what is sent when, and again
//! * [`client`]: the connection

pub mod attempt;
pub mod client;
pub mod engine;
pub mod wire;
