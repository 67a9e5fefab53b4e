use std::sync::Arc;

use countersign_domain::Networks;
use countersign_domain::host::{Bases, Place};
use countersign_flows::{Random, Served};
use countersign_store::Clock;
use futures_util::future::BoxFuture;

use super::log::LogSink;
use super::problem::Refused;

/// Looks up the tenant of a host. `None` means that nobody is served there.
pub type FindTenant = Arc<dyn Fn(Place) -> BoxFuture<'static, Result<Option<Arc<Served>>, Refused>> + Send + Sync>;

/// What every request needs that is none of its story's business: made once at start, shared by all.
#[derive(Clone)]
pub struct Edge(Arc<Settings>);

/// The parts of an [`Edge`], as start-up gives them.
pub struct Settings {
    /// Which hosts mean which tenants.
    pub bases: Bases,
    /// The values that the header `platform` may have.
    pub platforms: Vec<String>,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Networks,
    /// People reach us by https, through us or through a proxy: browsers are told to insist on it.
    pub https: bool,
    /// Finds the tenant of a request.
    pub find_tenant: FindTenant,
    /// The log's times come from it.
    pub clock: Clock,
    /// Names requests that come without a `uuid`.
    pub random: Random,
    /// Where the line of each request goes.
    pub log: LogSink,
}

impl Edge {
    /// Takes over what start-up has made.
    pub fn new(settings: Settings) -> Self {
        Self(Arc::new(settings))
    }
}

impl std::ops::Deref for Edge {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        &self.0
    }
}
