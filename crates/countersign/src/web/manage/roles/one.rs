use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use countersign_api::Code;
use countersign_domain::{Role, RoleRecord};
use countersign_flows::Doer;

use super::{DELETED, Ticked, boxes, is_fixed, permissions, refused};
use crate::http::calls::App;
use crate::http::calls::granted::ManageRoles;
use crate::http::problem::Refused;
use crate::web::manage::ROLES;
use crate::web::manage::allowed::Allowed;
use crate::web::page::{Shell, Told};
use crate::web::proof::prove;
use crate::web::visit::{Form, Inside, PostedInside, Turned, Visit};

#[derive(Template)]
#[template(path = "web/manage/role.html")]
struct Page<'v> {
    shell: Shell<'v>,
    told: Told,
    here: &'v str,
    list: &'static str,
    role: &'v Role,
    is_fixed: bool,
    boxes: Vec<Ticked>,
}

/// The path of the page about a role.
pub(super) fn path(role: &Role) -> String {
    format!("{ROLES}/{role}")
}

pub(in crate::web::manage) async fn show(
    State(app): State<App>,
    Path(name): Path<String>,
    Allowed { who: Inside { visit, .. }, .. }: Allowed<ManageRoles, Inside>,
    RawQuery(query): RawQuery,
) -> Result<Response, Turned> {
    let record = found(&app, &visit, &name).await?;
    let query = Form::of_query(query.as_deref().unwrap_or_default());
    let words = &visit.words.manage.roles;
    let told = match query.text("done") {
        "made" => Told::Done(words.made),
        "saved" => Told::Done(words.saved),
        _ => Told::Nothing,
    };
    Ok(page(&visit, &record, None, told))
}

pub(in crate::web::manage) async fn change(
    State(app): State<App>,
    Path(name): Path<String>,
    Allowed { who: mut posted, .. }: Allowed<ManageRoles, PostedInside>,
) -> Result<Response, Turned> {
    let record = found(&app, &posted.visit, &name).await?;
    let told = match prove(&app, &mut posted).await? {
        Ok(()) => match act(&app, &posted, record.role.clone()).await? {
            Ok(path) => return Ok(posted.visit.to(&path)),
            Err(told) => told,
        },
        Err(told) => told,
    };
    Ok(page(&posted.visit, &record, Some(&posted.form), told))
}

/// Does what the button says; where the way leads then, or why it was not done.
async fn act(app: &App, posted: &PostedInside, role: Role) -> Result<Result<String, Told>, Turned> {
    let PostedInside { visit, browser, form, .. } = posted;
    let (doer, tenant) = (Doer::Caller(&visit.request, &browser.caller), &visit.request.tenant.tenant);
    let words = &visit.words.manage.roles;
    match form.text("act") {
        "save" => {
            let Ok(opens) = permissions(form) else { return Err(Refused::new(Code::ValidationFailed).into()) };
            let path = format!("{}?done=saved", path(&role));
            let set = app.flows.set_role(doer, tenant, role, opens).await?;
            Ok(set.map(|()| path).map_err(|why| refused(&why, words)))
        }
        "delete" => {
            let deleted = app.flows.delete_role(doer, tenant, role).await?;
            Ok(deleted.map(|()| format!("{ROLES}?done={DELETED}")).map_err(|why| refused(&why, words)))
        }
        _ => Err(Refused::new(Code::ValidationFailed).into()),
    }
}

async fn found(app: &App, visit: &Visit, name: &str) -> Result<RoleRecord, Turned> {
    let records = app.flows.roles(&visit.request.tenant.tenant).await?;
    let record = records.into_iter().find(|record| record.role.as_str() == name);
    record.ok_or_else(|| Refused::new(Code::NotFound).into())
}

fn page(visit: &Visit, record: &RoleRecord, typed: Option<&Form>, told: Told) -> Response {
    let here = path(&record.role);
    let opens = record.permissions();
    let page = Page {
        shell: visit.shell(),
        told,
        here: &here,
        list: ROLES,
        role: &record.role,
        is_fixed: is_fixed(&record.role),
        boxes: boxes(&visit.words.manage.roles, |permission| match typed {
            Some(typed) => typed.texts("permissions").any(|typed| typed == permission.name()),
            None => opens.contains(&permission),
        }),
    };
    visit.page(&page, &page.told)
}
