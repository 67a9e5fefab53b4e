use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::{Role, UnknownName};

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// What a role may open. The list is closed: a role is a named set of these, and a call asks for one of them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission {
            $($(#[$doc])* $name,)+
        }

        /// Every permission there is.
        pub const PERMISSIONS: &[Permission] = &[$(Permission::$name),+];

        impl Permission {
            /// The name in table, wire, listings and settings.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

permissions! {
    /// See and search customers.
    ReadCustomers = "customers.read",
    /// See and search staff, and who is invited.
    ReadStaff = "staff.read",
    /// Invite staff, change names and roles, ask for a new password.
    ChangeStaff = "staff.change",
    /// Activate and deactivate accounts.
    ChangeStanding = "accounts.standing",
    /// End lockouts.
    Unlock = "accounts.unlock",
    /// See why a person can or cannot log in.
    ExplainAccess = "accounts.explain",
    /// See and end sessions of others.
    ManageSessions = "sessions.manage",
    /// Read the audit trail.
    ReadAudit = "audit.read",
    /// Make, rotate and end API tokens.
    ManageApiTokens = "api_tokens.manage",
    /// Rotate keys.
    ManageKeys = "keys.manage",
    /// Change what roles may open.
    ManageRoles = "roles.manage",
    /// Change the tenant's settings.
    ManageSettings = "settings.manage",
}

/// A set of permissions.
pub type Permissions = BTreeSet<Permission>;

impl Permission {
    /// What the role of this name may open in a tenant that has not said otherwise. A role that the tenant added opens
    /// nothing until it is told what.
    pub fn usual(role: &Role) -> Permissions {
        match role.as_str() {
            "MANAGER" => PERMISSIONS.iter().copied().collect(),
            "AGENT" => BTreeSet::from([Self::ReadCustomers]),
            _ => BTreeSet::new(),
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Permission {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        PERMISSIONS.iter().copied().find(|permission| permission.name() == text).ok_or(UnknownName)
    }
}

/// A role of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleRecord {
    /// Its name, as tokens carry it.
    pub role: Role,
    /// What it opens here, or nothing while the tenant leaves it as usual.
    pub own: Option<Permissions>,
}

impl RoleRecord {
    /// What it opens.
    pub fn permissions(&self) -> Permissions {
        self.own.clone().unwrap_or_else(|| Permission::usual(&self.role))
    }
}

/// What an account with these roles may open. A role that the tenant has no longer opens nothing.
pub fn permissions_of(roles: &[Role], records: &[RoleRecord]) -> Permissions {
    let held = records.iter().filter(|record| roles.contains(&record.role));
    held.flat_map(RoleRecord::permissions).collect()
}

/// Whether somebody who may open `own` may act on, or make, somebody who may open `theirs`: nobody raises another above
/// himself, and nobody shuts out those above him.
pub fn reaches(own: &Permissions, theirs: &Permissions) -> bool {
    theirs.is_subset(own)
}

/// Whether somebody with these roles, which open `opens`, may give `roles` to another. A role that opens nothing here can
/// mean much in other services (a CASHIER's payments), so opening as much is not enough: who gives a role holds it, unless
/// he may do everything.
pub fn may_give(own: &[Role], opens: &Permissions, roles: &[Role]) -> bool {
    opens.len() == PERMISSIONS.len() || roles.iter().all(|role| own.contains(role))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CUSTOMER, MANAGER, STAFF_ROLES};

    fn role(name: &str) -> Role {
        name.parse().unwrap()
    }

    #[test]
    fn names_read_back() {
        for permission in PERMISSIONS {
            assert_eq!(permission.name().parse(), Ok(*permission));
        }
        assert_eq!("customers.Read".parse::<Permission>(), Err(UnknownName));
    }

    #[test]
    fn the_documented_roles_open_what_the_contract_says() {
        let usual = |name| Permission::usual(&role(name));
        assert_eq!(usual("MANAGER").len(), PERMISSIONS.len());
        assert_eq!(usual("AGENT"), BTreeSet::from([Permission::ReadCustomers]));
        for name in ["CASHIER", CUSTOMER, "AUDITOR"] {
            assert_eq!(usual(name), BTreeSet::new(), "{name}");
        }
    }

    #[test]
    fn a_role_is_given_by_who_holds_it_or_may_do_everything() {
        let (lead, cashier) = ([role("LEAD")], [role("CASHIER")]);
        let some = BTreeSet::from([Permission::ChangeStaff]);
        assert!(may_give(&lead, &some, &lead) && may_give(&lead, &some, &[]));
        assert!(!may_give(&lead, &some, &cashier) && !may_give(&lead, &some, &[role("LEAD"), role("CASHIER")]));
        assert!(may_give(&lead, &Permission::usual(&role(MANAGER)), &cashier));
    }

    #[test]
    fn roles_add_up_and_a_role_that_is_gone_opens_nothing() {
        let own = |name, own: &[Permission]| RoleRecord { role: role(name), own: Some(own.iter().copied().collect()) };
        let records: Vec<RoleRecord> = STAFF_ROLES
            .iter()
            .map(|name| RoleRecord { role: role(name), own: None })
            .chain([own("AUDITOR", &[Permission::ReadAudit])])
            .collect();
        let of = |names: &[&str]| permissions_of(&names.iter().map(|name| role(name)).collect::<Vec<_>>(), &records);
        assert_eq!(of(&["AGENT", "AUDITOR"]), BTreeSet::from([Permission::ReadCustomers, Permission::ReadAudit]));
        assert_eq!(of(&["GONE"]), BTreeSet::new());
        assert!(reaches(&of(&["MANAGER"]), &of(&["AUDITOR"])) && !reaches(&of(&["AUDITOR"]), &of(&["AGENT"])));
        assert!(reaches(&of(&["CASHIER"]), &of(&["CASHIER"])));
    }
}
