//! The one place where the program under test is put together and started.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign::http::log::LogSink;
use countersign::http::server::tls::Tls;
use countersign::http::server::{Limits, Server};
use countersign::http::{Edge, FindTenant, Refused, Settings, router};
use countersign_domain::gate::TenantState;
use countersign_domain::host::{Bases, Place};
use countersign_domain::{Host, Networks, Tenant, TenantId, Timestamp};
use countersign_flows::random::Random;
use countersign_store::Clock;
use futures_util::FutureExt;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use utoipa::openapi::OpenApi;
use uuid::Uuid;

use super::standin;

/// The host that most tests speak to.
pub(crate) const HOST: &str = "remitjunction.localhost";

/// How a test wants the program to be.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) limits: Limits,
    pub(crate) tls: Option<Tls>,
    pub(crate) https: bool,
    pub(crate) trusted_proxies: Networks,
    pub(crate) exempt: Networks,
}

/// The program, running.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) stop: CancellationToken,
    /// Ends with the number of connections that were cut off.
    pub(crate) ended: JoinHandle<usize>,
    log: Arc<Mutex<Vec<u8>>>,
}

pub(crate) async fn start() -> Running {
    start_with(Options::default()).await
}

pub(crate) async fn start_with(options: Options) -> Running {
    let log: Arc<Mutex<Vec<u8>>> = Arc::default();
    let (sink, _) = LogSink::start(Kept(Arc::clone(&log))).unwrap();
    let (router, _) = assemble(&options, sink);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let server = Server { listener, router, tls: options.tls, limits: options.limits, exempt: options.exempt };
    let ended = tokio::spawn(server.run(stop.clone()));
    Running { address, stop, ended, log }
}

/// The description of what is served.
pub(crate) fn description() -> OpenApi {
    let (sink, _) = LogSink::start(std::io::sink()).unwrap();
    assemble(&Options::default(), sink).1
}

fn assemble(options: &Options, log: LogSink) -> (axum::Router, OpenApi) {
    let edge = Edge::new(Settings {
        bases: Bases::new(vec![Host::parse("localhost").unwrap()], "remitjunction".parse().ok()),
        platforms: vec!["fincode".to_owned()],
        trusted_proxies: options.trusted_proxies.clone(),
        https: options.https,
        find_tenant: find_tenant(),
        clock: Clock::manual(Timestamp::from_micros(1_795_514_400_123_456)),
        random: Random::seeded(1),
        log,
    });
    router::tenants(&edge, (), standin::doors())
}

fn find_tenant() -> FindTenant {
    Arc::new(|place| {
        async move {
            match place {
                Place::Slug(slug) if slug.as_str() == "unreachable" => Err(Refused::broken("the store is on fire")),
                Place::Slug(slug) => Ok(tenant(slug.as_str())),
                Place::Custom(host) if host.as_str() == "login.remit.example" => Ok(tenant("remitjunction")),
                Place::Custom(_) | Place::Nobody => Ok(None),
            }
        }
        .boxed()
    })
}

fn tenant(slug: &str) -> Option<Arc<Tenant>> {
    let known = ["remitjunction", "otherjunction", "suspended", "listed"].iter().position(|known| *known == slug)?;
    let mut tenant = Tenant {
        id: TenantId::from_uuid(Uuid::from_u128(1 + known as u128)),
        slug: slug.parse().unwrap(),
        name: slug.to_owned(),
        state: TenantState::Active,
        settings: Default::default(),
        created_at: Timestamp::from_micros(0),
    };
    match slug {
        "suspended" => tenant.state = TenantState::Suspended,
        "listed" => tenant.settings.cors_origins = vec!["https://app.example.com".to_owned()],
        _ => {}
    }
    Some(Arc::new(tenant))
}

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
