use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use countersign_domain::audit::Event;
use countersign_domain::signing_key::Algorithm;
use countersign_domain::{Settings, Tenant, Timestamp, UnknownEmail};
use countersign_flows::hasher::{HasherConfig, Params};
use countersign_flows::vault::MasterKey;
use countersign_flows::{Flows, Limits, Random, Setup};
use countersign_store::{Clock, EventFilter, Location, Origin, Store};

use super::{Anonymous, Operator};

/// 2026-11-24, when every test begins.
const START: Timestamp = Timestamp::from_unix_seconds(1_795_514_400);
/// Connections of a node's pool: enough for its tasks to meet each other in the database.
pub(crate) const CONNECTIONS: usize = 12;

/// The person most tests are about.
pub(crate) const ADA: &str = "ada@example.com";
/// Hers, unless a test says otherwise.
pub(crate) const PASSWORD: &str = "Correct-horse-1";
/// Nobody's.
pub(crate) const WRONG: &str = "Wrong-horse-1";

/// The stories on a store of their own, with one tenant and a clock that stands still.
pub(crate) struct World {
    pub(crate) flows: Arc<Flows>,
    pub(crate) store: Store,
    /// Tells unknown emails, as the documented contract does.
    pub(crate) tenant: Tenant,
    location: Location,
}

impl World {
    pub(crate) async fn on_sqlite() -> Self {
        Self::at(Location::Memory).await
    }

    pub(crate) async fn on_postgres() -> Self {
        Self::at(Location::Postgres(migrated_database().await, CONNECTIONS)).await
    }

    async fn at(location: Location) -> Self {
        let store = Store::open(&location, Clock::manual(START)).await.unwrap();
        let flows = node(store.clone(), |_| ()).await;
        let tenant = make_tenant(&flows, Settings { unknown_email: UnknownEmail::Tell, ..Settings::default() }).await;
        Self { flows, store, tenant, location }
    }

    /// Another node on the same store, as another process is: nothing in memory is shared.
    pub(crate) async fn another_node(&self) -> Arc<Flows> {
        self.node(|_| ()).await
    }

    /// Another node, set up otherwise.
    pub(crate) async fn node(&self, change: impl FnOnce(&mut Setup)) -> Arc<Flows> {
        let store = match &self.location {
            Location::Postgres(..) => Store::open(&self.location, self.store.clock().clone()).await.unwrap(),
            _ => self.store.clone(),
        };
        node(store, change).await
    }

    pub(crate) fn is_on_postgres(&self) -> bool {
        matches!(self.location, Location::Postgres(..))
    }

    pub(crate) async fn tenant_with(&self, settings: Settings) -> Tenant {
        make_tenant(&self.flows, settings).await
    }

    pub(crate) fn operator(&self) -> Operator {
        Operator::new(&self.flows, &self.tenant)
    }

    pub(crate) fn operator_of(&self, tenant: &Tenant) -> Operator {
        Operator::new(&self.flows, tenant)
    }

    /// Somebody at the tenant's door.
    pub(crate) fn anonymous(&self) -> Anonymous {
        Anonymous::at(&self.flows, &self.tenant)
    }

    pub(crate) fn anonymous_of(&self, tenant: &Tenant) -> Anonymous {
        Anonymous::at(&self.flows, tenant)
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.store.clock().advance(Duration::from_secs(seconds));
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.store.now()
    }

    pub(crate) fn hashes(&self) -> u64 {
        self.flows.hasher().hashes_run()
    }

    /// The tenant's trail.
    pub(crate) async fn trail(&self) -> Vec<Event> {
        trail(&self.store, &self.tenant).await
    }

    /// The trail in words, sorted: events of one millisecond have no order among them.
    pub(crate) async fn told(&self) -> Vec<String> {
        let mut told: Vec<_> = self.trail().await.iter().map(words).collect();
        told.sort_unstable();
        told
    }

    /// The events that read like this.
    pub(crate) async fn telling(&self, what: &str) -> Vec<Event> {
        self.trail().await.into_iter().filter(|event| words(event) == what).collect()
    }
}

/// A tenant's trail.
pub(crate) async fn trail(store: &Store, tenant: &Tenant) -> Vec<Event> {
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let filter = EventFilter { before, events_max: 200, ..EventFilter::default() };
        let page = store.tenant(tenant.id).events(filter).await.unwrap();
        assert!(page.unreadable.is_empty());
        all.extend(page.events);
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    all
}

/// An event in words: `login refused wrong_password`.
pub(crate) fn words(event: &Event) -> String {
    let reason = event.reason.as_ref().map(|reason| format!(" {reason}")).unwrap_or_default();
    format!("{} {}{reason}", event.action, event.outcome.as_str())
}

/// Stories on a store that is open.
pub(crate) async fn node(store: Store, change: impl FnOnce(&mut Setup)) -> Arc<Flows> {
    let hashing = HasherConfig { threads: 2, nice: 0, usual: cheap(), ..HasherConfig::new([0; 32]) };
    let mut setup = Setup {
        store,
        origin: Origin::Production,
        master_key: MasterKey::from_text(&format!("{}2e", "1f".repeat(31))).unwrap(),
        random: Random::seeded(next()),
        hashing,
        blocklist: countersign_flows::blocklist::Blocklist::built_in(),
        issuer_pattern: "https://{tenant}.auth.example.com".to_owned(),
        limits: Limits::default(),
    };
    change(&mut setup);
    Flows::start(setup).await.unwrap()
}

/// What is tried here is not the cost of hashing: Argon2's least memory, one pass.
pub(crate) fn cheap() -> Params {
    Params::new(8, 1, 1).unwrap()
}

/// A tenant with a slug of its own. Its keys are the ones that are made fastest.
pub(crate) async fn make_tenant(flows: &Flows, settings: Settings) -> Tenant {
    let slug: countersign_domain::Slug = format!("tenant-{}", next()).parse().unwrap();
    flows.create_tenant(slug.clone(), slug.to_string(), settings, Algorithm::EdDsa).await.unwrap().unwrap();
    flows.tenant(&slug).await.unwrap().unwrap()
}

/// A number that was not there before.
pub(crate) fn next() -> u64 {
    static MADE: AtomicU64 = AtomicU64::new(1);
    MADE.fetch_add(1, Ordering::Relaxed)
}

/// A copy of a database that was migrated once: a sixth of the time of migrating each.
pub(crate) async fn migrated_database() -> String {
    static MIGRATED: OnceLock<String> = OnceLock::new();
    // PostgreSQL copies no database that somebody uses, so copies are made one after the other.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let copy = || {
        let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let server = scratch::Postgres::shared().unwrap();
        let original = MIGRATED.get_or_init(|| {
            let url = server.database().unwrap();
            let migrated = url.clone();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async { Store::open(&Location::Postgres(migrated, 2), Clock::system()).await.unwrap() });
            url
        });
        server.copy_of(original).unwrap()
    };
    tokio::task::spawn_blocking(copy).await.unwrap()
}
