//! What is done over and over.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{anyhow, bail};
use countersign_domain::audit::{Action, Event, Reason, Seed};
use countersign_domain::lockout::Policy;
use countersign_domain::session::{Client, Life, NewSession, Presented, Session};
use countersign_domain::signing_key::{Algorithm, SigningKeyRecord};
use countersign_domain::{
    AccountId, Email, EventId, KeyId, Kind, PasswordHash, SessionId, Settings, TenantId, Timestamp,
};
use countersign_store::{
    Created, NewAccount, NewTenant, ReserveAttempt, ReservedKinds, RightPassword, RotateSession, Rotated,
    SettleAttempt, Settlement, Store, TenantChanged, TenantStore, Verdict,
};
use tokio::task::JoinSet;
use uuid::{Builder, Uuid};

const NAMES: usize = 1_000;

/// So many that nobody ever waits for another's attempt: the rate of the store is measured, not the rule.
const FAILURES_MAX: u32 = 10_000;

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Load {
    Rotate,
    Login,
    OneName,
}

impl Load {
    pub(super) const ALL: [Self; 3] = [Self::Rotate, Self::Login, Self::OneName];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Rotate => "rotations",
            Self::Login => "reserve + settle",
            Self::OneName => "the same, one name",
        }
    }
}

/// A tenant with a thousand accounts whose sessions are rotated and as many that log in: an account's oldest session
/// ends with its hundred and first.
pub(super) struct Place {
    here: TenantStore,
    tenant: TenantId,
    emails: Vec<String>,
    sessions: Vec<Arc<Mutex<Session>>>,
    settings: Arc<Settings>,
}

/// UUIDv7 in the order of making.
fn id() -> Uuid {
    static MADE: AtomicU64 = AtomicU64::new(1);
    let made = MADE.fetch_add(1, Ordering::Relaxed);
    let mut random = [0; 10];
    random.iter_mut().zip(made.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()).for_each(|(to, from)| *to = from);
    Builder::from_unix_timestamp_millis(1_795_514_400_000 + made / 16, &random).into_uuid()
}

fn event(tenant: TenantId, action: Action) -> Event {
    Event::done(tenant, Timestamp::default(), Seed { id: EventId::from_uuid(id()), salt: [7; 16] }, action)
}

fn client() -> Client {
    Client { network: "192.0.2.1".into(), user_agent: "bench".into() }
}

impl Place {
    pub(super) async fn fill(store: Store) -> anyhow::Result<Self> {
        let tenant = TenantId::from_uuid(id());
        let key = SigningKeyRecord {
            tenant,
            id: KeyId::from_uuid(id()),
            kid: "bench".into(),
            algorithm: Algorithm::Es256,
            public: vec![4; 65],
            sealed_private: vec![9; 200],
            published_at: Timestamp::default(),
            active_at: Timestamp::default(),
            retired_at: None,
            compromised_at: None,
        };
        let made =
            NewTenant { id: tenant, slug: "bench".parse()?, name: "Bench".into(), settings: Settings::default(), key };
        if store.create_tenant(made, event(tenant, Action::TenantCreated)).await? != TenantChanged::Yes {
            bail!("the tenant was not made");
        }
        let here = store.tenant(tenant);
        let (emails, sessions, settings) = (Vec::new(), Vec::new(), Arc::default());
        let mut place = Self { here, tenant, emails, sessions, settings };
        let mut making: JoinSet<anyhow::Result<(String, Session)>> = JoinSet::new();
        for n in 0..2 * NAMES {
            let here = place.here.clone();
            making.spawn(async move { fill_one(&here, tenant, n).await });
            if making.len() >= 32
                && let Some(made) = making.join_next().await
            {
                place.keep(made??);
            }
        }
        while let Some(made) = making.join_next().await {
            place.keep(made??);
        }
        Ok(place)
    }

    fn keep(&mut self, (email, session): (String, Session)) {
        if self.sessions.len() < NAMES {
            self.sessions.push(Arc::new(Mutex::new(session)));
        } else {
            self.emails.push(email);
        }
    }
}

async fn fill_one(here: &TenantStore, tenant: TenantId, n: usize) -> anyhow::Result<(String, Session)> {
    let account = NewAccount {
        id: AccountId::from_uuid(id()),
        kind: Kind::Customer,
        email: Email::parse(&format!("customer.{n}@example.com"))?,
        first_name: Some("Ada".into()),
        last_name: Some("Lovelace".into()),
        roles: vec!["CUSTOMER".parse()?],
        password_hash: Some(PasswordHash::new(
            "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$".to_owned() + &"h".repeat(43),
        )),
        must_change_password: false,
        person: countersign_domain::Person::default(),
    };
    let email = account.email.typed().to_owned();
    if here.create_account(account, event(tenant, Action::AccountCreated)).await? != Created::Yes {
        bail!("an account was not made");
    }
    let session = log_in(here, tenant, &email).await?;
    Ok((email, session))
}

/// Both transactions of a login whose password was right.
async fn log_in(here: &TenantStore, tenant: TenantId, email: &str) -> anyhow::Result<Session> {
    let policy =
        Policy { failures_max: FAILURES_MAX, window: Duration::from_secs(900), lockout: Duration::from_secs(900) };
    let email = Email::parse(email)?;
    let mut name_hash = [0; 32];
    email.key().as_str().bytes().rev().zip(&mut name_hash).for_each(|(byte, to)| *to = byte);
    let ask = ReserveAttempt {
        email: email.key().clone(),
        name_hash,
        mark: None,
        kinds: vec![Kind::Customer, Kind::Staff],
        attempt: id(),
        policy,
        lock_event: event(tenant, Action::LockoutStarted),
    };
    let attempt = ask.attempt;
    let reserved = here.reserve_attempt(ask).await?;
    let ReservedKinds::Yes(kinds) = reserved.attempt else { bail!("{:?}", reserved.attempt) };
    let account = reserved.accounts.into_iter().next().ok_or_else(|| anyhow!("no account"))?;
    let right = RightPassword {
        session: NewSession {
            id: SessionId::from_uuid(id()),
            secret: *id().as_bytes(),
            client: client(),
            life: Life { idle: Duration::from_secs(14 * 86_400), absolute: Duration::from_secs(90 * 86_400) },
            is_for_browser: false,
        },
        event: event(tenant, Action::Login).about(account.id),
        refused_event: Event { reason: Some(Reason::Deactivated), ..event(tenant, Action::Login) },
        displaced_event: event(tenant, Action::SessionEnded),
        account,
    };
    let verdict = Verdict::Right(Box::new(right));
    let lock_event = event(tenant, Action::LockoutStarted);
    let settle = SettleAttempt { row: reserved.row, kinds, attempt, policy, lock_event, verdict };
    match here.settle_attempt(settle).await? {
        Settlement::Opened(session) => Ok(*session),
        other => bail!("{other:?}"),
    }
}

async fn rotate(place: &Place, at: usize) -> anyhow::Result<()> {
    let held = place.sessions.get(at).ok_or_else(|| anyhow!("no such session"))?;
    let session = held.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let token = RotateSession {
        session: session.id,
        presented: Presented {
            counter: session.refresh_counter,
            token: session.token_id(session.refresh_counter),
            request: Some(id()),
            client: client(),
        },
        settings: Arc::clone(&place.settings),
        reuse_event: event(place.tenant, Action::RefreshReused),
        reuse_letter: uuid::Uuid::nil(),
    };
    match place.here.rotate(token).await? {
        Rotated::Yes(next, _) => *held.lock().unwrap_or_else(PoisonError::into_inner) = *next,
        other => bail!("{other:?}"),
    }
    Ok(())
}

/// Calls that are made for as long as it lives.
pub(super) struct Running {
    counts: Arc<AtomicBool>,
    ended: Arc<AtomicBool>,
    tasks: JoinSet<anyhow::Result<Vec<Duration>>>,
}

/// Starts as many callers as given, each with names of its own.
pub(super) fn start(place: &Place, load: Load, in_flight: usize) -> Running {
    let (counts, ended) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
    let mut tasks = JoinSet::new();
    let place = Arc::new(Place {
        here: place.here.clone(),
        tenant: place.tenant,
        emails: place.emails.clone(),
        sessions: place.sessions.clone(),
        settings: Arc::clone(&place.settings),
    });
    for first in 0..in_flight {
        let (place, counts, ended) = (Arc::clone(&place), Arc::clone(&counts), Arc::clone(&ended));
        tasks.spawn(async move {
            let mut took = Vec::with_capacity(100_000);
            for at in (first..NAMES).step_by(in_flight).cycle() {
                if ended.load(Ordering::Relaxed) {
                    break;
                }
                let begun = Instant::now();
                match load {
                    Load::Rotate => rotate(&place, at).await?,
                    Load::Login | Load::OneName => {
                        let at = if load == Load::OneName { 0 } else { at };
                        let email = place.emails.get(at).ok_or_else(|| anyhow!("no such account"))?;
                        log_in(&place.here, place.tenant, email).await.map(|_| ())?;
                    }
                }
                if counts.load(Ordering::Relaxed) {
                    took.push(begun.elapsed());
                }
            }
            Ok(took)
        });
    }
    Running { counts, ended, tasks }
}

impl Running {
    pub(super) fn count(&self) {
        self.counts.store(true, Ordering::Relaxed);
    }

    /// Ends the calls; how long each took that was counted.
    pub(super) async fn stop(mut self) -> anyhow::Result<Vec<Duration>> {
        self.ended.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        while let Some(took) = self.tasks.join_next().await {
            all.extend(took??);
        }
        Ok(all)
    }
}
