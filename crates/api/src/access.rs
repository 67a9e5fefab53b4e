use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// `GET …/usermanagement/accounts/{id}/access`: why a person can or cannot log in right now. It names nobody: who may see
/// this may not therefore see people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessAnswer {
    /// Whose access it is.
    pub account: AccessAccountAnswer,
    /// Whether the right password opens a session, from a device that has not proved it before.
    pub can_log_in: bool,
    /// Every reason why not, in the order in which they are to be mended. A remedy works once the reasons before it are
    /// mended.
    pub reasons: Vec<ObstacleAnswer>,
    /// What is counted against devices, unknown ones first. A device that has proved the password has a count of its own.
    pub devices: Vec<DeviceAnswer>,
    /// What keeps out nobody who does it right, and may be what the person sees all the same.
    pub notes: Vec<AccessNoteAnswer>,
}

/// The account that access is explained of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccessAccountAnswer {
    /// The account's id.
    pub id: Uuid,
    /// `customer` or `staff`.
    #[schema(example = "customer")]
    pub kind: String,
}

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ObstacleAnswer {
    /// `tenant_suspended`, `deactivated`, `invited`, `invitation_over`, `no_password`, `unverifiable_password` or `locked`.
    #[schema(example = "locked")]
    pub reason: String,
    /// What a login is answered while this reason alone stands.
    #[schema(example = "ACCOUNT_LOCKED")]
    pub code: String,
    /// A sentence for the manager.
    pub message: String,
    /// When it ends by itself (RFC 3339); null: it does not.
    pub ends_at: Option<String>,
    /// What would mend it, in words.
    #[schema(example = "Unlock the account, or wait.")]
    pub remedy: String,
    /// What would mend it, for programs: each alone is enough.
    pub remedies: Vec<RemedyAnswer>,
}

/// What would mend something, and who can do it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RemedyAnswer {
    /// What is to be done.
    pub action: RemedyAction,
    /// Who can: `operator` (at the command line), `person` (whose account it is), `client` (the program that logs in),
    /// `time` (nobody has to), or the permission that it takes.
    #[schema(example = "accounts.unlock")]
    pub by: String,
}

/// The closed list of remedies.
///
/// - `resume_tenant`: `countersign tenant resume`
/// - `activate`: `PUT …/usermanagement/activate-user-account/{id}`
/// - `accept_invitation`: the link of the invitation, `PUT …/securitymanagement/reset-password`
/// - `invite_again`: `PUT …/usermanagement/invitations/{id}`, and then the new link
/// - `reset_password`: `POST …/securitymanagement/forgot-password`, and then the link
/// - `set_password`: `countersign account set-password`
/// - `unlock`: `PUT …/securitymanagement/unlock-user-account/{id}`
/// - `wait`: it ends by itself
/// - `change_password`: `PUT …/securitymanagement/change-password`
/// - `send_role`: the field `role` of a login
/// - `send_device_token`: the field `deviceToken` of a login
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the list above says what each is, and is what the description shows")]
pub enum RemedyAction {
    ResumeTenant,
    Activate,
    AcceptInvitation,
    InviteAgain,
    ResetPassword,
    SetPassword,
    Unlock,
    Wait,
    ChangePassword,
    SendRole,
    SendDeviceToken,
}

/// What is counted against one class of devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceAnswer {
    /// Whether it is a device that has proved the password before.
    pub is_known: bool,
    /// Whether the right password opens a session from it.
    pub can_log_in: bool,
    /// Wrong passwords that count together now.
    pub failures: u32,
    /// Wrong passwords since the last right one.
    pub failures_without_success: u32,
    /// Whether passwords from it are refused.
    pub is_locked: bool,
    /// When that ends by itself (RFC 3339); null: it does not, or it is not locked.
    pub locked_until: Option<String>,
    /// What would end the lock.
    pub remedies: Vec<RemedyAnswer>,
}

/// What keeps out nobody who does it right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccessNoteAnswer {
    /// `must_change_password`, `shared_address` or `network_limit`.
    #[schema(example = "must_change_password")]
    pub note: String,
    /// A sentence for the manager.
    pub message: String,
    /// What helps, for programs.
    pub remedies: Vec<RemedyAnswer>,
}
