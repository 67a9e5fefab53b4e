//! PostgreSQL: a pool of prepared connections, pipelined transactions, and what to do when one breaks.

mod conn;
mod link;
mod offset;

use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::{Object, Pool, PoolError, QueueMode, Timeouts};

pub(crate) use conn::Conn;

use crate::Clock;
use crate::fault::{Fault, Result};
use crate::job::{Job, Seen};
use crate::stopwatch::{self, Stopwatch};
use crate::to_its_end;
use crate::tx::{self, Tx};
use conn::{Progress, Trouble};
use link::{Link, Links};

/// A request that waits longer for a connection is better told to come back.
const CONNECTION_WAIT_MAX: Duration = Duration::from_secs(3);
/// A new connection is dialled, greeted and has every statement prepared within this.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// A job that still meets a deadlock, a broken connection or no primary after this long is given up. A server's
/// restart takes about as long; who waits for more is better told to come back.
const TROUBLE_MAX: Duration = Duration::from_secs(3);
/// The first pause before a job is run again; it doubles.
const PAUSE_FIRST: Duration = Duration::from_millis(20);

/// The engine's handle.
#[derive(Clone)]
pub(crate) struct Pg {
    pool: Pool<Links>,
    clock: Clock,
    /// Gone when the last handle is: then the clock is followed no longer.
    open: Arc<()>,
}

impl Pg {
    /// Connects, migrates, and starts to follow the database's clock.
    pub(crate) async fn open(url: &str, connections_max: usize, clock: &Clock) -> Result<Self> {
        let links = Links::new(url)?;
        link::migrate(&links).await?;
        let pool = Pool::builder(links)
            .max_size(connections_max.max(2))
            // The one used last: its server process has what it needs at hand, another would have to fetch it again.
            .queue_mode(QueueMode::Lifo)
            .timeouts(Timeouts {
                wait: Some(CONNECTION_WAIT_MAX),
                create: Some(CONNECT_MAX),
                recycle: Some(CONNECT_MAX),
            })
            .runtime(deadpool::Runtime::Tokio1)
            .build()
            .map_err(|error| Fault::Broken(error.to_string()))?;
        let pg = Self { pool, clock: clock.clone(), open: Arc::default() };
        offset::measure(&pg).await?;
        tokio::spawn(offset::follow(pg.pool.clone(), pg.clock.clone(), Arc::downgrade(&pg.open)));
        Ok(pg)
    }

    /// Runs a job in one transaction.
    pub(crate) async fn write<J: Job>(&self, job: J) -> Result<J::Out> {
        self.run_apart(job, Progress::of::<J>).await
    }

    /// Runs a job that only reads; each of its statements sees its own moment.
    pub(crate) async fn read<J: Job>(&self, job: J) -> Result<J::Out> {
        self.run_apart(job, Progress::autocommit).await
    }

    /// Runs a job to its end though its caller is gone. A write must end; and a read that stopped halfway
    /// would cost its connection, so that clients who hang up could empty the pool faster than it is filled.
    async fn run_apart<J: Job>(&self, job: J, progress: fn() -> Progress) -> Result<J::Out> {
        let pg = self.clone();
        let done = to_its_end(async move { pg.run(&job, progress).await });
        done.await.unwrap_or_else(|_| Err(Fault::Broken("a job panicked; its changes were undone".into())))
    }

    async fn run<J: Job>(&self, job: &J, progress: fn() -> Progress) -> Result<J::Out> {
        let mut patience = Patience::new();
        loop {
            let (outcome, trouble) = self.attempt(job, progress()).await;
            match trouble {
                Trouble::None | Trouble::Final => return outcome,
                Trouble::Passing => {}
                Trouble::CommitLost => match self.ask_again(job).await {
                    Seen::Yes(out) => return Ok(out),
                    Seen::No => {}
                    Seen::CannotTell => return Err(Fault::Uncertain("the connection was lost during COMMIT")),
                },
            }
            if !patience.pause().await {
                return outcome;
            }
        }
    }

    async fn attempt<J: Job>(&self, job: &J, progress: Progress) -> (Result<J::Out>, Trouble) {
        let lease = match self.lease().await {
            Ok(lease) => lease,
            Err((fault, trouble)) => return (Err(fault), trouble),
        };
        let tx = Tx::new(tx::Conn::Pg(Conn::new(&lease, progress)), self.clock.now());
        let out = job.run(&tx).await;
        let (out, trouble) = end(tx, out).await;
        lease.give_back(trouble);
        (out, trouble)
    }

    /// Asks in a transaction of its own, and commits that: its locks follow the lost COMMIT in the log, so where
    /// commits wait for a standby, this answer says that the standby has that one too.
    async fn ask_again<J: Job>(&self, job: &J) -> Seen<J::Out> {
        let mut patience = Patience::new();
        loop {
            if let Ok(lease) = self.lease().await {
                let tx = Tx::new(tx::Conn::Pg(Conn::new(&lease, Progress::transaction())), self.clock.now());
                let seen = job.seen(&tx).await;
                let (seen, trouble) = end(tx, seen).await;
                lease.give_back(trouble);
                match seen {
                    Ok(seen) => return seen,
                    Err(Fault::Uncertain(_)) => return Seen::CannotTell,
                    Err(_) => {}
                }
            }
            if !patience.pause().await {
                return Seen::CannotTell;
            }
        }
    }

    /// A connection; where there is none, whether one may be had soon.
    async fn lease(&self) -> std::result::Result<Lease, (Fault, Trouble)> {
        let waiting = stopwatch::start();
        let object = self.pool.get().await.map_err(|error| {
            let trouble = if matches!(error, PoolError::Backend(_)) { Trouble::Passing } else { Trouble::Final };
            (no_connection(error), trouble)
        })?;
        metrics::histogram!("countersign_store_connection_wait_seconds").record(waiting.seconds());
        let (used, _) = self.connections();
        metrics::gauge!("countersign_store_connections_used").set(u32::try_from(used).unwrap_or(u32::MAX));
        Ok(Lease(Some(object)))
    }

    /// Opens every connection that it may have: each learns all statements, which takes long where everything else
    /// waits for it. Ends early where somebody does wait, or the database goes away.
    pub(crate) async fn warm(&self) {
        let mut held = Vec::new();
        while held.len() < self.pool.status().max_size && self.pool.status().waiting == 0 {
            match self.pool.get().await {
                Ok(connection) => held.push(connection),
                Err(_) => return,
            }
        }
    }

    /// Connections in use and in all.
    pub(crate) fn connections(&self) -> (usize, usize) {
        let status = self.pool.status();
        (status.size.saturating_sub(status.available), status.size)
    }
}

fn no_connection(error: PoolError<Fault>) -> Fault {
    match error {
        PoolError::Backend(fault) => fault,
        other => Fault::Unavailable(format!("no connection to the database: {other}")),
    }
}

/// A borrowed connection that goes back to the pool only when it is known to be clean: one left inside a transaction
/// by a panic would take the next job's statements into it.
struct Lease(Option<Object<Links>>);

impl Lease {
    fn give_back(mut self, trouble: Trouble) {
        if trouble == Trouble::None {
            drop(self.0.take());
        }
    }
}

impl std::ops::Deref for Lease {
    type Target = Link;

    fn deref(&self) -> &Link {
        match &self.0 {
            Some(object) => object,
            None => unreachable!("a lease holds its connection until it is given back"),
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(object) = self.0.take() {
            drop(Object::take(object));
        }
    }
}

async fn end<T>(tx: Tx<'_>, out: Result<T>) -> (Result<T>, Trouble) {
    match tx.into_conn() {
        tx::Conn::Pg(conn) => conn.finish(out).await,
        tx::Conn::Lite(_) => (out, Trouble::None),
    }
}

/// How long trouble is borne, and the pauses in between.
struct Patience {
    since: Stopwatch,
    pause: Duration,
}

impl Patience {
    fn new() -> Self {
        Self { since: stopwatch::start(), pause: PAUSE_FIRST }
    }

    /// Waits before the next try; false if there is to be none.
    async fn pause(&mut self) -> bool {
        if self.since.elapsed() + self.pause > TROUBLE_MAX {
            return false;
        }
        tokio::time::sleep(self.pause).await;
        self.pause *= 2;
        true
    }
}
