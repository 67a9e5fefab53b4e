//! Words on the wire: what a request says, what an answer says, and the one table of error codes.
//!
//! This room knows none of the others, so that the server and the SDK share it and neither drags the other along. It
//! judges form only (is `email` there, and is it a text?); whether a text is an email address is the domain's
//! business. Nothing here does I/O.
//!
//! To add a call: a file named after it with its request (an `impl` of [`FromFields`]) and its answer, and the codes
//! it can refuse with in `code.rs`. To add a code: one entry there, in English; `docs/errors.md` and the page of errors
//! follow, and the server does not compile before it has the other languages.

mod access;
mod api_tokens;
mod audit_events;
mod bounds;
mod code;
mod encryption_key;
mod faults;
mod fields;
mod hidden;
mod json;
mod login;
mod logout;
mod oauth;
mod people;
mod problem;
mod profile;
mod refresh;
mod register;
mod sandbox_mail;
mod sessions;

pub use access::{
    AccessAccountAnswer, AccessAnswer, AccessNoteAnswer, DeviceAnswer, ObstacleAnswer, RemedyAction, RemedyAnswer,
};
pub use api_tokens::{
    ApiTokenAnswer, ApiTokenExpiry, ApiTokenShownAnswer, ApiTokensAnswer, NewApiTokenRequest, RotateApiTokenRequest,
};
pub use audit_events::{AuditEventAnswer, AuditEventsAnswer, AuditQuery};
pub use code::{Code, CodeWords};
pub use encryption_key::EncryptionKeyAnswer;
pub use faults::{FAULTS_MAX, FaultCode, Faults, FieldError, FormFault};
pub use fields::{Fields, FromFields};
pub use hidden::Hidden;
pub use json::{DEPTH_MAX, Json};
pub use login::{LoginAnswer, LoginRequest, TOKEN_TYPE, TenantAnswer, UserAnswer};
pub use logout::{LogoutRequest, MessageAnswer};
pub use oauth::{IntrospectionAnswer, OAuthProblem, TokenForm};
pub use people::{
    EditEmployeeRequest, InvitationAnswer, InvitationsAnswer, ListQuery, NewEmployeeRequest, PeopleAnswer,
    PersonAnswer, PersonDetails, PersonViewAnswer,
};
pub use problem::{PROBLEM_MEDIA_TYPE, Problem};
pub use profile::{EditProfileRequest, ProfileAnswer};
pub use refresh::{RefreshRequest, TOKEN_BYTES_MAX};
pub use register::{
    ChangePasswordRequest, ConfirmEmailRequest, ForgotPasswordRequest, PasswordAnswer, RegisterRequest,
    ResetPasswordRequest,
};
pub use sandbox_mail::SandboxLetter;
pub use sessions::{SessionAnswer, SessionsAnswer, SessionsQuery};
