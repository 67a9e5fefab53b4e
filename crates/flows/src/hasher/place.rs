use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use countersign_domain::{Secret, TenantId};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::HashFault;
use super::lanes::Ticket;
use super::params::Params;
use super::phc::{NEW_SALT_BYTES, PhcHash};
use super::shared::{Shared, Work};
use crate::keys::OaepKey;

/// A place in a tenant's lane, taken before anything is reserved, so that overload refuses before it charges anyone.
///
/// It counts as a job in the lane's waiting time until it becomes one; dropped, it is given back.
#[must_use]
pub struct Place {
    shared: Arc<Shared>,
    tenant: TenantId,
    marked: bool,
    submitted: bool,
}

/// No place: what is ahead in the lane would take longer than the pool lets anyone wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    /// When what waits now will have been served; at least a second.
    pub retry_after: Duration,
}

impl Busy {
    pub(super) fn after(wait: Duration) -> Self {
        Self { retry_after: wait.max(Duration::from_secs(1)) }
    }
}

/// What one job found.
#[derive(Clone, Copy, Debug)]
pub struct Verified {
    /// The first candidate, by its index, whose password this is.
    pub matched: Option<usize>,
    /// When a thread took the job up: failed answers leave at a multiple of the step after it.
    pub started: Instant,
    /// How long the job held its thread.
    pub took: Duration,
}

impl Place {
    pub(super) fn take(shared: &Arc<Shared>, tenant: TenantId, marked: bool) -> Result<Self, Busy> {
        shared.take_place(tenant, marked)?;
        Ok(Self { shared: Arc::clone(shared), tenant, marked, submitted: false })
    }

    /// Compares `password` with the candidates, one hash after the other on one thread, in their order, up to the
    /// first that matches; with no candidate, one hash with the parameters `decoy` that nothing matches.
    ///
    /// The job is queued by the call, not by the first poll. Dropping the future drops a job that has not started;
    /// one that has started runs to its end on its thread. [`HashFault`] says that no verdict was reached.
    pub fn verify(self, password: Secret, candidates: Vec<PhcHash>, decoy: Params) -> Job<Verified> {
        let (reply, answer) = oneshot::channel();
        let waiting = self.submit(Work::Verify { password, candidates, decoy, reply });
        Job { waiting, answer }
    }

    /// Hashes a new password. `salt` is fresh random bytes. Queued and dropped as [`Self::verify`] is.
    pub fn hash(self, password: Secret, params: Params, salt: [u8; NEW_SALT_BYTES]) -> Job<PhcHash> {
        let (reply, answer) = oneshot::channel();
        let waiting = self.submit(Work::Make { password, params, salt, reply });
        Job { waiting, answer }
    }

    /// Opens the encrypted fields of one request; none if one of them does not open. Queued and dropped as
    /// [`Self::verify`] is.
    pub fn decrypt(self, key: Arc<OaepKey>, fields: Vec<Secret>) -> Job<Option<Vec<Secret>>> {
        let (reply, answer) = oneshot::channel();
        let waiting = self.submit(Work::Decrypt { key, fields, reply });
        Job { waiting, answer }
    }

    /// How hard a new password is to guess for somebody who knows these texts. Queued and dropped as [`Self::verify`] is.
    pub(crate) fn judge(self, password: Secret, known: Vec<String>) -> Job<u8> {
        let (reply, answer) = oneshot::channel();
        let waiting = self.submit(Work::Judge { password, known, reply });
        Job { waiting, answer }
    }

    fn submit(mut self, work: Work) -> Waiting {
        self.submitted = true;
        let ticket = self.shared.submit(self.tenant, self.marked, work);
        Waiting { shared: Arc::clone(&self.shared), tenant: self.tenant, ticket, answered: false }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.submitted {
            self.shared.give_back_place(self.tenant, self.marked);
        }
    }
}

/// Somebody waits for a job; when nobody does any more, a job that has not started leaves its lane.
struct Waiting {
    shared: Arc<Shared>,
    tenant: TenantId,
    ticket: Ticket,
    answered: bool,
}

/// A job on its way; awaiting it gives its verdict.
#[must_use = "dropping a job that has not started withdraws it"]
pub struct Job<T> {
    waiting: Waiting,
    answer: oneshot::Receiver<Result<T, HashFault>>,
}

impl<T> Job<T> {
    /// Takes the job back if no thread has taken it up; whether that was so. One that has started goes on.
    pub fn withdraw(&mut self) -> bool {
        let was_waiting = self.waiting.shared.withdraw(self.waiting.tenant, self.waiting.ticket);
        self.waiting.answered |= was_waiting;
        was_waiting
    }
}

impl<T> Future for Job<T> {
    type Output = Result<T, HashFault>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = ready!(Pin::new(&mut self.answer).poll(cx));
        self.waiting.answered = true;
        Poll::Ready(answer.unwrap_or(Err(HashFault::Stopped)))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if !self.answered {
            self.shared.withdraw(self.tenant, self.ticket);
        }
    }
}
