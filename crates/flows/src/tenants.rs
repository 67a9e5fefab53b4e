//! The tenants that are being served: read on first use, read again every minute, bounded in memory.

use std::sync::Arc;
use std::time::Duration;

use countersign_domain::signing_key::{REREAD_EVERY, SigningKeyRecord, choose};
use countersign_domain::{HashCost, Host, KeyId, Place, Slug, Tenant, Timestamp};
use countersign_store::{Store, Which};
use moka::future::Cache;

use crate::Fault;
use crate::hasher::Params;
use crate::keys::{Jwks, KeyPair};
use crate::vault::Vault;

/// A tenant costs some 10 KiB, most of it its key pair: this bounds the cache to some 20 MiB.
const TENANTS_KEPT_MAX: u64 = 2_000;
/// A token whose key we have not seen makes us look again, unless we have looked as lately as this: whoever makes up
/// tokens costs one reading in that time, and a key that is used at once is known this late at most.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(2);
/// A tenant that nobody asks for is forgotten.
const FORGET_AFTER: Duration = Duration::from_secs(10 * 60);

/// A tenant with all that its requests need.
pub struct Served {
    /// Its row; state and settings are up to a minute old.
    pub tenant: Tenant,
    /// The claim `iss`, and the base of links.
    pub issuer: String,
    /// What verifiers see.
    pub jwks: Jwks,
    /// The pair that signs, kept from one reading to the next.
    pub(crate) signing: Option<Arc<(KeyId, KeyPair)>>,
    asked: Asked,
    read_at: Timestamp,
}

impl std::fmt::Debug for Served {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Served({})", self.tenant.slug)
    }
}

impl Served {
    /// The cost of new hashes.
    pub(crate) fn cost(&self, usual: Params) -> Params {
        self.tenant.settings.hash_cost.and_then(params).unwrap_or(usual)
    }

    /// Every cost that a stored hash may have.
    pub(crate) fn costs(&self, usual: Params) -> Vec<Params> {
        let held = self.tenant.settings.held_costs.iter().copied().filter_map(params);
        held.chain([self.cost(usual)]).collect()
    }
}

fn params(cost: HashCost) -> Option<Params> {
    Params::new(cost.memory_kib, cost.iterations, cost.parallelism).ok()
}

/// The cache of tenants.
pub(crate) struct Tenants {
    cache: Cache<Asked, Arc<Served>>,
    issuer_pattern: String,
    /// One looks again at a time, or a flood of made-up tokens would read a tenant once for each.
    looking_again: tokio::sync::Mutex<()>,
}

/// How a tenant is asked for, as a key of the cache.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Asked {
    Slug(Slug),
    Host(Host),
}

impl Asked {
    fn which(&self) -> Which {
        match self {
            Self::Slug(slug) => Which::Slug(slug.clone()),
            Self::Host(host) => Which::Host(host.as_str().to_owned()),
        }
    }
}

impl Tenants {
    pub(crate) fn new(issuer_pattern: String) -> Self {
        let cache = Cache::builder().max_capacity(TENANTS_KEPT_MAX).time_to_idle(FORGET_AFTER).build();
        Self { cache, issuer_pattern, looking_again: tokio::sync::Mutex::default() }
    }

    /// The tenant that a host means, if there is one.
    pub(crate) async fn at(&self, place: &Place, store: &Store, vault: &Vault) -> Result<Option<Arc<Served>>, Fault> {
        let asked = match place {
            Place::Slug(slug) => Asked::Slug(slug.clone()),
            Place::Custom(host) => Asked::Host(host.clone()),
            Place::Nobody => return Ok(None),
        };
        let known = self.cache.get(&asked).await;
        if let Some(served) = known.as_ref().filter(|served| store.now().since(served.read_at) < REREAD_EVERY) {
            return Ok(Some(Arc::clone(served)));
        }
        self.read(asked, known, store, vault).await
    }

    /// The same tenant read later than `seen`, if it has been or may be: a key may have come into use since.
    pub(crate) async fn later(
        &self,
        seen: &Served,
        store: &Store,
        vault: &Vault,
    ) -> Result<Option<Arc<Served>>, Fault> {
        if store.now().since(seen.read_at) < LOOK_AGAIN_AFTER {
            return Ok(None);
        }
        let _alone = self.looking_again.lock().await;
        let known = self.cache.get(&seen.asked).await;
        if let Some(known) = known.as_ref().filter(|known| store.now().since(known.read_at) < LOOK_AGAIN_AFTER) {
            return Ok(Some(Arc::clone(known)));
        }
        self.read(seen.asked.clone(), known, store, vault).await
    }

    async fn read(
        &self,
        asked: Asked,
        known: Option<Arc<Served>>,
        store: &Store,
        vault: &Vault,
    ) -> Result<Option<Arc<Served>>, Fault> {
        let Some(tenant) = store.find_tenant(asked.which()).await? else {
            self.cache.invalidate(&asked).await;
            return Ok(None);
        };
        let served = Arc::new(self.serve(tenant, asked.clone(), known.as_deref(), store, vault).await?);
        self.cache.insert(asked, Arc::clone(&served)).await;
        Ok(Some(served))
    }

    /// Reads the keys of a tenant; the pair that was open stays open.
    async fn serve(
        &self,
        tenant: Tenant,
        asked: Asked,
        known: Option<&Served>,
        store: &Store,
        vault: &Vault,
    ) -> Result<Served, Fault> {
        let records = store.tenant(tenant.id).signing_keys().await?;
        let now = store.now();
        let chosen = choose(&records, now);
        let signing = match chosen.signing {
            None => None,
            Some(record) => Some(open(record, known, vault)?),
        };
        let issuer = tenant.settings.public_url.clone();
        Ok(Served {
            issuer: issuer.unwrap_or_else(|| self.issuer_pattern.replace("{tenant}", tenant.slug.as_str())),
            jwks: Jwks::from_records(&chosen.published).map_err(Fault::key)?,
            signing,
            tenant,
            asked,
            read_at: now,
        })
    }
}

fn open(record: &SigningKeyRecord, known: Option<&Served>, vault: &Vault) -> Result<Arc<(KeyId, KeyPair)>, Fault> {
    let kept = known.and_then(|served| served.signing.as_ref()).filter(|pair| pair.0 == record.id);
    match kept {
        Some(pair) => Ok(Arc::clone(pair)),
        None => Ok(Arc::new((record.id, KeyPair::open(vault, record).map_err(Fault::key)?))),
    }
}
