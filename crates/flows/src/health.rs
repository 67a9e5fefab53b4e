use std::time::Duration;

use crate::Flows;

/// A node whose clock is further from the database's than this judges what is over too wrongly to serve.
const CLOCK_OFFSET_MAX: Duration = Duration::from_secs(1);

impl Flows {
    /// What readiness depends on, by name: nothing where it is well, or what is wrong.
    pub async fn check(&self) -> [(&'static str, Option<String>); 3] {
        let store = self.store.secrets().await.err().map(|fault| fault.to_string());
        let offset = Duration::from_micros(self.store.clock().offset_micros().unsigned_abs());
        let clock = (offset > CLOCK_OFFSET_MAX).then(|| format!("{} ms from the database's", offset.as_millis()));
        // Both were brought to this version, and opened with this key, before anything was served.
        [("store", store), ("clock", clock), ("key", None)]
    }
}
