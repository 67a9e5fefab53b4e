//! `bench overload`: twenty times more logins than can be served, and what becomes of everybody else.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::anyhow;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::{Instant, sleep, sleep_until};

use crate::callers::{Logins, open_sessions};
use crate::latency::{Reader, Samples};
use crate::load::{Crowd, at_rate};
use crate::options::{Options, on_one_thread};
use crate::process;
use crate::side::{OTHER_TENANT, SINGLE, Side, TENANT};
use crate::stats::{Spread, quantile};
use crate::table::{Table, Target};
use crate::wire::Connections;

/// Offered ÷ what can be served.
const TIMES: f64 = 20.0;
const SECONDS: f64 = 30.0;
const PEOPLE: usize = 1_000;
const REFRESHES_PER_SECOND: f64 = 50.0;
const OTHER_LOGINS_PER_SECOND: f64 = 5.0;
/// How long the rate that can be served is measured for, with enough in flight for every thread and none refused.
const CAPACITY_SECONDS: Duration = Duration::from_secs(4);
const CAPACITY_IN_FLIGHT: usize = 16;
/// One flood is looked at in so many parts, for its least and most.
const PARTS: usize = 6;

/// One login of the flood.
#[derive(Clone, Copy)]
struct Sample {
    due: Instant,
    seconds: f64,
    status: u16,
}

type Logs = Rc<RefCell<Vec<Sample>>>;

/// What came of one flood.
struct Flood {
    begun: Instant,
    length: Duration,
    capacity: f64,
    flood: Vec<Sample>,
    other: Vec<Sample>,
    refresh: Vec<(Instant, f64)>,
    /// Resident memory in MiB, once a second.
    memory: Vec<f64>,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let site = options.site()?;
    let length = options.round(SECONDS);
    let mut table = Table::new(format!(
        "overload: {TIMES} times more logins than can be served, for {:.0} s; the range is over {PARTS} parts of it",
        length.as_secs_f64()
    ));
    for engine in &options.engines {
        let side = Side::start(&site, *engine, options.count(PEOPLE), "")?;
        let flood = on_one_thread(measure(&side, options.count(PEOPLE), length))?;
        report(&engine.to_string(), &flood, &mut table)?;
    }
    table.print();
    Ok(())
}

async fn measure(side: &Side, people: usize, length: Duration) -> anyhow::Result<Flood> {
    let address = side.server.address;
    let [logins, others] = [TENANT, OTHER_TENANT].map(|tenant| Logins::new(tenant, SINGLE, people));
    let reader = Reader::new(open_sessions(address, &logins, people).await?);
    let crowd = Crowd::start(address, vec![logins.clone(); CAPACITY_IN_FLIGHT]);
    sleep(CAPACITY_SECONDS / 4).await;
    let (answers, begun) = (crowd.answers(), Instant::now());
    sleep(CAPACITY_SECONDS).await;
    let capacity = (crowd.answers() - answers) as f64 / begun.elapsed().as_secs_f64();
    crowd.end().await?;

    let begun = Instant::now();
    let until = begun + length;
    let to = [(); 3].map(|()| Rc::new(Connections::new(address)));
    let [to_flood, to_other, to_refresh] = &to;
    let (flood, other, refresh) = (Logs::default(), Logs::default(), Samples::default());
    let memory = RefCell::<Vec<f64>>::default();
    let sent = RefCell::new(Vec::new());
    let keep = |task| sent.borrow_mut().push(task);
    tokio::join!(
        at_rate(capacity * TIMES, until, |due| keep(login(to_flood, due, logins.next(), &flood))),
        at_rate(OTHER_LOGINS_PER_SECOND, until, |due| keep(login(to_other, due, others.next(), &other))),
        at_rate(REFRESHES_PER_SECOND, until, |due| keep(reader.refresh(to_refresh, due, &refresh))),
        at_rate(1.0, until, |_| memory.borrow_mut().extend(process::resident_mib(side.server.process()))),
    );
    sleep_until(until).await;
    for task in sent.take() {
        task.await.map_err(|_| anyhow!("a client panicked"))??;
    }
    let (flood, other, refresh) = (flood.take(), other.take(), refresh.take());
    Ok(Flood { begun, length, capacity, flood, other, refresh, memory: memory.into_inner() })
}

fn login(to: &Rc<Connections>, due: Instant, request: Vec<u8>, logs: &Logs) -> JoinHandle<anyhow::Result<()>> {
    let (to, logs) = (Rc::clone(to), Rc::clone(logs));
    spawn_local(async move {
        let status = to.ask(&request).await?.status;
        logs.borrow_mut().push(Sample { due, seconds: due.elapsed().as_secs_f64(), status });
        Ok(())
    })
}

impl Flood {
    /// The quantile over the whole flood, with the least and the most of its parts.
    fn quantile(&self, samples: impl Iterator<Item = (Instant, f64)> + Clone, q: f64) -> anyhow::Result<Spread> {
        let part_of = |due: Instant| {
            let share = due.duration_since(self.begun).as_secs_f64() / self.length.as_secs_f64();
            (share * PARTS as f64) as usize
        };
        let parts = (0..PARTS).map(|part| {
            let of_part = samples.clone().filter(|(due, _)| part_of(*due) == part);
            quantile(&mut of_part.map(|(_, seconds)| seconds).collect::<Vec<f64>>(), q)
        });
        let parts = Spread::of(parts)?;
        let mut all: Vec<f64> = samples.clone().map(|(_, seconds)| seconds).collect();
        Ok(Spread { median: quantile(&mut all, q), ..parts })
    }
}

fn report(engine: &str, flood: &Flood, table: &mut Table) -> anyhow::Result<()> {
    let single = |value: f64| Spread::of([value]);
    let with = |status: u16| {
        let samples = flood.flood.iter().filter(move |sample| sample.status == status);
        samples.map(|sample| (sample.due, sample.seconds))
    };
    let per_second = |count: usize| count as f64 / flood.length.as_secs_f64();
    let (admitted, refused) = (with(200).count(), with(503).count());
    let strange = flood.flood.len() - admitted - refused;
    table.row(format!("{engine}: logins/s offered"), single(per_second(flood.flood.len()))?, Target::None);
    table.row(format!("{engine}: logins/s answered with 200"), single(per_second(admitted))?, Target::None);
    table.row(format!("{engine}: the same with no flood"), single(flood.capacity)?, Target::None);
    table.row(format!("{engine}: neither 200 nor 503"), single(strange as f64)?, Target::AtMost(0.0));
    table.row(format!("{engine}: slowest 200, s"), flood.quantile(with(200), 1.0)?, Target::AtMost(3.0));
    table.row(format!("{engine}: slowest 503, ms"), flood.quantile(with(503), 1.0)?.times(1e3), Target::AtMost(100.0));
    table.row(format!("{engine}: 503 p99, ms"), flood.quantile(with(503), 0.99)?.times(1e3), Target::None);
    let refresh = flood.quantile(flood.refresh.iter().copied(), 0.99)?.times(1e3);
    table.row(format!("{engine}: refresh p99, ms"), refresh, Target::AtMost(20.0));
    let of_other = flood.other.iter().map(|sample| (sample.due, sample.seconds));
    let other = flood.quantile(of_other, 0.99)?.times(1e3);
    table.row(format!("{engine}: second tenant's login p99, ms"), other, Target::AtMost(150.0));
    let not_let_in = flood.other.iter().filter(|sample| sample.status != 200).count();
    table.row(format!("{engine}: second tenant's logins refused"), single(not_let_in as f64)?, Target::AtMost(0.0));
    let early = flood.memory.get(flood.memory.len() / 4).copied().unwrap_or_default();
    let late = flood.memory.last().copied().unwrap_or_default();
    table.row(format!("{engine}: memory after a quarter of it, MiB"), single(early)?, Target::None);
    table.row(
        format!("{engine}: growth of memory from then on, MiB"),
        single(late - early)?,
        Target::AtMost(GROWTH_MIB),
    );
    Ok(())
}

/// What the cache of a database connection that reads another page may add; a leak of a request in a flood of a
/// hundred thousand would be far more.
const GROWTH_MIB: f64 = 2.0;
