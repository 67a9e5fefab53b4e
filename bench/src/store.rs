//! `bench store`: what the store alone can do, on both engines, fully durable: rotations, and the two transactions of a
//! login (reserve, then settle as right) over a thousand names and over one.
//!
//! Both engines and all loads run alternately, client and database on the same cores. Beside the rates stand the
//! processor time that each call costs us and its server, and what one flush of this disk takes: a rate is bounded by the
//! flushes that it must wait for.
#![expect(clippy::disallowed_methods, reason = "a bench measures on the real clock")]

mod loads;

use std::path::Path;
use std::time::{Duration, Instant};

use countersign_store::{Clock, Location, Store};
use scratch::Postgres;

use crate::flush;
use crate::options::Options;
use crate::process::{cpu_of_tree, own_cpu};
use crate::stats::{Spread, quantile};
use crate::table::{Table, Target};
use crate::world::{Engine, running_server};
use loads::{Load, Place};

const ROUND_SECONDS: f64 = 3.0;
/// Before a round counts.
const WARM_UP: Duration = Duration::from_millis(300);
/// Calls in flight.
const IN_FLIGHT: usize = 32;

/// A filled store, and its server if it has one.
struct Side {
    engine: Engine,
    place: Place,
    server: Option<Postgres>,
}

/// One round of one load.
struct Round {
    rate: f64,
    p50_ms: f64,
    p99_ms: f64,
    /// Processor time a call, in the client and in the server.
    client_us: f64,
    server_us: f64,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let folder = tempfile::tempdir_in(&options.folder)?;
    let [half, most] = flush::probe(folder.path())?;
    let runtime = tokio::runtime::Runtime::new()?;
    let mut sides = Vec::new();
    for engine in &options.engines {
        sides.push(runtime.block_on(Side::fill(*engine, folder.path()))?);
    }
    let mut measured: Vec<Vec<Round>> = sides.iter().flat_map(|_| Load::ALL).map(|_| Vec::new()).collect();
    for _ in 0..options.rounds {
        let each = sides.iter().flat_map(|side| Load::ALL.map(|load| (side, load)));
        for ((side, load), rounds) in each.zip(&mut measured) {
            rounds.push(runtime.block_on(side.measure(load, options.round(ROUND_SECONDS)))?);
        }
    }
    let mut table =
        Table::new(format!("the store alone, {IN_FLIGHT} calls in flight; {} rounds in turn", options.rounds));
    let flushed = format!("p50 {:.3}, p99 {:.3}", half.as_secs_f64() * 1e3, most.as_secs_f64() * 1e3);
    table.note("a flush of this disk, ms", flushed);
    let each = sides.iter().flat_map(|side| Load::ALL.map(|load| (side.engine, load)));
    for ((engine, load), rounds) in each.zip(&measured) {
        report(engine, load, rounds, &mut table)?;
    }
    table.print();
    Ok(())
}

impl Side {
    async fn fill(engine: Engine, folder: &Path) -> anyhow::Result<Self> {
        let server = (engine == Engine::Postgres).then(running_server).transpose()?;
        let location = match &server {
            None => Location::File(folder.join("store.db"), 2),
            Some(server) => Location::Postgres(server.database()?, IN_FLIGHT),
        };
        let store = Store::open(&location, Clock::system()).await?;
        Ok(Self { engine, place: Place::fill(store).await?, server })
    }

    /// Processor time so far, ours and the server's.
    fn costs(&self) -> anyhow::Result<[Duration; 2]> {
        let server = self.server.as_ref().map(|server| cpu_of_tree(server.process_id()?)).transpose()?;
        Ok([own_cpu()?, server.unwrap_or_default()])
    }

    async fn measure(&self, load: Load, length: Duration) -> anyhow::Result<Round> {
        let running = loads::start(&self.place, load, IN_FLIGHT);
        tokio::time::sleep(WARM_UP).await;
        let ([ours, servers], begun) = (self.costs()?, Instant::now());
        running.count();
        tokio::time::sleep(length).await;
        let took = running.stop().await?;
        let wall = begun.elapsed();
        let [ours_then, servers_then] = self.costs()?;
        let calls = took.len() as f64;
        let each = |from: Duration, to: Duration| to.saturating_sub(from).as_secs_f64() * 1e6 / calls;
        let mut ms: Vec<f64> = took.iter().map(|took| took.as_secs_f64() * 1e3).collect();
        Ok(Round {
            rate: calls / wall.as_secs_f64(),
            p50_ms: quantile(&mut ms, 0.5),
            p99_ms: quantile(&mut ms, 0.99),
            client_us: each(ours, ours_then),
            server_us: each(servers, servers_then),
        })
    }
}

fn report(engine: Engine, load: Load, rounds: &[Round], table: &mut Table) -> anyhow::Result<()> {
    let title = load.title();
    let mut row = |name: &str, of: fn(&Round) -> f64| {
        table.row(format!("{engine}, {title}: {name}"), Spread::of(rounds.iter().map(of))?, Target::None);
        anyhow::Ok(())
    };
    row("a second", |round| round.rate)?;
    row("p50, ms", |round| round.p50_ms)?;
    row("p99, ms", |round| round.p99_ms)?;
    row("CPU of a call, µs", |round| round.client_us)?;
    if engine == Engine::Postgres {
        row("CPU of a call in its server, µs", |round| round.server_us)?;
    }
    Ok(())
}
