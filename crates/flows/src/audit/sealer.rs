use std::collections::BTreeMap;

use countersign_domain::audit::{BATCH_EVENTS_MAX, Event, SIGNATURE_BYTES, Seal, SealKeys, Unsigned};
use countersign_domain::{EventId, KeyId, TenantId, Timestamp};
use countersign_store::{Sealed, Store, Unsealed};

use crate::keys::KeyPair;
use crate::vault::{CryptoFault, Purpose};
use crate::{Fault, Flows};

/// Batches of one pass: far more than is written between two passes. What is left waits for the next one, so that no
/// sealer works without end while events keep coming.
const BATCHES_MAX: usize = 256;

/// What one pass of the sealer did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// Events sealed.
    pub events: usize,
    /// Seals written: one for each tenant of each batch.
    pub seals: usize,
    /// Events that cannot be sealed because their row, or the end of their chain, was edited into nonsense.
    pub stuck: usize,
    /// Another sealer was faster, and goes on.
    pub overtaken: bool,
    /// When the oldest event that had no seal was made, as the pass began.
    pub oldest: Option<Timestamp>,
}

impl Flows {
    /// Seals every event that is committed and waits. Any number of nodes may do so at once: whoever is overtaken
    /// writes nothing.
    ///
    /// # Errors
    /// [`Fault`] where the store fails; what was sealed before stays.
    pub async fn seal_events(&self) -> Result<Pass, Fault> {
        let key = self.secrets.newest(Purpose::AuditSeal).id();
        Sealer { store: &self.store, pair: &self.seal_key, key }.pass().await
    }

    /// The public keys that trails of this store are verified with. Each follows from its secret, which is kept for good
    /// and which only the master key opens: whoever edits the store cannot add one of their own.
    ///
    /// # Errors
    /// [`Fault`] where a key fails.
    pub fn seal_keys(&self) -> Result<SealKeys, Fault> {
        let mut keys = SealKeys::new();
        for secret in self.secrets.all(Purpose::AuditSeal) {
            let pair = KeyPair::from_seed(secret.expose()).map_err(Fault::key)?;
            keys.insert(secret.id(), public(&pair).map_err(Fault::key)?);
        }
        Ok(keys)
    }
}

pub(super) fn public(pair: &KeyPair) -> Result<[u8; 32], CryptoFault> {
    pair.public().bytes().try_into().map_err(|_| CryptoFault)
}

pub(super) struct Sealer<'a> {
    pub(super) store: &'a Store,
    pub(super) pair: &'a KeyPair,
    pub(super) key: KeyId,
}

impl Sealer<'_> {
    pub(super) async fn pass(&self) -> Result<Pass, Fault> {
        let mut pass = Pass::default();
        let mut after = None;
        for batch in 0..BATCHES_MAX {
            let mut unsealed = self.store.unsealed(after, BATCH_EVENTS_MAX).await?;
            if batch == 0 {
                pass.oldest = unsealed.oldest.and_then(made_at);
            }
            let (events, stuck) = (unsealed.events.len(), unsealed.stuck.len());
            pass.stuck += stuck;
            let seals = self.seals(&mut unsealed).map_err(Fault::key)?;
            let count = seals.len();
            if count > 0 && self.store.seal(&unsealed, seals).await? == Sealed::Overtaken {
                return Ok(Pass { overtaken: true, ..pass });
            }
            pass.seals += count;
            pass.events += events;
            if events + stuck < BATCH_EVENTS_MAX {
                break;
            }
            after = unsealed.last;
        }
        Ok(pass)
    }

    /// One seal for each tenant over its events of the batch, in the order of their ids.
    fn seals(&self, unsealed: &mut Unsealed) -> Result<Vec<Seal>, CryptoFault> {
        let mut by_tenant = BTreeMap::<TenantId, Vec<Event>>::new();
        for event in std::mem::take(&mut unsealed.events) {
            by_tenant.entry(event.tenant).or_default().push(event);
        }
        let now = self.store.now();
        let seal = |(tenant, events): (TenantId, Vec<Event>)| {
            let head = unsealed.heads.get(&tenant).copied();
            self.sign(Seal::next(tenant, head, now, self.key, &events))
        };
        by_tenant.into_iter().map(seal).collect()
    }

    fn sign(&self, unsigned: Unsigned) -> Result<Seal, CryptoFault> {
        let signature = self.pair.sign(&unsigned.signing_input())?;
        let signature: [u8; SIGNATURE_BYTES] = signature.try_into().map_err(|_| CryptoFault)?;
        Ok(unsigned.signed(signature))
    }
}

/// The moment in a UUIDv7 (RFC 9562 section 5.7), to the millisecond.
fn made_at(id: EventId) -> Option<Timestamp> {
    let (seconds, nanos) = id.uuid().get_timestamp()?.to_unix();
    let micros = i64::try_from(seconds).ok()?.saturating_mul(1_000_000).saturating_add(i64::from(nanos / 1_000));
    Some(Timestamp::from_micros(micros))
}
