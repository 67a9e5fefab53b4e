use std::path::{Path, PathBuf};
use std::sync::Arc;

use countersign::assembly::{self, Parts};
use countersign::config::{Config, MasterKey, Mode, Sources};
use countersign::data_dir::DataDir;
use countersign_domain::signing_key::Algorithm;
use countersign_domain::{AccountId, Email, Secret, Settings, Tenant};
use countersign_flows::admin::NewPerson;
use countersign_flows::{Flows, Random};
use countersign_store::{Clock, Location, Store};

use super::{Caller, Program};

pub(crate) const PASSWORD: &str = "Correct-horse-1";
pub(crate) const WRONG: &str = "Wrong-horse-1";

/// The only tenant of a house.
const SLUG: &str = "here";
const MASTER_KEY: [u8; 32] = *b"a master key of the tests, only ";

/// Where a house keeps everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// A store with a tenant in it, on which the program is started as often as wanted.
pub(crate) struct House {
    folder: tempfile::TempDir,
    mode: Mode,
    set: Vec<String>,
    pub(crate) tenant: Option<Tenant>,
}

impl House {
    /// Production behind a proxy on this machine, which ends TLS. The load of a test is no attack on it.
    pub(crate) async fn of_production(engine: Engine) -> Self {
        let set = [
            "tenancy.base_domains=auth.example.com",
            "tenancy.public_url=https://{tenant}.auth.example.com",
            "proxy.trusted=127.0.0.1/32",
            "limits.exempt_networks=127.0.0.0/8",
            "hashing.memory_kib=7168",
            "hashing.iterations=5",
            // A machine under load hashes slowly; what is tried is not how long that takes.
            "hashing.wait_ms_max=60000",
        ];
        Self::new(Mode::Production, engine, &set, Settings::default()).await
    }

    /// Production at `example.test`, which ends TLS itself with this certificate and key.
    pub(crate) async fn of_production_with_tls(engine: Engine, certificate: &Path, key: &Path) -> Self {
        let files =
            [format!("tls.certificate_file={}", certificate.display()), format!("tls.key_file={}", key.display())];
        let set = [
            "tenancy.base_domains=example.test",
            "tenancy.public_url=https://{tenant}.example.test",
            "limits.exempt_networks=127.0.0.0/8",
            "hashing.memory_kib=7168",
            "hashing.iterations=5",
            "hashing.wait_ms_max=60000",
            &files[0],
            &files[1],
        ];
        Self::new(Mode::Production, engine, &set, Settings::default()).await
    }

    /// A sandbox whose hashes cost about a millisecond, so that everything else is met as often.
    pub(crate) async fn of_sandbox(engine: Engine, settings: Settings) -> Self {
        let set = [
            "limits.exempt_networks=127.0.0.0/8",
            "hashing.memory_kib=1024",
            "hashing.iterations=1",
            "hashing.threads=1",
            "log.level=error",
            // By default it has the port, which is another one at each start.
            "tenancy.public_url=http://{tenant}.localhost",
        ];
        Self::new(Mode::Sandbox, engine, &set, settings).await
    }

    async fn new(mode: Mode, engine: Engine, set: &[&str], settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut set: Vec<String> = set.iter().map(|line| (*line).to_owned()).collect();
        set.push(format!("data_dir={}", folder.path().join("data").display()));
        set.push(format!("secrets.master_key={}", hex(&MASTER_KEY)));
        if engine == Engine::Postgres {
            let database = || scratch::Postgres::shared().unwrap().database().unwrap();
            set.push(format!("store.url={}", tokio::task::spawn_blocking(database).await.unwrap()));
        }
        let mut house = Self { folder, mode, set, tenant: None };
        house.tenant = Some(house.make_tenant(settings).await);
        house
    }

    async fn make_tenant(&self, settings: Settings) -> Tenant {
        let flows = self.flows().await;
        let slug: countersign_domain::Slug = SLUG.parse().unwrap();
        flows.create_tenant(slug.clone(), SLUG.to_owned(), settings, Algorithm::EdDsa).await.unwrap().unwrap();
        flows.tenant(&slug).await.unwrap().unwrap()
    }

    pub(crate) async fn creates(&self, emails: &[String]) -> Vec<AccountId> {
        let (flows, mut made) = (self.flows().await, Vec::new());
        for email in emails {
            let person = NewPerson {
                email: Email::parse(email).unwrap(),
                roles: vec!["CUSTOMER".parse().unwrap()],
                first_name: None,
                last_name: None,
                password: Secret::new(PASSWORD),
                must_change_password: false,
            };
            made.push(flows.create_account(self.tenant.as_ref().unwrap(), person).await.unwrap().unwrap());
        }
        made
    }

    /// The stories on this house's store, in the test's own process.
    pub(crate) async fn flows(&self) -> Arc<Flows> {
        let parts = Parts {
            mode: self.mode,
            location: self.location(),
            master_key: MasterKey::new(MASTER_KEY),
            clock: Clock::system(),
            random: Random::system(),
        };
        assembly::flows(&self.config(), parts).await.unwrap()
    }

    pub(crate) async fn store(&self) -> Store {
        Store::open(&self.location(), Clock::system()).await.unwrap()
    }

    fn location(&self) -> Location {
        Parts::location(&self.config(), Some(self.database_file())).unwrap()
    }

    /// The file of a house on SQLite.
    pub(crate) fn database_file(&self) -> PathBuf {
        let data = self.folder.path().join("data");
        let data = match self.mode {
            Mode::Sandbox => DataDir::sandbox(&data, false),
            Mode::Production => DataDir::production(&data),
        };
        data.unwrap().database_file().unwrap()
    }

    fn config(&self) -> Config {
        let sources = Sources { mode: self.mode, set: self.set.clone(), ..Sources::default() };
        Config::load(&sources).unwrap().config
    }

    /// Starts a process on the store.
    pub(crate) async fn start(&self) -> Program {
        let command = match self.mode {
            Mode::Sandbox => "sandbox",
            Mode::Production => "serve",
        };
        let set = self.set.iter().flat_map(|line| ["--set".to_owned(), line.clone()]);
        let line: Vec<_> = std::iter::once(command.to_owned()).chain(set).collect();
        Program::start(&line, &self.folder.path().join("said")).await
    }

    /// Somebody at the tenant's door, at one of the processes.
    pub(crate) fn caller(&self, program: &Program) -> Caller {
        let base = match self.mode {
            Mode::Sandbox => "localhost",
            Mode::Production => "auth.example.com",
        };
        Caller::new(program.address, &format!("{SLUG}.{base}"))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
