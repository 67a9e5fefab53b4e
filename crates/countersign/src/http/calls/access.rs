use axum::Json;
use axum::extract::State;
use countersign_api::{
    AccessAccountAnswer, AccessAnswer, AccessNoteAnswer, Code, DeviceAnswer, ObstacleAnswer, RemedyAction, RemedyAnswer,
};
use countersign_domain::access::{Caveat, Remedy, in_words};
use countersign_domain::lockout::Lock;
use countersign_domain::{AccountId, Obstacle};
use countersign_flows::admin::{Access, DeviceCounter};

use super::App;
use super::granted::{ExplainAccess, Granted};
use crate::http::extract::PathId;
use crate::http::problem::Refused;

/// Explain an account's access
///
/// Why this person can or cannot log in right now: every reason in order, when each ends, what would mend it. Who has
/// registered and not confirmed the address has no account yet: the trail tells of that.
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
    Granted { asker, .. }: Granted<ExplainAccess>,
    PathId(id): PathId,
) -> Result<Json<AccessAnswer>, Refused> {
    let tenant = &asker.request.tenant.tenant;
    let account = app.flows.account(tenant, AccountId::from_uuid(id)).await?;
    let account = account.ok_or_else(|| Refused::new(Code::NotFound))?;
    let access = app.flows.access_of(tenant, &account).await?;
    Ok(Json(AccessAnswer {
        account: AccessAccountAnswer { id, kind: account.kind.name().to_owned() },
        can_log_in: access.obstacles.is_empty(),
        reasons: access.obstacles.iter().copied().map(reason).collect(),
        devices: access.counters.iter().map(|counted| device(&access, counted)).collect(),
        notes: access.caveats.iter().copied().map(note).collect(),
    }))
}

fn reason(obstacle: Obstacle) -> ObstacleAnswer {
    ObstacleAnswer {
        reason: obstacle.name().to_owned(),
        code: code(obstacle).constant().to_owned(),
        message: obstacle.to_string(),
        ends_at: obstacle.ends_at().map(|end| end.to_string()),
        remedy: in_words(obstacle.remedies()),
        remedies: obstacle.remedies().iter().copied().map(remedy).collect(),
    }
}

/// What a login is answered while this reason alone stands.
const fn code(obstacle: Obstacle) -> Code {
    match obstacle {
        Obstacle::TenantSuspended => Code::TenantSuspended,
        Obstacle::Deactivated => Code::AccountDeactivated,
        Obstacle::Invited(_) | Obstacle::InvitationOver(_) | Obstacle::NoPassword => Code::InvalidCredentials,
        Obstacle::UnverifiablePassword => Code::Internal,
        Obstacle::Locked(_) => Code::AccountLocked,
    }
}

fn note(caveat: Caveat) -> AccessNoteAnswer {
    AccessNoteAnswer {
        note: caveat.name().to_owned(),
        message: caveat.to_string(),
        remedies: caveat.remedies().iter().copied().map(remedy).collect(),
    }
}

fn remedy(remedy: Remedy) -> RemedyAnswer {
    let action = match remedy {
        Remedy::ResumeTenant => RemedyAction::ResumeTenant,
        Remedy::Activate => RemedyAction::Activate,
        Remedy::AcceptInvitation => RemedyAction::AcceptInvitation,
        Remedy::InviteAgain => RemedyAction::InviteAgain,
        Remedy::ResetPassword => RemedyAction::ResetPassword,
        Remedy::SetPassword => RemedyAction::SetPassword,
        Remedy::Unlock => RemedyAction::Unlock,
        Remedy::Wait => RemedyAction::Wait,
        Remedy::ChangePassword => RemedyAction::ChangePassword,
        Remedy::SendRole => RemedyAction::SendRole,
        Remedy::SendDeviceToken => RemedyAction::SendDeviceToken,
    };
    RemedyAnswer { action, by: remedy.by().name().to_owned() }
}

fn device(access: &Access, counted: &DeviceCounter) -> DeviceAnswer {
    let lock = counted.lock();
    let ends = lock.map_or(&[][..], |lock| Obstacle::Locked(lock).remedies());
    DeviceAnswer {
        is_known: counted.device.is_some(),
        can_log_in: access.obstacles_of(counted).is_empty(),
        failures: counted.counter.failures,
        failures_without_success: counted.counter.streak,
        is_locked: lock.is_some(),
        locked_until: lock.and_then(|lock| match lock {
            Lock::Until(end) => Some(end.to_string()),
            Lock::Shut => None,
        }),
        remedies: ends.iter().copied().map(remedy).collect(),
    }
}
