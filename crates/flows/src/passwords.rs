//! A new password judged before it is hashed, and a proved one looked up afterwards.

mod strength;

use countersign_domain::password_policy::Findings;
use countersign_domain::{Account, PersonWords, PolicyFault, Secret, Tenant};

pub use strength::strength;

use crate::Flows;

/// What a person who has just logged in should do about the password. It never keeps anybody out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordAdvice {
    /// It is a common or breached one by now: choose another.
    Listed,
}

impl PasswordAdvice {
    /// The name on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Listed => "listed",
        }
    }
}

impl Flows {
    /// Whether a person may have a new password, in its hashed form (`domain::password_text`), by the tenant's policy.
    ///
    /// Keeps its thread for a tenth of a millisecond as a rule, and for eight milliseconds where somebody means it to.
    ///
    /// # Errors
    /// Everything that the policy has against it.
    pub fn judge_new_password(
        &self,
        tenant: &Tenant,
        password: &Secret,
        person: &PersonWords<'_>,
    ) -> Result<(), Vec<PolicyFault>> {
        let [first, last] = [person.first_name, person.last_name].map(Option::unwrap_or_default);
        // Joined as well: two words are many more guesses than one.
        let (joined, turned) = ([first, last].concat(), [last, first].concat());
        let known = [first, last, &joined, &turned, person.email, &tenant.name, tenant.slug.as_str()];
        let found = Findings { strength: strength(password, &known), is_listed: self.blocklist.is_listed(password) };
        let faults = tenant.settings.password_policy().faults(password, person, found);
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// What to say about a password that has just proved a person.
    pub fn password_advice(&self, password: &Secret) -> Option<PasswordAdvice> {
        self.blocklist.is_listed(password).then_some(PasswordAdvice::Listed)
    }
}

/// What is known of the person who has an account.
pub fn words_of(account: &Account) -> PersonWords<'_> {
    PersonWords {
        email: &account.email,
        first_name: account.first_name.as_deref(),
        last_name: account.last_name.as_deref(),
    }
}
