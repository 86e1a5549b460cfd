//! The emulator over HTTP, as programs meet it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail loudly")]

mod bad_input;
mod commands;
mod common;
mod control;
mod delivery;
mod flow;
mod guard;
mod process;
mod resources;
mod sessions;
