use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::bounds::{EMAIL_BYTES_MAX, PASSWORD_BYTES_MAX, ROLE_BYTES_MAX};
use crate::{Fields, FromFields, Hidden};

/// RFC 6749 section 7.1: how an access token is presented.
pub const TOKEN_TYPE: &str = "Bearer";

/// Several times a device mark of ours.
const DEVICE_TOKEN_BYTES_MAX: usize = 1_024;

/// `PUT …/securitymanagement/login`: proves a password and opens a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LoginRequest {
    /// The email address registered with the tenant.
    #[schema(value_type = String, format = Email, max_length = 255, example = "hello@remitjunction.co.uk")]
    pub email: Hidden,
    /// The password, 8 to 256 characters; with `payloadEncrypted` its ciphertext in Base64.
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 512, pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$", example = "Password@1")]
    pub current_password: Hidden,
    /// A role, to say which of the two accounts of an email is meant: that of the customer or that of the staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, pattern = r"^[A-Z0-9_]{1,40}$", example = "CASHIER")]
    pub role: Option<Hidden>,
    /// The `deviceToken` of an earlier answer, so that failures of strangers do not lock this device out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 1_024, pattern = r"^[^\u0000]*$")]
    pub device_token: Option<Hidden>,
    /// Whether `currentPassword` is encrypted under the key of `encryption-key`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(value_type = Option<bool>, default = false)]
    pub payload_encrypted: bool,
}

impl FromFields for LoginRequest {
    fn from_fields(fields: &mut Fields) -> Self {
        Self {
            email: fields.required_text("email", EMAIL_BYTES_MAX),
            current_password: fields.required_text("currentPassword", PASSWORD_BYTES_MAX),
            role: fields.optional_text("role", ROLE_BYTES_MAX),
            device_token: fields.optional_text("deviceToken", DEVICE_TOKEN_BYTES_MAX),
            payload_encrypted: fields.optional_flag("payloadEncrypted").unwrap_or(false),
        }
    }
}

/// A pair of tokens and whose they are: the answer to a login and to a refresh.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LoginAnswer {
    /// A JWT that opens the API: send it as `X-Auth-Token` or as a bearer token.
    #[schema(value_type = String)]
    pub access_token: Hidden,
    /// A JWT that only `refresh-token` and `logout` take; good once.
    #[schema(value_type = String)]
    pub refresh_token: Hidden,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: String,
    /// Seconds until the access token expires.
    #[schema(example = 3600)]
    pub expires_in: u64,
    /// Seconds until the refresh token expires unless it is used.
    #[schema(example = 1_209_600)]
    pub refresh_expires_in: u64,
    /// Whose tokens they are.
    pub user: UserAnswer,
    /// Where they are good.
    pub tenant: TenantAnswer,
    /// Marks this device as one that has proved the password: keep it and send it with the next login.
    #[serde(rename = "deviceToken", default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub device_token: Option<Hidden>,
    /// What to do about the password that was just proved. `listed`: it is a common or breached one by now, so offer to
    /// change it. The login is as good as any other; a refresh says nothing.
    #[serde(rename = "passwordAdvice", default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "listed")]
    pub password_advice: Option<String>,
}

/// The person an answer is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserAnswer {
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
}

/// The tenant an answer is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TenantAnswer {
    /// The tenant's id; the claim `tenancy-id`.
    pub id: Uuid,
    /// Its name in the host.
    #[schema(example = "remitjunction")]
    pub slug: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> (LoginRequest, Vec<String>) {
        let mut fields = Fields::read(body.as_bytes()).unwrap();
        let request = LoginRequest::from_fields(&mut fields);
        (request, fields.into_faults().iter().map(|(field, _)| field.to_owned()).collect())
    }

    #[test]
    fn the_documented_body_is_read_and_unknown_fields_are_ignored() {
        let (request, faults) = read(r#"{"email":"a@b.com","currentPassword":"Password@1","colour":{"x":[]}}"#);
        assert_eq!(faults, [""; 0]);
        assert_eq!((request.email.expose(), request.current_password.expose()), ("a@b.com", "Password@1"));
        assert!(!format!("{request:?}").contains('@'));
    }

    #[test]
    fn encrypted_fields_have_room_and_are_told_by_a_flag() {
        // Base64 of the 384 bytes that a key of 3072 bits makes.
        let sent = "A".repeat(512);
        let body = format!(r#"{{"email":"a@b.com","currentPassword":"{sent}","payloadEncrypted":true}}"#);
        let (request, faults) = read(&body);
        assert_eq!(
            (request.payload_encrypted, request.current_password.expose(), faults.len()),
            (true, sent.as_str(), 0)
        );
        let (request, faults) = read(r#"{"email":"a@b.com","currentPassword":"x","payloadEncrypted":false}"#);
        assert_eq!((request.payload_encrypted, faults.len()), (false, 0));
        assert_eq!(read(r#"{"payloadEncrypted":"true"}"#).1, ["email", "currentPassword", "payloadEncrypted"]);
    }

    #[test]
    fn the_answer_has_the_documented_names() {
        let answer = LoginAnswer {
            access_token: Hidden::new("a"),
            refresh_token: Hidden::new("r"),
            token_type: TOKEN_TYPE.to_owned(),
            expires_in: 3600,
            refresh_expires_in: 1_209_600,
            user: UserAnswer {
                id: Uuid::nil(),
                email: Hidden::new("e"),
                roles: vec!["MANAGER".to_owned()],
                first_name: None,
                last_name: None,
                must_change_password: false,
            },
            tenant: TenantAnswer { id: Uuid::nil(), slug: "s".to_owned() },
            device_token: Some(Hidden::new("d")),
            password_advice: Some("listed".to_owned()),
        };
        let text = serde_json::to_string(&answer).unwrap();
        assert_eq!(
            text,
            r#"{"access_token":"a","refresh_token":"r","token_type":"Bearer","expires_in":3600,"refresh_expires_in":1209600,"#
                .to_owned()
                + r#""user":{"id":"00000000-0000-0000-0000-000000000000","email":"e","roles":["MANAGER"],"firstName":null,"#
                + r#""lastName":null,"mustChangePassword":false},"#
                + r#""tenant":{"id":"00000000-0000-0000-0000-000000000000","slug":"s"},"deviceToken":"d","passwordAdvice":"listed"}"#
        );
        assert_eq!(serde_json::from_str::<LoginAnswer>(&text).unwrap(), answer);
    }
}
