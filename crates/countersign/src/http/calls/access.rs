use axum::Json;
use axum::extract::State;
use countersign_api::{AccessAnswer, Code, DeviceAnswer, ObstacleAnswer};
use countersign_domain::lockout::Lock;
use countersign_domain::{AccountId, Obstacle};
use countersign_flows::admin::DeviceCounter;

use super::granted::{ExplainAccess, Granted};
use super::{App, person};
use crate::http::extract::PathId;
use crate::http::problem::Refused;

/// Explain an account's access
///
/// Why this person can or cannot log in right now: every reason in order, when each ends, what would mend it.
#[utoipa::path(
    get,
    path = "/api/v6/services/usermanagement/accounts/{id}/access",
    tag = "usermanagement",
    params(("id" = Uuid, Path, description = "The account's id.")),
    responses((status = 200, description = "The explanation.", body = AccessAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(("x-codes" = json!(["FORBIDDEN", "NOT_FOUND"])))
)]
pub(super) async fn explain_access(
    State(app): State<App>,
    Granted { own, .. }: Granted<ExplainAccess>,
    PathId(id): PathId,
) -> Result<Json<AccessAnswer>, Refused> {
    let tenant = &own.request.tenant.tenant;
    let account = app.flows.account(tenant, AccountId::from_uuid(id)).await?;
    let account = account.ok_or_else(|| Refused::new(Code::NotFound))?;
    let access = app.flows.access_of(tenant, &account).await?;
    Ok(Json(AccessAnswer {
        account: person::in_list(&account),
        can_log_in: access.obstacles.is_empty(),
        reasons: access.obstacles.iter().copied().map(reason).collect(),
        devices: access.counters.iter().map(device).collect(),
    }))
}

fn reason(obstacle: Obstacle) -> ObstacleAnswer {
    ObstacleAnswer {
        reason: obstacle.name().to_owned(),
        message: obstacle.to_string(),
        ends_at: obstacle.ends_at().map(|end| end.to_string()),
        remedy: obstacle.remedy().to_owned(),
    }
}

fn device(counted: &DeviceCounter) -> DeviceAnswer {
    let lock = counted.lock();
    DeviceAnswer {
        is_known: counted.device.is_some(),
        failures: counted.counter.failures,
        failures_without_success: counted.counter.streak,
        is_locked: lock.is_some(),
        locked_until: lock.and_then(|lock| match lock {
            Lock::Until(end) => Some(end.to_string()),
            Lock::Shut => None,
        }),
    }
}
