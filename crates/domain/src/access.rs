use std::fmt;

use crate::lockout::Lock;
use crate::{Account, Standing, TenantState, Timestamp};

/// Why a person cannot log in from a device that has not proved the password before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Nobody of the tenant can.
    TenantSuspended,
    /// A manager has closed the account.
    Deactivated,
    /// No password was ever set.
    NoPassword,
    /// Too many wrong passwords from devices that have not proved it.
    Locked(Lock),
}

/// Every reason at once, those first that hold for more people; none if the right password opens a session. `lock` is
/// the one in force for unknown devices. A device that has proved the password has a counter of its own.
pub fn obstacles(tenant: TenantState, account: &Account, lock: Option<Lock>) -> Vec<Obstacle> {
    let suspended = (tenant == TenantState::Suspended).then_some(Obstacle::TenantSuspended);
    let closed = (account.standing == Standing::Deactivated).then_some(Obstacle::Deactivated);
    let without = account.password_hash.is_none().then_some(Obstacle::NoPassword);
    suspended.into_iter().chain(closed).chain(without).chain(lock.map(Obstacle::Locked)).collect()
}

impl Obstacle {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TenantSuspended => "tenant_suspended",
            Self::Deactivated => "deactivated",
            Self::NoPassword => "no_password",
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

    /// What would mend it, for whoever may.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::TenantSuspended => "The operator resumes the tenant.",
            Self::Deactivated => "Activate the account.",
            Self::NoPassword => "Send the invitation again, or let the person use Forgot Password.",
            Self::Locked(Lock::Until(_)) => "Unlock the account, wait, or let the person use Forgot Password.",
            Self::Locked(Lock::Shut) => "Unlock the account, or let the person use Forgot Password.",
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TenantSuspended => f.write_str("the tenant is suspended"),
            Self::Deactivated => f.write_str("the account is deactivated"),
            Self::NoPassword => f.write_str("no password was ever set"),
            Self::Locked(Lock::Until(end)) => write!(f, "new devices are locked out until {end}"),
            Self::Locked(Lock::Shut) => f.write_str("new devices are locked out until an unlock or a reset"),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{AccountId, Kind, PasswordHash};

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

    #[test]
    fn every_reason_is_told_at_once() {
        let lock = Lock::Until(Timestamp::from_unix_seconds(60));
        assert_eq!(obstacles(TenantState::Active, &account(), None), []);
        let closed = Account { standing: Standing::Deactivated, password_hash: None, ..account() };
        assert_eq!(
            obstacles(TenantState::Suspended, &closed, Some(lock)),
            [Obstacle::TenantSuspended, Obstacle::Deactivated, Obstacle::NoPassword, Obstacle::Locked(lock)]
        );
        assert_eq!(Obstacle::Locked(lock).to_string(), "new devices are locked out until 1970-01-01T00:01:00.000000Z");
    }
}
