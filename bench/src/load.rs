//! Who asks: clients that each wait for their answer, and requests that come whatever happens.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use anyhow::anyhow;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::wire::{Answer, Connection};

/// A client that asks again as soon as it is answered.
pub(crate) trait Caller: 'static {
    /// The next request.
    fn request(&mut self) -> Vec<u8>;
    /// Its answer.
    ///
    /// # Errors
    /// Where it is not the one that was wanted: then the measurement is void.
    fn answered(&mut self, answer: &Answer<'_>) -> anyhow::Result<()>;
}

/// Clients at work, one connection each.
pub(crate) struct Crowd<C> {
    shared: Rc<Shared>,
    tasks: Vec<JoinHandle<anyhow::Result<C>>>,
}

#[derive(Default)]
struct Shared {
    answers: Cell<u64>,
    seconds: RefCell<Vec<f64>>,
    ended: Cell<bool>,
}

impl<C: Caller> Crowd<C> {
    /// Lets the clients begin.
    pub(crate) fn start(address: SocketAddr, callers: Vec<C>) -> Self {
        let shared = Rc::<Shared>::default();
        let tasks = callers.into_iter().map(|caller| spawn_local(call(address, caller, Rc::clone(&shared)))).collect();
        Self { shared, tasks }
    }

    /// Answers so far.
    pub(crate) fn answers(&self) -> u64 {
        self.shared.answers.get()
    }

    /// The time of each answer since this was asked last.
    pub(crate) fn take_seconds(&self) -> Vec<f64> {
        self.shared.seconds.take()
    }

    /// Waits for the answers that are under way, and gives the clients back.
    ///
    /// # Errors
    /// The first that a client met.
    pub(crate) async fn end(self) -> anyhow::Result<Vec<C>> {
        self.shared.ended.set(true);
        let mut callers = Vec::with_capacity(self.tasks.len());
        for task in self.tasks {
            callers.push(task.await.map_err(|_| anyhow!("a client panicked"))??);
        }
        Ok(callers)
    }
}

async fn call<C: Caller>(address: SocketAddr, mut caller: C, shared: Rc<Shared>) -> anyhow::Result<C> {
    let mut connection = Connection::open(address).await?;
    while !shared.ended.get() {
        let request = caller.request();
        let asked = Instant::now();
        let answer = connection.ask(&request).await?;
        shared.seconds.borrow_mut().push(asked.elapsed().as_secs_f64());
        shared.answers.set(shared.answers.get() + 1);
        caller.answered(&answer)?;
    }
    Ok(caller)
}

/// Calls `ask` at a steady rate until `until`, not waiting for what came before; each call is told the moment at which
/// it was due. A clock that was late catches up.
pub(crate) async fn at_rate(per_second: f64, until: Instant, mut ask: impl FnMut(Instant)) {
    let mut due = interval(Duration::from_secs_f64(1.0 / per_second));
    due.set_missed_tick_behavior(MissedTickBehavior::Burst);
    loop {
        let moment = due.tick().await;
        if moment >= until {
            return;
        }
        ask(moment);
    }
}
