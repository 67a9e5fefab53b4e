use countersign_domain::audit::Action;
use countersign_domain::signing_key::{self, Algorithm, KeyWrite, Move, Refusal, SigningKeyRecord, State};
use countersign_domain::{KeyId, Tenant, Timestamp};

use crate::{Doer, Fault, Flows};

/// A signing key and what it does now.
#[derive(Clone, Debug)]
pub struct ListedKey {
    /// Its row.
    pub record: SigningKeyRecord,
    /// Next, active, retired, gone or compromised.
    pub state: State,
}

impl Flows {
    /// Every signing key of a tenant.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn signing_keys(&self, tenant: &Tenant) -> Result<Vec<ListedKey>, Fault> {
        let records = self.store.tenant(tenant.id).signing_keys().await?;
        let now = self.store.now();
        let listed = records.iter().map(|key| ListedKey { record: key.clone(), state: key.state(&records, now) });
        Ok(listed.collect())
    }

    /// Makes the next signing key: published now, in use ten minutes from now.
    ///
    /// # Errors
    /// [`Fault`] where the store or the key fails.
    pub async fn rotate_key(
        &self,
        doer: Doer<'_>,
        tenant: &Tenant,
        algorithm: Algorithm,
    ) -> Result<Result<(), Refusal>, Fault> {
        let successor = self.new_key(tenant, algorithm).await?;
        let detail = format!("{algorithm} {} {}", successor.kid, successor.id);
        let event = self.done_by(doer, tenant.id, Action::KeyCreated, Some(detail));
        Ok(self.store.tenant(tenant.id).move_keys(by(Move::Rotate(successor)), event).await?)
    }

    /// Withdraws a key that was never used.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn retire_key(&self, doer: Doer<'_>, tenant: &Tenant, id: KeyId) -> Result<Result<(), Refusal>, Fault> {
        let event = self.done_by(doer, tenant.id, Action::KeyRetired, Some(id.to_string()));
        Ok(self.store.tenant(tenant.id).move_keys(by(Move::Retire(id)), event).await?)
    }

    /// Declares a key stolen: it is published no more, and every session of the tenant ends, also that of whoever says so.
    ///
    /// # Errors
    /// [`Fault`] where the store or the key fails.
    pub async fn compromise_key(
        &self,
        doer: Doer<'_>,
        tenant: &Tenant,
        id: KeyId,
    ) -> Result<Result<(), Refusal>, Fault> {
        let keys = self.store.tenant(tenant.id).signing_keys().await?;
        let algorithm = keys.iter().find(|key| key.id == id).map(|key| key.algorithm).unwrap_or_default();
        let successor = self.new_key(tenant, algorithm).await?;
        let event = self.done_by(doer, tenant.id, Action::KeyCompromised, Some(id.to_string()));
        Ok(self.store.tenant(tenant.id).move_keys(by(Move::Compromise(id, successor)), event).await?)
    }

    /// A key whose moments the move decides.
    async fn new_key(&self, tenant: &Tenant, algorithm: Algorithm) -> Result<SigningKeyRecord, Fault> {
        let pair = self.new_pair(algorithm).await?;
        let now = self.store.now();
        let schedule = signing_key::Schedule { published_at: now, active_at: now };
        pair.record(&self.vault, &self.random, tenant.id, schedule).map_err(Fault::key)
    }
}

/// Judges by one move.
fn by(asked: Move) -> impl Fn(&[SigningKeyRecord], Timestamp) -> Result<KeyWrite, Refusal> + Send + Sync + 'static {
    move |keys, now| asked.judge(keys, now)
}
