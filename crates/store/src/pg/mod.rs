//! PostgreSQL: a pool of prepared connections, pipelined transactions, and what to do when one breaks.

mod conn;
mod link;
mod offset;

use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::{Object, Pool, PoolError, Timeouts};

pub(crate) use conn::Conn;

use crate::fault::{Fault, Result};
use crate::job::{Job, Seen};
use crate::tx::{self, Tx};
use crate::{Clock, stopwatch};
use conn::{Progress, Trouble};
use link::{Link, Links};

/// A request that waits longer for a connection is better told to come back.
const CONNECTION_WAIT_MAX: Duration = Duration::from_secs(3);
/// A new connection is dialled, greeted and has every statement prepared within this.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// A job that still meets a deadlock, a broken connection or a demoted primary after so many tries is given up.
const TRIES_MAX: u32 = 6;
/// The first pause before a job is run again; it doubles. A switch-over of a cluster takes seconds, a deadlock none.
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

    /// Runs a job in a task of its own: it ends though its caller is gone.
    pub(crate) async fn write<J: Job>(&self, job: J) -> Result<J::Out> {
        let pg = self.clone();
        let done = tokio::spawn(async move { pg.run(&job, Progress::transaction).await });
        done.await.unwrap_or_else(|_| Err(Fault::Broken("a job panicked; its changes were undone".into())))
    }

    /// Runs a job that only reads; each of its statements sees its own moment.
    pub(crate) async fn read<J: Job>(&self, job: J) -> Result<J::Out> {
        self.run(&job, Progress::autocommit).await
    }

    async fn run<J: Job>(&self, job: &J, progress: fn() -> Progress) -> Result<J::Out> {
        let mut pause = PAUSE_FIRST;
        for tries_left in (0..TRIES_MAX).rev() {
            let lease = self.lease().await?;
            let (outcome, trouble) = attempt(job, lease, progress(), &self.clock).await;
            match (outcome, trouble) {
                (Err(_), Trouble::Passing) if tries_left > 0 => {}
                (Err(_), Trouble::CommitLost) => match self.ask_again(job).await? {
                    Seen::Yes(out) => return Ok(out),
                    Seen::No if tries_left > 0 => {}
                    _ => return Err(Fault::Uncertain("the connection was lost during COMMIT")),
                },
                (outcome, _) => return outcome,
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Err(Fault::Unavailable("a job met trouble every time it was tried".into()))
    }

    async fn ask_again<J: Job>(&self, job: &J) -> Result<Seen<J::Out>> {
        let mut pause = PAUSE_FIRST;
        for _ in 0..TRIES_MAX {
            if let Ok(lease) = self.lease().await {
                let conn = Conn::new(&lease, Progress::transaction());
                let tx = Tx::new(tx::Conn::Pg(conn), self.clock.now());
                if let Ok(seen) = job.seen(&tx).await {
                    return Ok(seen);
                }
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Ok(Seen::CannotTell)
    }

    async fn lease(&self) -> Result<Lease> {
        let waiting = stopwatch::start();
        let object = self.pool.get().await.map_err(no_connection)?;
        metrics::histogram!("countersign_store_connection_wait_seconds").record(waiting.seconds());
        Ok(Lease(Some(object)))
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
/// by a panic or a hung-up reader would take the next job's statements into it.
struct Lease(Option<Object<Links>>);

impl Lease {
    fn clean(mut self) {
        drop(self.0.take());
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

async fn attempt<J: Job>(job: &J, lease: Lease, progress: Progress, clock: &Clock) -> (Result<J::Out>, Trouble) {
    let tx = Tx::new(tx::Conn::Pg(Conn::new(&lease, progress)), clock.now());
    let out = job.run(&tx).await;
    let tx::Conn::Pg(conn) = tx.into_conn() else { return (out, Trouble::None) };
    let (out, trouble) = conn.finish(out).await;
    if trouble == Trouble::None {
        lease.clean();
    }
    (out, trouble)
}
