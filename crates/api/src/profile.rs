use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Hidden, TenantAnswer};

/// `GET …/usermanagement/profile`: who the caller is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfileAnswer {
    /// The account's id; the claim `user-id`.
    pub id: Uuid,
    /// As registered.
    #[schema(value_type = String, example = "hello@remitjunction.co.uk")]
    pub email: Hidden,
    /// The account's roles.
    #[schema(example = json!(["MANAGER"]))]
    pub roles: Vec<String>,
    /// Where it is known.
    pub first_name: Option<String>,
    /// Where it is known.
    pub last_name: Option<String>,
    /// Until the password is changed, the tokens carry no roles.
    pub must_change_password: bool,
    /// The tenant the account belongs to.
    pub tenant: TenantAnswer,
}
