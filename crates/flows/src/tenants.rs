//! The tenants that are being served: read on first use, read again every minute, bounded in memory.

use std::sync::Arc;
use std::time::Duration;

use countersign_domain::audit::Sha256;
use countersign_domain::signing_key::{REREAD_EVERY, SigningKeyRecord, choose};
use countersign_domain::{Host, KeyId, Place, RoleRecord, Settings, Slug, Tenant, Timestamp};
use countersign_store::{Store, Which};
use moka::future::Cache;

use crate::Fault;
use crate::hasher::{Cost, Params};
use crate::keys::{Jwks, KeyPair};
use crate::vault::Vault;

/// A tenant costs some 10 KiB, most of it its key pair: this bounds the cache to some 20 MiB.
const TENANTS_KEPT_MAX: u64 = 2_000;
/// A token whose key we have not seen makes us look again, unless we have looked as lately as this: whoever makes up
/// tokens costs one reading in that time, and a key that is used at once is known this late at most.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(2);
/// A tenant that nobody asks for is forgotten.
const FORGET_AFTER: Duration = Duration::from_secs(10 * 60);

/// A host without a tenant is not looked up again before this, so that a flood of requests for it reads nothing. A new
/// tenant whose host was asked for before is served this late at most.
const ABSENT_FOR: Duration = Duration::from_secs(2);
/// Hosts without a tenant that are remembered at once, some 100 bytes each; at this bound the least asked for go.
const ABSENT_MAX: u64 = 10_000;

/// A tenant with all that its requests need.
pub struct Served {
    /// Its row; state and settings are up to a minute old.
    pub tenant: Tenant,
    /// The claim `iss`, and the base of links.
    pub issuer: String,
    /// What its roles open.
    pub roles: Vec<RoleRecord>,
    /// What verifiers see.
    pub jwks: Jwks,
    /// Names the logo, where there is one: every page shows it, and none asks the store for its name.
    pub logo: Option<Sha256>,
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
        cost(&self.tenant.settings, usual)
    }

    /// Every cost that a stored hash may have, those of other systems among them.
    pub(crate) fn costs(&self, usual: Params) -> Vec<Cost> {
        let settings = &self.tenant.settings;
        let held = settings.held_costs.iter().copied().filter_map(|cost| Params::try_from(cost).ok());
        let imports = settings.held_imports.iter().copied().filter(|cost| cost.check().is_ok()).map(Cost::from);
        held.chain([self.cost(usual)]).map(Cost::from).chain(imports).collect()
    }
}

/// The cost of a tenant's new hashes, where `usual` is what the service is configured with.
pub(crate) fn cost(settings: &Settings, usual: Params) -> Params {
    settings.hash_cost.and_then(|cost| Params::try_from(cost).ok()).unwrap_or(usual)
}

/// The cache of tenants.
pub(crate) struct Tenants {
    cache: Cache<Asked, Arc<Served>>,
    /// When the store was asked and had none.
    absent: Cache<Asked, Timestamp>,
    /// When a token of an unknown key last made us look again.
    looked_again: Cache<Asked, Timestamp>,
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
        let absent = Cache::builder().max_capacity(ABSENT_MAX).time_to_idle(FORGET_AFTER).build();
        let looked_again = Cache::builder().max_capacity(TENANTS_KEPT_MAX).time_to_idle(FORGET_AFTER).build();
        Self { cache, absent, looked_again, issuer_pattern, looking_again: tokio::sync::Mutex::default() }
    }

    /// The claim `iss` of a tenant, and the base of its links.
    pub(crate) fn issuer(&self, tenant: &Tenant) -> String {
        let own = tenant.settings.public_url.clone();
        own.unwrap_or_else(|| self.issuer_pattern.replace("{tenant}", tenant.slug.as_str()))
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
        let asked_at = self.absent.get(&asked).await;
        if asked_at.is_some_and(|at| store.now().since(at) < ABSENT_FOR) {
            return Ok(None);
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
        let _alone = self.looking_again.lock().await;
        let known = self.cache.get(&seen.asked).await;
        if let Some(known) = known.as_ref().filter(|known| known.read_at > seen.read_at) {
            return Ok(Some(Arc::clone(known)));
        }
        let looked_at = self.looked_again.get(&seen.asked).await;
        if looked_at.is_some_and(|at| store.now().since(at) < LOOK_AGAIN_AFTER) {
            return Ok(None);
        }
        self.looked_again.insert(seen.asked.clone(), store.now()).await;
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
            self.absent.insert(asked, store.now()).await;
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
        let roles = store.tenant(tenant.id).roles().await?;
        let logo = store.tenant(tenant.id).logo_hash().await?;
        let now = store.now();
        let chosen = choose(&records, now);
        let signing = match chosen.signing {
            None => None,
            Some(record) => Some(open(record, known, vault)?),
        };
        Ok(Served {
            issuer: self.issuer(&tenant),
            roles,
            jwks: Jwks::from_records(&chosen.published).map_err(Fault::key)?,
            logo,
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

#[cfg(test)]
mod tests {
    use countersign_domain::audit::{Action, Event};
    use countersign_domain::signing_key::{self, Algorithm};
    use countersign_domain::{Settings, Slug, TenantId};
    use countersign_store::{Clock, Location, NewTenant, Origin};

    use super::*;
    use crate::hasher::HasherConfig;
    use crate::vault::MasterKey;
    use crate::{Flows, Limits, Random, Setup};

    async fn make(slug: &Slug, store: &Store, vault: &Vault) {
        let (random, now) = (Random::seeded(1), store.now());
        let id = TenantId::from_uuid(random.id(now));
        let pair = KeyPair::generate(Algorithm::EdDsa, &random).unwrap();
        let key = pair.record(vault, &random, id, signing_key::rotate(&[], now).unwrap()).unwrap();
        let (name, settings) = (slug.to_string(), Settings::default());
        let event = Event::done(id, now, random.seed(now), Action::TenantCreated);
        store.create_tenant(NewTenant { id, slug: slug.clone(), name, settings, key }, event).await.unwrap();
    }

    #[tokio::test]
    async fn a_host_without_a_tenant_is_looked_up_every_two_seconds() {
        let clock = Clock::manual(Timestamp::from_unix_seconds(1_795_514_400));
        let store = Store::open(&Location::Memory, clock.clone()).await.unwrap();
        let vault = Vault::new(&MasterKey::generate(&Random::seeded(2))).unwrap();
        let (tenants, slug): (_, Slug) = (Tenants::new(String::new()), "late".parse().unwrap());
        let is_there = async || {
            let place = Place::Slug(slug.clone());
            tenants.at(&place, &store, &vault).await.unwrap().is_some()
        };
        assert!(!is_there().await);
        make(&slug, &store, &vault).await;
        clock.advance(ABSENT_FOR - Duration::from_micros(1));
        assert!(!is_there().await, "remembered");
        clock.advance(Duration::from_micros(1));
        assert!(is_there().await);
    }

    async fn node(store: &Store) -> Arc<Flows> {
        let setup = Setup {
            store: store.clone(),
            origin: Origin::Sandbox,
            master_key: MasterKey::generate(&Random::seeded(1)),
            random: Random::system(),
            hashing: HasherConfig { threads: 1, usual: Params::new(64, 1, 1).unwrap(), ..HasherConfig::new([0; 32]) },
            blocklist: crate::blocklist::Blocklist::built_in(),
            issuer_pattern: "http://{tenant}.localhost".to_owned(),
            limits: Limits::default(),
        };
        Flows::start(setup).await.unwrap()
    }

    async fn key_of(flows: &Flows, id: TenantId) -> (KeyId, String) {
        let keys = flows.store.tenant(id).signing_keys().await.unwrap();
        let signing = choose(&keys, flows.store.now()).signing.unwrap();
        (signing.id, signing.kid.clone())
    }

    #[tokio::test]
    async fn a_key_that_came_into_use_at_once_is_looked_for_and_not_too_often() {
        let store = Store::open(&Location::Memory, Clock::manual(Timestamp::from_unix_seconds(1_800_000_000))).await;
        let store = store.unwrap();
        let (one, other) = (node(&store).await, node(&store).await);
        let slug: Slug = "acme".parse().unwrap();
        let made = one.create_tenant(slug.clone(), "Acme".to_owned(), Settings::default(), Algorithm::EdDsa).await;
        let id = made.unwrap().unwrap();
        let tenant = one.tenant(&slug).await.unwrap().unwrap();
        let (stolen, first) = key_of(&one, id).await;
        let seen = other.tenant_at(&Place::Slug(slug)).await.unwrap().unwrap();
        assert!(seen.jwks.find(&first).is_some());

        one.compromise_key(crate::Doer::Operator, &tenant, stolen).await.unwrap().unwrap();
        let (_, second) = key_of(&one, id).await;
        let look = async |seen: &Served| other.tenants.later(seen, &other.store, &other.vault).await.unwrap();
        store.clock().advance(Duration::from_secs(1));
        let later = look(&seen).await.unwrap();
        assert!(later.jwks.find(&second).is_some() && later.jwks.find(&first).is_none());
        assert!(Arc::ptr_eq(&look(&seen).await.unwrap(), &later), "one reading does for all");
        store.clock().advance(LOOK_AGAIN_AFTER - Duration::from_micros(1));
        assert!(look(&later).await.is_none(), "it was looked at just now");
        store.clock().advance(Duration::from_micros(1));
        assert!(!Arc::ptr_eq(&look(&later).await.unwrap(), &later));
    }
}
