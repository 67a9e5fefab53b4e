use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Code, CodeWords, FieldError};

/// RFC 9457 section 3.
pub const PROBLEM_MEDIA_TYPE: &str = "application/problem+json";

/// The body of every error (RFC 9457 and the contract).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Where the code is explained: the page of errors of the host that answered. A path and not an absolute URI,
    /// since whoever runs this server has no other host to promise; it is the same text on every host.
    #[serde(rename = "type")]
    #[schema(value_type = String, format = "uri-reference", example = "/docs/errors#INVALID_CREDENTIALS")]
    pub kind: String,
    /// What the code stands for, the same for every occurrence.
    #[schema(value_type = String, example = "Invalid credentials")]
    pub title: Cow<'static, str>,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, example = 401)]
    pub status: u16,
    /// This occurrence, for a developer and in English; the English message where there is nothing to add.
    #[schema(value_type = String)]
    pub detail: Cow<'static, str>,
    /// The path of the request.
    #[schema(format = "uri-reference", example = "/api/v6/services/securitymanagement/login")]
    pub instance: String,
    /// The stable code, one of the table's.
    #[schema(value_type = String, example = "INVALID_CREDENTIALS")]
    pub code: Cow<'static, str>,
    /// One sentence for the person, in the language that `Content-Language` names.
    #[schema(value_type = String)]
    pub message: Cow<'static, str>,
    /// What they can do about it, in the same language.
    #[schema(value_type = Vec<String>)]
    pub solutions: Vec<Cow<'static, str>>,
    /// Every bad field of a refused request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FieldError>,
    /// The request's `uuid`, or one of ours where it had none.
    #[schema(example = "200")]
    pub request_id: String,
    /// When a lockout ends (RFC 3339, UTC); only with `ACCOUNT_LOCKED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub locked_until: Option<String>,
}

impl Problem {
    /// The table's entry of a code, as the body of one answer, with its words in the person's language.
    pub fn new(code: Code, words: CodeWords, instance: impl Into<String>, request_id: impl Into<String>) -> Self {
        Self {
            kind: format!("/docs/errors#{}", code.constant()),
            title: code.title().into(),
            status: code.status(),
            detail: code.words().message.into(),
            instance: instance.into(),
            code: code.constant().into(),
            message: words.message.into(),
            solutions: words.solutions.iter().map(|solution| Cow::Borrowed(*solution)).collect(),
            errors: Vec::new(),
            request_id: request_id.into(),
            locked_until: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_the_contracts() {
        let problem = Problem::new(Code::InvalidCredentials, Code::InvalidCredentials.words(), "/login", "200");
        let text = serde_json::to_string_pretty(&problem).unwrap();
        assert_eq!(
            text,
            r#"{
  "type": "/docs/errors#INVALID_CREDENTIALS",
  "title": "Invalid credentials",
  "status": 401,
  "detail": "The email or the password is incorrect.",
  "instance": "/login",
  "code": "INVALID_CREDENTIALS",
  "message": "The email or the password is incorrect.",
  "solutions": [
    "Verify email address is correct",
    "Check password is entered correctly",
    "Use password reset if forgotten",
    "Contact support if issue persists"
  ],
  "requestId": "200"
}"#
        );
        assert_eq!(serde_json::from_str::<Problem>(&text).unwrap(), problem);
    }
}
