use countersign_domain::audit::{Action, Actor, Event, PersonalFields};
use countersign_domain::{AccountId, TenantId};

use crate::{Caller, Flows, Request};

/// Who does something that more than one door offers.
#[derive(Clone, Copy, Debug)]
pub enum Doer<'a> {
    /// Somebody at the command line.
    Operator,
    /// Somebody whom the gate has let through.
    Caller(&'a Request, &'a Caller),
}

impl Doer<'_> {
    /// Whether somebody does something to the own account.
    pub(crate) fn is(self, account: AccountId) -> bool {
        matches!(self, Self::Caller(_, caller) if caller.account.id == account)
    }
}

impl Flows {
    /// An event of what somebody does to something of this tenant.
    pub(crate) fn done_by(&self, doer: Doer<'_>, tenant: TenantId, action: Action, detail: Option<String>) -> Event {
        let now = self.store.now();
        match doer {
            Doer::Operator => {
                let fields = PersonalFields { detail, ..PersonalFields::default() };
                Event::done(tenant, now, self.random.seed(now), action).by(Actor::Operator).with(fields)
            }
            Doer::Caller(request, caller) => {
                let event = Event::done(tenant, now, self.random.seed(now), action);
                let fields = PersonalFields { detail, ..request.personal(None) };
                let event = event.request(request.id.as_deref()).by(Actor::Account(caller.account.id));
                event.in_session(caller.session).with(fields)
            }
        }
    }
}
