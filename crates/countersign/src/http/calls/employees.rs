use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use countersign_api::{
    Code, EditEmployeeRequest, Hidden, ListQuery, NewEmployeeRequest, PeopleAnswer, PersonViewAnswer,
};
use countersign_domain::{AccountId, Email, Kind, Role};
use countersign_flows::{NewStaff, StaffEdit, StaffRefusal};
use http::StatusCode;

use super::granted::{ChangeStaff, Granted, ReadStaff};
use super::{App, person};
use crate::http::extract::{Body, PathId, Queries};
use crate::http::faults::{Faults, FieldFault};
use crate::http::problem::Refused;

/// Invite an employee
///
/// Makes a staff account without a password and sends its person a link to set one.
#[utoipa::path(
    post,
    path = "/api/v6/services/usermanagement/employees",
    tag = "usermanagement",
    request_body = NewEmployeeRequest,
    responses((status = 201, description = "The invitation is on its way.", body = PersonViewAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(("x-codes" = json!(["FORBIDDEN", "EMAIL_TAKEN", "TOO_MANY_REQUESTS"])))
)]
pub(super) async fn invite_employee(
    State(app): State<App>,
    Granted { asker, .. }: Granted<ChangeStaff>,
    body: Body<NewEmployeeRequest>,
) -> Result<Response, Refused> {
    let tenant = &asker.request.tenant.tenant;
    let (id, _) = app.flows.invite(asker.doer(), tenant, read_new(body)?).await?.map_err(|why| refused(&why))?;
    let shown = view(&app, &asker.request.tenant.tenant, id).await?;
    Ok((StatusCode::CREATED, shown).into_response())
}

/// List employees
///
/// The newest first, or what a search finds in the order of its words.
#[utoipa::path(
    get,
    path = "/api/v6/services/usermanagement/employees",
    tag = "usermanagement",
    params(ListQuery),
    responses((status = 200, description = "A page.", body = PeopleAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(("x-codes" = json!(["FORBIDDEN"])))
)]
pub(super) async fn list_employees(
    State(app): State<App>,
    Granted { asker, .. }: Granted<ReadStaff>,
    Queries(query): Queries<ListQuery>,
) -> Result<Json<PeopleAnswer>, Refused> {
    let ask = person::ask(Kind::Staff, query)?;
    Ok(Json(person::page(&app.flows.list_people(&asker.request.tenant.tenant, ask).await?)))
}

/// See an employee
///
/// With what is known of the person.
#[utoipa::path(
    get,
    path = "/api/v6/services/usermanagement/employees/{id}",
    tag = "usermanagement",
    params(("id" = Uuid, Path, description = "The account's id.")),
    responses((status = 200, description = "The employee.", body = PersonViewAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(("x-codes" = json!(["FORBIDDEN", "NOT_FOUND"])))
)]
pub(super) async fn see_employee(
    State(app): State<App>,
    Granted { asker, .. }: Granted<ReadStaff>,
    PathId(id): PathId,
) -> Result<Json<PersonViewAnswer>, Refused> {
    view(&app, &asker.request.tenant.tenant, AccountId::from_uuid(id)).await
}

/// Change an employee
///
/// Names, roles, or whether the password must be changed. What is left out stays as it is.
#[utoipa::path(
    put,
    path = "/api/v6/services/usermanagement/employees/{id}",
    tag = "usermanagement",
    params(("id" = Uuid, Path, description = "The account's id.")),
    request_body = EditEmployeeRequest,
    responses((status = 200, description = "The employee as it is now.", body = PersonViewAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(("x-codes" = json!(["FORBIDDEN", "NOT_FOUND", "LAST_MANAGER", "CHANGED_MEANWHILE"])))
)]
pub(super) async fn edit_employee(
    State(app): State<App>,
    Granted { asker, .. }: Granted<ChangeStaff>,
    PathId(id): PathId,
    body: Body<EditEmployeeRequest>,
) -> Result<Json<PersonViewAnswer>, Refused> {
    let (tenant, id) = (&asker.request.tenant.tenant, AccountId::from_uuid(id));
    app.flows.edit_staff(asker.doer(), tenant, id, read_edit(body)?).await?.map_err(|why| refused(&why))?;
    view(&app, tenant, id).await
}

async fn view(
    app: &App,
    tenant: &countersign_domain::Tenant,
    id: AccountId,
) -> Result<Json<PersonViewAnswer>, Refused> {
    match app.flows.view_person(tenant, Kind::Staff, id).await? {
        Some((account, known)) => Ok(Json(person::whole(&account, &known))),
        None => Err(Refused::new(Code::NotFound)),
    }
}

fn read_new(body: Body<NewEmployeeRequest>) -> Result<NewStaff, Refused> {
    let Body { request, mut faults } = body;
    let first_name = name("firstName", &request.first_name, &mut faults);
    let last_name = name("lastName", &request.last_name, &mut faults);
    let email = match faults.names("email") {
        true => None,
        false => faults.check("email", Email::parse(request.email.expose())),
    };
    let roles = roles(&request.roles, &mut faults);
    match email {
        Some(email) if faults.is_empty() => Ok(NewStaff { email, first_name, last_name, roles }),
        _ => Err(faults.into()),
    }
}

fn read_edit(body: Body<EditEmployeeRequest>) -> Result<StaffEdit, Refused> {
    let Body { request, mut faults } = body;
    let first = request.first_name.as_ref().and_then(|text| name("firstName", text, &mut faults));
    let last = request.last_name.as_ref().and_then(|text| name("lastName", text, &mut faults));
    let wanted = request.roles.as_ref().map(|texts| roles(texts, &mut faults));
    match faults.is_empty() {
        true => Ok(StaffEdit {
            names: first.zip(last),
            roles: wanted,
            must_change_password: request.must_change_password,
            seen: None,
        }),
        false => Err(faults.into()),
    }
}

fn name(field: &str, text: &Hidden, faults: &mut Faults) -> Option<countersign_domain::PersonName> {
    if faults.names(field) { None } else { faults.check(field, text.expose().parse()) }
}

fn roles(texts: &[Hidden], faults: &mut Faults) -> Vec<Role> {
    let read = texts.iter().map(|text| text.expose().parse::<Role>()).collect::<Result<Vec<_>, _>>();
    if faults.names("roles") { Vec::new() } else { faults.check("roles", read).unwrap_or_default() }
}

/// A refusal in the words of the contract.
pub(crate) fn refused(why: &StaffRefusal) -> Refused {
    match why {
        StaffRefusal::EmailTaken => Refused::new(Code::EmailTaken),
        StaffRefusal::Beyond | StaffRefusal::OwnRoles => Refused::new(Code::Forbidden).detail(why.to_string()),
        StaffRefusal::TooMany(wait) => Refused::new(Code::TooManyRequests).retry_after(*wait).detail(why.to_string()),
        StaffRefusal::LastManager => Refused::new(Code::LastManager),
        StaffRefusal::NoSuchAccount => Refused::new(Code::NotFound),
        StaffRefusal::Meanwhile => Refused::new(Code::ChangedMeanwhile),
        StaffRefusal::NoSuchRole(role) => Refused::field("roles", FieldFault::NoSuchRole(role.clone())),
        StaffRefusal::NoStaffRoles => Refused::field("roles", FieldFault::NoStaffRoles),
    }
}
