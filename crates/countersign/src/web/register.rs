use askama::Template;
use axum::extract::State;
use axum::response::Response;
use countersign_api::{FromFields, RegisterRequest};

use super::page::{Shell, Told};
use super::visit::{Form, Posted, Turned, Visit};
use super::{LOGIN, REGISTER};
use crate::http::calls::{App, register as call};
use crate::http::extract::Body;
use countersign_domain::PasswordPolicy;
use countersign_flows::Registered;

#[derive(Template)]
#[template(path = "web/register.html")]
struct RegisterPage<'v> {
    shell: Shell<'v>,
    told: Told,
    policy: PasswordPolicy,
    form: &'v Form,
    here: &'static str,
    login: &'static str,
}

pub(super) async fn show(visit: Visit) -> Response {
    page(&visit, &Form::of_query(""), Told::Nothing)
}

pub(super) async fn register(State(app): State<App>, Posted { visit, form, .. }: Posted) -> Result<Response, Turned> {
    let mut fields = form.fields();
    let request = RegisterRequest::from_fields(&mut fields);
    let told = match call::read(Body { request, faults: fields.into_faults().widened() }) {
        Err(refused) => refused.into(),
        Ok(ask) => {
            let registered = app.flows.register(&visit.request, ask).await?;
            match call::word(&registered) {
                Err(refused) => refused.into(),
                Ok(_) if registered == Registered::Yes => Told::Done(visit.words.register.sent),
                Ok(_) => return Ok(visit.to(&format!("{LOGIN}?done=registered"))),
            }
        }
    };
    Ok(page(&visit, &form, told))
}

fn page(visit: &Visit, form: &Form, told: Told) -> Response {
    let policy = visit.request.tenant.tenant.settings.password_policy();
    let page = RegisterPage { shell: visit.shell(), told, policy, form, here: REGISTER, login: LOGIN };
    visit.page(&page, &page.told)
}
