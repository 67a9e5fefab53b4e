use std::sync::Arc;
use std::time::Duration;

use countersign_domain::{Secret, TenantId};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::HashFault;
use super::lanes::Ticket;
use super::params::Params;
use super::phc::{NEW_SALT_BYTES, PhcHash};
use super::shared::{Shared, Work};

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
    pub fn verify(
        self,
        password: Secret,
        candidates: Vec<PhcHash>,
        decoy: Params,
    ) -> impl Future<Output = Result<Verified, HashFault>> + Send + use<> {
        let (reply, answer) = oneshot::channel();
        let waiting = self.submit(Work::Verify { password, candidates, decoy, reply });
        waiting.until(answer)
    }

    /// Hashes a new password. `salt` is fresh random bytes. Queued and dropped as [`Self::verify`] is.
    pub fn hash(
        self,
        password: Secret,
        params: Params,
        salt: [u8; NEW_SALT_BYTES],
    ) -> impl Future<Output = Result<PhcHash, HashFault>> + Send + use<> {
        let (reply, answer) = oneshot::channel();
        let waiting = self.submit(Work::Make { password, params, salt, reply });
        waiting.until(answer)
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

impl Waiting {
    async fn until<T>(mut self, answer: oneshot::Receiver<Result<T, HashFault>>) -> Result<T, HashFault> {
        let answer = answer.await;
        self.answered = true;
        answer.unwrap_or(Err(HashFault::Stopped))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if !self.answered {
            self.shared.withdraw(self.tenant, self.ticket);
        }
    }
}
