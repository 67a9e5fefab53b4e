//! The dashboard: managers see what happens at the tenant and act; whoever's roles open less sees less.
//!
//! A page of it is a page like any other, reached through [`Allowed`], which asks for a permission as a type. To add one: a
//! file named after it, a template of the same name, its words in `words/manage.rs`, one line in [`router`], and one in
//! [`PLACES`] if it is a place of its own.

mod allowed;
mod api_token;
mod api_tokens;
mod audit;
mod explained;
mod invitations;
mod keys;
mod letters;
mod logo;
mod overview;
mod people;
mod person;
mod roles;
mod settings;

use axum::Router;
use axum::routing::get;
use countersign_domain::{Kind, Permission};

use super::visit::Visit;
use super::words::PlaceWords;
use crate::http::calls::App;

/// Where the dashboard begins, with the overview.
pub(super) const MANAGE: &str = "/manage";
const CUSTOMERS: &str = "/manage/customers";
const STAFF: &str = "/manage/staff";
const INVITATIONS: &str = "/manage/invitations";
const API_TOKENS: &str = "/manage/api-tokens";
const AUDIT: &str = "/manage/audit";
const KEYS: &str = "/manage/keys";
const ROLES: &str = "/manage/roles";
const SETTINGS: &str = "/manage/settings";
const LETTERS: &str = "/manage/letters";
const LOGO: &str = "/manage/settings/logo";

type Name = fn(&PlaceWords) -> &'static str;

/// The places of the dashboard in the order of its list, and what opens each.
const PLACES: [(&str, Name, Permission); 10] = [
    (MANAGE, |words| words.overview, Permission::ReadAudit),
    (CUSTOMERS, |words| words.customers, Permission::ReadCustomers),
    (STAFF, |words| words.staff, Permission::ReadStaff),
    (INVITATIONS, |words| words.invitations, Permission::ReadStaff),
    (AUDIT, |words| words.audit, Permission::ReadAudit),
    (LETTERS, |words| words.letters, Permission::ReadAudit),
    (API_TOKENS, |words| words.api_tokens, Permission::ManageApiTokens),
    (KEYS, |words| words.keys, Permission::ManageKeys),
    (ROLES, |words| words.roles, Permission::ManageRoles),
    (SETTINGS, |words| words.settings, Permission::ManageSettings),
];

/// A place that somebody may go to.
pub(super) struct Place {
    pub(super) path: &'static str,
    pub(super) name: &'static str,
    /// It is where the page is.
    pub(super) is_here: bool,
}

/// Where whoever is logged in may go.
pub(super) fn places(visit: &Visit) -> Vec<Place> {
    let open = PLACES.into_iter().filter(|(_, _, permission)| visit.may(*permission));
    let place = |(path, name, _): (&'static str, Name, _)| Place {
        path,
        name: name(&visit.words.manage.places),
        is_here: visit.path == path,
    };
    open.map(place).collect()
}

/// The path of the page about somebody.
fn path_of(id: countersign_domain::AccountId) -> String {
    format!("{MANAGE}/people/{}", id.uuid())
}

const fn list_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Customer => CUSTOMERS,
        Kind::Staff => STAFF,
    }
}

/// Every page of the dashboard.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route(MANAGE, get(overview::show))
        .route(CUSTOMERS, get(people::customers))
        .route(STAFF, get(people::staff))
        .route(INVITATIONS, get(invitations::show).post(invitations::invite))
        .route(AUDIT, get(audit::show))
        .route("/manage/audit/export", get(audit::back).post(audit::export))
        .route(LETTERS, get(letters::show).post(letters::send_again))
        .route("/manage/people/{id}", get(person::show).post(person::edit))
        .route("/manage/people/{id}/unlock", get(person::back).post(person::unlock))
        .route("/manage/people/{id}/activate", get(person::back).post(person::activate))
        .route("/manage/people/{id}/deactivate", get(person::back).post(person::deactivate))
        .route("/manage/people/{id}/send-reset", get(person::back).post(person::send_reset))
        .route("/manage/people/{id}/end-sessions", get(person::back).post(person::end_sessions))
        .route("/manage/people/{id}/invite-again", get(person::back).post(person::invite_again))
        .route("/manage/people/{id}/withdraw", get(person::back).post(person::withdraw))
        .route(API_TOKENS, get(api_tokens::show).post(api_tokens::make))
        .route("/manage/api-tokens/{id}", get(api_token::show).post(api_token::change))
        .route(KEYS, get(keys::show).post(keys::change))
        .route("/manage/keys/{id}/stolen", get(keys::show_stolen).post(keys::declare))
        .route(ROLES, get(roles::show).post(roles::make))
        .route("/manage/roles/{role}", get(roles::show_one).post(roles::change))
        .route(SETTINGS, get(settings::show).post(settings::save))
        .route(LOGO, get(logo::show).post(logo::change))
}
