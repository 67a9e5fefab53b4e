//! What happens: one story per file, told to every door alike.
//!
//! A story touches the store only in whole transactions, holds no connection while a password is hashed, and returns
//! `Result<Outcome, Fault>`: the outcome says yes or names the refusal, a fault means that something is broken. There
//! is no HTTP, no HTML, no SQL and no configuration file in this room.
//!
//! To add a story: a file named after what happens, a method on [`Flows`], an enum of its outcomes; its rules go to
//! `domain`, its statements to `store`.

pub mod admin;
mod api_tokens;
pub mod audit;
/// Common and breached passwords, offline.
pub mod blocklist;
mod browser;
mod change_password;
mod confirm_email;
mod doer;
mod encrypted_fields;
mod fault;
mod forgot_password;
mod gate;
pub mod hasher;
mod health;
pub mod import;
mod introspect;
pub mod keys;
pub mod leaks;
mod login;
mod logo;
mod logout;
pub mod mail;
/// What happened lately, for charts.
pub mod overview;
mod passwords;
mod people;
mod purge;
mod random;
mod refresh;
mod register;
mod request;
mod reset_password;
mod revoke;
/// The documented tenants and users.
pub mod sandbox;
mod send_reset;
mod signed_in;
mod staff;
mod start;
mod tenants;
pub mod tokens;
pub mod vault;
mod windows;

use std::sync::Arc;

use countersign_domain::{Network, Place, Timestamp};
use countersign_store::{Clock, Origin, Store};

pub use api_tokens::{ApiTokenAsk, ApiTokenRefusal, ApiTokenShown};
pub use browser::{BrowserCaller, BrowserLogin, ProvedAgain};
pub use change_password::PasswordChanged;
pub use confirm_email::Confirmed;
pub use doer::Doer;
pub use encrypted_fields::{EncryptedFields, NotDecrypted};
pub use fault::Fault;
pub use forgot_password::ResetAsked;
pub use gate::{Admission, ApiCaller, Caller};
pub use introspect::Introspected;
pub use login::{LoggedIn, Login, Refusal};
pub use logout::LoggedOut;
pub use passwords::{PasswordAdvice, PasswordRefusal, strength, words_of};
pub use people::ProfileEdit;
pub use random::Random;
pub use refresh::Refreshed;
pub use register::{Register, Registered};
pub use request::Request;
pub use reset_password::PasswordSetByLink;
pub use send_reset::SendResetRefusal;
pub use signed_in::SignedIn;
pub use staff::{NewStaff, StaffEdit, StaffRefusal};
pub use start::{Limits, Setup, StartFault};
pub use tenants::Served;

use blocklist::Blocklist;
use hasher::{Hasher, Params};
use login::{Disclosure, Sources, Waiting};
use vault::{Secrets, Vault};
use windows::Windows;

/// Everything that stories need, assembled once by [`Flows::start`].
pub struct Flows {
    store: Store,
    origin: Origin,
    hasher: Hasher,
    blocklist: Blocklist,
    usual_cost: Params,
    vault: Vault,
    secrets: Secrets,
    seal_key: keys::KeyPair,
    random: Random,
    tenants: tenants::Tenants,
    encryption_keys: encrypted_fields::EncryptionKeys,
    waiting: Waiting,
    sources: Sources,
    registering: Windows<([u8; 32], Network)>,
    disclosure: Disclosure,
    refusals: audit::Refusals,
    exports: audit::Exports,
}

impl Flows {
    /// The tenant that a host means.
    ///
    /// # Errors
    /// [`Fault`] where the store fails or a key cannot be opened.
    pub async fn tenant_at(&self, place: &Place) -> Result<Option<Arc<Served>>, Fault> {
        self.tenants.at(place, &self.store, &self.vault).await
    }

    /// The time that the stories go by.
    pub fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// The clock that tells it.
    pub fn clock(&self) -> &Clock {
        self.store.clock()
    }

    /// The store, for the bench, which fills it and measures it. A door asks for a story.
    #[doc(hidden)]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The hashing pool, for what only asks it how it is.
    pub fn hasher(&self) -> &Hasher {
        &self.hasher
    }
}
