use askama::Template;
use axum::extract::State;
use axum::response::Response;
use countersign_api::Code;
use countersign_domain::Email;
use countersign_flows::ResetAsked;

use super::page::{Shell, Told};
use super::visit::{Posted, Turned, Visit};
use super::{FORGOT, LOGIN};
use crate::http::Faults;
use crate::http::calls::App;
use crate::http::problem::Refused;

#[derive(Template)]
#[template(path = "web/forgot_password.html")]
struct ForgotPage<'v> {
    shell: Shell<'v>,
    told: Told,
    email: &'v str,
    here: &'static str,
    login: &'static str,
}

pub(super) async fn show(visit: Visit) -> Response {
    page(&visit, "", Told::Nothing)
}

pub(super) async fn send(State(app): State<App>, Posted { visit, form, .. }: Posted) -> Result<Response, Turned> {
    let typed = form.text("email");
    let mut faults = Faults::default();
    let told = match faults.check("email", Email::parse(typed)) {
        None => Told::from(Refused::from(faults)),
        Some(email) => match app.flows.forgot_password(&visit.request, &email).await? {
            ResetAsked::Yes => Told::Done(visit.words.forgot.sent),
            ResetAsked::TooMany(wait) => Refused::new(Code::TooManyRequests).retry_after(wait).into(),
        },
    };
    Ok(page(&visit, typed, told))
}

fn page(visit: &Visit, email: &str, told: Told) -> Response {
    let page = ForgotPage { shell: visit.shell(), told, email, here: FORGOT, login: LOGIN };
    visit.page(&page, &page.told)
}
