use countersign_domain::access::{AccessFacts, Caveat};
use countersign_domain::lockout::{Counter, Lock};
use countersign_domain::{Account, Email, Obstacle, Tenant, obstacles};
use countersign_store::NameFacts;

use crate::hasher::PhcHash;
use crate::{Fault, Flows};

/// Why a person can or cannot log in right now.
#[derive(Clone, Debug)]
pub struct Access {
    /// Every reason why not, from a device that has not proved the password; none if the right password will do.
    pub obstacles: Vec<Obstacle>,
    /// What keeps nobody out by itself.
    pub caveats: Vec<Caveat>,
    /// What is counted of the account's kind, unknown devices first. A class without failures has no counter.
    pub counters: Vec<DeviceCounter>,
}

/// The counter of one class of devices, as it stands now.
#[derive(Clone, Debug)]
pub struct DeviceCounter {
    /// The device that has proved the password, or nothing: every other.
    pub device: Option<[u8; 16]>,
    /// What is over has been forgotten.
    pub counter: Counter,
}

impl DeviceCounter {
    /// The lock in force.
    pub fn lock(&self) -> Option<Lock> {
        self.counter.lock()
    }
}

impl Access {
    /// Every reason why a login from this class of devices is refused: a lock holds for its own class alone.
    pub fn obstacles_of(&self, counted: &DeviceCounter) -> Vec<Obstacle> {
        let of_all = self.obstacles.iter().copied().filter(|obstacle| !matches!(obstacle, Obstacle::Locked(_)));
        of_all.chain(counted.lock().map(Obstacle::Locked)).collect()
    }
}

impl Flows {
    /// Why this person can or cannot log in.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn access_of(&self, tenant: &Tenant, account: &Account) -> Result<Access, Fault> {
        let email = Email::parse(&account.email).map_err(Fault::broken)?;
        let facts = self.store.tenant(tenant.id).name_facts(email.key(), self.name_of(tenant, account)).await?;
        let counters = self.counters(tenant, account, &facts);
        // As it is now, not as it was when it was looked for.
        let account = facts.accounts.iter().find(|found| found.id == account.id).unwrap_or(account);
        let found = AccessFacts {
            tenant: facts.tenant,
            account,
            is_verifiable: account.password_hash.as_ref().is_some_and(|hash| PhcHash::parse(hash.phc()).is_ok()),
            invited_until: facts.invited_until,
            lock: counters.iter().find(|counted| counted.device.is_none()).and_then(DeviceCounter::lock),
            now: self.store.now(),
        };
        Ok(Access { obstacles: obstacles(&found), caveats: self.caveats(account, &facts), counters })
    }

    fn counters(&self, tenant: &Tenant, account: &Account, facts: &NameFacts) -> Vec<DeviceCounter> {
        let (policy, now) = (tenant.settings.lockout(), self.store.now());
        let aged = facts.counters.iter().map(|(device, row)| {
            let mut counter = row.of(account.kind).clone();
            counter.age(&policy, now);
            DeviceCounter { device: *device, counter }
        });
        aged.filter(|counted| !counted.counter.is_empty()).collect()
    }

    fn caveats(&self, account: &Account, facts: &NameFacts) -> Vec<Caveat> {
        let demand = account.must_change_password.then_some(Caveat::MustChangePassword);
        let other = facts.accounts.iter().find(|other| other.id != account.id);
        let shared = other.map(|other| Caveat::SharedAddress(other.kind));
        let (failures_max, window) = self.sources.limit();
        [demand, shared, Some(Caveat::NetworkLimit { failures_max, window })].into_iter().flatten().collect()
    }
}
