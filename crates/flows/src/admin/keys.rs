use countersign_domain::audit::Action;
use countersign_domain::signing_key::{self, Algorithm, Refusal, Replacement, SigningKeyRecord, State};
use countersign_domain::{KeyId, Tenant, Timestamp};
use countersign_store::{KeyMove, KeyWrite};

use crate::{Fault, Flows};

/// A signing key and what it does now.
#[derive(Clone, Debug)]
pub struct ListedKey {
    /// Its row.
    pub record: SigningKeyRecord,
    /// Next, active, retired, gone or compromised.
    pub state: State,
}

/// Why a key was not moved.
pub type KeyRefusal = Refusal;

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
    pub async fn rotate_key(&self, tenant: &Tenant, algorithm: Algorithm) -> Result<Result<(), Refusal>, Fault> {
        let successor = self.new_key(tenant, algorithm).await?;
        let detail = format!("{algorithm} {} {}", successor.kid, successor.id);
        let event = self.by_operator(tenant.id, Action::KeyCreated, Some(detail));
        Ok(self.store.tenant(tenant.id).move_keys(Rotate { successor }, event).await?)
    }

    /// Withdraws a key that was never used.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn retire_key(&self, tenant: &Tenant, id: KeyId) -> Result<Result<(), Refusal>, Fault> {
        let event = self.by_operator(tenant.id, Action::KeyRetired, Some(id.to_string()));
        Ok(self.store.tenant(tenant.id).move_keys(Retire { id }, event).await?)
    }

    /// Declares a key stolen: it is published no more, and every session of the tenant ends.
    ///
    /// # Errors
    /// [`Fault`] where the store or the key fails.
    pub async fn compromise_key(&self, tenant: &Tenant, id: KeyId) -> Result<Result<(), Refusal>, Fault> {
        let keys = self.store.tenant(tenant.id).signing_keys().await?;
        let algorithm = keys.iter().find(|key| key.id == id).map(|key| key.algorithm).unwrap_or_default();
        let successor = self.new_key(tenant, algorithm).await?;
        let event = self.by_operator(tenant.id, Action::KeyCompromised, Some(id.to_string()));
        Ok(self.store.tenant(tenant.id).move_keys(Compromise { id, successor }, event).await?)
    }

    /// A key whose moments the move decides.
    async fn new_key(&self, tenant: &Tenant, algorithm: Algorithm) -> Result<SigningKeyRecord, Fault> {
        let pair = self.new_pair(algorithm).await?;
        let now = self.store.now();
        let schedule = signing_key::Schedule { published_at: now, active_at: now };
        pair.record(&self.vault, &self.random, tenant.id, schedule).map_err(Fault::key)
    }
}

struct Rotate {
    successor: SigningKeyRecord,
}

impl KeyMove for Rotate {
    type Refusal = Refusal;

    fn judge(&self, keys: &[SigningKeyRecord], now: Timestamp) -> Result<KeyWrite, Refusal> {
        let schedule = signing_key::rotate(keys, now)?;
        Ok(KeyWrite { insert: Some(scheduled(&self.successor, schedule)), ..KeyWrite::default() })
    }
}

fn scheduled(key: &SigningKeyRecord, schedule: signing_key::Schedule) -> SigningKeyRecord {
    SigningKeyRecord { published_at: schedule.published_at, active_at: schedule.active_at, ..key.clone() }
}

struct Retire {
    id: KeyId,
}

impl KeyMove for Retire {
    type Refusal = Refusal;

    fn judge(&self, keys: &[SigningKeyRecord], now: Timestamp) -> Result<KeyWrite, Refusal> {
        let retired_at = Some(signing_key::retire(keys, self.id, now)?);
        let changed = keys.iter().filter(|key| key.id == self.id);
        let update = changed.map(|key| SigningKeyRecord { retired_at, ..key.clone() }).collect();
        Ok(KeyWrite { update, ..KeyWrite::default() })
    }
}

struct Compromise {
    id: KeyId,
    successor: SigningKeyRecord,
}

impl KeyMove for Compromise {
    type Refusal = Refusal;

    fn judge(&self, keys: &[SigningKeyRecord], now: Timestamp) -> Result<KeyWrite, Refusal> {
        let replacement = signing_key::compromise(keys, self.id, now)?;
        let stolen = keys.iter().filter(|key| key.id == self.id);
        let mut update: Vec<SigningKeyRecord> =
            stolen.map(|key| SigningKeyRecord { compromised_at: Some(now), ..key.clone() }).collect();
        let insert = match replacement {
            Replacement::NotNeeded => None,
            Replacement::Make(schedule) => Some(scheduled(&self.successor, schedule)),
            Replacement::Promote(next) => {
                let promoted = keys.iter().filter(|key| key.id == next);
                update.extend(promoted.map(|key| SigningKeyRecord { active_at: now, ..key.clone() }));
                None
            }
        };
        Ok(KeyWrite { insert, update, ends_sessions: true })
    }
}
