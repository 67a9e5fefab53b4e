use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::{Notify, oneshot};
use tokio::task::Id;

/// A test's hold on the order of transactions: stories stop in front of each one until they are let through.
///
/// Since a story touches the store only in whole transactions, letting two or three of them through in every order
/// tries every interleaving there is.
#[derive(Debug, Default)]
pub struct Turnstile {
    waiting: Mutex<BTreeMap<Id, oneshot::Sender<oneshot::Sender<()>>>>,
    arrived: Notify,
}

/// Held while a transaction runs; dropping it says that it has ended.
pub(crate) struct Turn(#[expect(dead_code, reason = "its drop is the message")] Option<oneshot::Sender<()>>);

impl Turnstile {
    /// Stops the calling task until it is let through.
    pub(crate) async fn enter(&self) -> Turn {
        let Some(task) = tokio::task::try_id() else { return Turn(None) };
        let (permit, permitted) = oneshot::channel();
        self.lock().insert(task, permit);
        self.arrived.notify_waiters();
        self.arrived.notify_one();
        Turn(permitted.await.ok())
    }

    /// The tasks that stand in front of a transaction now, in the order in which they were spawned.
    pub fn waiting(&self) -> Vec<Id> {
        self.lock().keys().copied().collect()
    }

    /// Resolves when some task has arrived since the last call.
    pub async fn arrival(&self) {
        self.arrived.notified().await;
    }

    /// Lets one task run one transaction and waits until that has ended. False if it does not stand there.
    pub async fn let_through(&self, task: Id) -> bool {
        let Some(permit) = self.lock().remove(&task) else { return false };
        let (turn, ended) = oneshot::channel();
        if permit.send(turn).is_err() {
            return false;
        }
        // The sender is dropped, never used: an error is the expected message.
        let _ = ended.await;
        true
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Id, oneshot::Sender<oneshot::Sender<()>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
