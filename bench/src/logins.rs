//! `bench logins`: logins a second over HTTP ÷ the hashing pool's own rate, and what a login costs besides its hash.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::callers::Logins;
use crate::load::Crowd;
use crate::options::{Options, on_one_thread};
use crate::pool::{Pool, Rate};
use crate::side::{Costs, PATIENT, SINGLE, Side, TENANT};
use crate::stats::Spread;
use crate::table::{Table, Target};
use crate::world::Engine;

const IN_FLIGHT: usize = 64;
const PEOPLE: usize = 1_000;
const ROUND_SECONDS: f64 = 4.0;
/// Before a round counts, queues fill.
const WARM_UP: Duration = Duration::from_millis(700);

/// One round of one engine.
struct Round {
    logins: f64,
    wall: Duration,
    costs: Costs,
}

impl Round {
    fn rate(&self) -> f64 {
        self.logins / self.wall.as_secs_f64()
    }

    /// Logins for each second of any core, spent by anybody: what the rate would be on a machine with nothing else.
    fn rate_by_cpu(&self) -> f64 {
        self.logins / self.costs.all().as_secs_f64()
    }

    fn milliseconds(&self, spent: Duration) -> f64 {
        spent.as_secs_f64() * 1e3 / self.logins
    }
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let people = options.count(PEOPLE);
    let site = options.site()?;
    let pool = Pool::start()?;
    let mut sides = Vec::new();
    for engine in &options.engines {
        sides.push((Side::start(&site, *engine, people, PATIENT)?, Logins::new(TENANT, SINGLE, people)));
    }
    let mut measured: Vec<Vec<(Rate, Round)>> = sides.iter().map(|_| Vec::new()).collect();
    for _ in 0..options.rounds {
        for ((side, logins), rounds) in sides.iter().zip(&mut measured) {
            let bound = pool.rate()?;
            let round = on_one_thread(measure(side, logins, options.round(ROUND_SECONDS)))?;
            rounds.push((bound, round));
        }
    }
    let mut table = Table::new(format!(
        "logins: {people} people with the right password, {IN_FLIGHT} at a time; {} alternations of {:.0} s",
        options.rounds,
        options.round(ROUND_SECONDS).as_secs_f64()
    ));
    for ((side, _), rounds) in sides.iter().zip(&measured) {
        report(side.engine(), rounds, &mut table)?;
    }
    table.print();
    Ok(())
}

async fn measure(side: &Side, logins: &Logins, length: Duration) -> anyhow::Result<Round> {
    let crowd = Crowd::start(side.server.address, vec![logins.clone(); IN_FLIGHT]);
    sleep(WARM_UP).await;
    let (answers, costs, begun) = (crowd.answers(), side.costs()?, Instant::now());
    sleep(length).await;
    let round =
        Round { logins: (crowd.answers() - answers) as f64, wall: begun.elapsed(), costs: side.costs()?.since(costs) };
    crowd.end().await?;
    Ok(round)
}

fn report(engine: Engine, rounds: &[(Rate, Round)], table: &mut Table) -> anyhow::Result<()> {
    let (share, outside) = match engine {
        Engine::Sqlite => (0.90, 0.6),
        Engine::Postgres => (0.85, 0.75),
    };
    let each = |of: fn(&Rate, &Round) -> f64| Spread::of(rounds.iter().map(|(bound, round)| of(bound, round)));
    let ratio = each(|bound, round| round.rate() / bound.wall)?;
    table.row(format!("{engine}: logins/s ÷ the pool's own hashes/s"), ratio, Target::AtLeast(share));
    let by_cpu = each(|bound, round| round.rate_by_cpu() / bound.cpu)?;
    table.row(format!("{engine}: the same for each second of processor time"), by_cpu, Target::None);
    let beside = each(|_, round| round.milliseconds(round.costs.server.rest))?;
    table.row(format!("{engine}: CPU of a login outside its hash, ms"), beside, Target::AtMost(outside));
    table.row(
        format!("{engine}: its hash, ms of the hash threads' clocks"),
        each(|_, round| round.milliseconds(round.costs.server.hashing))?,
        Target::None,
    );
    if engine == Engine::Postgres {
        let database = each(|_, round| round.milliseconds(round.costs.database))?;
        table.row(format!("{engine}: CPU of a login in its server, ms"), database, Target::None);
    }
    let generator = each(|_, round| round.milliseconds(round.costs.generator))?;
    table.row(format!("{engine}: CPU of a login in the load, ms"), generator, Target::None);
    table.row(format!("{engine}: logins/s"), each(|_, round| round.rate())?, Target::None);
    table.row(format!("{engine}: the pool's hashes/s beside it"), each(|bound, _| bound.wall)?, Target::None);
    Ok(())
}
