use countersign_domain::audit::{Action, Actor, Event, PersonalFields};
use countersign_domain::{AccountId, Kind, Permissions, RoleRecord, TenantId};

use crate::{ApiCaller, Caller, Flows, Request};

/// Who does something that more than one door offers.
#[derive(Clone, Copy, Debug)]
pub enum Doer<'a> {
    /// Somebody at the command line.
    Operator,
    /// Somebody whom the gate has let through.
    Caller(&'a Request, &'a Caller),
    /// A server whom the gate has let through.
    ApiToken(&'a Request, &'a ApiCaller),
}

impl Doer<'_> {
    /// What he may do; none for who may do everything.
    pub(crate) fn permissions(&self, records: &[RoleRecord]) -> Option<Permissions> {
        match self {
            Self::Operator => None,
            Self::Caller(_, caller) => Some(caller.permissions(records)),
            Self::ApiToken(_, server) => Some(server.permissions(records)),
        }
    }

    /// Whether he may unlock, open or close accounts of this kind: staff is for people (contract, section 6), and a token
    /// that could unlock a cashier over and over would let whoever holds it guess.
    pub(crate) fn may_look_after(&self, kind: Kind) -> bool {
        !matches!(self, Self::ApiToken(..)) || kind == Kind::Customer
    }

    /// The person's account, where it is one.
    pub(crate) fn account(&self) -> Option<AccountId> {
        match self {
            Self::Caller(_, caller) => Some(caller.account.id),
            Self::Operator | Self::ApiToken(..) => None,
        }
    }

    /// Whether somebody does something to the own account.
    pub(crate) fn is(self, account: AccountId) -> bool {
        self.account() == Some(account)
    }

    fn request(&self) -> Option<&Request> {
        match self {
            Self::Operator => None,
            Self::Caller(request, _) | Self::ApiToken(request, _) => Some(request),
        }
    }
}

impl Flows {
    /// An event of what somebody does to something of this tenant.
    pub(crate) fn done_by(&self, doer: Doer<'_>, tenant: TenantId, action: Action, detail: Option<String>) -> Event {
        let now = self.store.now();
        let known = doer.request().map(|request| request.personal(None)).unwrap_or_default();
        let detail = [detail, known.detail.clone()].into_iter().flatten().reduce(|one, two| format!("{one}; {two}"));
        let event = Event::done(tenant, now, self.random.seed(now), action).with(PersonalFields { detail, ..known });
        let event = event.request(doer.request().and_then(|request| request.id.as_deref()));
        match doer {
            Doer::Operator => event.by(Actor::Operator),
            Doer::Caller(_, caller) => event.by(Actor::Account(caller.account.id)).in_session(caller.session),
            Doer::ApiToken(_, server) => event.by(Actor::ApiToken(server.token.id)),
        }
    }
}
