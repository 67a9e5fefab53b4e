//! What is true: the types, states and rules of Countersign.
//!
//! Everything here is a plain value or a plain function: facts and `now` in, a verdict out. There is no I/O, no
//! async, no clock, no randomness, no HTTP and no SQL in this room, so every rule can be read by an auditor and
//! tried at every moment by a table of cases.
//!
//! To add a rule: a noun for the file, a function that takes its facts and `now`, an enum for its verdict, and a
//! table of cases beside it.

pub mod access;
mod account;
mod api_token;
pub mod audit;
mod device_mark;
mod email;
pub mod encryption_key;
/// Whether a genuine token still opens anything.
pub mod gate;
pub mod hash_cost;
pub mod host;
/// What is counted by the hour, so that charts need not read the trail.
pub mod hourly;
mod ids;
pub mod imported_cost;
mod language;
/// Letters, their lives, and what their one-time tokens are for.
pub mod letter;
pub mod lockout;
mod logo;
mod network;
mod password;
/// What a tenant asks of a new password.
pub mod password_policy;
mod permission;
mod person;
mod search;
mod secret;
pub mod session;
pub mod signing_key;
mod tenant;
mod text;
mod time;

pub use access::{Obstacle, obstacles};
pub use account::{
    Account, BadRole, CUSTOMER, KINDS, Kind, MANAGER, PasswordHash, Role, STAFF_ROLES, Standing, UnknownName,
};
pub use api_token::{
    API_TOKEN_LIVES, API_TOKEN_NAME_CHARS_MAX, API_TOKENS_MAX, ApiToken, ApiTokenLife, ApiTokenName, ApiTokenState,
    BadApiTokenName, Overlap, ROTATIONS_APART, may_answer_for,
};
pub use device_mark::{DEVICE_BYTES, DeviceMark};
pub use email::{BadEmail, EMAIL_BYTES_MAX, Email, EmailKey};
pub use hash_cost::{BadCost, HashCost};
pub use host::{BadHost, Bases, Host, Place};
pub use ids::{AccountId, ApiTokenId, EventId, KeyId, SessionId, TenantId};
pub use imported_cost::{BadImportedCost, Digest, ImportedCost};
pub use language::{LANGUAGES, Language};
pub use letter::{Letter, LetterCap, OneTimePurpose, ResetOffer};
pub use logo::{BadLogo, LOGO_BYTES_MAX, LOGO_SIDE_MAX, Logo};
pub use network::{Network, Networks, client_address};
pub use password::{BadPassword, PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, password_text};
pub use password_policy::{PasswordPolicy, PersonWords, PolicyFault};
pub use permission::{PERMISSIONS, Permission, Permissions, RoleRecord, may_give, permissions_of, reaches};
pub use person::{Address, BadPerson, CustomerType, DayOfBirth, DynamicFields, Person, PersonName, Phone};
pub use search::{end_of_prefix, fold, search_words};
pub use secret::Secret;
pub use session::RefreshReplay;
pub use tenant::{
    BadSetting, BadSlug, ConfirmEmail, Must, RoleLife, Settings, Slug, Tenant, TenantState, UnknownEmail,
};
pub use time::{NotATime, Timestamp};
