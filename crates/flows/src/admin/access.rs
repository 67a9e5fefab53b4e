use countersign_domain::lockout::{Counter, Lock};
use countersign_domain::{Account, Obstacle, Tenant, obstacles};

use crate::{Fault, Flows};

/// Why a person can or cannot log in right now.
#[derive(Clone, Debug)]
pub struct Access {
    /// Every reason why not, from a device that has not proved the password; none if the right password will do.
    pub obstacles: Vec<Obstacle>,
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

impl Flows {
    /// Why this person can or cannot log in.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn access_of(&self, tenant: &Tenant, account: &Account) -> Result<Access, Fault> {
        let (policy, now) = (tenant.settings.lockout(), self.store.now());
        let rows = self.store.tenant(tenant.id).counters_of(self.name_of(tenant, account)).await?;
        let aged = rows.into_iter().map(|(device, row)| {
            let mut counter = row.of(account.kind).clone();
            counter.age(&policy, now);
            DeviceCounter { device, counter }
        });
        let counters: Vec<DeviceCounter> = aged.filter(|counted| !counted.counter.is_empty()).collect();
        let unknown = counters.iter().find(|counted| counted.device.is_none()).and_then(DeviceCounter::lock);
        Ok(Access { obstacles: obstacles(tenant.state, account, unknown), counters })
    }
}
