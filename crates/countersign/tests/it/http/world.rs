//! The tenants and people that the tests meet.

use std::sync::Arc;

use countersign::assembly::{self, Parts};
use countersign::config::{Config, MasterKey, Mode};
use countersign_domain::signing_key::Algorithm;
use countersign_domain::{AccountId, Email, Secret, Settings, Standing, Tenant, TenantState, Timestamp, UnknownEmail};
use countersign_flows::admin::NewPerson;
use countersign_flows::{Doer, Flows, Random};
use countersign_store::{Clock, Location};

/// 2026-11-24T10:00:00.123456Z; it stands still.
pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_795_514_400_123_456);
/// The manager of `remitjunction`.
pub(crate) const MANAGER: &str = "hello@remitjunction.co.uk";
pub(crate) const PASSWORD: &str = "Password@1";

/// The stories, with tenants in every state.
pub(crate) struct World {
    pub(crate) flows: Arc<Flows>,
    pub(crate) random: Random,
    /// [`MANAGER`]'s account.
    pub(crate) manager: AccountId,
}

impl World {
    pub(crate) async fn new(config: &Config, location: Location) -> Self {
        let random = Random::seeded(1);
        let parts = Parts {
            mode: Mode::Sandbox,
            location,
            master_key: MasterKey::new(random.bytes()),
            clock: Clock::manual(NOW),
            random: random.clone(),
        };
        let flows = assembly::flows(config, parts).await.unwrap();
        let usual = make(&flows, "remitjunction", Settings::default()).await;
        flows.set_tenant_host(&usual, "login.remit.example", true).await.unwrap().unwrap();
        let manager = person(&flows, &usual, MANAGER).await;
        let gone = person(&flows, &usual, "gone@example.com").await;
        let gone = flows.account(&usual, gone).await.unwrap().unwrap();
        flows.set_standing(Doer::Operator, &usual, &gone, Standing::Deactivated).await.unwrap().unwrap();
        make(&flows, "otherjunction", Settings::default()).await;
        let origins = vec!["https://app.example.com".to_owned()];
        let listed = make(&flows, "listed", Settings { cors_origins: origins, ..Settings::default() }).await;
        person(&flows, &listed, MANAGER).await;
        let suspended = make(&flows, "suspended", Settings::default()).await;
        flows.set_tenant_state(&suspended, TenantState::Suspended).await.unwrap().unwrap();
        Self { flows, random, manager }
    }
}

async fn make(flows: &Flows, slug: &str, settings: Settings) -> Tenant {
    // The people here have the documented password, which no policy takes.
    let settings = Settings {
        unknown_email: UnknownEmail::Tell,
        password_strength_min: 0,
        password_refuse_listed: false,
        ..settings
    };
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
