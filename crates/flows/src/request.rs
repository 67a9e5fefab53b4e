use std::net::IpAddr;
use std::sync::Arc;

use countersign_domain::audit::{Action, Event, PersonalFields};
use countersign_domain::session::Client;
use countersign_domain::{ApiTokenId, Email, Language, Letter, Network, TenantId, Timestamp};
use countersign_store::NewLetter;
use uuid::Uuid;

use crate::tenants::Served;
use crate::{Flows, Random};

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
    /// What the header `Accept-Language` likes best of the languages there are.
    pub language: Option<Language>,
    /// Limits by source do not count it.
    pub is_exempt: bool,
    /// The API token on whose word the address is the client's; nothing where the network says so.
    pub vouched_by: Option<ApiTokenId>,
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
        let event = Event::done(self.tenant_id(), now, random.seed(now), action).request(self.id.as_deref());
        event.with(self.personal(name))
    }

    /// What of it may have to be forgotten.
    pub(crate) fn personal(&self, name: Option<[u8; 32]>) -> PersonalFields {
        PersonalFields {
            name_hash: name,
            client_address: Some(self.address),
            user_agent: Some(self.user_agent.clone()).filter(|agent| !agent.is_empty()),
            detail: self.vouched_by.map(|token| format!("address named by API token {token}")),
        }
    }
}

impl Flows {
    /// The name of an address in the request's tenant, as counters and letters are kept under it.
    pub(crate) fn name_hash(&self, request: &Request, email: &Email) -> [u8; 32] {
        self.secrets.name_hash(request.tenant_id(), email.key().as_str())
    }

    /// A letter to a name, in the language that the request asks for where the person has none.
    pub(crate) fn letter(&self, request: &Request, name_hash: [u8; 32], letter: Letter) -> NewLetter {
        let id = self.random.id(self.store.now());
        NewLetter { id, tenant: request.tenant_id(), name_hash, letter, language: request.language }
    }
}
