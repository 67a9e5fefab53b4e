use askama::Template;
use axum::extract::State;
use axum::response::Response;
use countersign_api::Code;
use countersign_domain::{Secret, password_text};
use countersign_flows::Confirmed;
use countersign_flows::mail::Page;

use super::cookies::{Cookie, with_mark};
use super::page::{Shell, Told};
use super::visit::{Posted, Turned, Visit};
use super::{LOGIN, REGISTER};
use crate::http::FieldFault;
use crate::http::calls::App;
use crate::http::problem::Refused;

#[derive(Template)]
#[template(path = "web/confirm_email.html")]
struct ConfirmPage<'v> {
    shell: Shell<'v>,
    told: Told,
    token: &'v str,
    here: &'static str,
    register: &'static str,
}

pub(super) async fn show(visit: Visit) -> Response {
    page(&visit, "", Told::Nothing)
}

pub(super) async fn confirm(State(app): State<App>, Posted { visit, form, marks }: Posted) -> Result<Response, Turned> {
    let token = form.text("token");
    if token.trim().is_empty() {
        return Ok(page(&visit, token, Refused::field("token", FieldFault::Missing).into()));
    }
    // What cannot be a password is a wrong one, and costs a try like any other.
    let password = Secret::new(form.text("password"));
    let password = password_text(&password).unwrap_or(password);
    let told = match app.flows.confirm_email(&visit.request, token, password).await? {
        Confirmed::Yes(_, mark) => {
            visit.set(Cookie::Device, &with_mark(&marks, &mark, None));
            return Ok(visit.to(&format!("{LOGIN}?done=confirmed&role=customer")));
        }
        Confirmed::BadToken => Told::Worded(Box::new(Refused::new(Code::InvalidToken)), visit.words.mailed.bad_token),
        Confirmed::WrongPassword => Refused::new(Code::InvalidCredentials).into(),
        Confirmed::TooMany(wait) => Refused::new(Code::TooManyRequests).retry_after(wait).into(),
        Confirmed::Overloaded(wait) => Refused::new(Code::Overloaded).retry_after(wait).into(),
    };
    Ok(page(&visit, token, told))
}

fn page(visit: &Visit, token: &str, told: Told) -> Response {
    let here = Page::ConfirmEmail.path();
    let page = ConfirmPage { shell: visit.shell(), told, token, here, register: REGISTER };
    visit.page(&page, &page.told)
}
