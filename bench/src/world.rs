//! A store full of people, and the configuration with which the product serves it.

use std::fmt;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use clap::ValueEnum;
use countersign::assembly::{self, Parts};
use countersign::cli::Place;
use countersign::config::{Mode, Sources};
use countersign_domain::audit::{Action, Actor, Event, Seed};
use countersign_domain::signing_key::Algorithm;
use countersign_domain::{AccountId, Email, EventId, Kind, PasswordHash, Secret, Settings, Standing, TenantId};
use countersign_flows::{Flows, Random};
use countersign_store::{Clock, Created, NewAccount};
use scratch::{Durability, Postgres};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::requests::{self, BASE_DOMAIN, PASSWORD};

/// What the store lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// Writes that wait at once while a store is filled: several groups of SQLite's writer, every connection of
/// PostgreSQL.
const FILLING_AT_ONCE: usize = 128;

/// The key that seals the secrets of every store here; it protects nothing.
const MASTER_KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Where stores are made: on a disk that flushes, and in a server that does.
pub(crate) struct Site {
    folder: PathBuf,
    postgres: Option<Arc<Postgres>>,
}

impl Site {
    /// Starts the database server, if an engine needs it.
    pub(crate) fn new(folder: &Path, engines: &[Engine]) -> anyhow::Result<Self> {
        let needed = engines.contains(&Engine::Postgres);
        let postgres = needed.then(|| running_server().map(Arc::new)).transpose()?;
        Ok(Self { folder: folder.to_owned(), postgres })
    }

    /// An empty store. `more` is added to the configuration.
    pub(crate) fn world(&self, engine: Engine, more: &str) -> anyhow::Result<World> {
        let folder = tempfile::Builder::new().prefix("countersign-bench-").tempdir_in(&self.folder)?;
        let (url, postgres) = match engine {
            Engine::Sqlite => (None, None),
            Engine::Postgres => {
                let server = self.postgres.as_ref().context("no server was started")?;
                (Some(server.database()?), Some(Arc::clone(server)))
            }
        };
        World::new(folder, engine, (url, postgres), more)
    }
}

/// A server as it is when it has run for a while, with a log that is long enough for every measurement.
pub(crate) fn running_server() -> anyhow::Result<Postgres> {
    let settings = [("min_wal_size", "512MB"), ("max_wal_size", "4GB")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let server = Postgres::start_with(scratch::Setup { durability: Durability::Full, settings, ..Default::default() })?;
    server.age()?;
    Ok(server)
}

/// A store and its configuration.
pub(crate) struct World {
    pub(crate) engine: Engine,
    folder: TempDir,
    postgres: Option<Arc<Postgres>>,
}

impl World {
    fn new(
        folder: TempDir,
        engine: Engine,
        (url, postgres): (Option<String>, Option<Arc<Postgres>>),
        more: &str,
    ) -> anyhow::Result<Self> {
        let world = Self { engine, folder, postgres };
        let unflushed = url.as_ref().map(|url| format!("{url}&options=-csynchronous_commit%3Doff"));
        world.write(&world.config(), url, more)?;
        world.write(&world.filling(), unflushed, more)?;
        Ok(world)
    }

    fn write(&self, file: &Path, url: Option<String>, more: &str) -> anyhow::Result<()> {
        let data = self.folder.path().join("data");
        let store = url.map(|url| format!("store.url = \"{url}\"\n")).unwrap_or_default();
        let text = format!(
            "data_dir = \"{}\"\n{store}secrets.master_key = \"{MASTER_KEY}\"\n\
             tenancy.base_domains = [\"{BASE_DOMAIN}\"]\ntenancy.public_url = \"https://{{tenant}}.{BASE_DOMAIN}\"\n\
             proxy.trusted = [\"127.0.0.0/8\"]\nlimits.exempt_networks = [\"127.0.0.0/8\"]\n{more}\n",
            data.display(),
        );
        fs::write(file, text)?;
        fs::set_permissions(file, Permissions::from_mode(0o600))?;
        Ok(())
    }

    /// The configuration's file.
    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("countersign.toml")
    }

    /// The same store, for filling it: PostgreSQL need not flush what this process could write again.
    fn filling(&self) -> PathBuf {
        self.folder.path().join("filling.toml")
    }

    /// Its own folder, which goes with it.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where the store's bytes lie.
    pub(crate) fn data(&self) -> PathBuf {
        let of_server = self.postgres.as_ref().map(|server| server.data_folder());
        of_server.unwrap_or_else(|| self.folder.path().join("data"))
    }

    /// The database server's main process.
    pub(crate) fn database_process(&self) -> anyhow::Result<Option<u32>> {
        self.postgres.as_ref().map(|server| server.process_id()).transpose()
    }

    /// Works on the store from this process, before or between the times that the product serves it.
    pub(crate) fn prepare<T>(&self, work: impl AsyncFnOnce(&Arc<Flows>) -> anyhow::Result<T>) -> anyhow::Result<T> {
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(async { work(&self.open(self.filling()).await?).await })
    }

    /// Works on the store as the product does, which waits for the disk.
    pub(crate) fn flushing<T>(&self, work: impl AsyncFnOnce(&Arc<Flows>) -> anyhow::Result<T>) -> anyhow::Result<T> {
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(async { work(&self.open(self.config()).await?).await })
    }

    async fn open(&self, config: PathBuf) -> anyhow::Result<Arc<Flows>> {
        let sources = Sources { mode: Mode::Production, file: Some(config), ..Sources::default() };
        let place = Place::production(&sources).map_err(|failure| anyhow!("{failure}"))?;
        let config = &place.loaded.config;
        let file = place.data.as_ref().map(countersign::data_dir::DataDir::database_file).transpose()?;
        let parts = Parts {
            mode: Mode::Production,
            location: Parts::location(config, file)?,
            master_key: place.master_key.context("there is no master key")?,
            clock: Clock::system(),
            random: Random::system(),
        };
        assembly::flows(config, parts).await
    }
}

/// Makes a tenant with production's settings.
pub(crate) async fn add_tenant(flows: &Flows, slug: &str, algorithm: Algorithm) -> anyhow::Result<TenantId> {
    let made = flows.create_tenant(slug.parse()?, slug.to_owned(), Settings::default(), algorithm).await?;
    Ok(made?)
}

/// People who are to be: accounts of one tenant with the numbers of a range.
#[derive(Clone, Copy)]
pub(crate) struct People<'p> {
    pub(crate) tenant: TenantId,
    /// What their addresses begin with.
    pub(crate) purpose: &'p str,
    pub(crate) kind: Kind,
    pub(crate) standing: Standing,
}

impl<'p> People<'p> {
    /// Customers who can log in.
    pub(crate) fn customers(tenant: TenantId, purpose: &'p str) -> Self {
        Self { tenant, purpose, kind: Kind::Customer, standing: Standing::Active }
    }
}

/// Makes accounts by the store's own method, many at once; all with one hash of [`PASSWORD`], since making a million
/// would take hours.
pub(crate) async fn add_people(
    flows: &Arc<Flows>,
    people: People<'_>,
    numbers: std::ops::Range<usize>,
) -> anyhow::Result<()> {
    let hash = hash_of(flows, people.tenant, PASSWORD).await?;
    let random = Random::system();
    let mut writing = JoinSet::new();
    for number in numbers {
        if writing.len() >= FILLING_AT_ONCE {
            made(writing.join_next().await)?;
        }
        let account = account(&people, number, &hash, &random, flows)?;
        let (flows, random) = (Arc::clone(flows), random.clone());
        writing.spawn(add(flows, random, people.tenant, account, people.standing));
    }
    while !writing.is_empty() {
        made(writing.join_next().await)?;
    }
    Ok(())
}

fn made(written: Option<Result<anyhow::Result<()>, tokio::task::JoinError>>) -> anyhow::Result<()> {
    written.transpose()?.transpose().map(|_| ())
}

fn account(
    people: &People<'_>,
    number: usize,
    hash: &PasswordHash,
    random: &Random,
    flows: &Flows,
) -> anyhow::Result<NewAccount> {
    let role = match people.kind {
        Kind::Customer => "CUSTOMER",
        Kind::Staff => "AGENT",
    };
    Ok(NewAccount {
        id: AccountId::from_uuid(random.id(flows.store().now())),
        kind: people.kind,
        email: Email::parse(&requests::address(people.purpose, number))?,
        first_name: Some("Excel".to_owned()),
        last_name: Some("Nwachukwu".to_owned()),
        roles: vec![role.parse()?],
        password_hash: Some(hash.clone()),
        must_change_password: false,
        person: countersign_domain::Person::default(),
    })
}

async fn add(
    flows: Arc<Flows>,
    random: Random,
    tenant: TenantId,
    account: NewAccount,
    standing: Standing,
) -> anyhow::Result<()> {
    let (store, id) = (flows.store().tenant(tenant), account.id);
    let event = |action| event(&flows, &random, tenant, action).about(id);
    match store.create_account(account, event(Action::AccountCreated)).await? {
        Created::Yes => {}
        refused => bail!("an account was not made: {refused:?}"),
    }
    if standing == Standing::Deactivated {
        store.set_standing(id, standing, event(Action::AccountDeactivated)).await?;
    }
    Ok(())
}

/// An event of the operator's.
pub(crate) fn event(flows: &Flows, random: &Random, tenant: TenantId, action: Action) -> Event {
    let now = flows.store().now();
    let seed = Seed { id: EventId::from_uuid(random.id(now)), salt: random.bytes() };
    Event::done(tenant, now, seed, action).by(Actor::Operator)
}

/// A hash with the usual parameters.
pub(crate) async fn hash_of(flows: &Flows, tenant: TenantId, password: &str) -> anyhow::Result<PasswordHash> {
    let place = flows.hasher().place(tenant, false).map_err(|_| anyhow!("the pool is busy"))?;
    let params = countersign_flows::hasher::Params::DEFAULT;
    let hash = place.hash(Secret::new(password), params, Random::system().bytes()).await?;
    Ok(PasswordHash::new(hash.to_string()))
}

/// Seals every event, so that the product has nothing to catch up with while it is measured.
pub(crate) async fn seal_all(flows: &Flows) -> anyhow::Result<()> {
    while flows.seal_events().await?.events > 0 {}
    Ok(())
}
