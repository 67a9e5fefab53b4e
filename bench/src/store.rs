//! `bench store`: what the store alone can do, on both engines, fully durable: rotations, and the two transactions of a
//! login (reserve, then settle as right) over a thousand names and over one.
//!
//! Both engines and all loads run alternately, 32 in flight, client and database on the same cores. Beside the rates
//! stand the CPU time that each call costs us and its server, and what one flush of this disk takes: a rate is bounded
//! by the flushes that it must wait for.
#![expect(clippy::disallowed_methods, reason = "a bench measures on the real clock")]

mod cost;
mod loads;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use clap::Args;
use countersign_store::{Clock, Location, Store};
use scratch::{Durability, Postgres, Setup};

use cost::{Cost, flushes};
use loads::{Load, Place};

/// Of one round, unless told otherwise.
const ROUND_SECONDS: f64 = 3.0;
/// Before a round counts.
const WARM_UP: Duration = Duration::from_millis(300);

#[derive(Args)]
pub(crate) struct Options {
    /// Calls in flight.
    #[arg(long, default_value_t = Self::ALL.in_flight)]
    in_flight: usize,
    /// Only `sqlite` or only `postgres`.
    #[arg(long)]
    engine: Option<String>,
    /// Only this load: `rotate`, `login` or `one-name`.
    #[arg(long)]
    load: Option<String>,
}

impl Options {
    /// Every load on both engines.
    pub(crate) const ALL: Self = Self { in_flight: 32, engine: None, load: None };
}

/// One round of one load.
struct Round {
    rate: f64,
    p50: Duration,
    p99: Duration,
    /// Our CPU time a call, and the server's.
    cpu: [Duration; 2],
}

pub(crate) fn run(options: &Options, shared: &crate::options::Options) -> anyhow::Result<()> {
    let length = Duration::from_secs_f64(shared.seconds.unwrap_or(ROUND_SECONDS));
    let folder = tempfile::tempdir().context("a folder for the database")?;
    let [half, most] = flushes(folder.path())?;
    println!("one flush of this disk: p50 {:.2} ms, p99 {:.2} ms\n", millis(half), millis(most));
    let runtime = tokio::runtime::Runtime::new()?;
    let engines = runtime.block_on(engines(options, folder.path().join("store.db")))?;
    let mut rounds: Vec<(String, Vec<Round>)> = Vec::new();
    for _ in 0..shared.rounds {
        for engine in &engines {
            for load in Load::ALL.into_iter().filter(|load| options.load.as_deref().is_none_or(|l| l == load.name())) {
                let name = format!("{}, {}", engine.name, load.title());
                let round = runtime.block_on(measure(engine, load, options, length))?;
                match rounds.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, rounds)) => rounds.push(round),
                    None => rounds.push((name, vec![round])),
                }
            }
        }
    }
    print_table(&rounds)
}

struct Engine {
    name: &'static str,
    place: Place,
    server: Option<Postgres>,
}

async fn engines(options: &Options, file: PathBuf) -> anyhow::Result<Vec<Engine>> {
    let wanted = |name: &str| options.engine.as_deref().is_none_or(|engine| engine == name);
    let mut engines = Vec::new();
    if wanted("sqlite") {
        let store = Store::open(&Location::File(file, 2), Clock::system()).await?;
        engines.push(Engine { name: "SQLite", place: Place::fill(store).await?, server: None });
    }
    if wanted("postgres") {
        let server = Postgres::start_with(Setup { durability: Durability::Full, ..Setup::default() })?;
        let url = server.database()?;
        let store = Store::open(&Location::Postgres(url, options.in_flight), Clock::system()).await?;
        engines.push(Engine { name: "PostgreSQL", place: Place::fill(store).await?, server: Some(server) });
    }
    Ok(engines)
}

async fn measure(engine: &Engine, load: Load, options: &Options, length: Duration) -> anyhow::Result<Round> {
    let running = loads::start(&engine.place, load, options.in_flight);
    tokio::time::sleep(WARM_UP).await;
    let (before, begun) = (Cost::now(engine.server.as_ref())?, Instant::now());
    running.count();
    tokio::time::sleep(length).await;
    let mut took = running.stop().await?;
    let wall = begun.elapsed();
    let cost = Cost::now(engine.server.as_ref())?.since(&before);
    took.sort_unstable();
    let calls = u32::try_from(took.len())?;
    let at = |share: usize| took.get(took.len() * share / 100).copied().context("nothing was measured");
    let cpu = cost.map(|cpu| cpu.checked_div(calls).unwrap_or_default());
    Ok(Round { rate: f64::from(calls) / wall.as_secs_f64(), p50: at(50)?, p99: at(99)?, cpu })
}

fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1e3
}

fn print_table(rounds: &[(String, Vec<Round>)]) -> anyhow::Result<()> {
    println!(
        "{:<36}{:>28}{:>10}{:>10}{:>10}{:>12}",
        "", "a second (min to max)", "p50 ms", "p99 ms", "CPU µs", "server's µs"
    );
    for (name, rounds) in rounds {
        let median = |of: fn(&Round) -> f64| spread(rounds.iter().map(of)).map(|[_, median, _]| median);
        let [least, rate, most] = spread(rounds.iter().map(|round| round.rate))?;
        println!(
            "{name:<36}{:>28}{:>10.2}{:>10.2}{:>10.1}{:>12.1}",
            format!("{rate:.0} ({least:.0} to {most:.0})"),
            median(|round| millis(round.p50))?,
            median(|round| millis(round.p99))?,
            median(|round| millis(round.cpu[0]) * 1e3)?,
            median(|round| millis(round.cpu[1]) * 1e3)?,
        );
    }
    Ok(())
}

/// Least, median, most.
fn spread(values: impl Iterator<Item = f64>) -> anyhow::Result<[f64; 3]> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    match (values.first(), values.get(values.len() / 2), values.last()) {
        (Some(least), Some(median), Some(most)) => Ok([*least, *median, *most]),
        _ => Err(anyhow!("nothing was measured")),
    }
}
