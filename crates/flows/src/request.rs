use std::net::IpAddr;
use std::sync::Arc;

use countersign_domain::audit::{Action, Event, PersonalFields};
use countersign_domain::session::Client;
use countersign_domain::{Network, TenantId, Timestamp};
use uuid::Uuid;

use crate::Random;
use crate::tenants::Served;

/// Who asks, for which tenant, from where: what every story is told besides its own words.
#[derive(Clone, Debug)]
pub struct Request {
    /// The tenant of the host that was called.
    pub tenant: Arc<Served>,
    /// The header `uuid`, which the log line and the audit event carry too.
    pub id: Option<String>,
    /// The client's address, after trusted proxies.
    pub address: IpAddr,
    /// The header `User-Agent`, or nothing; what keeps it cuts it.
    pub user_agent: String,
    /// Limits by source do not count it.
    pub is_exempt: bool,
}

impl Request {
    /// The tenant's id.
    pub fn tenant_id(&self) -> TenantId {
        self.tenant.tenant.id
    }

    /// The network that limits by source count under.
    pub fn network(&self) -> Network {
        Network::of(self.address)
    }

    /// Where it comes from, as a session remembers it.
    pub fn client(&self) -> Client {
        Client::new(self.network(), &self.user_agent)
    }

    /// The id, if it tells this request from others: a real UUID (the documented constant `200` is none).
    pub fn unique_id(&self) -> Option<Uuid> {
        self.id.as_deref().and_then(|id| id.parse().ok()).filter(|id: &Uuid| !id.is_nil() && !id.is_max())
    }

    /// An event of something done for this request.
    pub(crate) fn done(&self, action: Action, random: &Random, now: Timestamp, name: Option<[u8; 32]>) -> Event {
        Event::done(self.tenant_id(), now, random.seed(now), action).request(self.id.as_deref()).with(PersonalFields {
            name_hash: name,
            client_address: Some(self.address),
            user_agent: Some(self.user_agent.clone()).filter(|agent| !agent.is_empty()),
            detail: None,
        })
    }
}
