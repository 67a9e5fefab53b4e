use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use countersign_api::{FromFields, LoginRequest};
use countersign_domain::{Kind, Secret};

use super::cookies::Cookie;
use super::page::{Shell, Told};
use super::visit::{Form, Posted, Turned, Visit};
use super::{ACCOUNT, FORGOT, LOGIN, REGISTER, return_path};
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
    visit.to(if visit.browser.is_some() { ACCOUNT } else { LOGIN })
}

pub(super) async fn show(visit: Visit, RawQuery(query): RawQuery) -> Response {
    if visit.browser.is_some() {
        return visit.to(ACCOUNT);
    }
    let query = Form::of_query(query.as_deref().unwrap_or_default());
    let told = match query.text("done") {
        "logged-out" => Told::Done(visit.words.login.logged_out),
        "password" => Told::Done(visit.words.mailed.password_set),
        "confirmed" => Told::Done(visit.words.mailed.confirmed),
        "registered" => Told::Done(visit.words.register.made),
        _ => Told::Nothing,
    };
    page(&visit, &query, told)
}

pub(super) async fn log_in(State(app): State<App>, posted: Posted) -> Result<Response, Turned> {
    let Posted { mut visit, form, device } = posted;
    let outcome = match read(&form, device) {
        Ok(ask) => {
            app.flows.login_in_browser(&visit.request, ask).await?.map_err(|why| login::word(why, app.flows.now()))
        }
        Err(refused) => Err(refused),
    };
    match outcome {
        Ok(opened) => {
            visit.set(Cookie::Session, &opened.cookie);
            visit.set(Cookie::Device, &opened.device_mark);
            visit.clear(Cookie::Visitor);
            Ok(match return_path::read(form.text("to")) {
                Some(to) => visit.to(to),
                None if opened.password_advice.is_some() => visit.to(&format!("{ACCOUNT}?done=advice")),
                None => visit.to(ACCOUNT),
            })
        }
        Err(refused) => Ok(page(&visit, &form, refused.into())),
    }
}

fn page(visit: &Visit, form: &Form, told: Told) -> Response {
    let is_staff = form.text("role") == Kind::Staff.name();
    let page = LoginPage {
        shell: visit.shell().keeping(if is_staff { "role=staff&" } else { "" }),
        told,
        is_staff,
        email: form.text("email"),
        to: return_path::read(form.text("to")).unwrap_or_default(),
        here: LOGIN,
        forgot: FORGOT,
        register: REGISTER,
    };
    visit.page(&page, &page.told)
}

/// As the call of the API reads it. The page says which of the two accounts is meant in place of a role.
fn read(form: &Form, device: Option<Secret>) -> Result<countersign_flows::Login, Refused> {
    let kind = match form.text("role") == Kind::Staff.name() {
        true => Kind::Staff,
        false => Kind::Customer,
    };
    let mut fields = form.fields_without("role");
    let request = LoginRequest::from_fields(&mut fields);
    let login = login::read(Body { request, faults: fields.into_faults().widened() })?;
    Ok(countersign_flows::Login { kind: Some(kind), device_mark: device, ..login })
}
