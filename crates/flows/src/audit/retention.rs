use countersign_domain::Tenant;

use crate::{Fault, Flows};

/// Batches of one tenant that one round removes: a trail that is to be shortened all at once takes several rounds, and
/// the others get their turn.
const BATCHES_MAX: usize = 64;
/// Tenants read at a time.
const TENANTS_AT_ONCE: u32 = 100;

impl Flows {
    /// Removes the sealed batches of every tenant that are older than its retention, and keeps their seals. How many
    /// events went.
    ///
    /// # Errors
    /// [`Fault`] where the store fails; what was removed before is gone.
    pub async fn remove_old_events(&self) -> Result<u64, Fault> {
        let (mut removed, mut after) = (0, String::new());
        loop {
            let tenants = self.store.tenants_after(&after, TENANTS_AT_ONCE).await?;
            let Some(last) = tenants.last() else { return Ok(removed) };
            after = last.slug.to_string();
            for tenant in &tenants {
                removed += self.remove_old_events_of(tenant).await?;
            }
        }
    }

    async fn remove_old_events_of(&self, tenant: &Tenant) -> Result<u64, Fault> {
        let Some(retention) = tenant.settings.audit_retention() else { return Ok(0) };
        let (trail, sealed_before) = (self.store.tenant(tenant.id), self.store.now().minus(retention));
        let mut removed = 0;
        for _ in 0..BATCHES_MAX {
            let Some(count) = trail.remove_oldest_batch(sealed_before).await? else { break };
            removed += count;
        }
        Ok(removed)
    }
}
