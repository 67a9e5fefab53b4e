//! Encrypted fields: the key that a tenant publishes for them, and a request's fields made plain.

use std::sync::Arc;
use std::time::Duration;

use countersign_domain::audit::{Action, Actor, Event, PersonalFields, Reason};
use countersign_domain::encryption_key::{ENCRYPTION_ALGORITHM, EncryptionKeyRecord, EncryptionKeySize};
use countersign_domain::{Email, KeyId, Secret, TenantId};
use countersign_store::{NewEncryptionKey, to_its_end};
use moka::future::Cache;
use tokio::sync::Mutex;

use crate::keys::OaepKey;
use crate::{Fault, Flows, Request};

/// Pairs that are kept parsed, one for each tenant whose clients encrypt, some 8 KiB each: at most some 16 MiB.
const PAIRS_KEPT_MAX: u64 = 2_000;
/// A pair that opened nothing for so long is forgotten; so is one that was rotated away.
const FORGET_AFTER: Duration = Duration::from_secs(10 * 60);

/// The fields of a request that came encrypted, and what the limits before them go by.
#[derive(Debug)]
pub struct EncryptedFields<'r> {
    /// What is tried with them, for the trail.
    pub tried: Action,
    /// Each Base64 of a ciphertext.
    pub fields: Vec<Secret>,
    /// The email and the device mark of a request that has both: a genuine mark passes the limit by source, as it does
    /// at a login.
    pub mark: Option<(&'r Email, &'r Secret)>,
}

/// Why fields were not made plain. Nothing has been counted against anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotDecrypted {
    /// One of them does not open, for whatever reason.
    Undecryptable,
    /// The client's network has failed too often.
    TooMany(Duration),
    /// The hashing pool, where they are opened, is full.
    Overloaded(Duration),
}

/// The pairs in memory.
pub(crate) struct EncryptionKeys {
    /// By id, since a key never changes; which one is in use the store says each time.
    pairs: Cache<KeyId, Arc<OaepKey>>,
    /// One pair is made at a time: primes take a good part of a second of a core, and whoever asks for the key of a
    /// tenant that has none makes us draw some.
    making: Mutex<()>,
}

impl EncryptionKeys {
    pub(crate) fn new() -> Self {
        let pairs = Cache::builder().max_capacity(PAIRS_KEPT_MAX).time_to_idle(FORGET_AFTER).build();
        Self { pairs, making: Mutex::default() }
    }
}

impl Flows {
    /// The key that encrypted fields of the tenant are encrypted under, made when it is first asked for.
    ///
    /// # Errors
    /// [`Fault`] where the store or the key fails.
    pub async fn encryption_key(self: &Arc<Self>, tenant: TenantId) -> Result<EncryptionKeyRecord, Fault> {
        if let Some(key) = self.store.tenant(tenant).encryption_key().await? {
            return Ok(key);
        }
        // To its end, though whoever asked has gone: else asking and hanging up would draw primes without end.
        let flows = Arc::clone(self);
        let made = to_its_end(async move { flows.first_encryption_key(tenant).await }).await;
        made.unwrap_or(Err(Fault::Panicked("of the first encryption key")))
    }

    async fn first_encryption_key(&self, tenant: TenantId) -> Result<EncryptionKeyRecord, Fault> {
        let store = self.store.tenant(tenant);
        let _alone = self.encryption_keys.making.lock().await;
        if let Some(key) = store.encryption_key().await? {
            return Ok(key);
        }
        let key = self.new_encryption_key(tenant, EncryptionKeySize::default()).await?;
        let now = self.store.now();
        let fields = PersonalFields { detail: Some(told(&key)), ..PersonalFields::default() };
        let event = Event::done(tenant, now, self.random.seed(now), Action::EncryptionKeyCreated);
        // Another node may have been first: then its key is the tenant's.
        Ok(store.first_encryption_key(key, event.by(Actor::System).with(fields)).await?)
    }

    /// Makes the encrypted fields of a request plain, all of them in one job of the hashing pool. Whatever is wrong with
    /// them is one refusal after one duration.
    ///
    /// Which key is in use is read for each request, so that a rotation voids the one before at once, on every node.
    ///
    /// # Errors
    /// [`Fault`] where the store, the key or the pool fails.
    pub async fn decrypt_fields(
        self: &Arc<Self>,
        request: &Request,
        sent: EncryptedFields<'_>,
    ) -> Result<Result<Vec<Secret>, NotDecrypted>, Fault> {
        let EncryptedFields { tried, fields, mark } = sent;
        let name = mark.map(|(email, _)| self.secrets.name_hash(request.tenant_id(), email.key().as_str()));
        let is_marked = mark.zip(name).is_some_and(|((_, text), name)| self.mark(request, &name, Some(text)).is_some());
        if !is_marked && let Some(wait) = self.source_limit(request, tried.clone(), name) {
            return Ok(Err(NotDecrypted::TooMany(wait)));
        }
        let place = match self.hasher.place(request.tenant_id(), is_marked) {
            Ok(place) => place,
            Err(busy) => {
                self.refusals.count(request, tried, Reason::Overloaded, name, self.store.now());
                return Ok(Err(NotDecrypted::Overloaded(busy.retry_after)));
            }
        };
        let record = self.encryption_key(request.tenant_id()).await?;
        let opened = place.decrypt(self.pair_of(&record).await?, fields).await?;
        // No failure of an account, and as dear as one: its network may not go on for ever.
        if opened.is_none() {
            self.sources.count(request, self.store.now());
        }
        Ok(opened.ok_or(NotDecrypted::Undecryptable))
    }

    async fn pair_of(&self, record: &EncryptionKeyRecord) -> Result<Arc<OaepKey>, Fault> {
        let pairs = &self.encryption_keys.pairs;
        if let Some(pair) = pairs.get(&record.id).await {
            return Ok(pair);
        }
        let pair = Arc::new(OaepKey::open(&self.vault, record).map_err(Fault::key)?);
        pairs.insert(record.id, Arc::clone(&pair)).await;
        Ok(pair)
    }

    /// A new pair, made beside the runtime's threads: its primes take up to seconds.
    pub(crate) async fn new_encryption_key(
        &self,
        tenant: TenantId,
        size: EncryptionKeySize,
    ) -> Result<NewEncryptionKey, Fault> {
        let id = KeyId::from_uuid(self.random.id(self.store.now()));
        let made = tokio::task::spawn_blocking(move || OaepKey::generate(size)).await;
        let (pair, private) = made.map_err(|_| Fault::Panicked("of a new encryption key"))?.map_err(Fault::key)?;
        pair.new_row((tenant, id), &private, &self.vault, &self.random).map_err(Fault::key)
    }
}

/// A key as the trail tells of it.
pub(crate) fn told(key: &NewEncryptionKey) -> String {
    format!("{ENCRYPTION_ALGORITHM} of {} bits {}", key.size.bits(), key.id)
}
