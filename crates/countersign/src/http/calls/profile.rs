use axum::Json;
use countersign_api::{Hidden, ProfileAnswer};

use super::{LetThrough, tenant_answer};
use crate::http::problem::Refused;

/// See the own profile
///
/// Says who the caller is.
#[utoipa::path(
    get,
    path = "/api/v6/services/usermanagement/profile",
    tag = "usermanagement",
    responses((status = 200, description = "The caller.", body = ProfileAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = []))
)]
pub(super) async fn profile(LetThrough { caller, request }: LetThrough) -> Result<Json<ProfileAnswer>, Refused> {
    let account = &caller.account;
    let answer = ProfileAnswer {
        id: account.id.uuid(),
        email: Hidden::new(account.email.as_str()),
        roles: account.roles_in_force(),
        first_name: account.first_name.clone(),
        last_name: account.last_name.clone(),
        must_change_password: account.must_change_password,
        tenant: tenant_answer(&request.tenant.tenant),
    };
    Ok(Json(answer))
}
