//! What an operator does at the command line: the same store methods that a manager's doors will call.

mod accounts;
mod keys;
mod sessions;
mod tenants;

pub use accounts::{AccountRefusal, NewPerson, PUBLISHED_PASSWORDS};
pub use keys::{KeyRefusal, ListedKey};
pub use tenants::TenantRefusal;

use countersign_domain::TenantId;
use countersign_domain::audit::{Action, Actor, Event, PersonalFields};

use crate::Flows;

impl Flows {
    /// An event of something that the operator does.
    fn by_operator(&self, tenant: TenantId, action: Action, detail: Option<String>) -> Event {
        let now = self.store.now();
        let fields = PersonalFields { detail, ..PersonalFields::default() };
        Event::done(tenant, now, self.random.seed(now), action).by(Actor::Operator).with(fields)
    }
}
