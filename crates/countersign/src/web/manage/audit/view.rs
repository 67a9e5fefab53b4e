use countersign_domain::audit::{Actor, Event, Outcome, Personal, PersonalFields};
use countersign_domain::{AccountId, Timestamp};
use uuid::Uuid;

use crate::web::manage::path_of;
use crate::web::sessions::device;

/// An event as a row shows it.
pub(in crate::web::manage) struct Happened {
    pub(in crate::web::manage) at: Timestamp,
    pub(in crate::web::manage) action: String,
    pub(in crate::web::manage) count: u32,
    pub(in crate::web::manage) is_refused: bool,
    pub(in crate::web::manage) reason: Option<String>,
    pub(in crate::web::manage) by: &'static str,
    pub(in crate::web::manage) actor: Option<Named>,
    pub(in crate::web::manage) subject: Option<Named>,
    pub(in crate::web::manage) network: String,
    pub(in crate::web::manage) device: String,
    pub(in crate::web::manage) detail: String,
}

/// An account or an API token, by as much of its id as tells it apart, and the page about it.
pub(in crate::web::manage) struct Named {
    pub(in crate::web::manage) short: String,
    pub(in crate::web::manage) path: Option<String>,
}

impl Named {
    fn account(id: AccountId, is_seen: bool) -> Self {
        Self { short: short(id.uuid()), path: is_seen.then(|| path_of(id)) }
    }
}

impl Happened {
    /// With the way to the people it names, where whoever looks may see everybody: an event does not say of which kind they are.
    pub(in crate::web::manage) fn of(event: &Event, sees_all: bool) -> Self {
        let personal = match &event.personal {
            Personal::Kept { fields, .. } => fields.clone(),
            Personal::Erased { .. } => PersonalFields::default(),
        };
        let actor = match event.actor {
            Actor::Account(id) => Some(Named::account(id, sees_all)),
            Actor::ApiToken(id) => Some(Named { short: short(id.uuid()), path: None }),
            Actor::Nobody | Actor::Operator | Actor::System => None,
        };
        Self {
            at: event.at,
            action: event.action.to_string(),
            count: event.count,
            is_refused: event.outcome == Outcome::Refused,
            reason: event.reason.as_ref().map(ToString::to_string),
            by: event.actor.kind(),
            actor,
            subject: event.subject.map(|id| Named::account(id, sees_all)),
            network: personal.client_address.map(|address| address.to_string()).unwrap_or_default(),
            device: device(personal.user_agent.as_deref().unwrap_or_default()),
            detail: personal.detail.unwrap_or_default(),
        }
    }
}

/// The end of an id, which is random; its beginning is a time that many share.
fn short(id: Uuid) -> String {
    let text = id.to_string();
    text.rsplit('-').next().unwrap_or_default().to_owned()
}
