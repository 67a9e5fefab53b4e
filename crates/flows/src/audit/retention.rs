use countersign_domain::Tenant;
use countersign_domain::hourly::COUNTS_KEPT;

use crate::{Fault, Flows};

/// Batches of one tenant that one round removes: a trail that is to be shortened all at once takes several rounds, and
/// the others get their turn.
const BATCHES_MAX: usize = 64;
/// Hours of one tenant whose counts one round forgets: many more than pass between two rounds.
const HOURS_MAX: usize = 64;
/// Tenants read at a time.
const TENANTS_AT_ONCE: u32 = 100;

impl Flows {
    /// Removes of every tenant what is over: the sealed batches that are older than its retention, whose seals stay, and
    /// the counts of hours that no chart reaches. How many events went.
    ///
    /// # Errors
    /// [`Fault`] where the store fails; what was removed before is gone.
    pub async fn remove_what_is_over(&self) -> Result<u64, Fault> {
        let (mut removed, mut after) = (0, String::new());
        loop {
            let tenants = self.store.tenants_after(&after, TENANTS_AT_ONCE).await?;
            let Some(last) = tenants.last() else { return Ok(removed) };
            after = last.slug.to_string();
            for tenant in &tenants {
                removed += self.remove_old_events(tenant).await?;
                self.forget_old_counts(tenant).await?;
            }
        }
    }

    async fn remove_old_events(&self, tenant: &Tenant) -> Result<u64, Fault> {
        let Some(retention) = tenant.settings.audit_retention() else { return Ok(0) };
        let (trail, sealed_before) = (self.store.tenant(tenant.id), self.store.now().minus(retention));
        let mut removed = 0;
        for _ in 0..BATCHES_MAX {
            let Some(count) = trail.remove_oldest_batch(sealed_before).await? else { break };
            removed += count;
        }
        Ok(removed)
    }

    async fn forget_old_counts(&self, tenant: &Tenant) -> Result<(), Fault> {
        let (counts, over_before) = (self.store.tenant(tenant.id), self.store.now().minus(COUNTS_KEPT));
        for _ in 0..HOURS_MAX {
            if counts.forget_oldest_hour(over_before).await?.is_none() {
                break;
            }
        }
        Ok(())
    }
}
