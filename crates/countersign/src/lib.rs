//! The program: its doors (HTTP, the command line), its configuration and its start.
//!
//! Nothing is decided here: a door reads what it is given, asks one story of `flows` and words the outcome. To add a
//! call of the API, see [`http`]; a command, see [`cli`]; a key of the configuration, see [`config`].

pub mod assembly;
pub mod cli;
pub mod config;
pub mod data_dir;
pub mod http;
pub mod mail;
pub mod serve;
pub mod web;
