use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use countersign_domain::TenantId;
use countersign_store::CounterKey;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

/// Requests that may wait for one row: more than a browser's worth of honest ones, few enough to be no weapon.
pub(super) const WAITERS_MAX: usize = 64;
/// A request that has waited for so long is refused.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(5);
/// What other nodes settle is found by asking again.
const POLL_EVERY: Duration = Duration::from_millis(50);

type Rows = Arc<Mutex<HashMap<(TenantId, CounterKey), VecDeque<Waiter>>>>;

/// Requests that wait, in order, for somebody else's attempt in their row to settle.
#[derive(Default)]
pub(crate) struct Waiting {
    rows: Rows,
}

struct Waiter {
    number: u64,
    wake: Option<oneshot::Sender<()>>,
}

/// A place in the queue of a row; leaving it wakes the next, so that the head is always awake.
pub(super) struct Turn {
    rows: Rows,
    key: (TenantId, CounterKey),
    number: u64,
    woken: oneshot::Receiver<()>,
    until: Instant,
}

/// The queue of the row is full.
#[derive(Debug)]
pub(super) struct Full;

impl Waiting {
    /// Joins the queue of a row.
    pub(super) fn join(&self, tenant: TenantId, row: &CounterKey) -> Result<Turn, Full> {
        let key = (tenant, row.clone());
        let (wake, woken) = oneshot::channel();
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = rows.entry(key.clone()).or_default();
        if queue.len() >= WAITERS_MAX {
            return Err(Full);
        }
        let number = queue.back().map_or(0, |last| last.number + 1);
        queue.push_back(Waiter { number, wake: Some(wake) });
        Ok(Turn { rows: Arc::clone(&self.rows), key, number, woken, until: Instant::now() + WAIT_MAX })
    }

    /// An attempt in this row has settled: the head of its queue may ask again.
    pub(super) fn settled(&self, tenant: TenantId, row: &CounterKey) {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(head) = rows.get_mut(&(tenant, row.clone())).and_then(VecDeque::front_mut) {
            wake(head);
        }
    }
}

fn wake(waiter: &mut Waiter) {
    if let Some(wake) = waiter.wake.take() {
        // Whoever has left meanwhile has taken itself out of the queue.
        let _ = wake.send(());
    }
}

impl Turn {
    /// Waits until it is worth asking again: as the head at once when something settles here, else every
    /// [`POLL_EVERY`]; behind others until they are gone. False when the wait was too long.
    pub(super) async fn come(&mut self) -> bool {
        loop {
            let left = self.until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let is_head = self.is_head();
            let pause = if is_head { POLL_EVERY.min(left) } else { left };
            let woken = timeout(pause, &mut self.woken).await;
            if woken.is_ok() {
                self.rearm();
            }
            if is_head || (woken.is_ok() && self.is_head()) {
                return true;
            }
        }
    }

    fn is_head(&self) -> bool {
        self.with_queue(|queue| queue.front().is_some_and(|head| head.number == self.number)).unwrap_or(false)
    }

    fn rearm(&mut self) {
        let (wake, woken) = oneshot::channel();
        self.with_queue(|queue| {
            if let Some(own) = queue.iter_mut().find(|waiter| waiter.number == self.number) {
                own.wake = Some(wake);
            }
        });
        self.woken = woken;
    }

    fn with_queue<T>(&self, act: impl FnOnce(&mut VecDeque<Waiter>) -> T) -> Option<T> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&self.key).map(act)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(queue) = rows.get_mut(&self.key) else { return };
        queue.retain(|waiter| waiter.number != self.number);
        match queue.front_mut() {
            Some(head) => wake(head),
            None => drop(rows.remove(&self.key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn row() -> (TenantId, CounterKey) {
        (TenantId::from_uuid(Uuid::from_u128(1)), CounterKey { name_hash: [1; 32], device: None })
    }

    #[tokio::test(start_paused = true)]
    async fn a_settlement_wakes_the_head_at_once_and_the_rest_in_order() {
        let waiting = Waiting::default();
        let (tenant, row) = row();
        let mut first = waiting.join(tenant, &row).unwrap();
        let mut second = waiting.join(tenant, &row).unwrap();
        let began = Instant::now();
        waiting.settled(tenant, &row);
        assert!(first.come().await);
        assert_eq!(began.elapsed(), Duration::ZERO);
        drop(first);
        assert!(second.come().await);
        assert_eq!(began.elapsed(), Duration::ZERO);
        drop(second);
        assert!(waiting.rows.lock().unwrap().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn the_head_polls_for_what_other_nodes_settle_and_gives_up_in_the_end() {
        let waiting = Waiting::default();
        let (tenant, row) = row();
        let mut head = waiting.join(tenant, &row).unwrap();
        let began = Instant::now();
        assert!(head.come().await);
        assert_eq!(began.elapsed(), POLL_EVERY);
        let mut polls = 1;
        while head.come().await {
            polls += 1;
        }
        assert_eq!((polls, began.elapsed()), (100, WAIT_MAX));
    }

    #[tokio::test]
    async fn a_full_queue_is_refused() {
        let waiting = Waiting::default();
        let (tenant, row) = row();
        let turns: Vec<Turn> = (0..WAITERS_MAX).map(|_| waiting.join(tenant, &row).unwrap()).collect();
        assert!(waiting.join(tenant, &row).is_err());
        drop(turns);
        assert!(waiting.join(tenant, &row).is_ok());
    }
}
