use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::PersonAnswer;

/// `GET …/usermanagement/accounts/{id}/access`: why a person can or cannot log in right now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessAnswer {
    /// Whose access it is.
    pub account: PersonAnswer,
    /// Whether the right password opens a session, from a device that has not proved it before.
    pub can_log_in: bool,
    /// Every reason why not, those first that hold for more people.
    pub reasons: Vec<ObstacleAnswer>,
    /// What is counted against devices, unknown ones first. A device that has proved the password has a count of its own.
    pub devices: Vec<DeviceAnswer>,
}

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ObstacleAnswer {
    /// `tenant_suspended`, `deactivated`, `no_password` or `locked`.
    #[schema(example = "locked")]
    pub reason: String,
    /// A sentence for the manager.
    pub message: String,
    /// When it ends by itself (RFC 3339); null: it does not.
    pub ends_at: Option<String>,
    /// What would mend it.
    pub remedy: String,
}

/// What is counted against one class of devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceAnswer {
    /// Whether it is a device that has proved the password before.
    pub is_known: bool,
    /// Wrong passwords that count together now.
    pub failures: u32,
    /// Wrong passwords since the last right one.
    pub failures_without_success: u32,
    /// Whether passwords from it are refused.
    pub is_locked: bool,
    /// When that ends by itself (RFC 3339); null: it does not, or it is not locked.
    pub locked_until: Option<String>,
}
