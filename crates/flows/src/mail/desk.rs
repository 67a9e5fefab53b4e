use countersign_domain::Tenant;
use countersign_domain::audit::Action;
use countersign_store::{LetterPage, LetterState, Retried};
use uuid::Uuid;

use crate::{Doer, Fault, Flows};

/// Letters of one page that are made due again at once.
const RETRIED_AT_ONCE: u32 = 100;

impl Flows {
    /// A tenant's letters in a state, or all, newest first, before the given one.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn letters(
        &self,
        tenant: &Tenant,
        state: Option<LetterState>,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<LetterPage, Fault> {
        Ok(self.store.tenant(tenant.id).letters(state, before, limit).await?)
    }

    /// Makes a dead letter due again.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn retry_letter(&self, doer: Doer<'_>, tenant: &Tenant, id: Uuid) -> Result<Retried, Fault> {
        let event = self.done_by(doer, tenant.id, Action::LetterRetried, Some(id.to_string()));
        Ok(self.store.tenant(tenant.id).retry_letter(id, event).await?)
    }

    /// Makes every dead letter of a tenant due again whose life is not over; what became of each, newest first.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn retry_dead_letters(&self, doer: Doer<'_>, tenant: &Tenant) -> Result<Vec<(Uuid, Retried)>, Fault> {
        let (mut retried, mut before) = (Vec::new(), None);
        loop {
            let page = self.letters(tenant, Some(LetterState::Dead), before, RETRIED_AT_ONCE).await?;
            for letter in page.letters {
                retried.push((letter.id, self.retry_letter(doer, tenant, letter.id).await?));
            }
            before = page.next;
            if before.is_none() {
                return Ok(retried);
            }
        }
    }
}
