use askama::Template;
use axum::extract::State;
use axum::response::Response;
use countersign_api::Code;
use countersign_domain::{PasswordPolicy, Secret, password_text};
use countersign_flows::PasswordChanged;

use super::cookies::{Cookie, with_mark};
use super::page::{Shell, Told};
use super::set_password::unlike;
use super::visit::{Inside, PostedInside, Turned, Visit};
use super::{LOGIN, PASSWORD};
use crate::http::calls::{App, password_refused};
use crate::http::problem::Refused;

#[derive(Template)]
#[template(path = "web/password.html")]
struct PasswordPage<'v> {
    shell: Shell<'v>,
    told: Told,
    policy: PasswordPolicy,
    is_due: bool,
    email: &'v str,
    here: &'static str,
}

pub(super) async fn show(Inside { visit, .. }: Inside) -> Response {
    page(&visit, Told::Nothing)
}

pub(super) async fn change(
    State(app): State<App>,
    PostedInside { visit, browser, form, marks }: PostedInside,
) -> Result<Response, Turned> {
    if let Some(faults) = unlike(form.text("newPassword"), form.text("confirmPassword")) {
        return Ok(page(&visit, Refused::from(faults).into()));
    }
    // What cannot be a password is a wrong one, and costs a try like any other.
    let current = Secret::new(form.text("currentPassword"));
    let current = password_text(&current).unwrap_or(current);
    let new = Secret::new(form.text("newPassword"));
    let refused = match app.flows.change_password(&visit.request, &browser.caller, current, &new).await? {
        PasswordChanged::Yes(mark) => {
            visit.set(Cookie::Device, &with_mark(&marks, &mark, None));
            // Whoever copied the cookie from before has nothing more.
            let Some(cookie) = app.flows.cookie_of(&visit.request, &browser).await? else {
                return Ok(visit.to(LOGIN));
            };
            visit.set(Cookie::Session, &cookie);
            return Ok(visit.to(&format!("{}?done=password", super::ACCOUNT)));
        }
        PasswordChanged::Ended => {
            visit.clear(Cookie::Session);
            return Ok(visit.to(LOGIN));
        }
        PasswordChanged::WrongPassword => Refused::new(Code::InvalidCredentials),
        PasswordChanged::Password(refusal) => password_refused("newPassword", &refusal),
        PasswordChanged::Overloaded(wait) => Refused::new(Code::Overloaded).retry_after(wait),
    };
    Ok(page(&visit, refused.into()))
}

fn page(visit: &Visit, told: Told) -> Response {
    let account = visit.browser.as_ref().map(|browser| &browser.caller.account);
    let page = PasswordPage {
        shell: visit.shell(),
        told,
        policy: visit.request.tenant.tenant.settings.password_policy(),
        is_due: account.is_some_and(|account| account.must_change_password),
        email: account.map_or("", |account| &account.email),
        here: PASSWORD,
    };
    visit.page(&page, &page.told)
}
