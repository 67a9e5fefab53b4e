use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, oneshot};

/// A test's hold on the order of transactions: every one waits here until it is let through.
///
/// Since a story touches the store only in whole transactions, one after the other, letting those of two or three
/// stories through in every order tries every interleaving there is.
#[derive(Debug, Default)]
pub struct Turnstile {
    waiting: Mutex<Queue>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    last: u64,
    permits: BTreeMap<u64, oneshot::Sender<oneshot::Sender<()>>>,
}

/// Held while a transaction runs; dropping it says that it has ended.
pub(crate) struct Turn(#[expect(dead_code, reason = "its drop is the message")] Option<oneshot::Sender<()>>);

impl Turnstile {
    /// Stops the caller until it is let through.
    pub(crate) async fn enter(&self) -> Turn {
        let (permit, permitted) = oneshot::channel();
        self.join(permit);
        self.arrived.notify_one();
        Turn(permitted.await.ok())
    }

    fn join(&self, permit: oneshot::Sender<oneshot::Sender<()>>) {
        let mut queue = self.lock();
        queue.last += 1;
        let ticket = queue.last;
        queue.permits.insert(ticket, permit);
    }

    /// The transactions that wait, in the order in which they came.
    pub fn waiting(&self) -> Vec<u64> {
        self.lock().permits.keys().copied().collect()
    }

    /// Resolves when a transaction has come since the last call.
    pub async fn arrival(&self) {
        self.arrived.notified().await;
    }

    /// Lets one transaction run and waits until it has ended. False if it does not wait here.
    pub async fn let_through(&self, ticket: u64) -> bool {
        let Some(permit) = self.lock().permits.remove(&ticket) else { return false };
        let (turn, ended) = oneshot::channel();
        if permit.send(turn).is_err() {
            return false;
        }
        // The sender is dropped, never used: an error is the expected message.
        let _ = ended.await;
        true
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
