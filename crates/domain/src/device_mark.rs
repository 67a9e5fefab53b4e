//! What a device that once proved a password may be believed.

use crate::{Account, AccountId, Kind};

/// The bytes of a device's random id.
pub const DEVICE_BYTES: usize = 16;

/// What a device mark says: this device proved this account's password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceMark {
    /// The account.
    pub account: AccountId,
    /// The password's version then; the mark dies with it.
    pub password_version: i64,
    /// The device, by which its own failures are counted.
    pub device: [u8; DEVICE_BYTES],
}

impl DeviceMark {
    /// Whether it proves the password of every account of the name that an attempt at these kinds is at. It must be
    /// every one: whoever owns one account of a name can be given new marks without end by logging in to it, and with
    /// each would get a row of fresh guesses at the other account, which may be staff.
    pub fn is_good_for(&self, accounts: &[Account], kinds: &[Kind]) -> bool {
        let mut asked = accounts.iter().filter(|account| kinds.contains(&account.kind)).peekable();
        let is_at_any = asked.peek().is_some();
        is_at_any && asked.all(|account| self.proves(account))
    }

    fn proves(&self, account: &Account) -> bool {
        account.id == self.account && account.password_version == self.password_version
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{KINDS, Standing, Timestamp};

    fn account(id: u128, kind: Kind, password_version: i64) -> Account {
        Account {
            id: AccountId::from_uuid(Uuid::from_u128(id)),
            kind,
            email: "ada@example.com".into(),
            first_name: None,
            last_name: None,
            roles: Vec::new(),
            standing: Standing::Active,
            generation: 1,
            password_version,
            password_hash: None,
            must_change_password: false,
            created_at: Timestamp::from_unix_seconds(1),
        }
    }

    #[test]
    fn a_mark_is_good_for_what_it_proves_whole() {
        let (customer, staff) = (account(1, Kind::Customer, 3), account(2, Kind::Staff, 3));
        let mark = DeviceMark { account: customer.id, password_version: 3, device: [7; DEVICE_BYTES] };
        let both = [customer.clone(), staff.clone()];
        let renewed = [account(1, Kind::Customer, 4)];
        for (accounts, kinds, good, why) in [
            (&both[..1], &KINDS[..], true, "the one account of the name"),
            (&both[..], &[Kind::Customer][..], true, "its own account, selected"),
            (&both[..], &KINDS[..], false, "it proves nothing about the staff account"),
            (&both[..], &[Kind::Staff][..], false, "another account, selected"),
            (&both[1..], &KINDS[..], false, "another account alone"),
            (&renewed[..], &KINDS[..], false, "the password is another by now"),
            (&both[..0], &KINDS[..], false, "no account"),
            (&both[..1], &[Kind::Staff][..], false, "no account of the selected kind"),
        ] {
            assert_eq!(mark.is_good_for(accounts, kinds), good, "{why}");
        }
    }
}
