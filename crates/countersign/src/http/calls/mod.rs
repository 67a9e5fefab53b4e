//! The calls of the contract, one file each: who is asking, one story, one answer.

mod access;
pub(crate) mod api_tokens;
mod asking;
pub(crate) mod audit_events;
mod change_password;
mod confirm_email;
mod customers;
pub(crate) mod employees;
mod encrypted;
mod encryption_key;
mod forgot_password;
pub(crate) mod granted;
mod introspect;
mod invitations;
mod jwks;
pub(crate) mod login;
mod logout;
pub(crate) mod person;
pub(crate) mod profile;
mod refresh;
pub(crate) mod register;
mod reset_password;
mod revoke;
mod sessions;
pub(crate) mod standing;

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use countersign_api::{Code, Hidden, LoginAnswer, TOKEN_TYPE, TenantAnswer, UserAnswer};
use countersign_domain::{Networks, Tenant};
use countersign_flows::{Fault, Flows, PasswordRefusal, SignedIn};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::faults::FieldFault;
use super::problem::Refused;
use super::router::Doors;
use asking::Asked;
pub(crate) use asking::request_of;

/// What handlers are given.
#[derive(Clone)]
pub struct App {
    /// The stories.
    pub flows: Arc<Flows>,
    /// Networks that limits by source do not count.
    pub exempt: Networks,
    /// People reach the service by https, its own or a proxy's.
    pub is_https: bool,
}

/// Every call there is.
pub fn doors() -> Doors<App> {
    Doors {
        service: OpenApiRouter::new()
            .routes(routes!(login::login))
            .routes(routes!(refresh::refresh_token))
            .routes(routes!(logout::logout))
            .routes(routes!(forgot_password::forgot_password))
            .routes(routes!(forgot_password::ask_by_path))
            .routes(routes!(reset_password::reset_password))
            .routes(routes!(change_password::change_password))
            .routes(routes!(register::register_customer))
            .routes(routes!(confirm_email::confirm_email))
            .routes(routes!(profile::profile, profile::edit_profile))
            .routes(routes!(sessions::list_sessions, sessions::end_other_sessions))
            .routes(routes!(sessions::end_session))
            .routes(routes!(standing::unlock))
            .routes(routes!(standing::activate))
            .routes(routes!(standing::deactivate))
            .routes(routes!(access::explain_access))
            .routes(routes!(audit_events::list_audit_events))
            .routes(routes!(audit_events::export_audit_events))
            .routes(routes!(customers::list_customers))
            .routes(routes!(customers::see_customer))
            .routes(routes!(employees::list_employees, employees::invite_employee))
            .routes(routes!(employees::see_employee, employees::edit_employee))
            .routes(routes!(invitations::list_invitations))
            .routes(routes!(invitations::invite_again, invitations::withdraw_invitation))
            .routes(routes!(encryption_key::encryption_key))
            .routes(routes!(api_tokens::list_api_tokens, api_tokens::create_api_token))
            .routes(routes!(api_tokens::rotate_api_token))
            .routes(routes!(api_tokens::invalidate_api_token))
            .routes(routes!(api_tokens::delete_api_token)),
        standard: OpenApiRouter::new().routes(routes!(introspect::introspect)).routes(routes!(revoke::revoke)),
        published: OpenApiRouter::new().routes(routes!(jwks::jwks)),
        pages: Router::new(),
    }
}

/// A pair of tokens as the contract words it; the layers see to it that nothing keeps it.
fn signed_in(tenant: &Tenant, signed_in: SignedIn) -> Response {
    let account = &signed_in.account;
    let hidden = |secret: &countersign_domain::Secret| Hidden::new(secret.expose());
    Json(LoginAnswer {
        access_token: hidden(&signed_in.access_token),
        refresh_token: hidden(&signed_in.refresh_token),
        token_type: TOKEN_TYPE.to_owned(),
        expires_in: signed_in.expires_in_seconds,
        refresh_expires_in: signed_in.refresh_expires_in_seconds,
        user: UserAnswer {
            id: account.id.uuid(),
            email: Hidden::new(account.email.as_str()),
            roles: account.roles_in_force(),
            first_name: account.first_name.clone(),
            last_name: account.last_name.clone(),
            must_change_password: account.must_change_password,
        },
        tenant: tenant_answer(tenant),
        device_token: signed_in.device_mark.as_ref().map(hidden),
        password_advice: signed_in.password_advice.map(|advice| advice.code().to_owned()),
    })
    .into_response()
}

/// A new password that is refused, by the name of its field and with everything that is against it.
pub(crate) fn password_refused(field: &str, refusal: &PasswordRefusal) -> Refused {
    let fault = match refusal {
        PasswordRefusal::Busy(wait) => return Refused::new(Code::Overloaded).retry_after(*wait),
        PasswordRefusal::Policy(faults) => FieldFault::Policy(faults.clone()),
        PasswordRefusal::Form(why) => FieldFault::Password(*why),
        PasswordRefusal::Unchanged => FieldFault::PasswordUnchanged,
        PasswordRefusal::Published => FieldFault::PasswordPublished,
    };
    Refused::field(field, fault)
}

fn tenant_answer(tenant: &Tenant) -> TenantAnswer {
    TenantAnswer { id: tenant.id.uuid(), slug: tenant.slug.to_string() }
}

/// What is broken in a story; whether trying again may help is all that the client learns.
impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        if fault.is_of_a_store_away() {
            Self::new(Code::StoreUnavailable).caused_by(fault)
        } else if fault.is_of_the_hasher() {
            Self::new(Code::Overloaded).caused_by(fault)
        } else {
            Self::broken(fault)
        }
    }
}
