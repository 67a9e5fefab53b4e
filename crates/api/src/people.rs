use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::bounds::{EMAIL_BYTES_MAX, NAME_BYTES_MAX, ROLE_BYTES_MAX};
use crate::{Fields, FromFields, Hidden};

/// More roles than any tenant has.
const ROLES_MAX: usize = 64;

/// `POST …/usermanagement/employees`: invites a member of staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewEmployeeRequest {
    /// Given name.
    #[schema(value_type = String, min_length = 2, max_length = 50, pattern = r"^[\p{L}\p{M}\s'’\u200c\u200d-]*$", example = "Ada")]
    pub first_name: Hidden,
    /// Family name.
    #[schema(value_type = String, min_length = 2, max_length = 50, pattern = r"^[\p{L}\p{M}\s'’\u200c\u200d-]*$", example = "Byron")]
    pub last_name: Hidden,
    /// The address that the invitation goes to.
    #[schema(value_type = String, format = Email, max_length = 255, example = "ada@example.com")]
    pub email: Hidden,
    /// Staff roles of the tenant.
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 64, example = json!(["CASHIER"]))]
    pub roles: Vec<Hidden>,
}

impl FromFields for NewEmployeeRequest {
    fn from_fields(fields: &mut Fields) -> Self {
        let request = Self {
            first_name: fields.required_text("firstName", NAME_BYTES_MAX),
            last_name: fields.required_text("lastName", NAME_BYTES_MAX),
            email: fields.required_text("email", EMAIL_BYTES_MAX),
            roles: fields.optional_texts("roles", ROLES_MAX, ROLE_BYTES_MAX).unwrap_or_default(),
        };
        if request.roles.is_empty() {
            fields.missing("roles");
        }
        request
    }
}

/// `PUT …/usermanagement/employees/{id}`: changes a member of staff. What is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EditEmployeeRequest {
    /// Given name; comes with the family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, min_length = 2, max_length = 50, pattern = r"^[\p{L}\p{M}\s'’\u200c\u200d-]*$")]
    pub first_name: Option<Hidden>,
    /// Family name; comes with the given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, min_length = 2, max_length = 50, pattern = r"^[\p{L}\p{M}\s'’\u200c\u200d-]*$")]
    pub last_name: Option<Hidden>,
    /// Staff roles, in place of those there are. Sessions end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 64)]
    pub roles: Option<Vec<Hidden>>,
    /// Whether the password must be changed before anything else. Sessions end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub must_change_password: Option<bool>,
}

impl FromFields for EditEmployeeRequest {
    fn from_fields(fields: &mut Fields) -> Self {
        let request = Self {
            first_name: fields.optional_text("firstName", NAME_BYTES_MAX),
            last_name: fields.optional_text("lastName", NAME_BYTES_MAX),
            roles: fields.optional_texts("roles", ROLES_MAX, ROLE_BYTES_MAX),
            must_change_password: fields.optional_flag("mustChangePassword"),
        };
        match (&request.first_name, &request.last_name) {
            (Some(_), None) => fields.missing("lastName"),
            (None, Some(_)) => fields.missing("firstName"),
            _ => {}
        }
        request
    }
}

/// A person in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonAnswer {
    /// The account's id; the claim `user-id`.
    pub id: Uuid,
    /// As registered.
    #[schema(value_type = String, example = "hello@remitjunction.co.uk")]
    pub email: Hidden,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// The account's roles.
    #[schema(example = json!(["CUSTOMER"]))]
    pub roles: Vec<String>,
    /// `active` or `deactivated`.
    #[schema(example = "active")]
    pub standing: String,
    /// Whether a password was ever set: an invited person has none yet.
    pub has_password: bool,
    /// Whether the password must be changed before anything else.
    pub must_change_password: bool,
    /// When the account was made (RFC 3339).
    #[schema(example = "2026-11-24T12:00:00.000000Z")]
    pub created_at: String,
}

/// What is known of a person besides the account. What nobody told is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonDetails {
    /// `+` and the country code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "+44")]
    pub dialing_code: Option<String>,
    /// National digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "7911123456")]
    pub phone: Option<String>,
    /// Day of birth (ISO 8601).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "1990-05-17")]
    pub dob: Option<String>,
    /// Postal address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// `INDIVIDUAL` or `COMPANY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_type: Option<String>,
    /// Fields of the tenant's own form.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub dynamic_fields: BTreeMap<String, String>,
    /// The language to write in: `en`, `fr`, `es`, `pt` or `ar`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// One person, with what is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PersonViewAnswer {
    /// The account.
    #[serde(flatten)]
    pub account: PersonAnswer,
    /// What else is known.
    #[serde(flatten)]
    pub details: PersonDetails,
}

/// A page of people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PeopleAnswer {
    /// In their order. A search may answer fewer than asked for and still go on.
    pub items: Vec<PersonAnswer>,
    /// Send it as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// The queries of a list.
#[derive(Clone, Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// The beginning of an email address, a first or a last name; letter case and accents do not matter.
    #[param(value_type = Option<String>, max_length = 1_024, pattern = r"^[^\u0000]*$")]
    pub search: Option<Hidden>,
    /// The most items to answer.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: u32,
    /// `nextCursor` of the page before.
    #[param(value_type = Option<String>, min_length = 22, max_length = 2_048, pattern = "^[A-Za-z0-9_-]*$")]
    pub cursor: Option<Hidden>,
}

/// The contract: 50 items where a list does not say how many, and 200 at most.
const LIMIT_USUAL: u32 = 50;
const LIMIT_MAX: u32 = 200;
/// An id and the longest word in Base64url.
const CURSOR_BYTES_MAX: usize = 2_048;

impl FromFields for ListQuery {
    fn from_fields(fields: &mut Fields) -> Self {
        Self {
            search: fields.optional_text("search", EMAIL_BYTES_MAX),
            limit: fields.optional_number("limit", 1..=LIMIT_MAX).unwrap_or(LIMIT_USUAL),
            cursor: fields.optional_text("cursor", CURSOR_BYTES_MAX),
        }
    }
}

/// Somebody who is invited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvitationAnswer {
    /// The invited account.
    pub account: PersonAnswer,
    /// Who invited; null for the operator.
    pub invited_by: Option<Uuid>,
    /// When the last letter was posted (RFC 3339).
    pub invited_at: String,
    /// Until when its link is good (RFC 3339).
    pub expires_at: String,
}

/// A page of invitations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvitationsAnswer {
    /// The newest first.
    pub items: Vec<InvitationAnswer>,
    /// Send it as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}
