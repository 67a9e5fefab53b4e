use std::sync::Arc;
use std::time::Duration;

use countersign_store::{Origin, SealedSecret, Store};

use crate::audit::{Exports, Refusals};
use crate::blocklist::Blocklist;
use crate::encrypted_fields::EncryptionKeys;
use crate::hasher::{self, Hasher, HasherConfig};
use crate::keys::KeyPair;
use crate::login::{Disclosure, Sources, Waiting};
use crate::register::{REGISTRATIONS_PER_NETWORK_MAX, REGISTRATIONS_WINDOW};
use crate::tenants::Tenants;
use crate::vault::{BadSecrets, MasterKey, Purpose, SecretKey, Secrets, Vault};
use crate::windows::Windows;
use crate::{Flows, Random};

/// What the stories are started with.
pub struct Setup {
    /// Where everything is remembered.
    pub store: Store,
    /// What asks for a store of its own kind: a sandbox or production.
    pub origin: Origin,
    /// Opens what is sealed.
    pub master_key: MasterKey,
    /// Where randomness comes from.
    pub random: Random,
    /// The hashing pool.
    pub hashing: HasherConfig,
    /// The passwords that nobody should have.
    pub blocklist: Blocklist,
    /// The claim `iss` of tenants that set none: `https://{tenant}.auth.example.com`.
    pub issuer_pattern: String,
    /// The limits that are kept in this process.
    pub limits: Limits,
}

/// Limits by source, kept in this process.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Failed logins of one client network within the window.
    pub failures_per_network_max: u32,
    /// That window.
    pub failures_window: Duration,
    /// Distinct unknown names that one network is told of in an hour.
    pub unknown_names_per_network_max: usize,
    /// Distinct unknown names that a tenant tells of in an hour.
    pub unknown_names_per_tenant_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            failures_per_network_max: 100,
            failures_window: Duration::from_secs(900),
            unknown_names_per_network_max: 10,
            unknown_names_per_tenant_max: 200,
        }
    }
}

/// Why the stories could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartFault {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] countersign_store::Fault),
    /// The master key opens nothing here.
    #[error("the master key does not open the secrets of this store: it is another store's, or was replaced")]
    WrongMasterKey,
    /// The store had a name-hash key and has none any more.
    #[error(
        "the name-hash key of this store is gone: a new one would let every lock vanish, so it must come back from a backup"
    )]
    NameHashGone,
    /// The secrets do not fit together.
    #[error(transparent)]
    Secrets(#[from] BadSecrets),
    /// The hashing pool did not start.
    #[error(transparent)]
    Hasher(#[from] hasher::StartFault),
    /// A key could not be made.
    #[error("a key could not be made: {0}")]
    Key(String),
    /// A sandbox made the store, and production asks for it.
    #[error("this store was made by the sandbox: its users are published, so production never serves it")]
    MadeBySandbox,
    /// Production made the store, and a sandbox asks for it.
    #[error("this store was made by production: the sandbox would put its published users there")]
    MadeByProduction,
}

impl Flows {
    /// Opens the secrets, starts the pool and assembles the stories.
    ///
    /// # Errors
    /// [`StartFault`] says what is missing.
    pub async fn start(setup: Setup) -> Result<Arc<Self>, StartFault> {
        let Setup { store, origin, master_key, random, mut hashing, blocklist, issuer_pattern, limits } = setup;
        match (store.origin(origin).await?, origin) {
            (Origin::Sandbox, Origin::Production) => return Err(StartFault::MadeBySandbox),
            (Origin::Production, Origin::Sandbox) => return Err(StartFault::MadeByProduction),
            _ => {}
        }
        let vault = Vault::new(&master_key).map_err(|error| StartFault::Key(error.to_string()))?;
        let secrets = open_secrets(&store, &vault, &random).await?;
        let seal_key = KeyPair::from_seed(secrets.newest(Purpose::AuditSeal).expose());
        let seal_key = seal_key.map_err(|error| StartFault::Key(error.to_string()))?;
        hashing.seed = random.bytes();
        let usual_cost = hashing.usual;
        // Measuring blocks for some 70 ms, before anything is served.
        let hasher = tokio::task::spawn_blocking(move || Hasher::start(hashing)).await;
        let hasher = hasher.map_err(|error| StartFault::Key(error.to_string()))??;
        Ok(Arc::new(Self {
            sources: Sources::new(limits.failures_per_network_max, limits.failures_window),
            registering: Windows::new(REGISTRATIONS_PER_NETWORK_MAX, REGISTRATIONS_WINDOW),
            disclosure: Disclosure::new(limits.unknown_names_per_network_max, limits.unknown_names_per_tenant_max),
            tenants: Tenants::new(issuer_pattern),
            encryption_keys: EncryptionKeys::new(),
            waiting: Waiting::default(),
            refusals: Refusals::default(),
            exports: Exports::default(),
            store,
            origin,
            hasher,
            blocklist,
            usual_cost,
            vault,
            secrets,
            seal_key,
            random,
        }))
    }
}

/// Opens the service's secrets; purposes that have none yet (a new store, a new version of the product) get one.
async fn open_secrets(store: &Store, vault: &Vault, random: &Random) -> Result<Secrets, StartFault> {
    let rows = store.secrets().await?;
    let is_missing = |purpose: &Purpose| !rows.iter().any(|row| row.purpose == purpose.name());
    let missing: Vec<Purpose> = Purpose::ALL.into_iter().filter(is_missing).collect();
    if missing.is_empty() {
        return read_secrets(&rows, vault);
    }
    // Whatever is there must open first: a wrong master key must not add secrets of its own.
    rows.iter().try_for_each(|row| open(row, vault).map(|_| ()))?;
    // It came into the store with the first key of all, so its absence is a loss; a new one would end every lock unseen.
    if !rows.is_empty() && missing.contains(&Purpose::NameHash) {
        return Err(StartFault::NameHashGone);
    }
    let made = missing.into_iter().map(|purpose| make(purpose, vault, random, store));
    store.add_secrets(made.collect::<Result<_, _>>()?).await?;
    // Read back: another node may have been first.
    read_secrets(&store.secrets().await?, vault)
}

fn make(purpose: Purpose, vault: &Vault, random: &Random, store: &Store) -> Result<SealedSecret, StartFault> {
    let key = SecretKey::generate(random, store.now(), 1);
    let sealed = key.seal(vault, random, purpose).map_err(|error| StartFault::Key(error.to_string()))?;
    Ok(SealedSecret { purpose: purpose.name().to_owned(), version: 1, id: key.id(), sealed })
}

fn read_secrets(rows: &[SealedSecret], vault: &Vault) -> Result<Secrets, StartFault> {
    let keys = rows.iter().map(|row| open(row, vault)).collect::<Result<Vec<_>, _>>()?;
    Ok(Secrets::new(keys.into_iter().flatten().collect())?)
}

/// A purpose that this version does not know belongs to a newer one that runs beside it.
fn open(row: &SealedSecret, vault: &Vault) -> Result<Option<(Purpose, SecretKey)>, StartFault> {
    let Ok(purpose) = row.purpose.parse::<Purpose>() else { return Ok(None) };
    let version = u32::try_from(row.version).unwrap_or(0);
    let key = SecretKey::open(vault, purpose, row.id, version, &row.sealed).map_err(|_| StartFault::WrongMasterKey)?;
    Ok(Some((purpose, key)))
}

/// Whether the master key behind the vault opens a secret.
pub(crate) fn opens(row: &SealedSecret, vault: &Vault) -> bool {
    open(row, vault).is_ok()
}

#[cfg(test)]
mod tests {
    use countersign_domain::Timestamp;
    use countersign_store::{Clock, Location};

    use super::*;

    /// A store that has a key for every purpose but one.
    async fn store_without(gone: Purpose) -> (Store, Vault, Random) {
        let clock = Clock::manual(Timestamp::from_unix_seconds(1_795_514_400));
        let store = Store::open(&Location::Memory, clock).await.unwrap();
        let random = Random::seeded(1);
        let vault = Vault::new(&MasterKey::generate(&random)).unwrap();
        let others = Purpose::ALL.into_iter().filter(|purpose| *purpose != gone);
        let rows = others.map(|purpose| make(purpose, &vault, &random, &store).unwrap()).collect();
        store.add_secrets(rows).await.unwrap();
        (store, vault, random)
    }

    #[tokio::test]
    async fn a_purpose_that_is_new_in_this_version_gets_its_key_at_start() {
        let (store, vault, random) = store_without(Purpose::DeviceMark).await;
        let refresh = store.secrets().await.unwrap().into_iter().find(|row| row.purpose == "refresh").unwrap();
        let secrets = open_secrets(&store, &vault, &random).await.unwrap();
        assert_eq!(secrets.newest(Purpose::DeviceMark).version(), 1);
        assert_eq!(secrets.newest(Purpose::Refresh).id(), refresh.id, "what was there stays");
        let again = open_secrets(&store, &vault, &random).await.unwrap();
        assert_eq!(again.newest(Purpose::DeviceMark).id(), secrets.newest(Purpose::DeviceMark).id());
    }

    #[tokio::test]
    async fn a_store_that_lost_its_name_hash_key_is_not_served() {
        let (store, vault, random) = store_without(Purpose::NameHash).await;
        let refused = open_secrets(&store, &vault, &random).await.unwrap_err();
        assert!(matches!(refused, StartFault::NameHashGone), "{refused}");
        assert_eq!(store.secrets().await.unwrap().len(), Purpose::ALL.len() - 1, "and nothing is written");
    }
}
