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
            let busy = match (&sessions, &counters) {
                (Ok(Purged { seen, .. }), Ok((walked, next))) => {
                    cursor = next.clone();
                    *seen > 0 || (walked.seen > 0 && !next.is_start())
                }
                (sessions, counters) => {
                    let fault = sessions.as_ref().err().or(counters.as_ref().err());
                    tracing::warn!(fault = ?fault.map(ToString::to_string), "the purge failed and will try again");
                    false
                }
            };
            tokio::time::sleep(if busy { PAUSE } else { REST }).await;
        }
    }
}
