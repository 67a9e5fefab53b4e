//! Why a person cannot log in now, every reason, and what would mend each.

mod remedy;

use std::fmt;
use std::time::Duration;

use crate::lockout::Lock;
use crate::{Account, Kind, Standing, TenantState, Timestamp};

pub use remedy::{Remedy, RemedyBy, in_words};

/// What a login would find of an account, if its password were right.
#[derive(Clone, Copy, Debug)]
pub struct AccessFacts<'a> {
    /// The tenant's state.
    pub tenant: TenantState,
    /// The account.
    pub account: &'a Account,
    /// Whether this version can verify the hash of its password. Says nothing where there is none.
    pub is_verifiable: bool,
    /// Until when the person is invited, or was; nothing for who never was, or has a password.
    pub invited_until: Option<Timestamp>,
    /// The lock in force for the class of devices that is asked about.
    pub lock: Option<Lock>,
    /// The moment.
    pub now: Timestamp,
}

/// Why a person cannot log in with the right password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Nobody of the tenant can.
    TenantSuspended,
    /// A manager has closed the account.
    Deactivated,
    /// Invited, and has not set a password; the link is good until then.
    Invited(Timestamp),
    /// Invited, and let the link run out then.
    InvitationOver(Timestamp),
    /// No password was ever set, and nobody is invited to: imported without one.
    NoPassword,
    /// The hash that was imported is of a scheme, or of a cost, that is not verified here.
    UnverifiablePassword,
    /// Too many wrong passwords from the class of devices.
    Locked(Lock),
}

/// Every reason at once, in the order in which they are to be mended: those first that hold for more people, and a lock
/// last, since what sets a password ends it too. None: the right password opens a session.
pub fn obstacles(facts: &AccessFacts<'_>) -> Vec<Obstacle> {
    let suspended = (facts.tenant == TenantState::Suspended).then_some(Obstacle::TenantSuspended);
    let closed = (facts.account.standing == Standing::Deactivated).then_some(Obstacle::Deactivated);
    let locked = facts.lock.map(Obstacle::Locked);
    [suspended, closed, of_password(facts), locked].into_iter().flatten().collect()
}

fn of_password(facts: &AccessFacts<'_>) -> Option<Obstacle> {
    if facts.account.password_hash.is_some() {
        return (!facts.is_verifiable).then_some(Obstacle::UnverifiablePassword);
    }
    Some(match facts.invited_until {
        None => Obstacle::NoPassword,
        Some(end) if facts.now < end => Obstacle::Invited(end),
        Some(end) => Obstacle::InvitationOver(end),
    })
}

/// Which of several reasons a login is refused for: they are met in another order than they are mended in.
pub fn met_first(obstacles: &[Obstacle]) -> Option<Obstacle> {
    obstacles.iter().copied().min_by_key(|obstacle| match obstacle {
        Obstacle::TenantSuspended => 0,
        Obstacle::Locked(_) => 1,
        Obstacle::Invited(_) | Obstacle::InvitationOver(_) | Obstacle::NoPassword | Obstacle::UnverifiablePassword => 2,
        // Said to the right password only.
        Obstacle::Deactivated => 3,
    })
}

impl Obstacle {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TenantSuspended => "tenant_suspended",
            Self::Deactivated => "deactivated",
            Self::Invited(_) => "invited",
            Self::InvitationOver(_) => "invitation_over",
            Self::NoPassword => "no_password",
            Self::UnverifiablePassword => "unverifiable_password",
            Self::Locked(_) => "locked",
        }
    }

    /// When it ends by itself, if it does.
    pub const fn ends_at(self) -> Option<Timestamp> {
        match self {
            Self::Locked(Lock::Until(end)) => Some(end),
            _ => None,
        }
    }

    /// What would mend it, each alone, once the reasons before it are mended.
    pub const fn remedies(self) -> &'static [Remedy] {
        match self {
            Self::TenantSuspended => &[Remedy::ResumeTenant],
            Self::Deactivated => &[Remedy::Activate],
            Self::Invited(_) => &[Remedy::AcceptInvitation, Remedy::InviteAgain, Remedy::ResetPassword],
            // No reset revives it: the address may be a stranger's by mistake.
            Self::InvitationOver(_) => &[Remedy::InviteAgain, Remedy::SetPassword],
            Self::NoPassword | Self::UnverifiablePassword => &[Remedy::ResetPassword, Remedy::SetPassword],
            Self::Locked(Lock::Until(_)) => &[Remedy::Unlock, Remedy::ResetPassword, Remedy::SetPassword, Remedy::Wait],
            Self::Locked(Lock::Shut) => &[Remedy::Unlock, Remedy::ResetPassword, Remedy::SetPassword],
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TenantSuspended => f.write_str("the tenant is suspended"),
            Self::Deactivated => f.write_str("the account is deactivated"),
            Self::Invited(end) => write!(f, "invited, and no password is set yet; the link is good until {end}"),
            Self::InvitationOver(end) => write!(f, "invited, and no password was set before the link ran out at {end}"),
            Self::NoPassword => f.write_str("no password was ever set"),
            Self::UnverifiablePassword => {
                f.write_str("the stored password is of a kind or a cost that cannot be verified here")
            }
            Self::Locked(Lock::Until(end)) => write!(f, "new devices are locked out until {end}"),
            Self::Locked(Lock::Shut) => f.write_str("new devices are locked out until an unlock or a new password"),
        }
    }
}

/// What keeps nobody from logging in who does it right, and may be what the person sees all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caveat {
    /// Logged in, the person can do nothing before the password is changed.
    MustChangePassword,
    /// The address has another account, of this kind.
    SharedAddress(Kind),
    /// A client network that fails too often is refused, whoever asks from it.
    NetworkLimit {
        /// So many failures …
        failures_max: u32,
        /// … within this time.
        window: Duration,
    },
}

impl Caveat {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MustChangePassword => "must_change_password",
            Self::SharedAddress(_) => "shared_address",
            Self::NetworkLimit { .. } => "network_limit",
        }
    }

    /// What would mend it, each alone.
    pub const fn remedies(self) -> &'static [Remedy] {
        match self {
            Self::MustChangePassword => &[Remedy::ChangePassword],
            Self::SharedAddress(_) => &[Remedy::SendRole],
            Self::NetworkLimit { .. } => &[Remedy::SendDeviceToken, Remedy::Wait],
        }
    }
}

impl fmt::Display for Caveat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MustChangePassword => {
                f.write_str("logged in, the person can only change the password, see the profile and log out")
            }
            Self::SharedAddress(Kind::Customer) => f.write_str(
                "the address has a customer account too: a login without a role tries that first, and knows no device",
            ),
            Self::SharedAddress(Kind::Staff) => f.write_str(
                "the address has a staff account too: a login without a role tries that as well, and knows no device",
            ),
            Self::NetworkLimit { failures_max, window } => write!(
                f,
                "a client network with {failures_max} failures within {} minutes is refused until they are over, \
                 whoever asks",
                window.as_secs().div_ceil(60)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{AccountId, PasswordHash};

    const NOW: Timestamp = Timestamp::from_unix_seconds(100);
    const LATER: Timestamp = Timestamp::from_unix_seconds(160);
    const UNTIL: Lock = Lock::Until(LATER);

    fn account() -> Account {
        Account {
            id: AccountId::from_uuid(Uuid::from_u128(1)),
            kind: Kind::Staff,
            email: "a@b.example".into(),
            first_name: None,
            last_name: None,
            roles: Vec::new(),
            standing: Standing::Active,
            generation: 1,
            password_version: 1,
            password_hash: Some(PasswordHash::new("x")),
            must_change_password: false,
            created_at: Timestamp::from_micros(0),
        }
    }

    fn facts(account: &Account) -> AccessFacts<'_> {
        let tenant = TenantState::Active;
        AccessFacts { tenant, account, is_verifiable: true, invited_until: None, lock: None, now: NOW }
    }

    #[test]
    fn every_reason_is_told_at_once() {
        let (open, closed) = (account(), Account { standing: Standing::Deactivated, password_hash: None, ..account() });
        assert_eq!(obstacles(&facts(&open)), []);
        let all = AccessFacts { tenant: TenantState::Suspended, lock: Some(UNTIL), ..facts(&closed) };
        let all = obstacles(&all);
        assert_eq!(
            all,
            [Obstacle::TenantSuspended, Obstacle::Deactivated, Obstacle::NoPassword, Obstacle::Locked(UNTIL)]
        );
        assert_eq!(Obstacle::Locked(UNTIL).to_string(), "new devices are locked out until 1970-01-01T00:02:40.000000Z");
        assert_eq!(met_first(&all), Some(Obstacle::TenantSuspended));
        assert_eq!(met_first(&all[1..]), Some(Obstacle::Locked(UNTIL)));
        assert_eq!(met_first(&all[1..3]), Some(Obstacle::NoPassword));
        assert_eq!(met_first(&all[1..2]), Some(Obstacle::Deactivated));
        assert_eq!(met_first(&[]), None);
    }

    #[test]
    fn what_is_amiss_with_a_password_is_one_thing() {
        let (with, without) = (account(), Account { password_hash: None, ..account() });
        for (account, is_verifiable, invited_until, told) in [
            (&with, true, None, None),
            (&with, false, None, Some(Obstacle::UnverifiablePassword)),
            (&without, true, None, Some(Obstacle::NoPassword)),
            (&without, true, Some(LATER), Some(Obstacle::Invited(LATER))),
            (&without, true, Some(NOW), Some(Obstacle::InvitationOver(NOW))),
        ] {
            let facts = AccessFacts { is_verifiable, invited_until, ..facts(account) };
            assert_eq!(obstacles(&facts), Vec::from_iter(told));
        }
    }

    #[test]
    fn every_reason_can_be_mended_and_what_ends_is_waited_for() {
        for obstacle in [
            Obstacle::TenantSuspended,
            Obstacle::Deactivated,
            Obstacle::Invited(LATER),
            Obstacle::InvitationOver(NOW),
            Obstacle::NoPassword,
            Obstacle::UnverifiablePassword,
            Obstacle::Locked(UNTIL),
            Obstacle::Locked(Lock::Shut),
        ] {
            assert!(!obstacle.remedies().is_empty(), "{obstacle}");
            let waits = obstacle.remedies().contains(&Remedy::Wait);
            assert_eq!(waits, obstacle.ends_at().is_some(), "{obstacle}");
        }
    }
}
