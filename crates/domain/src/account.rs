use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{AccountId, Timestamp};

/// Which of the two accounts that one email may have in a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A person who sends money.
    Customer,
    /// A person who works for the tenant.
    Staff,
}

/// Both kinds in the order in which a login tries them: least privilege first.
pub const KINDS: [Kind; 2] = [Kind::Customer, Kind::Staff];

impl Kind {
    /// The name of the kind in table, wire and log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Staff => "staff",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        KINDS.into_iter().find(|kind| kind.name() == text).ok_or(UnknownName)
    }
}

/// Whether an account may be used at all. A lockout is no standing: it refuses only the proving of a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It may log in and its sessions live.
    Active,
    /// A manager has closed it: nothing opens it but a manager.
    Deactivated,
}

impl Standing {
    /// The name of the standing in table, wire and log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Deactivated => "deactivated",
        }
    }
}

impl FromStr for Standing {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        [Self::Active, Self::Deactivated].into_iter().find(|s| s.name() == text).ok_or(UnknownName)
    }
}

/// A name that is none of a closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is none of the known names")]
pub struct UnknownName;

/// The name of a role: data of the tenant. Upper-case ASCII letters, digits and `_`, at most 40.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Role(String);

/// More would not fit the tables and the tokens comfortably, and no tenant has asked for it.
const ROLE_BYTES_MAX: usize = 40;

/// The role that customers have; every other role is a staff role.
pub const CUSTOMER: &str = "CUSTOMER";
/// The role that opens everything; each tenant keeps somebody who holds it.
pub const MANAGER: &str = "MANAGER";
/// The roles every tenant begins with.
pub const STAFF_ROLES: [&str; 3] = [MANAGER, "AGENT", "CASHIER"];

impl Role {
    /// The role of customers.
    pub fn customer() -> Self {
        Self(CUSTOMER.to_owned())
    }

    /// The role's name, as the claim `roles` carries it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The kind of account that can hold the role.
    pub fn kind(&self) -> Kind {
        if self.0 == CUSTOMER { Kind::Customer } else { Kind::Staff }
    }

    /// The kind of account that can hold all of these; none of roles of both kinds, or of no role.
    pub fn common_kind(roles: &[Self]) -> Option<Kind> {
        let (first, rest) = roles.split_first()?;
        rest.iter().all(|role| role.kind() == first.kind()).then(|| first.kind())
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Role {
    type Err = BadRole;

    fn from_str(text: &str) -> Result<Self, BadRole> {
        let is_plain = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
        if text.is_empty() || text.len() > ROLE_BYTES_MAX || !text.bytes().all(is_plain) {
            return Err(BadRole);
        }
        Ok(Self(text.to_owned()))
    }
}

/// A text that cannot name a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be the name of a role: capital letters, digits and _, at most 40, such as CASHIER")]
pub struct BadRole;

/// An account as a login and a profile need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Never changes and is never used again.
    pub id: AccountId,
    /// Never changes: another kind is another account.
    pub kind: Kind,
    /// As typed when the account was made, for display and letters.
    pub email: String,
    /// Shown to people; a tenant may leave it out.
    pub first_name: Option<String>,
    /// Shown to people; a tenant may leave it out.
    pub last_name: Option<String>,
    /// Roles of the account's kind only.
    pub roles: Vec<Role>,
    /// Active or deactivated.
    pub standing: Standing,
    /// Advances with every change of password, role or standing; sessions of an older one are refused.
    pub generation: i64,
    /// Advances with every change of password; device marks of an older one are worth nothing.
    pub password_version: i64,
    /// The PHC string of the password, or nothing while none was set. Never printed.
    pub password_hash: Option<PasswordHash>,
    /// Until it is changed, tokens of the account carry no roles.
    pub must_change_password: bool,
    /// When the account was made.
    pub created_at: Timestamp,
}

impl Account {
    /// Whether it holds the role whose last holder stays.
    pub fn is_manager(&self) -> bool {
        self.roles.iter().any(|role| role.as_str() == MANAGER)
    }

    /// Whether the right password would open it.
    pub fn is_open(&self) -> bool {
        self.standing == Standing::Active && self.password_hash.is_some()
    }

    /// The names of the roles that its tokens carry: none while a new password is due.
    pub fn roles_in_force(&self) -> Vec<String> {
        if self.must_change_password {
            return Vec::new();
        }
        self.roles.iter().map(Role::to_string).collect()
    }
}

/// A hashed password at rest: another type than the plain one, so that neither can stand where the other belongs.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Takes over a PHC string.
    pub fn new(phc: impl Into<String>) -> Self {
        Self(phc.into())
    }

    /// The PHC string, for the hasher and the store.
    pub fn phc(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[password hash]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for kind in KINDS {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        for standing in [Standing::Active, Standing::Deactivated] {
            assert_eq!(standing.name().parse(), Ok(standing));
        }
    }

    #[test]
    fn roles_are_plain_names_of_one_kind() {
        assert_eq!("CUSTOMER".parse::<Role>().map(|role| role.kind()), Ok(Kind::Customer));
        assert_eq!("CASHIER".parse::<Role>().map(|role| role.kind()), Ok(Kind::Staff));
        for bad in ["", "manager", "A B", &"A".repeat(41)] {
            assert_eq!(bad.parse::<Role>(), Err(BadRole), "{bad}");
        }
    }

    #[test]
    fn an_account_holds_roles_of_one_kind() {
        for (roles, kind) in [
            (vec![], None),
            (vec!["CUSTOMER"], Some(Kind::Customer)),
            (vec!["AGENT", "CASHIER"], Some(Kind::Staff)),
            (vec!["CUSTOMER", "AGENT"], None),
        ] {
            let roles: Vec<Role> = roles.into_iter().map(|role| role.parse().unwrap()).collect();
            assert_eq!(Role::common_kind(&roles), kind, "{roles:?}");
        }
    }
}
