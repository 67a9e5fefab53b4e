//! A password set by a mailed token: a reset, or the first one of invited staff.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use countersign_api::Code;
use countersign_domain::{PasswordPolicy, Secret};
use countersign_flows::PasswordSetByLink;
use countersign_flows::mail::Page;

use super::cookies::{Cookie, with_mark};
use super::page::{Shell, Told};
use super::visit::{Posted, Turned, Visit};
use super::{FORGOT, LOGIN};
use crate::http::calls::{App, password_refused};
use crate::http::problem::Refused;
use crate::http::{Faults, FieldFault};

#[derive(Template)]
#[template(path = "web/set_password.html")]
struct SetPasswordPage<'v> {
    shell: Shell<'v>,
    told: Told,
    policy: PasswordPolicy,
    is_invitation: bool,
    token: &'v str,
    here: &'static str,
    forgot: &'static str,
}

pub(super) async fn show_reset(visit: Visit) -> Response {
    page(&visit, Page::ResetPassword, "", Told::Nothing)
}

pub(super) async fn show_invitation(visit: Visit) -> Response {
    page(&visit, Page::AcceptInvitation, "", Told::Nothing)
}

pub(super) async fn reset(State(app): State<App>, posted: Posted) -> Result<Response, Turned> {
    set(&app, posted, Page::ResetPassword).await
}

pub(super) async fn accept(State(app): State<App>, posted: Posted) -> Result<Response, Turned> {
    set(&app, posted, Page::AcceptInvitation).await
}

async fn set(app: &App, Posted { visit, form, marks }: Posted, here: Page) -> Result<Response, Turned> {
    let token = form.text("token");
    let password = Secret::new(form.text("newPassword"));
    if token.trim().is_empty() {
        return Ok(page(&visit, here, token, Refused::field("token", FieldFault::Missing).into()));
    }
    if let Some(faults) = unlike(form.text("newPassword"), form.text("confirmPassword")) {
        return Ok(page(&visit, here, token, Refused::from(faults).into()));
    }
    let told = match app.flows.reset_password(&visit.request, token, &password).await? {
        PasswordSetByLink::Yes(account, mark) => {
            visit.set(Cookie::Device, &with_mark(&marks, &mark, None));
            return Ok(visit.to(&format!("{LOGIN}?done=password&role={}", account.kind.name())));
        }
        PasswordSetByLink::BadToken => {
            Told::Worded(Box::new(Refused::new(Code::InvalidToken)), visit.words.mailed.bad_token)
        }
        PasswordSetByLink::Password(refusal) => password_refused("newPassword", &refusal).into(),
    };
    Ok(page(&visit, here, token, told))
}

/// What is wrong with a password that was not typed twice alike.
pub(super) fn unlike(password: &str, again: &str) -> Option<Faults> {
    let mut faults = Faults::default();
    if password != again {
        faults.add("confirmPassword", FieldFault::PasswordsDiffer);
    }
    (!faults.is_empty()).then_some(faults)
}

fn page(visit: &Visit, here: Page, token: &str, told: Told) -> Response {
    let page = SetPasswordPage {
        shell: visit.shell(),
        told,
        policy: visit.request.tenant.tenant.settings.password_policy(),
        is_invitation: here == Page::AcceptInvitation,
        token,
        here: here.path(),
        forgot: FORGOT,
    };
    visit.page(&page, &page.told)
}
