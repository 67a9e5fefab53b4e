use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::bounds::{ADDRESS_BYTES_MAX, NAME_BYTES_MAX, SHORT_BYTES_MAX};
use crate::{Fields, FromFields, Hidden, PersonDetails, TenantAnswer};

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
    /// What else is known.
    #[serde(flatten)]
    pub details: PersonDetails,
}

/// `PUT …/usermanagement/profile`: changes the own profile. What is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EditProfileRequest {
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, min_length = 2, max_length = 50, pattern = r"^[\p{L}\p{M}\s'’\u200c\u200d-]*$")]
    pub first_name: Option<Hidden>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, min_length = 2, max_length = 50, pattern = r"^[\p{L}\p{M}\s'’\u200c\u200d-]*$")]
    pub last_name: Option<Hidden>,
    /// `+` and the country code; comes with the phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, pattern = r"^\+[1-9][0-9]{0,2}$", example = "+44")]
    pub dialing_code: Option<Hidden>,
    /// National digits; come with the country code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, pattern = r"^[0-9]{4,14}$", example = "7911123456")]
    pub phone: Option<Hidden>,
    /// Postal address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 300, pattern = r"^(?:[^\u0000-\u001f\u007f-\u009f]|\n)*$")]
    pub address: Option<Hidden>,
    /// The language to be written to in: `en`, `fr`, `es`, `pt` or `ar`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, pattern = "^(?:en|fr|es|pt|ar)$", example = "fr")]
    pub language: Option<Hidden>,
}

impl FromFields for EditProfileRequest {
    fn from_fields(fields: &mut Fields) -> Self {
        let request = Self {
            first_name: fields.optional_text("firstName", NAME_BYTES_MAX),
            last_name: fields.optional_text("lastName", NAME_BYTES_MAX),
            dialing_code: fields.optional_text("dialingCode", SHORT_BYTES_MAX),
            phone: fields.optional_text("phone", SHORT_BYTES_MAX),
            address: fields.optional_text("address", ADDRESS_BYTES_MAX),
            language: fields.optional_text("language", SHORT_BYTES_MAX),
        };
        match (&request.dialing_code, &request.phone) {
            (Some(_), None) => fields.missing("phone"),
            (None, Some(_)) => fields.missing("dialingCode"),
            _ => {}
        }
        request
    }
}
