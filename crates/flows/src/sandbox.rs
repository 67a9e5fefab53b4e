use countersign_domain::signing_key::Algorithm;
use countersign_domain::{BadRole, BadSlug, Email, Secret, Settings, Slug, Tenant, UnknownEmail};

use crate::admin::{AccountRefusal, NewPerson};
use crate::hasher::PhcHash;
use crate::{Fault, Flows};

/// The tenant that the documented users belong to; the second one exists so that isolation can be tried.
pub const TENANTS: [(&str, &str); 2] = [("remitjunction", "RemitJunction"), ("otherjunction", "OtherJunction")];

/// A user of the public documentation: role, email, password. Anybody can read them.
pub const USERS: [(&str, &str, &str); 4] = [
    ("MANAGER", "hello@remitjunction.co.uk", "Password@1"),
    ("AGENT", "hello+2@remitjunction.co.uk", "Password@1"),
    ("CASHIER", "excel.nwachukwu+662@fincode.co.uk", "PQW7ERMP"),
    ("CUSTOMER", "excel.nwachukwu+662@fincode.co.uk", "Password@1"),
];

impl Flows {
    /// Makes the documented tenants and users where they are missing.
    ///
    /// # Errors
    /// [`Fault`] where the store or the hasher fails.
    pub async fn make_sandbox(&self) -> Result<(), Fault> {
        for (slug, name) in TENANTS {
            let slug: Slug = slug.parse().map_err(|error: BadSlug| Fault::broken(error))?;
            if self.tenant(&slug).await?.is_none() {
                let settings = Settings { unknown_email: UnknownEmail::Tell, ..Settings::default() };
                // Two sandboxes that start on one folder at once make it once.
                let _made = self.create_tenant(slug, name.to_owned(), settings, Algorithm::Rs256).await?;
            }
        }
        let [(first, _), _] = TENANTS;
        let slug: Slug = first.parse().map_err(|error: BadSlug| Fault::broken(error))?;
        let tenant = self.tenant(&slug).await?.ok_or_else(|| Fault::broken("the sandbox tenant vanished"))?;
        for (role, email, password) in USERS {
            self.make_user(&tenant, role, email, password).await?;
        }
        Ok(())
    }

    async fn make_user(&self, tenant: &Tenant, role: &str, email: &str, password: &str) -> Result<(), Fault> {
        let role = role.parse().map_err(|error: BadRole| Fault::broken(error))?;
        let email = Email::parse(email).map_err(Fault::broken)?;
        let known = self.accounts_of(tenant, &email).await?;
        let role_kind = countersign_domain::Role::kind(&role);
        if known.iter().any(|account| account.kind == role_kind) {
            return Ok(());
        }
        let person = NewPerson {
            email,
            roles: vec![role],
            first_name: None,
            last_name: None,
            password: Secret::new(password),
            must_change_password: false,
        };
        // Published passwords are listed ones, which nobody else may have.
        match self.make_account(tenant, person).await? {
            Ok(_) | Err(AccountRefusal::EmailTaken(_)) => Ok(()),
            Err(refusal) => Err(Fault::broken(refusal)),
        }
    }

    /// The first documented user whose account has the documented password, in any tenant of this store. Production
    /// does not start while there is one. A deactivated account counts: whoever activates it again is not warned.
    ///
    /// # Errors
    /// [`Fault`] where the store or the hasher fails.
    pub async fn sandbox_user_that_can_log_in(&self) -> Result<Option<String>, Fault> {
        let [first, second, third, _] = USERS.map(|(_, email, _)| Email::parse(email).map(|email| email.key().clone()));
        let names = [first.map_err(Fault::broken)?, second.map_err(Fault::broken)?, third.map_err(Fault::broken)?];
        for tenant in self.store.tenants_with_name(names).await? {
            for (role, email, password) in USERS {
                if self.would_open(&tenant, email, password).await? {
                    return Ok(Some(format!("{role} {email} of tenant {}", tenant.slug)));
                }
            }
        }
        Ok(None)
    }

    /// Whether a hash, of whatever scheme, is of a password that the documentation gives the user of this address.
    pub(crate) async fn is_published(&self, tenant: &Tenant, email: &Email, hash: &PhcHash) -> Result<bool, Fault> {
        for (_, published, password) in USERS {
            let published = Email::parse(published).map_err(Fault::broken)?;
            if published.key() == email.key() && self.is_of_one(tenant, vec![hash.clone()], password).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn would_open(&self, tenant: &Tenant, email: &str, password: &str) -> Result<bool, Fault> {
        let email = Email::parse(email).map_err(Fault::broken)?;
        let mut hashes = Vec::new();
        for account in self.accounts_of(tenant, &email).await? {
            if let Some(hash) = account.password_hash {
                let hash = PhcHash::parse(hash.phc()).map_err(|_| Fault::PasswordHash(account.id))?;
                hashes.push(hash);
            }
        }
        Ok(!hashes.is_empty() && self.is_of_one(tenant, hashes, password).await?)
    }

    async fn is_of_one(&self, tenant: &Tenant, hashes: Vec<PhcHash>, password: &str) -> Result<bool, Fault> {
        let place = self.hasher.place(tenant.id, false).map_err(|_| Fault::broken("the hash queue is full"))?;
        Ok(place.verify(Secret::new(password), hashes, self.usual_cost).await?.matched.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_two_users_share_a_name() {
        assert_eq!(USERS[2].1, USERS[3].1);
    }
}
