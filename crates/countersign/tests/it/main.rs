//! The program from outside, over its doors; the tree mirrors the routes. One binary, since each costs a link.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "a test that meets the unexpected has failed, and says so by ending"
)]

mod architecture;
mod cli;
mod config;
mod crash;
mod generated;
mod http;
mod interop;
mod lives;
mod mail;
mod program;
mod races;
mod web;
