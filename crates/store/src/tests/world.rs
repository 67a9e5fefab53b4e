//! What the tests of this room start from: a store on one of the engines, a tenant in it, a clock that stands still.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use countersign_domain::audit::{Action, Event, Reason, Seal, Seed};
use countersign_domain::hourly::{Hour, Measure};
use countersign_domain::lockout::Policy;
use countersign_domain::session::{Client, Life, NewSession, Presented, Session};
use countersign_domain::signing_key::{Algorithm, SigningKeyRecord};
use countersign_domain::{
    Account, AccountId, Email, EventId, KeyId, Kind, PasswordHash, SessionId, Settings, TenantId, Timestamp,
};
use uuid::{Builder, Uuid};

use crate::job::Job;
use crate::statement::Statement;
use crate::tx::Tx;
use crate::{
    Clock, CounterKey, Created, Location, NewAccount, NewTenant, Reservation, ReserveAttempt, ReservedKinds, Result,
    RightPassword, RotateSession, Sealed, SettleAttempt, Settlement, Store, TenantChanged, TenantStore, Unsealed,
    Verdict,
};

/// 2026-11-24, when every test begins.
pub(super) const START: Timestamp = Timestamp::from_unix_seconds(1_795_514_400);

/// Connections of a test's pool: enough for its tasks to meet each other in the database.
const CONNECTIONS: usize = 12;

/// Makes one test of each function for SQLite in memory and for PostgreSQL.
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test($crate::tests::World::in_memory().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test($crate::tests::World::on_postgres().await).await;
            })+
        }
    };
}

/// The same, and for SQLite in a file, where readers have connections of their own.
macro_rules! on_all {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            mod memory {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    super::super::$test($crate::tests::World::in_memory().await).await;
                })+
            }
            mod file {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    super::super::$test($crate::tests::World::in_a_file().await).await;
                })+
            }
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test($crate::tests::World::on_postgres().await).await;
            })+
        }
    };
}
pub(super) use {on_all, on_both};

/// A store with one tenant.
pub(super) struct World {
    pub(super) store: Store,
    pub(super) tenant: TenantId,
    pub(super) location: Location,
    here: TenantStore,
    _folder: Option<tempfile::TempDir>,
}

impl World {
    pub(super) async fn in_memory() -> Self {
        Self::open(Location::Memory, None).await
    }

    pub(super) async fn in_a_file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::open(Location::File(folder.path().join("store.db"), 2), Some(folder)).await
    }

    pub(super) async fn on_postgres() -> Self {
        Self::open(Location::Postgres(migrated_database().await, CONNECTIONS), None).await
    }

    /// On a database of a server of the test's own.
    pub(super) async fn at(url: String) -> Self {
        Self::open(Location::Postgres(url, CONNECTIONS), None).await
    }

    async fn open(location: Location, folder: Option<tempfile::TempDir>) -> Self {
        let store = Store::open(&location, Clock::manual(START)).await.unwrap();
        let tenant = make_tenant(&store, "here").await;
        let here = store.tenant(tenant);
        Self { store, tenant, location, here, _folder: folder }
    }

    /// Another handle on the same database, as another process has it.
    pub(super) async fn another_node(&self) -> Store {
        Store::open(&self.location, self.store.clock().clone()).await.unwrap()
    }

    pub(super) fn here(&self) -> &TenantStore {
        &self.here
    }

    pub(super) fn pass(&self, seconds: u64) {
        self.store.clock().advance(Duration::from_secs(seconds));
    }

    pub(super) fn now(&self) -> Timestamp {
        self.store.now()
    }

    pub(super) fn event(&self, action: Action) -> Event {
        event(self.tenant, action)
    }

    /// An account with the password hash `old`.
    pub(super) async fn account(&self, kind: Kind, email: &str) -> Account {
        let role = if kind == Kind::Customer { "CUSTOMER" } else { "CASHIER" };
        let account = new_account(kind, email, &[role]);
        let id = account.id;
        let made = self.here().create_account(account, self.event(Action::AccountCreated)).await.unwrap();
        assert_eq!(made, Created::Yes);
        self.here().account(id).await.unwrap().unwrap()
    }

    /// A number that the database answers, asked past all our statements.
    pub(super) async fn number(&self, sql: &str) -> i64 {
        match &self.location {
            Location::Postgres(url, _) => connect(url).await.query_one(sql, &[]).await.unwrap().get(0),
            _ => self.store.write(Ask(leak(sql))).await.unwrap(),
        }
    }

    /// Changes the database past all our statements.
    pub(super) async fn meddle(&self, sql: &str) {
        match &self.location {
            Location::Postgres(url, _) => connect(url).await.batch_execute(sql).await.unwrap(),
            _ => self.store.write(Meddle(leak(sql))).await.unwrap(),
        }
    }

    /// How many events tell of an action.
    pub(super) async fn told(&self, action: &Action) -> i64 {
        self.number(&format!("SELECT count(*) FROM event WHERE action = '{}'", action.as_str())).await
    }

    /// Seals what waits, up to a batch of it.
    pub(super) async fn seal(&self) -> Sealed {
        let unsealed = self.store.unsealed(None, 256).await.unwrap();
        self.store.seal(&unsealed, seals(&self.store, &unsealed)).await.unwrap()
    }

    /// All that was ever counted of the tenant: how many hours before or after [`START`], what, how often.
    pub(super) async fn counted(&self) -> Vec<(i64, Measure, u64)> {
        counted(self.here()).await
    }

    // --- logins ---

    pub(super) fn ask(&self, email: &str) -> ReserveAttempt {
        ReserveAttempt {
            email: address(email).key().clone(),
            name_hash: name_hash(email),
            mark: None,
            kinds: vec![Kind::Customer, Kind::Staff],
            attempt: id(),
            policy: POLICY,
            lock_event: self.event(Action::LockoutStarted),
        }
    }

    pub(super) async fn reserve(&self, ask: &ReserveAttempt) -> Reservation {
        self.here().reserve_attempt(ask.clone()).await.unwrap()
    }

    pub(super) fn settling(&self, ask: &ReserveAttempt, row: CounterKey, verdict: Verdict) -> SettleAttempt {
        let lock_event = self.event(Action::LockoutStarted);
        SettleAttempt { row, kinds: ask.kinds.clone(), attempt: ask.attempt, policy: ask.policy, lock_event, verdict }
    }

    pub(super) fn wrong(&self) -> Verdict {
        wrong(self.tenant)
    }

    pub(super) fn right(&self, account: &Account) -> RightPassword {
        right(self.tenant, account)
    }

    /// A login with a wrong password, from both transactions.
    pub(super) async fn guess(&self, ask: &ReserveAttempt) -> Settlement {
        let reserved = self.reserve(ask).await;
        let ReservedKinds::Yes(kinds) = reserved.attempt else { panic!("{:?}", reserved.attempt) };
        let settle = SettleAttempt { kinds, ..self.settling(ask, reserved.row, self.wrong()) };
        self.here().settle_attempt(settle).await.unwrap()
    }

    /// A login with the right password of one account, from both transactions.
    pub(super) async fn log_in(&self, account: &Account) -> Session {
        let ask = self.ask(&account.email);
        let reserved = self.reserve(&ask).await;
        let ReservedKinds::Yes(kinds) = reserved.attempt else { panic!("{:?}", reserved.attempt) };
        let account = reserved.accounts.iter().find(|found| found.id == account.id).unwrap();
        let verdict = Verdict::Right(Box::new(self.right(account)));
        let settle = SettleAttempt { kinds, ..self.settling(&ask, reserved.row, verdict) };
        match self.here().settle_attempt(settle).await.unwrap() {
            Settlement::Opened(session) => *session,
            other => panic!("{other:?}"),
        }
    }

    // --- sessions ---

    /// The token of this counter, from the place the session was opened from.
    pub(super) fn token(&self, session: &Session, counter: i64) -> RotateSession {
        RotateSession {
            session: session.id,
            presented: Presented {
                counter,
                token: session.token_id(counter),
                request: Some(id()),
                client: session.client.clone(),
            },
            settings: Arc::default(),
            reuse_event: self.event(Action::RefreshReused),
            reuse_letter: id(),
        }
    }
}

/// All that was ever counted of a tenant.
pub(super) async fn counted(tenant: &TenantStore) -> Vec<(i64, Measure, u64)> {
    let counts = tenant.hourly_counts(Hour::from_number(i64::MIN), Hour::from_number(i64::MAX)).await.unwrap();
    let first = Hour::of(START).number();
    counts.into_iter().map(|count| (count.hour.number() - first, count.measure, count.count)).collect()
}

/// One seal for each tenant, signed with nothing: what signatures are for is the domain's to test.
pub(crate) fn seals(store: &Store, unsealed: &Unsealed) -> Vec<Seal> {
    let mut by_tenant = BTreeMap::<_, Vec<_>>::new();
    for event in &unsealed.events {
        by_tenant.entry(event.tenant).or_default().push(event.clone());
    }
    let seal = |(tenant, events): (TenantId, Vec<Event>)| {
        let head = unsealed.heads.get(&tenant).copied();
        Seal::next(tenant, head, store.now(), KeyId::from_uuid(Uuid::from_u128(9)), &events).signed([7; 64])
    };
    by_tenant.into_iter().map(seal).collect()
}

/// The tenants' numbers in every test.
pub(super) const POLICY: Policy =
    Policy { failures_max: 5, window: Duration::from_secs(900), lockout: Duration::from_secs(900) };

/// UUIDv7 of growing time, so that what is made later sorts later.
pub(super) fn id() -> Uuid {
    static MADE: AtomicU64 = AtomicU64::new(1);
    Builder::from_unix_timestamp_millis(MADE.fetch_add(1, Ordering::Relaxed), &[7; 10]).into_uuid()
}

pub(super) fn event(tenant: TenantId, action: Action) -> Event {
    Event::done(tenant, START, Seed { id: EventId::from_uuid(id()), salt: [7; 16] }, action)
}

pub(super) fn wrong(tenant: TenantId) -> Verdict {
    let seed = Seed { id: EventId::from_uuid(id()), salt: [7; 16] };
    Verdict::Wrong { event: Event::refused(tenant, START, seed, Action::Login, Reason::WrongPassword) }
}

pub(super) fn right(tenant: TenantId, account: &Account) -> RightPassword {
    let seed = Seed { id: EventId::from_uuid(id()), salt: [7; 16] };
    RightPassword {
        account: account.clone(),
        session: NewSession {
            id: SessionId::from_uuid(id()),
            secret: *id().as_bytes(),
            client: client(),
            life: Life { idle: Duration::from_secs(14 * 86_400), absolute: Duration::from_secs(90 * 86_400) },
            is_for_browser: false,
        },
        event: event(tenant, Action::Login),
        refused_event: Event::refused(tenant, START, seed, Action::Login, Reason::Deactivated),
        displaced_event: event(tenant, Action::SessionEnded),
    }
}

pub(super) fn client() -> Client {
    Client { network: "192.0.2.1".into(), user_agent: "tests".into() }
}

pub(super) fn address(email: &str) -> Email {
    Email::parse(email).unwrap()
}

/// Stands for the keyed hash: unlike for unlike names.
pub(super) fn name_hash(email: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    address(email).key().as_str().bytes().enumerate().for_each(|(at, byte)| hash[at % 32] ^= byte);
    hash
}

pub(super) fn new_account(kind: Kind, email: &str, roles: &[&str]) -> NewAccount {
    NewAccount {
        id: AccountId::from_uuid(id()),
        kind,
        email: address(email),
        first_name: Some("Ada".into()),
        last_name: None,
        roles: roles.iter().map(|role| role.parse().unwrap()).collect(),
        password_hash: Some(PasswordHash::new("old")),
        must_change_password: false,
        person: countersign_domain::Person::default(),
    }
}

pub(super) fn signing_key(tenant: TenantId) -> SigningKeyRecord {
    let id = KeyId::from_uuid(id());
    SigningKeyRecord {
        tenant,
        id,
        kid: format!("kid-{id}"),
        algorithm: Algorithm::Es256,
        public: vec![4; 65],
        sealed_private: vec![9; 48],
        published_at: START,
        active_at: START,
        retired_at: None,
        compromised_at: None,
    }
}

pub(super) fn new_tenant(slug: &str) -> NewTenant {
    let id = TenantId::from_uuid(id());
    NewTenant {
        id,
        slug: slug.parse().unwrap(),
        name: slug.to_uppercase(),
        settings: Settings::default(),
        key: signing_key(id),
    }
}

pub(super) async fn make_tenant(store: &Store, slug: &str) -> TenantId {
    let tenant = new_tenant(slug);
    let id = tenant.id;
    let made = store.create_tenant(tenant, event(id, Action::TenantCreated)).await.unwrap();
    assert_eq!(made, TenantChanged::Yes);
    id
}

/// A copy of a database that was migrated once: a sixth of the time of migrating each.
async fn migrated_database() -> String {
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

/// A connection past the store.
pub(super) async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// One of the store's own statements, by its name.
pub(super) fn statement(name: &str) -> &'static Statement {
    crate::all_statements().into_iter().find(|statement| statement.name == name).unwrap()
}

/// A statement of a test's own; only SQLite takes one that was not prepared when the connection opened.
pub(super) fn leak(sql: &str) -> &'static Statement {
    Box::leak(Box::new(Statement::new("TEST", Box::leak(sql.to_owned().into_boxed_str()))))
}

struct Ask(&'static Statement);

impl Job for Ask {
    type Out = i64;

    async fn run(&self, tx: &Tx<'_>) -> Result<i64> {
        Ok(tx.row(self.0, &[], |row| row.int(0)).await?.unwrap())
    }
}

struct Meddle(&'static Statement);

impl Job for Meddle {
    type Out = ();

    async fn run(&self, tx: &Tx<'_>) -> Result<()> {
        tx.exec(self.0, &[]).await.map(|_| ())
    }
}
