use std::sync::Arc;
use std::time::Duration;

use countersign_store::{CounterCursor, Purged};

use crate::Flows;

/// Between two batches while there is more to do: the purge takes a small share of the writer.
const PAUSE: Duration = Duration::from_millis(200);
/// Between two rounds when nothing is due.
const REST: Duration = Duration::from_secs(30);

impl Flows {
    /// Removes what is over, in small batches, until the program ends. Each node does: they get in nobody's way.
    pub async fn keep_purging(self: Arc<Self>) {
        let mut cursor = CounterCursor::default();
        loop {
            let sessions = self.store.purge_sessions().await;
            let counters = self.store.purge_counters(cursor.clone()).await;
            let passing = self.store.purge_passing().await;
            let waiting = self.store.purge_waiting_letters().await;
            let walked = counters.map(|(walked, next)| {
                let is_on_its_way = walked.seen > 0 && !next.is_start();
                cursor = next;
                Purged { seen: usize::from(is_on_its_way), ..walked }
            });
            let mut busy = false;
            for purged in [sessions, walked, passing, waiting] {
                match purged {
                    Ok(Purged { seen, .. }) => busy |= seen > 0,
                    Err(fault) => tracing::warn!(%fault, "the purge failed and will try again"),
                }
            }
            tokio::time::sleep(if busy { PAUSE } else { REST }).await;
        }
    }
}
