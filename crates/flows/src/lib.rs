//! What happens: one story per file, told to every door alike.
//!
//! A story touches the store only in whole transactions, holds no connection while a password is hashed, and returns
//! `Result<Outcome, Fault>`: the outcome says yes or names the refusal, a fault means that something is broken. There
//! is no HTTP, no HTML, no SQL and no configuration file in this room.
//!
//! To add a story: a file named after what happens, a method on [`Flows`], an enum of its outcomes; its rules go to
//! `domain`, its statements to `store`.

pub mod admin;
pub mod audit;
mod fault;
mod gate;
pub mod hasher;
mod health;
pub mod keys;
pub mod leaks;
mod login;
mod logout;
mod purge;
mod random;
mod refresh;
mod request;
/// The documented tenants and users.
pub mod sandbox;
mod signed_in;
mod start;
mod tenants;
pub mod tokens;
pub mod vault;

use std::sync::Arc;

use countersign_domain::{Account, Host, Place, Secret};
use countersign_store::{Origin, Store};

pub use fault::Fault;
pub use gate::{Admission, Caller};
pub use login::{LoggedIn, Login, Refusal};
pub use logout::LoggedOut;
pub use random::Random;
pub use refresh::Refreshed;
pub use request::Request;
pub use signed_in::{SignedIn, roles_in_force};
pub use start::{Limits, Setup, StartFault};
pub use tenants::Served;

use hasher::{Hasher, Params, PhcHash};
use login::{Disclosure, Sources, Waiting};
use vault::{Secrets, Vault};

/// Everything that stories need, assembled once by [`Flows::start`].
pub struct Flows {
    store: Store,
    origin: Origin,
    hasher: Hasher,
    usual_cost: Params,
    vault: Vault,
    secrets: Secrets,
    seal_key: keys::KeyPair,
    random: Random,
    tenants: tenants::Tenants,
    waiting: Waiting,
    sources: Sources,
    disclosure: Disclosure,
    refusals: audit::Refusals,
}

impl Flows {
    /// The tenant that a host means.
    ///
    /// # Errors
    /// [`Fault`] where the store fails or a key cannot be opened.
    pub async fn tenant_at(&self, place: &Place) -> Result<Option<Arc<Served>>, Fault> {
        self.tenants.at(place, &self.store, &self.vault).await
    }

    /// The store, for what only asks it how it is.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The hashing pool, for what only asks it how it is.
    pub fn hasher(&self) -> &Hasher {
        &self.hasher
    }

    /// Replaces a hash of outdated cost after the answer, unless the password has changed since it was proved.
    fn rehash_later(self: &Arc<Self>, request: &Request, account: &Account, password: Secret) {
        let (flows, request, account) = (Arc::clone(self), request.clone(), account.clone());
        tokio::spawn(async move {
            if let Err(fault) = flows.rehash(&request, &account, password).await {
                tracing::warn!(%fault, account = %account.id, "a password hash could not be renewed");
            }
        });
    }

    async fn rehash(&self, request: &Request, account: &Account, password: Secret) -> Result<(), Fault> {
        // Renewing is never urgent: a full lane leaves it to the next login.
        let Ok(place) = self.hasher.place(request.tenant_id(), false) else { return Ok(()) };
        let hash: PhcHash = place.hash(password, self.cost(request), self.random.bytes()).await?;
        let hash = countersign_domain::PasswordHash::new(hash.to_string());
        self.store.tenant(request.tenant_id()).rehash(account, hash).await?;
        Ok(())
    }

    /// A host in the form that tenants register.
    pub(crate) fn host(text: &str) -> Option<Host> {
        Host::parse(text).ok()
    }
}
