//! The stories from outside, on both engines; the tree mirrors them. One binary, since each costs a link.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "a test that meets the unexpected has failed, and says so by ending"
)]

mod support;

mod access;
mod api_tokens;
mod browser;
mod encrypted_fields;
mod gate;
mod imports;
mod interleavings;
mod keys;
mod login;
mod logo;
mod logout;
mod mail;
mod overview;
mod passwords;
mod people;
mod races;
mod refresh;
mod settings;
