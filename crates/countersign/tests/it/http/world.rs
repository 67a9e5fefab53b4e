//! The tenants and people that the tests meet.

use std::sync::Arc;

use countersign_domain::gate::TenantState;
use countersign_domain::signing_key::Algorithm;
use countersign_domain::{AccountId, Email, Secret, Settings, Standing, Tenant, Timestamp, UnknownEmail};
use countersign_flows::admin::NewPerson;
use countersign_flows::hasher::{HasherConfig, Params};
use countersign_flows::vault::MasterKey;
use countersign_flows::{Flows, Limits, Random, Setup};
use countersign_store::{Clock, Location, Origin, Store};

/// 2026-11-24T10:00:00.123456Z; it stands still.
pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_795_514_400_123_456);
/// The manager of `remitjunction`.
pub(crate) const MANAGER: &str = "hello@remitjunction.co.uk";
pub(crate) const PASSWORD: &str = "Password@1";

/// The stories, with tenants in every state.
pub(crate) struct World {
    pub(crate) flows: Arc<Flows>,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    /// [`MANAGER`]'s account.
    pub(crate) manager: AccountId,
}

impl World {
    pub(crate) async fn new() -> Self {
        let (clock, random) = (Clock::manual(NOW), Random::seeded(1));
        let store = Store::open(&Location::Memory, clock.clone()).await.unwrap();
        let setup = Setup {
            store,
            origin: Origin::Sandbox,
            master_key: MasterKey::generate(&random),
            random: random.clone(),
            // What is tried here is not the cost of hashing.
            hashing: HasherConfig { threads: 1, usual: Params::new(64, 1, 1).unwrap(), ..HasherConfig::new([0; 32]) },
            issuer_pattern: "http://{tenant}.localhost".to_owned(),
            limits: Limits { failures_per_network_max: 100_000, ..Limits::default() },
        };
        let flows = Flows::start(setup).await.unwrap();
        let usual = make(&flows, "remitjunction", Settings::default()).await;
        flows.set_tenant_host(&usual, "login.remit.example", true).await.unwrap().unwrap();
        let manager = person(&flows, &usual, MANAGER).await;
        let gone = person(&flows, &usual, "gone@example.com").await;
        flows.set_standing(&usual, gone, Standing::Deactivated).await.unwrap().unwrap();
        make(&flows, "otherjunction", Settings::default()).await;
        let origins = vec!["https://app.example.com".to_owned()];
        let listed = make(&flows, "listed", Settings { cors_origins: origins, ..Settings::default() }).await;
        person(&flows, &listed, MANAGER).await;
        let suspended = make(&flows, "suspended", Settings::default()).await;
        flows.set_tenant_state(&suspended, TenantState::Suspended).await.unwrap().unwrap();
        Self { flows, clock, random, manager }
    }
}

async fn make(flows: &Flows, slug: &str, settings: Settings) -> Tenant {
    let settings = Settings { unknown_email: UnknownEmail::Tell, ..settings };
    let made = flows.create_tenant(slug.parse().unwrap(), slug.to_owned(), settings, Algorithm::Es256).await;
    made.unwrap().unwrap();
    flows.tenant(&slug.parse().unwrap()).await.unwrap().unwrap()
}

async fn person(flows: &Flows, tenant: &Tenant, email: &str) -> AccountId {
    let person = NewPerson {
        email: Email::parse(email).unwrap(),
        roles: vec!["MANAGER".parse().unwrap()],
        first_name: None,
        last_name: None,
        password: Secret::new(PASSWORD),
        must_change_password: false,
    };
    flows.create_account(tenant, person).await.unwrap().unwrap()
}
