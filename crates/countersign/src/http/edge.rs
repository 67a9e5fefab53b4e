use std::sync::Arc;

use countersign_domain::Networks;
use countersign_domain::host::Bases;
use countersign_flows::{Flows, Random};
use countersign_store::Clock;

use super::log::LogSink;

/// What every request needs that is none of its story's business: made once at start, shared by all.
#[derive(Clone)]
pub struct Edge(Arc<EdgeParts>);

/// The parts of an [`Edge`], as start-up gives them.
pub struct EdgeParts {
    /// Which hosts mean which tenants.
    pub bases: Bases,
    /// The values that the header `platform` may have.
    pub platforms: Vec<String>,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Networks,
    /// People reach us by https, through us or through a proxy: browsers are told to insist on it.
    pub https: bool,
    /// Knows the tenant of a host.
    pub flows: Arc<Flows>,
    /// The log's times come from it.
    pub clock: Clock,
    /// Names requests that come without a `uuid`.
    pub random: Random,
    /// Where the line of each request goes.
    pub log: LogSink,
}

impl Edge {
    /// Takes over what start-up has made.
    pub fn new(parts: EdgeParts) -> Self {
        Self(Arc::new(parts))
    }
}

impl std::ops::Deref for Edge {
    type Target = EdgeParts;

    fn deref(&self) -> &EdgeParts {
        &self.0
    }
}
