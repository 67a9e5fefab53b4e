//! What an operator does at the command line: the same store methods that a manager's doors will call.

mod access;
mod accounts;
mod encryption_keys;
mod export;
mod import;
mod keys;
mod roles;
mod sessions;
mod tenants;

pub use access::{Access, DeviceCounter};
pub use accounts::{AccountRefusal, NewPerson};
pub use export::AccountExportFault;
pub use import::{ImportOrder, ImportRefusal, ImportReport, ImportStep, RefusedRow};
pub use keys::ListedKey;
pub use roles::RoleRefusal;
pub use sessions::DoesMore;
pub use tenants::TenantRefusal;

use countersign_domain::TenantId;
use countersign_domain::audit::{Action, Event};
use countersign_domain::signing_key::Algorithm;

use crate::keys::KeyPair;
use crate::{Doer, Fault, Flows};

impl Flows {
    /// An event of something that the operator does.
    fn by_operator(&self, tenant: TenantId, action: Action, detail: Option<String>) -> Event {
        self.done_by(Doer::Operator, tenant, action, detail)
    }

    /// A new pair, made beside the runtime's threads: the primes of an RSA key take up to seconds.
    async fn new_pair(&self, algorithm: Algorithm) -> Result<KeyPair, Fault> {
        let random = self.random.clone();
        let made = tokio::task::spawn_blocking(move || KeyPair::generate(algorithm, &random)).await;
        made.map_err(|_| Fault::Panicked("of a new key pair"))?.map_err(Fault::key)
    }
}
