use countersign_domain::audit::{Actor, Event, Outcome, Personal, PersonalFields};
use countersign_domain::{AccountId, Timestamp};
use uuid::Uuid;

use crate::web::manage::path_of;
use crate::web::sessions::device;

/// An event as a row shows it.
pub(super) struct Happened {
    pub(super) at: Timestamp,
    pub(super) action: String,
    pub(super) count: u32,
    pub(super) is_refused: bool,
    pub(super) reason: Option<String>,
    pub(super) by: &'static str,
    pub(super) actor: Option<Named>,
    pub(super) subject: Option<Named>,
    pub(super) network: String,
    pub(super) device: String,
    pub(super) detail: String,
}

/// An account or an API token, by as much of its id as tells it apart, and the page about it.
pub(super) struct Named {
    pub(super) short: String,
    pub(super) path: Option<String>,
}

impl Named {
    fn account(id: AccountId) -> Self {
        Self { short: short(id.uuid()), path: Some(path_of(id)) }
    }
}

impl Happened {
    pub(super) fn of(event: &Event) -> Self {
        let personal = match &event.personal {
            Personal::Kept { fields, .. } => fields.clone(),
            Personal::Erased { .. } => PersonalFields::default(),
        };
        let actor = match event.actor {
            Actor::Account(id) => Some(Named::account(id)),
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
            subject: event.subject.map(Named::account),
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
