//! The one assembly: the program, the tests and the benchmarks start the same parts in the same way.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use countersign_domain::host::Bases;
use countersign_domain::{Host, Networks, Slug};
use countersign_flows::blocklist::{Blocklist, ListFile};
use countersign_flows::hasher::{HasherConfig, Library, Params};
use countersign_flows::mail::Carrier;
use countersign_flows::vault::MasterKey;
use countersign_flows::{Flows, Limits, Random, Setup};
use countersign_store::{Clock, Location, Origin, Store};
use utoipa::openapi::OpenApi;
use zeroize::Zeroizing;

use crate::cli::{Failure, Place};
use crate::config::{self, Config, Mode};
use crate::data_dir::DataDir;
use crate::http::calls::{App, doors};
use crate::http::log::LogSink;
use crate::http::router::Doors;
use crate::http::{Edge, EdgeParts, router, sandbox_mail};
use crate::mail::{SandboxBox, Smtp};
use crate::web;

/// What the parts are made of besides the configuration.
pub struct Parts {
    /// Sandbox or production.
    pub mode: Mode,
    /// Where the store lies.
    pub location: Location,
    /// Opens what is sealed.
    pub master_key: config::MasterKey,
    /// Where time comes from.
    pub clock: Clock,
    /// Where randomness comes from.
    pub random: Random,
}

impl Parts {
    /// Where the store lies, by the configuration.
    pub fn location(config: &Config, database_file: Option<std::path::PathBuf>) -> anyhow::Result<Location> {
        let readers = usize::try_from(config.store.readers)?;
        match (&config.store.url, database_file) {
            (Some(url), _) => {
                Ok(Location::Postgres(url.expose().to_owned(), usize::try_from(config.store.connections_max)?))
            }
            (None, Some(file)) => Ok(Location::File(file, readers)),
            (None, None) => anyhow::bail!("neither a database's URL nor a data folder is known"),
        }
    }
}

/// Opens the store and starts the stories.
///
/// # Errors
/// What is broken or missing, in a sentence for the operator.
pub async fn flows(config: &Config, parts: Parts) -> anyhow::Result<Arc<Flows>> {
    let store = Store::open(&parts.location, parts.clock).await?;
    let text = Zeroizing::new(hex(parts.master_key.expose()));
    let hashing = hashing(&config.hashing)?;
    let setup = Setup {
        store,
        origin: match parts.mode {
            Mode::Sandbox => Origin::Sandbox,
            Mode::Production => Origin::Production,
        },
        master_key: MasterKey::from_text(&text)?,
        random: parts.random,
        hashing,
        blocklist: blocklist(&config.passwords)?,
        issuer_pattern: config.tenancy.public_url.as_ref().map(config::PublicUrl::pattern).unwrap_or_default(),
        limits: Limits {
            failures_per_network_max: config.limits.failures_per_network_max,
            failures_window: Duration::from_secs(config.limits.failures_window_seconds),
            unknown_names_per_network_max: usize::try_from(config.limits.unknown_names_per_network_max)?,
            unknown_names_per_tenant_max: usize::try_from(config.limits.unknown_names_per_tenant_max)?,
        },
    };
    Ok(Flows::start(setup).await?)
}

/// The stories over the store of a place, by the machine's clock and randomness.
///
/// # Errors
/// [`Failure`] says what is broken or missing.
pub async fn flows_at(place: &Place, mode: Mode) -> Result<Arc<Flows>, Failure> {
    let config = &place.loaded.config;
    let master_key = place.master_key.clone();
    // Before the file, which would be made: a command that lacks the key must leave no empty store behind.
    let no_key = || {
        let why = config::Refusal::NoMasterKey;
        Failure::Refused(format!("{why}; a sandbox is looked after with --sandbox"))
    };
    let master_key = master_key.ok_or_else(no_key)?;
    let file = place.data.as_ref().map(DataDir::database_file).transpose()?;
    let parts = Parts {
        mode,
        location: Parts::location(config, file)?,
        master_key,
        clock: Clock::system(),
        random: Random::system(),
    };
    Ok(flows(config, parts).await?)
}

/// The list that the configuration names, or the built-in one alone.
///
/// # Errors
/// A sentence that names the key and the file.
pub fn blocklist(config: &config::Passwords) -> anyhow::Result<Blocklist> {
    let Some(path) = &config.blocklist_file else { return Ok(Blocklist::built_in()) };
    match ListFile::open(path) {
        Ok(list) => Ok(Blocklist::with(list)),
        Err(bad) => anyhow::bail!("passwords.blocklist_file: {} {bad}", path.display()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hashing(config: &config::Hashing) -> anyhow::Result<HasherConfig> {
    let usual = Params::new(config.memory_kib, config.iterations, config.parallelism)?;
    Ok(HasherConfig {
        threads: config.threads,
        library: match config.library {
            config::Library::Argon2Rust => Library::Argon2Rust,
            config::Library::Argon2 => Library::Argon2,
        },
        nice: config.nice,
        wait_max: Duration::from_millis(config.wait_ms_max),
        idle_after: Duration::from_secs(config.idle_seconds),
        usual,
        // The seed is drawn when the stories start.
        ..HasherConfig::new([0; 32])
    })
}

/// The tenants' listener: every route with every layer, and its description.
///
/// # Errors
/// A configured base domain that is no host name.
pub fn tenants_router(
    config: &Config,
    mode: Mode,
    flows: &Arc<Flows>,
    log: LogSink,
    random: Random,
    letters: Option<SandboxBox>,
) -> anyhow::Result<(Router, OpenApi)> {
    let edge = edge(config, mode, flows, log, random)?;
    let app = app(config, flows);
    let doors = with_pages(with_letters(doors(), letters), &app);
    Ok(router::tenants(&edge, app, doors))
}

/// The same doors with the pages for people.
pub fn with_pages(doors: Doors<App>, app: &App) -> Doors<App> {
    Doors { pages: doors.pages.merge(web::router(app)), ..doors }
}

/// The same doors, and where there is a box of letters, its page.
pub fn with_letters(doors: Doors<App>, letters: Option<SandboxBox>) -> Doors<App> {
    match letters {
        Some(letters) => Doors { pages: doors.pages.merge(sandbox_mail::router(letters)), ..doors },
        None => doors,
    }
}

/// How letters leave.
pub enum Mail {
    /// A mail server takes them.
    Smtp(Arc<Smtp>),
    /// They stay in the sandbox.
    Sandbox(SandboxBox),
    /// They wait for a mail server to be configured.
    Waits,
}

impl Mail {
    /// What the mode and the configuration say. A sandbox sends nothing, whatever is configured.
    ///
    /// # Errors
    /// A mail server that cannot be spoken to.
    pub fn of(config: &Config, mode: Mode, clock: &Clock) -> anyhow::Result<Self> {
        Ok(match (mode, Smtp::of(&config.mail)?) {
            (Mode::Sandbox, _) => Self::Sandbox(SandboxBox::new(clock.clone())),
            (Mode::Production, Some(smtp)) => Self::Smtp(Arc::new(smtp)),
            (Mode::Production, None) => Self::Waits,
        })
    }

    /// The sandbox's box.
    pub fn letters(&self) -> Option<SandboxBox> {
        match self {
            Self::Sandbox(letters) => Some(letters.clone()),
            Self::Smtp(_) | Self::Waits => None,
        }
    }

    /// What carries letters out.
    pub fn into_carrier(self) -> Option<Arc<dyn Carrier>> {
        match self {
            Self::Smtp(smtp) => Some(smtp),
            Self::Sandbox(letters) => Some(Arc::new(letters)),
            Self::Waits => None,
        }
    }
}

/// What every request needs that is none of its story's business.
///
/// # Errors
/// A configured base domain that is no host name.
pub fn edge(config: &Config, mode: Mode, flows: &Arc<Flows>, log: LogSink, random: Random) -> anyhow::Result<Edge> {
    let domains: Result<Vec<Host>, _> =
        config.tenancy.base_domains.iter().map(|domain| Host::parse(domain.as_str())).collect();
    Ok(Edge::new(EdgeParts {
        bases: Bases::new(domains?, this_machine(mode)),
        platforms: config.http.platforms.iter().map(|platform| platform.as_str().to_owned()).collect(),
        trusted_proxies: Networks::new(config.proxy.trusted.clone()),
        https: is_https(config),
        flows: Arc::clone(flows),
        clock: flows.clock().clone(),
        random,
        log,
    }))
}

/// What handlers are given.
pub fn app(config: &Config, flows: &Arc<Flows>) -> App {
    App {
        flows: Arc::clone(flows),
        exempt: Networks::new(config.limits.exempt_networks.clone()),
        is_https: is_https(config),
    }
}

fn is_https(config: &Config) -> bool {
    config.tenancy.public_url.as_ref().is_some_and(config::PublicUrl::is_secure)
}

/// Only in the sandbox the machine's own names mean a tenant.
fn this_machine(mode: Mode) -> Option<Slug> {
    let (slug, _) = countersign_flows::sandbox::TENANTS[0];
    slug.parse().ok().filter(|_| mode == Mode::Sandbox)
}
