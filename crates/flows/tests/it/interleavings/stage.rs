//! Where orders are tried: the stories behind a turnstile, beside them the same stories without one, to prepare and to
//! look afterwards.

use std::sync::Arc;
use std::time::Duration;

use countersign_domain::audit::{Action, Event, Personal, Seed};
use countersign_domain::{Email, EventId, KINDS, Settings, Tenant, Timestamp};
use countersign_flows::{Flows, Random};
use countersign_store::{Clock, Location, ReserveAttempt, ReservedKinds, Store, Turnstile};

use super::deeds::{A_WHILE, Means, STAFF_PASSWORD};
use super::model::Model;
use crate::support::{ADA, Anonymous, Operator, PASSWORD, SignedIn, freely, make_tenant, next, node, trail};

/// When every stage opens.
const START: Timestamp = Timestamp::from_unix_seconds(1_795_514_400);

/// What an order begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// A customer account with one session.
    Fresh,
    /// After so many wrong passwords for both kinds.
    Failed(u32),
    /// After four wrong passwords for the customer account alone.
    Lopsided,
    /// With a staff account of the same email, after three wrong passwords for both.
    TwoAccounts,
    /// The session's first token was exchanged a while ago, and somebody has a copy of it.
    Copied,
    /// A process died while it hashed four guesses.
    Abandoned,
    /// A device has proved the password before; three failures of others.
    KnownDevice,
}

/// The stories on one store.
pub(super) struct Stage {
    pub(super) turnstile: Arc<Turnstile>,
    /// Behind the turnstile; deeds are spread over them.
    pub(super) nodes: Vec<Arc<Flows>>,
    /// Without one.
    pub(super) free: Arc<Flows>,
    pub(super) store: Store,
}

/// One order's own people and tokens.
pub(super) struct Scene {
    pub(super) means: Means,
    pub(super) door: Anonymous,
    pub(super) model: Model,
    /// The session at the beginning: its tokens and their counters.
    pub(super) first: Vec<(SignedIn, u32)>,
}

impl Scene {
    /// The counters of the copied and of the current token.
    pub(super) fn counters(&self) -> (u32, u32) {
        (0, u32::try_from(self.first.len()).unwrap() - 1)
    }
}

impl Stage {
    pub(super) async fn open(location: &Location, nodes: usize) -> Self {
        let store = Store::open(location, Clock::manual(START)).await.unwrap();
        let turnstile = Arc::new(Turnstile::default());
        let free = node(store.clone(), |setup| setup.hashing.threads = 1).await;
        let mut gated = Vec::new();
        for _ in 0..nodes {
            let behind = store.behind(Arc::clone(&turnstile));
            gated.push(freely(&turnstile, node(behind, |setup| setup.hashing.threads = 1)).await);
        }
        Self { turnstile, nodes: gated, free, store }
    }

    pub(super) fn hashes(&self) -> u64 {
        self.nodes.iter().map(|node| node.hasher().hashes_run()).sum()
    }

    pub(super) fn pass(&self, span: Duration) {
        self.store.clock().advance(span);
    }

    /// A tenant of its own for one order, and everything that its deeds need.
    pub(super) async fn set(&self, opening: Opening) -> Scene {
        let tenant = make_tenant(&self.free, Settings::default()).await;
        let (door, operator) = (Anonymous::at(&self.free, &tenant).exempt(), Operator::new(&self.free, &tenant));
        let mut model = Model::default();
        model.tell("tenant_created done", 1);
        let customer = operator.creates("CUSTOMER", ADA, PASSWORD).await;
        model.add_account(false);
        if opening == Opening::TwoAccounts {
            operator.creates("CASHIER", ADA, STAFF_PASSWORD).await;
            model.add_account(true);
        }
        let ada = door.logs_in(ADA, PASSWORD).await;
        model.has_opened_session();
        let mark = ada.mark().clone();
        let mut first = vec![(ada, 0)];
        match opening {
            Opening::Fresh => {}
            Opening::Failed(times) => self.fail(&door, &mut model, times).await,
            Opening::TwoAccounts | Opening::KnownDevice => self.fail(&door, &mut model, 3).await,
            Opening::Lopsided => {
                door.clone().in_role("CUSTOMER").guesses(4, ADA).await;
                model.has_failed(4, true);
            }
            Opening::Copied => {
                let second = first[0].0.refreshes().await;
                model.has_rotated();
                first.push((second, 1));
                self.pass(A_WHILE);
                model.now += A_WHILE.as_secs();
            }
            Opening::Abandoned => {
                for _ in 0..4 {
                    self.abandon(&tenant).await;
                    model.has_abandoned();
                }
            }
        }
        let request = door.request().await;
        let elsewhere = door.clone().from("198.51.100.9").request().await;
        let means = Means {
            flows: Arc::clone(&self.free),
            tenant,
            customer: operator.sees(customer).await,
            request,
            from_elsewhere: elsewhere,
            mark,
            current: first[first.len() - 1].0.refresh_token().clone(),
            copied: first[0].0.refresh_token().clone(),
        };
        Scene { means, door, model, first }
    }

    async fn fail(&self, door: &Anonymous, model: &mut Model, times: u32) {
        door.guesses(times, ADA).await;
        model.has_failed(times, false);
    }

    /// Reserves an attempt that nobody will settle, as a process does that dies then.
    async fn abandon(&self, tenant: &Tenant) {
        let (now, random) = (self.store.now(), Random::seeded(next()));
        let seed = Seed { id: EventId::from_uuid(random.id(now)), salt: random.bytes() };
        let lock_event = Event::done(tenant.id, now, seed, Action::LockoutStarted);
        let ask = ReserveAttempt {
            email: Email::parse(ADA).unwrap().key().clone(),
            name_hash: self.name_hash(tenant).await,
            mark: None,
            kinds: KINDS.to_vec(),
            attempt: random.id(now),
            policy: Settings::default().lockout(),
            lock_event,
        };
        let reserved = self.store.tenant(tenant.id).reserve_attempt(ask).await.unwrap();
        assert!(matches!(reserved.attempt, ReservedKinds::Yes(_)));
    }

    /// The name under which Ada is counted, as the event of her login keeps it.
    async fn name_hash(&self, tenant: &Tenant) -> [u8; 32] {
        let trail = trail(&self.store, tenant).await;
        let kept = trail.iter().find_map(|event| match &event.personal {
            Personal::Kept { fields, .. } => fields.name_hash,
            Personal::Erased { .. } => None,
        });
        kept.unwrap()
    }
}
