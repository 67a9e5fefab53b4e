use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use countersign_api::{FromFields, LoginRequest};
use countersign_domain::{Kind, Secret};

use super::cookies::{Cookie, with_mark};
use super::manage::places;
use super::page::{Shell, Told};
use super::visit::{Form, Posted, Turned, Visit};
use super::{ACCOUNT, FORGOT, LOGIN, REGISTER, START, return_path};
use crate::http::calls::{App, login};
use crate::http::extract::Body;
use crate::http::problem::Refused;

#[derive(Template)]
#[template(path = "web/login.html")]
struct LoginPage<'v> {
    shell: Shell<'v>,
    told: Told,
    is_staff: bool,
    email: &'v str,
    to: &'v str,
    here: &'static str,
    forgot: &'static str,
    register: &'static str,
}

/// To the log-in, or where whoever is logged in begins.
pub(super) async fn start(visit: Visit) -> Response {
    match (&visit.browser, places(&visit).first()) {
        (Some(_), Some(place)) => visit.to(place.path),
        (Some(_), None) => visit.to(ACCOUNT),
        (None, _) => visit.to(LOGIN),
    }
}

pub(super) async fn show(visit: Visit, RawQuery(query): RawQuery) -> Response {
    if visit.browser.is_some() {
        return visit.to(START);
    }
    let query = Form::of_query(query.as_deref().unwrap_or_default());
    let told = match query.text("done") {
        "logged-out" => Told::Done(visit.words.login.logged_out),
        "password" => Told::Done(visit.words.mailed.password_set),
        "confirmed" => Told::Done(visit.words.mailed.confirmed),
        "key-stolen" => Told::Done(visit.words.manage.keys.stolen_done),
        "registered" => Told::Done(visit.words.register.made),
        _ => Told::Nothing,
    };
    page(&visit, &query, told)
}

pub(super) async fn log_in(State(app): State<App>, posted: Posted) -> Result<Response, Turned> {
    let Posted { visit, form, marks } = posted;
    let ask = match read(&form) {
        Ok(ask) => ask,
        Err(refused) => return Ok(page(&visit, &form, refused.into())),
    };
    let used = app.flows.mark_of(&visit.request, &ask.email, &marks);
    let ask = countersign_flows::Login { device_mark: used.clone(), ..ask };
    let opened = match app.flows.login_in_browser(&visit.request, ask).await? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(page(&visit, &form, login::word(refusal, app.flows.now()).into())),
    };
    // Whoever logs in again leaves no session behind that nobody looks after.
    if let Some(before) = &visit.browser {
        app.flows.logout_in_browser(&visit.request, before).await?;
    }
    visit.set(Cookie::Session, &opened.cookie);
    visit.set(Cookie::Device, &with_mark(&marks, &opened.device_mark, used.as_ref()));
    visit.set(Cookie::Kind, &Secret::new(opened.account.kind.name()));
    visit.clear(Cookie::Visitor);
    Ok(match return_path::read(form.text("to")) {
        Some(to) => visit.to(to),
        None if opened.password_advice.is_some() => visit.to(&format!("{ACCOUNT}?done=advice")),
        None => visit.to(START),
    })
}

fn page(visit: &Visit, form: &Form, told: Told) -> Response {
    let kind = kind_of(form).or(visit.kind).unwrap_or(Kind::Customer);
    let to = return_path::read(form.text("to")).unwrap_or_default();
    let kept = if to.is_empty() { String::new() } else { format!("to={to}&") };
    let page = LoginPage {
        shell: visit.shell().keeping(format!("role={}&{kept}", kind.name())),
        told,
        is_staff: kind == Kind::Staff,
        email: form.text("email"),
        to,
        here: LOGIN,
        forgot: FORGOT,
        register: REGISTER,
    };
    visit.page(&page, &page.told)
}

/// Which of the two accounts that an address can have is meant.
fn kind_of(form: &Form) -> Option<Kind> {
    form.filled("role").and_then(|role| role.parse().ok())
}

/// As the call of the API reads it. The page says which account is meant in place of a role.
fn read(form: &Form) -> Result<countersign_flows::Login, Refused> {
    let mut fields = form.fields_without("role");
    let request = LoginRequest::from_fields(&mut fields);
    let login = login::read(Body { request, faults: fields.into_faults().widened() })?;
    Ok(countersign_flows::Login { kind: Some(kind_of(form).unwrap_or(Kind::Customer)), ..login })
}
