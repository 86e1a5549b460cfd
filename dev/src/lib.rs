#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod clock;
pub mod delivery;
pub mod hub;
pub mod ids;
pub mod inspector;
pub mod json;
pub mod page;
pub mod server;
pub mod service;
pub mod store;
