use crate::session::Session;
use crate::{ApiTokenState, Standing, TenantState, Timestamp};

/// What is read anew for every token that is shown to us: never cached, so an end is obeyed at once on every node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The tenant's state.
    pub tenant: TenantState,
    /// The account's standing.
    pub standing: Standing,
    /// The account's generation.
    pub generation: i64,
    /// The generation under which the session was opened.
    pub session_generation: i64,
    /// When the session was opened.
    pub session_created_at: Timestamp,
    /// Sessions of the tenant that were opened until then are over: a signing key became known to others. The beginning
    /// of time where that never happened.
    pub tenant_sessions_after: Timestamp,
    /// The session was ended.
    pub session_ended: bool,
    /// The earlier of the session's two ends.
    pub session_expires_at: Timestamp,
}

impl Facts {
    /// The facts of another session of the same account.
    pub fn of(self, session: &Session) -> Self {
        Self {
            session_generation: session.generation,
            session_created_at: session.created_at,
            session_ended: session.ended.is_some(),
            session_expires_at: session.ends_at(),
            ..self
        }
    }
}

/// Why a genuine token opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The tenant is suspended: said to everybody.
    TenantSuspended,
    /// The account, its generation or the session is over: one answer for all, a dead token.
    Ended,
}

/// The gate's rule: whether a genuine, unexpired token still opens anything, access and refresh tokens alike.
///
/// # Errors
/// [`Closed`] says what the answer may tell. A lockout is not among the facts: it refuses only passwords.
pub fn admit(facts: &Facts, now: Timestamp) -> Result<(), Closed> {
    if facts.tenant == TenantState::Suspended {
        return Err(Closed::TenantSuspended);
    }
    let live = facts.standing == Standing::Active
        && facts.generation == facts.session_generation
        && facts.session_created_at > facts.tenant_sessions_after
        && !facts.session_ended
        && now < facts.session_expires_at;
    if live { Ok(()) } else { Err(Closed::Ended) }
}

/// The same of an API token, which has no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiTokenFacts {
    /// The tenant's state.
    pub tenant: TenantState,
    /// The standing of whoever was shown the secret.
    pub maker: Standing,
    /// The state of the token.
    pub token: ApiTokenState,
    /// The secret is good until then: to the token's end, or for a while after another took its place.
    pub secret_good_until: Timestamp,
}

/// The gate's rule for a genuine API token. A password that its maker must change, or has changed, is no matter of the
/// token's.
///
/// # Errors
/// [`Closed`] says what the answer may tell.
pub fn admit_api_token(facts: &ApiTokenFacts, now: Timestamp) -> Result<(), Closed> {
    if facts.tenant == TenantState::Suspended {
        return Err(Closed::TenantSuspended);
    }
    let live = facts.maker == Standing::Active && facts.token == ApiTokenState::Active && now < facts.secret_good_until;
    if live { Ok(()) } else { Err(Closed::Ended) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_amiss_closes_the_gate_to_an_api_token() {
        let now = Timestamp::from_unix_seconds(100);
        let good = ApiTokenFacts {
            tenant: TenantState::Active,
            maker: Standing::Active,
            token: ApiTokenState::Active,
            secret_good_until: Timestamp::from_unix_seconds(101),
        };
        assert_eq!(admit_api_token(&good, now), Ok(()));
        for (facts, why) in [
            (ApiTokenFacts { tenant: TenantState::Suspended, ..good }, Closed::TenantSuspended),
            (ApiTokenFacts { maker: Standing::Deactivated, ..good }, Closed::Ended),
            (ApiTokenFacts { token: ApiTokenState::Expired, ..good }, Closed::Ended),
            (ApiTokenFacts { token: ApiTokenState::Invalidated, ..good }, Closed::Ended),
            (ApiTokenFacts { secret_good_until: now, ..good }, Closed::Ended),
        ] {
            assert_eq!(admit_api_token(&facts, now), Err(why));
        }
    }

    #[test]
    fn one_thing_amiss_closes_the_gate() {
        let now = Timestamp::from_unix_seconds(100);
        let good = Facts {
            tenant: TenantState::Active,
            standing: Standing::Active,
            generation: 3,
            session_generation: 3,
            session_created_at: Timestamp::from_unix_seconds(90),
            tenant_sessions_after: Timestamp::from_unix_seconds(89),
            session_ended: false,
            session_expires_at: Timestamp::from_unix_seconds(101),
        };
        assert_eq!(admit(&good, now), Ok(()));
        for (facts, why) in [
            (Facts { tenant: TenantState::Suspended, session_ended: true, ..good }, Closed::TenantSuspended),
            (Facts { standing: Standing::Deactivated, ..good }, Closed::Ended),
            (Facts { generation: 4, ..good }, Closed::Ended),
            (Facts { tenant_sessions_after: good.session_created_at, ..good }, Closed::Ended),
            (Facts { session_ended: true, ..good }, Closed::Ended),
            (Facts { session_expires_at: now, ..good }, Closed::Ended),
        ] {
            assert_eq!(admit(&facts, now), Err(why));
        }
    }
}
