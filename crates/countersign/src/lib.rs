//! The program: its doors (HTTP, the command line), its configuration and its start.

pub mod cli;
pub mod config;
pub mod data_dir;
