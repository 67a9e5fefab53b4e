//! `bench latency`: how long refresh, profile and keys take while every core hashes.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::{Instant, sleep, sleep_until};

use crate::callers::{Logins, Session, open_sessions};
use crate::load::{Crowd, at_rate};
use crate::options::{Options, on_one_thread};
use crate::requests::{self, Ids};
use crate::side::{PATIENT, SINGLE, Side, TENANT};
use crate::stats::{Spread, quantile};
use crate::table::{Table, Target};
use crate::wire::Connections;

const LOGINS_IN_FLIGHT: usize = 64;
const REFRESHES_PER_SECOND: f64 = 50.0;
const READS_PER_SECOND: f64 = 50.0;
const PEOPLE: usize = 1_000;
const ROUND_SECONDS: f64 = 8.0;
const WARM_UP: Duration = Duration::from_secs(1);

/// What came of one round: seconds from the moment at which each request was due.
struct Round {
    refresh: Vec<f64>,
    profile: Vec<f64>,
    jwks: Vec<f64>,
    logins_per_second: f64,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let (site, people) = (options.site()?, options.count(PEOPLE));
    let length = options.round(ROUND_SECONDS);
    let mut sides = Vec::new();
    for engine in &options.engines {
        let side = Side::start(&site, *engine, people, PATIENT)?;
        let logins = Logins::new(TENANT, SINGLE, people);
        let sessions = on_one_thread(open_sessions(side.server.address, &logins, people))?;
        sides.push(((side, logins, Reader::new(sessions)), Vec::new()));
    }
    for _ in 0..options.rounds {
        for ((side, logins, reader), rounds) in &mut sides {
            rounds.push(on_one_thread(measure(side, logins, reader, length))?);
        }
    }
    let mut table = Table::new(format!(
        "latency while {LOGINS_IN_FLIGHT} logins are always in flight; {REFRESHES_PER_SECOND} refreshes, \
         {READS_PER_SECOND} profiles and {READS_PER_SECOND} key sets a second, due at fixed moments; \
         {} rounds of {:.0} s in turn",
        options.rounds,
        length.as_secs_f64()
    ));
    for ((side, ..), rounds) in &mut sides {
        report(&side.engine().to_string(), rounds, &mut table)?;
    }
    table.print();
    Ok(())
}

/// Sessions that are read and refreshed from outside the crowd.
pub(crate) struct Reader {
    sessions: Rc<RefCell<VecDeque<Session>>>,
    ids: Rc<Ids>,
}

/// Seconds of each request, by when it was due.
pub(crate) type Samples = Rc<RefCell<Vec<(Instant, f64)>>>;

impl Reader {
    pub(crate) fn new(sessions: Vec<Session>) -> Self {
        Self { sessions: Rc::new(RefCell::new(sessions.into())), ids: Rc::default() }
    }

    /// Refreshes the session that has rested longest.
    pub(crate) fn refresh(
        &self,
        to: &Rc<Connections>,
        due: Instant,
        samples: &Samples,
    ) -> JoinHandle<anyhow::Result<()>> {
        let (sessions, ids) = (Rc::clone(&self.sessions), Rc::clone(&self.ids));
        let (to, samples) = (Rc::clone(to), Rc::clone(samples));
        spawn_local(async move {
            let session = sessions.borrow_mut().pop_front().context("every session is in flight")?;
            let answer = to.ask(&requests::refresh(TENANT, &session.refresh, &ids)).await?;
            samples.borrow_mut().push((due, due.elapsed().as_secs_f64()));
            sessions.borrow_mut().push_back(Session::of(&answer.view())?);
            Ok(())
        })
    }

    fn read(
        &self,
        to: &Rc<Connections>,
        due: Instant,
        samples: &Samples,
        request: Vec<u8>,
    ) -> JoinHandle<anyhow::Result<()>> {
        let (to, samples) = (Rc::clone(to), Rc::clone(samples));
        spawn_local(async move {
            let answer = to.ask(&request).await?;
            samples.borrow_mut().push((due, due.elapsed().as_secs_f64()));
            answer.view().expect(200)
        })
    }

    fn access_token(&self) -> String {
        self.sessions.borrow().back().map(|session| session.access.clone()).unwrap_or_default()
    }
}

async fn measure(side: &Side, logins: &Logins, reader: &Reader, length: Duration) -> anyhow::Result<Round> {
    let crowd = Crowd::start(side.server.address, vec![logins.clone(); LOGINS_IN_FLIGHT]);
    sleep(WARM_UP).await;
    let (answers, begun) = (crowd.answers(), Instant::now());
    let until = begun + length;
    let to = Rc::new(Connections::new(side.server.address));
    let [refresh, profile, jwks] = [(); 3].map(|()| Samples::default());
    let sent = RefCell::new(Vec::new());
    let keep = |task| sent.borrow_mut().push(task);
    tokio::join!(
        at_rate(REFRESHES_PER_SECOND, until, |due| keep(reader.refresh(&to, due, &refresh))),
        at_rate(READS_PER_SECOND, until, |due| {
            keep(reader.read(&to, due, &profile, requests::profile(TENANT, &reader.access_token())));
        }),
        at_rate(READS_PER_SECOND, until, |due| keep(reader.read(&to, due, &jwks, requests::jwks(TENANT)))),
    );
    sleep_until(until).await;
    let logins_per_second = (crowd.answers() - answers) as f64 / begun.elapsed().as_secs_f64();
    for task in sent.take() {
        task.await.map_err(|_| anyhow!("a client panicked"))??;
    }
    crowd.end().await?;
    let seconds = |samples: Samples| samples.borrow().iter().map(|(_, seconds)| *seconds).collect();
    Ok(Round { refresh: seconds(refresh), profile: seconds(profile), jwks: seconds(jwks), logins_per_second })
}

fn report(engine: &str, rounds: &mut [Round], table: &mut Table) -> anyhow::Result<()> {
    let mut row = |name: &str, samples: fn(&mut Round) -> &mut Vec<f64>, most: f64| {
        let mut at = |q| Spread::of(rounds.iter_mut().map(|round| quantile(samples(round), q) * 1e3));
        table.row(format!("{engine}: {name} p99, ms"), at(0.99)?, Target::AtMost(most));
        table.row(format!("{engine}: {name} p50, ms"), at(0.5)?, Target::None);
        anyhow::Ok(())
    };
    row("refresh", |round| &mut round.refresh, 20.0)?;
    row("profile", |round| &mut round.profile, 10.0)?;
    row("key set", |round| &mut round.jwks, 10.0)?;
    let logins = Spread::of(rounds.iter().map(|round| round.logins_per_second))?;
    table.row(format!("{engine}: logins/s meanwhile"), logins, Target::None);
    Ok(())
}
