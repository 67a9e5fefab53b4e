use std::time::Duration;

use countersign_store::SealedSecret;

use crate::Flows;

/// A node whose clock is further from the database's than this judges what is over too wrongly to serve.
const CLOCK_OFFSET_MAX: Duration = Duration::from_secs(1);

impl Flows {
    /// What readiness depends on, by name: nothing where it is well, or what is wrong.
    pub async fn check(&self) -> [(&'static str, Option<String>); 4] {
        let migrated = self.store.is_migrated().await;
        let migrations = matches!(migrated, Ok(false)).then(|| "the schema is older than this version".to_owned());
        let store = migrated.err().map(|fault| fault.to_string());
        let offset = Duration::from_micros(self.store.clock().offset_micros().unsigned_abs());
        let clock = (offset > CLOCK_OFFSET_MAX).then(|| format!("{} ms from the database's", offset.as_millis()));
        let key = self.check_key().await;
        [("store", store), ("migrations", migrations), ("clock", clock), ("key", key)]
    }

    /// The master key opened every secret when we started; somebody may have sealed them anew with another since.
    async fn check_key(&self) -> Option<String> {
        let rows = self.store.secrets().await.ok()?;
        let is_ours = |row: &SealedSecret| crate::start::opens(row, &self.vault);
        (!rows.iter().all(is_ours)).then(|| "the master key does not open the secrets of the store".to_owned())
    }
}
