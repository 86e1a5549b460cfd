//! The emulator over HTTP, as programs meet it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail loudly")]

mod bad_input;
mod command_line;
mod commands;
mod common;
mod control;
mod delivery;
mod flow;
mod forwarding;
mod guard;
mod private;
mod process;
mod refusals;
mod repeatable;
mod resources;
mod sessions;
