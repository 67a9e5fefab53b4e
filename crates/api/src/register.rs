use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type};

use crate::bounds::{ADDRESS_BYTES_MAX, EMAIL_BYTES_MAX, NAME_BYTES_MAX, PASSWORD_BYTES_MAX, SHORT_BYTES_MAX};
use crate::{Fields, FromFields, Hidden, TOKEN_BYTES_MAX};

/// `POST …/usermanagement/register-customer`: a person wants to be a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegisterRequest {
    /// Given name, 2 to 50 letters.
    #[schema(value_type = String, min_length = 2, max_length = 50, pattern = r"^[\p{L}\p{M}\s'’\u200c\u200d-]*$", example = "Ada")]
    pub first_name: Hidden,
    /// Family name, 2 to 50 letters.
    #[schema(value_type = String, min_length = 2, max_length = 50, pattern = r"^[\p{L}\p{M}\s'’\u200c\u200d-]*$", example = "Byron")]
    pub last_name: Hidden,
    /// The address to log in with; it never changes.
    #[schema(value_type = String, format = Email, max_length = 255, example = "ada@example.com")]
    pub email: Hidden,
    /// `+` and the country code.
    #[schema(value_type = String, pattern = r"^\+[1-9][0-9]{0,2}$", example = "+44")]
    pub dialing_code: Hidden,
    /// National digits.
    #[schema(value_type = String, pattern = r"^[0-9]{4,14}$", example = "7911123456")]
    pub phone: Hidden,
    /// Day of birth (ISO 8601); at least 18 years old.
    #[schema(value_type = String, format = Date, example = "1990-05-17")]
    pub dob: Hidden,
    /// The password, 8 to 256 characters; with `payloadEncrypted` its ciphertext in Base64.
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 512, pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$", example = "Wand3rlust!Oak")]
    pub password: Hidden,
    /// The password again.
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 512, pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$", example = "Wand3rlust!Oak")]
    pub confirm_password: Hidden,
    /// Postal address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 300, pattern = r"^(?:[^\u0000-\u001f\u007f-\u009f]|\n)*$")]
    pub address: Option<Hidden>,
    /// `INDIVIDUAL` (the default) or `COMPANY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, pattern = "^(?:INDIVIDUAL|COMPANY)$", example = "INDIVIDUAL")]
    pub customer_type: Option<Hidden>,
    /// Fields of the tenant's own form: texts, numbers, flags.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(schema_with = dynamic_fields)]
    pub dynamic_fields: BTreeMap<String, String>,
    /// Whether the password fields are encrypted under the tenant's encryption key.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(value_type = Option<bool>, default = false)]
    pub payload_encrypted: bool,
}

/// What a tenant's own form may hold: as many fields, as long, as the domain takes.
fn dynamic_fields() -> Schema {
    let text = ObjectBuilder::new().schema_type(Type::String).max_length(Some(255)).pattern(Some(NO_CONTROLS));
    let of_type = |kind| ObjectBuilder::new().schema_type(kind);
    let value = OneOfBuilder::new().item(text).item(of_type(Type::Number)).item(of_type(Type::Boolean));
    let name = ObjectBuilder::new()
        .schema_type(SchemaType::AnyValue)
        .min_length(Some(1))
        .max_length(Some(64))
        .pattern(Some(NO_CONTROLS));
    let fields = ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
        .property_names(Some(name))
        .additional_properties(Some(Schema::OneOf(value.item(of_type(Type::Null)).build())))
        .max_properties(Some(32));
    fields.description(Some("Fields of the tenant's own form: texts, numbers, flags.")).into()
}

/// Lines may end.
const NO_CONTROLS: &str = r"^(?:[^\u0000-\u001f\u007f-\u009f]|\n)*$";

impl FromFields for RegisterRequest {
    fn from_fields(fields: &mut Fields) -> Self {
        Self {
            first_name: fields.required_text("firstName", NAME_BYTES_MAX),
            last_name: fields.required_text("lastName", NAME_BYTES_MAX),
            email: fields.required_text("email", EMAIL_BYTES_MAX),
            dialing_code: fields.required_text("dialingCode", SHORT_BYTES_MAX),
            phone: fields.required_text("phone", SHORT_BYTES_MAX),
            dob: fields.required_text("dob", SHORT_BYTES_MAX),
            password: fields.required_text("password", PASSWORD_BYTES_MAX),
            confirm_password: fields.required_text("confirmPassword", PASSWORD_BYTES_MAX),
            address: fields.optional_text("address", ADDRESS_BYTES_MAX),
            customer_type: fields.optional_text("customerType", SHORT_BYTES_MAX),
            dynamic_fields: fields.optional_entries("dynamicFields").unwrap_or_default(),
            payload_encrypted: fields.optional_flag("payloadEncrypted").unwrap_or(false),
        }
    }
}

/// `PUT …/usermanagement/confirm-email`: the mailed token and the password, together, make the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfirmEmailRequest {
    /// The token of the letter.
    #[schema(value_type = String, max_length = 256, pattern = "^[!-~]+$")]
    pub token: Hidden,
    /// The password chosen when registering.
    #[schema(value_type = String, format = Password, max_length = 512, pattern = r"^[^\u0000]*$")]
    pub password: Hidden,
    /// Whether the password fields are encrypted under the tenant's encryption key.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(value_type = Option<bool>, default = false)]
    pub payload_encrypted: bool,
}

impl FromFields for ConfirmEmailRequest {
    fn from_fields(fields: &mut Fields) -> Self {
        Self {
            token: fields.required_text("token", TOKEN_BYTES_MAX),
            password: fields.required_text("password", PASSWORD_BYTES_MAX),
            payload_encrypted: fields.optional_flag("payloadEncrypted").unwrap_or(false),
        }
    }
}

/// `PUT …/securitymanagement/change-password`: replaces the own password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangePasswordRequest {
    /// The password so far.
    #[schema(value_type = String, format = Password, max_length = 512, pattern = r"^[^\u0000]*$")]
    pub current_password: Hidden,
    /// The new one.
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 512, pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$")]
    pub new_password: Hidden,
    /// Whether the password fields are encrypted under the tenant's encryption key.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(value_type = Option<bool>, default = false)]
    pub payload_encrypted: bool,
}

impl FromFields for ChangePasswordRequest {
    fn from_fields(fields: &mut Fields) -> Self {
        Self {
            current_password: fields.required_text("currentPassword", PASSWORD_BYTES_MAX),
            new_password: fields.required_text("newPassword", PASSWORD_BYTES_MAX),
            payload_encrypted: fields.optional_flag("payloadEncrypted").unwrap_or(false),
        }
    }
}

/// `PUT …/securitymanagement/reset-password`: sets a password by a mailed token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResetPasswordRequest {
    /// The token of the letter.
    #[schema(value_type = String, max_length = 256, pattern = "^[!-~]+$")]
    pub token: Hidden,
    /// The new password.
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 512, pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$")]
    pub new_password: Hidden,
    /// Whether the password fields are encrypted under the tenant's encryption key.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(value_type = Option<bool>, default = false)]
    pub payload_encrypted: bool,
}

impl FromFields for ResetPasswordRequest {
    fn from_fields(fields: &mut Fields) -> Self {
        Self {
            token: fields.required_text("token", TOKEN_BYTES_MAX),
            new_password: fields.required_text("newPassword", PASSWORD_BYTES_MAX),
            payload_encrypted: fields.optional_flag("payloadEncrypted").unwrap_or(false),
        }
    }
}

/// `POST …/securitymanagement/forgot-password`: asks for a link to reset a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ForgotPasswordRequest {
    /// The address of the account.
    #[schema(value_type = String, format = Email, max_length = 255, example = "hello@remitjunction.co.uk")]
    pub email: Hidden,
}

impl FromFields for ForgotPasswordRequest {
    fn from_fields(fields: &mut Fields) -> Self {
        Self { email: fields.required_text("email", EMAIL_BYTES_MAX) }
    }
}

/// What is said when a password was proved or set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasswordAnswer {
    /// A sentence for the person.
    pub message: String,
    /// Marks this device as one that has proved the password: keep it and send it with the next login.
    #[schema(value_type = String)]
    pub device_token: Hidden,
}
