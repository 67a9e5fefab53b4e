//! The program as a process of its own, on a store that the test prepares, and people who call it over HTTP.

mod caller;
mod house;
mod process;

pub(crate) use caller::{Answer, Caller, Lost};
pub(crate) use house::{Engine, House, PASSWORD, WRONG};
pub(crate) use process::Program;
