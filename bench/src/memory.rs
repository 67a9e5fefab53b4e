//! `bench memory`: what the process keeps, at rest and at work, and how long it takes to start.

use std::time::Duration;

use countersign_domain::signing_key::Algorithm;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::callers::Logins;
use crate::load::Crowd;
use crate::options::{Options, on_one_thread};
use crate::process;
use crate::server::Server;
use crate::side::{SINGLE, TENANT, fill};
use crate::stats::Spread;
use crate::table::{Table, Target};
use crate::world::{Engine, Site, World, add_tenant, seal_all};

const PEOPLE: usize = 1_000;
const TENANTS: usize = 10_000;
const IN_FLIGHT: usize = 64;
const ROUND_SECONDS: f64 = 2.0;
/// Two threads whatever the machine has, and memory given back after two seconds instead of sixty.
const SETTINGS: &str = "hashing.threads = 2\nhashing.idle_seconds = 2\nhashing.wait_ms_max = 60000";
const IDLE: Duration = Duration::from_millis(3_500);
/// How often memory is looked at under load.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Tenants that are made at once.
const MAKING_AT_ONCE: usize = 256;

#[derive(Default)]
struct Rounds {
    idle: Vec<f64>,
    busy: Vec<f64>,
    start: Vec<f64>,
    start_with_tenants: Vec<f64>,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let site = options.site()?;
    let mut worlds = Vec::new();
    for engine in &options.engines {
        worlds.push((people(&site, *engine)?, tenants(&site, *engine, options.count(TENANTS))?, Rounds::default()));
    }
    for _ in 0..options.rounds {
        for (people, tenants, rounds) in &mut worlds {
            on_one_thread(measure(people, tenants, rounds, options.round(ROUND_SECONDS)))?;
        }
    }
    let mut table = Table::new(format!("memory and start: {} starts of each kind in turn", options.rounds));
    for (people, _, rounds) in worlds {
        let mut row = |name: &str, values: Vec<f64>, most| {
            table.row(format!("{}: {name}", people.engine), Spread::of(values)?, Target::AtMost(most));
            anyhow::Ok(())
        };
        row("resident after the lanes are given back, MiB", rounds.idle, 32.0)?;
        row("resident at 64 logins in flight on two hash threads, MiB", rounds.busy, 80.0)?;
        row("start to ready on an existing store, ms", rounds.start, 300.0)?;
        row(&format!("start to ready with {} tenants, ms", options.count(TENANTS)), rounds.start_with_tenants, 1000.0)?;
    }
    table.print();
    Ok(())
}

fn people(site: &Site, engine: Engine) -> anyhow::Result<World> {
    let world = site.world(engine, SETTINGS)?;
    fill(&world, PEOPLE)?;
    Ok(world)
}

/// A store with many tenants; EdDSA, since making ten thousand RSA keys takes half an hour.
fn tenants(site: &Site, engine: Engine, count: usize) -> anyhow::Result<World> {
    let world = site.world(engine, SETTINGS)?;
    world.prepare(async |flows| {
        let mut making = JoinSet::new();
        for number in 0..count {
            if making.len() >= MAKING_AT_ONCE {
                making.join_next().await.transpose()?.transpose()?;
            }
            let flows = std::sync::Arc::clone(flows);
            making.spawn(async move { add_tenant(&flows, &format!("tenant-{number}"), Algorithm::EdDsa).await });
        }
        while let Some(made) = making.join_next().await {
            made??;
        }
        seal_all(flows).await
    })?;
    Ok(world)
}

async fn measure(people: &World, tenants: &World, rounds: &mut Rounds, length: Duration) -> anyhow::Result<()> {
    let server = Server::product(tenants).await?;
    rounds.start_with_tenants.push(server.start.as_secs_f64() * 1e3);
    server.stop().await?;
    let server = Server::product(people).await?;
    rounds.start.push(server.start.as_secs_f64() * 1e3);
    let logins = Logins::new(TENANT, SINGLE, PEOPLE);
    let crowd = Crowd::start(server.address, vec![logins; IN_FLIGHT]);
    let mut most: f64 = 0.0;
    for _ in 0..(length.as_secs_f64() / LOOK_EVERY.as_secs_f64()).ceil() as usize {
        sleep(LOOK_EVERY).await;
        most = most.max(process::resident_mib(server.process())?);
    }
    rounds.busy.push(most);
    crowd.end().await?;
    sleep(IDLE).await;
    rounds.idle.push(process::resident_mib(server.process())?);
    server.stop().await
}
