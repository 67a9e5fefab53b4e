use axum::Json;
use axum::extract::State;
use countersign_api::{Code, EditProfileRequest, Hidden, ProfileAnswer};
use countersign_domain::{Account, BadPerson, Language, Person, Phone, Tenant};
use countersign_flows::ProfileEdit;

use super::asking::{LoggedIn, Settled};
use super::{App, person, tenant_answer};
use crate::http::FieldFault;
use crate::http::extract::Body;
use crate::http::problem::Refused;

/// See the own profile
///
/// Says who the caller is.
#[utoipa::path(
    get,
    path = "/api/v6/services/usermanagement/profile",
    tag = "usermanagement",
    responses((status = 200, description = "The caller.", body = ProfileAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(("x-codes" = json!(["FORBIDDEN"])))
)]
pub(super) async fn profile(
    State(app): State<App>,
    LoggedIn { caller, request }: LoggedIn,
) -> Result<Json<ProfileAnswer>, Refused> {
    let tenant = &request.tenant.tenant;
    let known = app.flows.person_of(tenant, caller.account.id).await?;
    Ok(Json(word(tenant, &caller.account, &known)))
}

/// Change the own profile
///
/// Names, phone, address, language. What is left out stays as it is; the email address never changes.
#[utoipa::path(
    put,
    path = "/api/v6/services/usermanagement/profile",
    tag = "usermanagement",
    request_body = EditProfileRequest,
    responses((status = 200, description = "The caller as it is now.", body = ProfileAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(("x-codes" = json!(["FORBIDDEN", "CHANGED_MEANWHILE"])))
)]
pub(super) async fn edit_profile(
    State(app): State<App>,
    Settled { caller, request }: Settled,
    body: Body<EditProfileRequest>,
) -> Result<Json<ProfileAnswer>, Refused> {
    match app.flows.edit_profile(&request, &caller, read(body)?).await? {
        Some((account, known)) => Ok(Json(word(&request.tenant.tenant, &account, &known))),
        None => Err(Refused::new(Code::ChangedMeanwhile)),
    }
}

fn word(tenant: &Tenant, account: &Account, known: &Person) -> ProfileAnswer {
    ProfileAnswer {
        id: account.id.uuid(),
        email: Hidden::new(account.email.as_str()),
        roles: account.roles_in_force(),
        first_name: account.first_name.clone(),
        last_name: account.last_name.clone(),
        must_change_password: account.must_change_password,
        tenant: tenant_answer(tenant),
        details: person::details(known),
    }
}

pub(crate) fn read(body: Body<EditProfileRequest>) -> Result<ProfileEdit, Refused> {
    let Body { request, mut faults } = body;
    let text = |text: &Option<Hidden>| text.as_ref().map(|text| text.expose().to_owned());
    let first_name = text(&request.first_name).and_then(|text| faults.check("firstName", text.parse()));
    let last_name = text(&request.last_name).and_then(|text| faults.check("lastName", text.parse()));
    let phone = match (text(&request.dialing_code), text(&request.phone)) {
        (Some(code), Some(national)) => {
            let phone = Phone::new(&code, &national);
            let field = if phone == Err(BadPerson::DialingCode) { "dialingCode" } else { "phone" };
            faults.check(field, phone)
        }
        // Half a number would be dropped without a word.
        (Some(_), None) => faults.check("phone", Err(FieldFault::Missing)),
        (None, Some(_)) => faults.check("dialingCode", Err(FieldFault::Missing)),
        (None, None) => None,
    };
    let address = text(&request.address).and_then(|text| faults.check("address", text.parse()));
    let language = text(&request.language).and_then(|text| faults.check("language", text.parse::<Language>()));
    match faults.is_empty() {
        true => Ok(ProfileEdit { first_name, last_name, phone, address, language }),
        false => Err(faults.into()),
    }
}
