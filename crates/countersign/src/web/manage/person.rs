//! One person: why he can or cannot log in, where he is logged in, what happened, and what a manager does about it.

mod acts;
mod seen;
mod view;

pub(super) use acts::{activate, deactivate, edit, end_sessions, invite_again, send_reset, unlock, withdraw};

use axum::extract::{RawQuery, State};
use axum::response::Response;
use countersign_api::Code;
use countersign_domain::{Account, AccountId, Kind, Permission};

use super::allowed::must;
use super::path_of;
use crate::http::calls::App;
use crate::http::extract::PathId;
use crate::http::problem::Refused;
use crate::web::page::Told;
use crate::web::visit::{Form, Inside, Turned, Visit};
use crate::web::words::Words;

pub(super) async fn show(
    State(app): State<App>,
    Inside { visit, browser }: Inside,
    PathId(id): PathId,
    RawQuery(query): RawQuery,
) -> Result<Response, Turned> {
    let account = seen(&app, &visit, AccountId::from_uuid(id)).await?;
    let query = Form::of_query(query.as_deref().unwrap_or_default());
    let told = done(query.text("done"), visit.words).map_or(Told::Nothing, Told::Done);
    view::page(&app, &visit, &browser, &account, None, told).await
}

/// Whoever reloads the page of an action, or chooses another language on it, sees the person.
pub(super) async fn back(visit: Visit, PathId(id): PathId) -> Response {
    visit.to(&path_of(AccountId::from_uuid(id)))
}

/// Somebody whom whoever looks may see.
async fn seen(app: &App, visit: &Visit, id: AccountId) -> Result<Account, Refused> {
    if !visit.may(Permission::ReadCustomers) {
        // Whether there is such a customer is told to nobody who may not see customers.
        must(visit, Permission::ReadStaff)?;
    }
    let account = app.flows.account(&visit.request.tenant.tenant, id).await?;
    let is_seen = |account: &Account| visit.may(reads(account.kind));
    account.filter(is_seen).ok_or_else(|| Refused::new(Code::NotFound))
}

const fn reads(kind: Kind) -> Permission {
    match kind {
        Kind::Customer => Permission::ReadCustomers,
        Kind::Staff => Permission::ReadStaff,
    }
}

/// What was done before this page was shown.
fn done(what: &str, words: &Words) -> Option<&'static str> {
    let words = &words.manage.person;
    Some(match what {
        acts::UNLOCKED => words.unlocked,
        acts::ACTIVATED => words.activated,
        acts::DEACTIVATED => words.deactivated,
        acts::RESET_SENT => words.reset_sent,
        acts::SAVED => words.saved,
        acts::SESSIONS_ENDED => words.sessions_ended,
        acts::INVITED => words.invited,
        _ => return None,
    })
}
