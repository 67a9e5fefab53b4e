use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::Conn;
use crate::Clock;
use crate::fault::{Fault, Result};
use crate::job::Job;
use crate::tx::{self, Tx};

/// Jobs that may wait in front of one thread. Far above what the doors admit: reaching it means the disk stands still.
const QUEUE_MAX: usize = 8_192;

/// A job on its way to a thread of the engine, its type forgotten.
pub(super) trait Work: Send {
    /// Runs the job inside a transaction that is open; whether its changes should stay.
    fn run(&mut self, connection: &mut Connection, clock: &Clock) -> bool;
    /// See [`Job::IS_FLUSHED`].
    fn is_flushed(&self) -> bool;
    /// Tells the caller, who may be gone, after the transaction has ended.
    fn answer(self: Box<Self>, commit: std::result::Result<(), String>);
}

struct Waiting<J: Job> {
    job: J,
    out: Option<Result<J::Out>>,
    caller: oneshot::Sender<Result<J::Out>>,
}

impl<J: Job> Work for Waiting<J> {
    fn run(&mut self, connection: &mut Connection, clock: &Clock) -> bool {
        let tx = Tx::new(tx::Conn::Lite(Conn::new(connection)), clock.now());
        let polled = catch_unwind(AssertUnwindSafe(|| {
            let future = pin!(self.job.run(&tx));
            future.poll(&mut Context::from_waker(Waker::noop()))
        }));
        let out = match polled {
            Ok(Poll::Ready(out)) => out,
            Ok(Poll::Pending) => Err(Fault::Broken("a job waited for something else than its transaction".into())),
            Err(_) => Err(Fault::Broken("a job panicked; its changes were undone".into())),
        };
        let stays = out.is_ok();
        self.out = Some(out);
        stays
    }

    fn is_flushed(&self) -> bool {
        J::IS_FLUSHED
    }

    fn answer(self: Box<Self>, commit: std::result::Result<(), String>) {
        let out = match (self.out, commit) {
            (Some(Ok(_)) | None, Err(told)) => Err(Fault::Unavailable(told)),
            (Some(out), _) => out,
            (None, Ok(())) => Err(Fault::Broken("a job was never run".into())),
        };
        // The caller may have hung up; what was committed stays.
        let _ = self.caller.send(out);
    }
}

/// The way to a thread, or to several that share it.
#[derive(Clone)]
pub(super) struct Queue(mpsc::Sender<Box<dyn Work>>);

pub(super) type Inbox = mpsc::Receiver<Box<dyn Work>>;

impl Queue {
    pub(super) fn new() -> (Self, Inbox) {
        let (sender, inbox) = mpsc::channel(QUEUE_MAX);
        (Self(sender), inbox)
    }

    pub(super) async fn run<J: Job>(&self, job: J) -> Result<J::Out> {
        let (caller, answer) = oneshot::channel();
        let work = Box::new(Waiting { job, out: None, caller });
        self.0.try_send(work).map_err(|_| Fault::Unavailable("the store's queue is full or closed".into()))?;
        answer.await.unwrap_or_else(|_| Err(Fault::Unavailable("the store is closed".into())))
    }
}
