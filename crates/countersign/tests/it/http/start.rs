//! The one place where the program under test is put together and started.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::routing::get;
use countersign::assembly;
use countersign::config::{Config, Mode, Sources};
use countersign::http::Refused;
use countersign::http::calls::{App, doors};
use countersign::http::log::LogSink;
use countersign::http::router::{self, Doors};
use countersign::http::server::tls::Tls;
use countersign::http::server::{Limits, Server};
use countersign::mail::SandboxBox;
use countersign_domain::{AccountId, Networks};
use countersign_flows::Flows;
use countersign_store::Location;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use utoipa::openapi::OpenApi;

use super::world::World;

/// The host that most tests speak to.
pub(crate) const HOST: &str = "remitjunction.localhost";

/// How a test wants the program to be.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) limits: Limits,
    pub(crate) tls: Option<Tls>,
    /// As `--set` takes it.
    pub(crate) set: Vec<&'static str>,
    /// Where everything is kept; in memory where nothing is said.
    pub(crate) location: Option<Location>,
}

impl Options {
    fn config(&self) -> Config {
        let set = self.set.iter().map(|line| (*line).to_owned()).collect();
        let mut config = Config::load(&Sources { mode: Mode::Sandbox, set, ..Sources::default() }).unwrap().config;
        // What is tried here is not the cost of hashing, nor the limits by source.
        (config.hashing.threads, config.hashing.memory_kib, config.hashing.iterations) = (1, 64, 1);
        config.limits.failures_per_network_max = 100_000;
        config
    }
}

/// The program, running.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) stop: CancellationToken,
    /// Ends with the number of connections that were cut off.
    pub(crate) ended: JoinHandle<usize>,
    pub(crate) manager: AccountId,
    pub(crate) flows: Arc<Flows>,
    /// Where its letters end.
    pub(crate) letters: SandboxBox,
    log: Arc<Mutex<Vec<u8>>>,
}

pub(crate) async fn start() -> Running {
    start_with(Options::default()).await
}

pub(crate) async fn start_with(options: Options) -> Running {
    let log: Arc<Mutex<Vec<u8>>> = Arc::default();
    let (sink, _) = LogSink::start(Kept(Arc::clone(&log))).unwrap();
    let config = options.config();
    let world = World::new(&config, options.location.unwrap_or(Location::Memory)).await;
    let letters = SandboxBox::new(world.flows.clock().clone());
    let doors = assembly::with_letters(with_faults(doors()), Some(letters.clone()));
    let (router, _) = assemble(&config, &world, sink, doors);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let exempt = Networks::new(config.limits.exempt_networks.clone());
    let server = Server { listener, router, tls: options.tls, limits: options.limits, exempt };
    let ended = tokio::spawn(server.run(stop.clone()));
    Running { address, stop, ended, manager: world.manager, flows: world.flows, letters, log }
}

/// As many as the stories of one test need at once.
const CONNECTIONS_MAX: usize = 4;

/// The same on a database of its own on a throw-away PostgreSQL.
pub(crate) async fn start_on_postgres() -> Running {
    let database = || scratch::Postgres::shared().unwrap().database().unwrap();
    let url = tokio::task::spawn_blocking(database).await.unwrap();
    start_with(Options { location: Some(Location::Postgres(url, CONNECTIONS_MAX)), ..Options::default() }).await
}

/// The description of what is served.
pub(crate) async fn description() -> OpenApi {
    let (sink, _) = LogSink::start(std::io::sink()).unwrap();
    let config = Options::default().config();
    assemble(&config, &World::new(&config, Location::Memory).await, sink, doors()).1
}

fn assemble(config: &Config, world: &World, log: LogSink, doors: Doors<App>) -> (axum::Router, OpenApi) {
    let edge = assembly::edge(config, Mode::Sandbox, &world.flows, log, world.random.clone()).unwrap();
    let app = assembly::app(config, &world.flows);
    let doors = assembly::with_pages(doors, &app);
    router::tenants(&edge, app, doors)
}

/// Three more doors, undocumented, behind which a story breaks off, fails, or never ends.
fn with_faults(doors: Doors<App>) -> Doors<App> {
    let published = doors
        .published
        .route(
            PANICS,
            get(|| async {
                if true {
                    panic!("the story broke off")
                }
            }),
        )
        .route(FAILS, get(|| async { Refused::broken("row of account: column roles is no list") }))
        .route(NEVER_ENDS, get(std::future::pending::<()>));
    Doors { published, ..doors }
}

pub(crate) const PANICS: &str = "/faults/panics";
pub(crate) const FAILS: &str = "/faults/fails";
pub(crate) const NEVER_ENDS: &str = "/faults/never-ends";

/// Keeps what is written.
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Running {
    /// The first `count` lines of the request log, once they are written.
    pub(crate) async fn log_lines(&self, count: usize) -> Vec<Value> {
        for _ in 0..400 {
            let text = String::from_utf8(self.log.lock().unwrap().clone()).unwrap();
            let lines: Vec<_> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            if lines.len() >= count {
                return lines;
            }
            // The log is written by a thread of its own.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("fewer than {count} lines were logged");
    }

    /// The log as it is now.
    pub(crate) fn log_text(&self) -> String {
        String::from_utf8(self.log.lock().unwrap().clone()).unwrap()
    }
}
