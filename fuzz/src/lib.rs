//! What must hold for every input of our parsers: one function per parser, which panics where it does not hold.
//!
//! The functions are called with the inputs kept in `corpus/` by the tests, and with inputs that libFuzzer makes up
//! by `./dev/prove fuzz`, through the few lines in `libfuzzer/targets/`. To add a parser: its function and its line
//! in [`TARGETS`], a folder with a first input, and a target with its `[[bin]]`. A test says what was forgotten.
#![expect(clippy::expect_used, clippy::panic, reason = "a property that does not hold is told by panicking")]

mod config;
mod email;
mod hash;
mod host;
mod password;
mod slug;
mod token;

/// What must hold for one input; a panic says that it does not.
pub type Holds = fn(&[u8]);

/// Every parser that is fuzzed, by the name of its corpus and its target.
pub const TARGETS: &[(&str, Holds)] = &[
    ("config", config::holds),
    ("email", email::holds),
    ("hash", hash::holds),
    ("host", host::holds),
    ("password", password::holds),
    ("slug", slug::holds),
    ("token", token::holds),
];

/// Tries one input on the parser of that name.
pub fn hold(name: &str, input: &[u8]) {
    let (_, holds) = TARGETS.iter().find(|(listed, _)| *listed == name).expect("a name of the list");
    holds(input);
}
