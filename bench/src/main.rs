//! Measurements as commands. Each prints one table of ratios from one run, because absolute figures say more about
//! the machine than about the program. `README.md` beside this folder says what each figure means.
#![allow(clippy::print_stdout, reason = "a bench's table is its output")]

use std::ffi::OsString;
use std::net::SocketAddr;

use clap::{Parser, Subcommand};

mod blocklist;
mod bound;
mod callers;
mod equal_times;
mod flush;
mod growth;
mod import;
mod latency;
mod leaky;
mod load;
mod logins;
mod mail;
mod memory;
mod options;
mod overload;
mod pages;
mod people;
mod pool;
mod process;
mod refreshes;
mod requests;
mod server;
mod side;
mod stats;
mod store;
mod table;
mod wire;
mod world;

use options::Options;

#[derive(Parser)]
#[command(about, max_term_width = 100)]
struct Bench {
    #[command(subcommand)]
    measure: Measure,
    #[command(flatten)]
    options: Options,
}

#[derive(Subcommand)]
enum Measure {
    /// The hashing pool against a bare loop of its library, on every core
    Pool,
    /// The store alone: rotations, and logins without their hash
    Store,
    /// Logins a second ÷ the pool's own rate, and what a login costs besides its hash
    Logins,
    /// Refreshes a second ÷ an empty handler that signs the same token
    Refreshes,
    /// Times of refresh, profile and key set while every core hashes
    Latency,
    /// Twenty times more logins than can be served, and what becomes of everybody else
    Overload,
    /// Memory at rest and at work, and the time of a start
    Memory,
    /// A login in stores of ten thousand to a million accounts, and bytes on disk
    Growth,
    /// Lists, searches and access calls in a store of a million accounts
    People,
    /// Pages of the dashboard in such a store with ten million events; the log-in page while every core hashes
    Pages,
    /// Whether answers that must look alike can be told apart by their time
    EqualTimes,
    /// A login while the mail server is dead, against one while it lives
    Mail,
    /// A list of fifty million breached passwords: its build, its size, its errors, its look-ups
    Blocklist,
    /// Files of ten thousand to a million accounts through the code of `account import`
    Import,
    /// All of them, one after the other
    All,
    /// The empty handler that signs
    #[command(hide = true)]
    Bound { address: SocketAddr },
    /// The product with its equal times left out
    #[command(hide = true)]
    Leaky {
        left_out: String,
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        serve: Vec<OsString>,
    },
}

fn main() -> anyhow::Result<()> {
    let Bench { measure, options } = Bench::parse();
    match measure {
        Measure::Pool => pool::run(),
        Measure::Store => store::run(&options),
        Measure::Logins => logins::run(&options),
        Measure::Refreshes => refreshes::run(&options),
        Measure::Latency => latency::run(&options),
        Measure::Overload => overload::run(&options),
        Measure::Memory => memory::run(&options),
        Measure::Growth => growth::run(&options),
        Measure::People => people::run(&options),
        Measure::Pages => pages::run(&options),
        Measure::EqualTimes => equal_times::run(&options),
        Measure::Mail => mail::run(&options),
        Measure::Blocklist => blocklist::run(&options),
        Measure::Import => import::run(&options),
        Measure::All => all(&options),
        Measure::Bound { address } => bound::run(address),
        Measure::Leaky { left_out, serve } => leaky::run(&left_out, serve),
    }
}

/// A measurement that fails does not keep the others from running.
fn all(options: &Options) -> anyhow::Result<()> {
    type Run = fn(&Options) -> anyhow::Result<()>;
    let all: [(&str, Run); 14] = [
        ("pool", |_| pool::run()),
        ("store", store::run),
        ("logins", logins::run),
        ("refreshes", refreshes::run),
        ("latency", latency::run),
        ("overload", overload::run),
        ("memory", memory::run),
        ("growth", growth::run),
        ("people", people::run),
        ("pages", pages::run),
        ("equal-times", equal_times::run),
        ("mail", mail::run),
        ("blocklist", blocklist::run),
        ("import", import::run),
    ];
    let failed: Vec<String> = all
        .into_iter()
        .filter_map(|(name, run)| run(options).err().map(|error| format!("{name}: {error:#}")))
        .collect();
    anyhow::ensure!(failed.is_empty(), "not measured:\n{}", failed.join("\n"));
    Ok(())
}
