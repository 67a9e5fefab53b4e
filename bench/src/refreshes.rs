//! `bench refreshes`: refreshes a second ÷ what an empty handler reaches that signs the same token.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::bound;
use crate::callers::{Logins, Refreshes, Same, Session, open_sessions};
use crate::flush;
use crate::load::{Caller, Crowd};
use crate::options::{Options, on_one_thread};
use crate::process;
use crate::requests::{self, Ids};
use crate::server::Server;
use crate::side::{PATIENT, SINGLE, Side, TENANT};
use crate::stats::{Spread, quantile};
use crate::table::{Table, Target};
use crate::world::Engine;

const IN_FLIGHT: usize = 32;
/// Where a flush takes longer than [`FLUSH_SLOW`], so many are needed to keep the disk busy.
const IN_FLIGHT_ON_SLOW_DISKS: usize = 128;
const FLUSH_SLOW: Duration = Duration::from_micros(500);
const SESSIONS: usize = 1_000;
const ROUND_SECONDS: f64 = 3.0;
const WARM_UP: Duration = Duration::from_millis(500);

/// One round of one server.
struct Round {
    rate: f64,
    p99_ms: f64,
    /// Microseconds of processor time for each answer: in the server, in the database's server.
    server_us: f64,
    database_us: f64,
}

struct Contestant {
    side: Side,
    sessions: Vec<Session>,
    ids: Rc<Ids>,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let site = options.site()?;
    let mut contestants = Vec::new();
    for engine in &options.engines {
        let side = Side::start(&site, *engine, options.count(SESSIONS), PATIENT)?;
        contestants.push(on_one_thread(contestant(side, options.count(SESSIONS)))?);
    }
    let bound = on_one_thread(Server::bound(&options.folder))?;
    let flush = flush::probe(&options.folder)?;
    let [median, p99] = flush.map(|time| time.as_secs_f64() * 1e3);
    let mut table = Table::new(format!(
        "refreshes ÷ an empty handler that signs the same token; every one flushed; {} alternations of {:.0} s",
        options.rounds,
        options.round(ROUND_SECONDS).as_secs_f64()
    ));
    table.note("a flush of this disk, ms", format!("p50 {median:.3}, p99 {p99:.3}"));
    let is_slow = flush[0] > FLUSH_SLOW;
    let widths = if is_slow { vec![IN_FLIGHT, IN_FLIGHT_ON_SLOW_DISKS] } else { vec![IN_FLIGHT] };
    for width in widths {
        compare(options, &bound, &mut contestants, (width, is_slow), &mut table)?;
    }
    table.print();
    Ok(())
}

async fn contestant(side: Side, sessions: usize) -> anyhow::Result<Contestant> {
    let people = Logins::new(TENANT, SINGLE, sessions);
    let sessions = open_sessions(side.server.address, &people, sessions).await?;
    Ok(Contestant { side, sessions, ids: Rc::default() })
}

fn compare(
    options: &Options,
    bound: &Server,
    contestants: &mut [Contestant],
    (width, is_slow): (usize, bool),
    table: &mut Table,
) -> anyhow::Result<()> {
    let length = options.round(ROUND_SECONDS);
    let mut rounds: Vec<Vec<(Round, Round)>> = contestants.iter().map(|_| Vec::new()).collect();
    for _ in 0..options.rounds {
        for (contestant, rounds) in contestants.iter_mut().zip(&mut rounds) {
            let alone = on_one_thread(bound_round(bound, width, length))?;
            rounds.push((alone, on_one_thread(refresh_round(contestant, width, length))?));
        }
    }
    for (contestant, rounds) in contestants.iter().zip(&rounds) {
        report(contestant.side.engine(), (width, is_slow), rounds, table)?;
    }
    Ok(())
}

async fn bound_round(bound: &Server, width: usize, length: Duration) -> anyhow::Result<Round> {
    let request = requests::refresh(TENANT, &"x".repeat(bound::REFRESH_TOKEN_CHARS), &Ids::default());
    let callers = (0..width).map(|_| Same(request.clone())).collect();
    Ok(measure(bound, callers, length, None).await?.0)
}

async fn refresh_round(contestant: &mut Contestant, width: usize, length: Duration) -> anyhow::Result<Round> {
    let callers = Refreshes::deal(TENANT, &contestant.sessions, width, &contestant.ids)?;
    let database = contestant.side.world.database_process()?;
    let (round, callers) = measure(&contestant.side.server, callers, length, database).await?;
    contestant.sessions = Refreshes::gather(callers);
    Ok(round)
}

async fn measure<C: Caller>(
    server: &Server,
    callers: Vec<C>,
    length: Duration,
    database: Option<u32>,
) -> anyhow::Result<(Round, Vec<C>)> {
    let crowd = Crowd::start(server.address, callers);
    let costs =
        || anyhow::Ok((server.cpu()?.all(), database.map(process::cpu_of_tree).transpose()?.unwrap_or_default()));
    sleep(WARM_UP).await;
    crowd.take_seconds();
    let (answers, before, begun) = (crowd.answers(), costs()?, Instant::now());
    sleep(length).await;
    let (answers, wall, after) = ((crowd.answers() - answers) as f64, begun.elapsed(), costs()?);
    let mut seconds = crowd.take_seconds();
    let micros = |spent: Duration| spent.as_secs_f64() * 1e6 / answers;
    let round = Round {
        rate: answers / wall.as_secs_f64(),
        p99_ms: quantile(&mut seconds, 0.99) * 1e3,
        server_us: micros(after.0.saturating_sub(before.0)),
        database_us: micros(after.1.saturating_sub(before.1)),
    };
    Ok((round, crowd.end().await?))
}

fn report(
    engine: Engine,
    (width, is_slow): (usize, bool),
    rounds: &[(Round, Round)],
    table: &mut Table,
) -> anyhow::Result<()> {
    let share = match engine {
        Engine::Sqlite => 0.55,
        Engine::Postgres => 0.35,
    };
    // On a slow disk 32 in flight wait for it, whatever is done: there the figure counts at 128.
    let target = if is_slow && width == IN_FLIGHT { Target::None } else { Target::AtLeast(share) };
    let each = |of: fn(&Round, &Round) -> f64| Spread::of(rounds.iter().map(|(bound, round)| of(bound, round)));
    let name = |what: &str| format!("{engine}, {width} at a time: {what}");
    table.row(name("refreshes/s ÷ the bound"), each(|bound, round| round.rate / bound.rate)?, target);
    table.row(name("p99, ms"), each(|_, round| round.p99_ms)?, Target::None);
    table.row(name("CPU of a refresh in the product, µs"), each(|_, round| round.server_us)?, Target::None);
    if engine == Engine::Postgres {
        table.row(name("CPU of a refresh in its server, µs"), each(|_, round| round.database_us)?, Target::None);
    }
    table.row(name("CPU of the bound, µs"), each(|bound, _| bound.server_us)?, Target::None);
    table.row(name("refreshes/s"), each(|_, round| round.rate)?, Target::None);
    table.row(name("the bound/s"), each(|bound, _| bound.rate)?, Target::None);
    Ok(())
}
