use axum::Json;
use axum::extract::State;
use countersign_api::{Code, ListQuery, PeopleAnswer, PersonViewAnswer};
use countersign_domain::{AccountId, Kind};

use super::granted::{Granted, ReadCustomers};
use super::{App, person};
use crate::http::extract::{PathId, Queries};
use crate::http::problem::Refused;

/// List customers
///
/// The newest first, or what a search finds in the order of its words.
#[utoipa::path(
    get,
    path = "/api/v6/services/usermanagement/customers",
    tag = "usermanagement",
    params(ListQuery),
    responses((status = 200, description = "A page.", body = PeopleAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(("x-codes" = json!(["FORBIDDEN"])))
)]
pub(super) async fn list_customers(
    State(app): State<App>,
    Granted { asker, .. }: Granted<ReadCustomers>,
    Queries(query): Queries<ListQuery>,
) -> Result<Json<PeopleAnswer>, Refused> {
    let ask = person::ask(Kind::Customer, query)?;
    Ok(Json(person::page(&app.flows.list_people(&asker.request.tenant.tenant, ask).await?)))
}

/// See a customer
///
/// With what is known of the person.
#[utoipa::path(
    get,
    path = "/api/v6/services/usermanagement/customers/{id}",
    tag = "usermanagement",
    params(("id" = Uuid, Path, description = "The account's id.")),
    responses((status = 200, description = "The customer.", body = PersonViewAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(("x-codes" = json!(["FORBIDDEN", "NOT_FOUND"])))
)]
pub(super) async fn see_customer(
    State(app): State<App>,
    Granted { asker, .. }: Granted<ReadCustomers>,
    PathId(id): PathId,
) -> Result<Json<PersonViewAnswer>, Refused> {
    let found = app.flows.view_person(&asker.request.tenant.tenant, Kind::Customer, AccountId::from_uuid(id)).await?;
    match found {
        Some((account, known)) => Ok(Json(person::whole(&account, &known))),
        None => Err(Refused::new(Code::NotFound)),
    }
}
