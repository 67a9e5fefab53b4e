//! Measurements as commands. Each prints one table of ratios from one run, because absolute figures say more about
//! the machine than about the program.
#![allow(clippy::print_stdout, reason = "a bench's table is its output")]

use clap::{Parser, Subcommand};

mod pool;
mod store;

#[derive(Parser)]
#[command(about)]
struct Bench {
    #[command(subcommand)]
    measure: Measure,
}

#[derive(Subcommand)]
enum Measure {
    /// The hashing pool against a bare loop of its library, on every core.
    Pool,
    /// The store alone, on both engines.
    Store(store::Options),
}

fn main() -> anyhow::Result<()> {
    match Bench::parse().measure {
        Measure::Pool => pool::run(),
        Measure::Store(options) => store::run(&options),
    }
}
