//! What is remembered: one [`Store`], two engines, every statement written once.
//!
//! A method here is one fact or one atomic change, in one transaction, named in the domain's words; transactions do
//! not leave this room. It reads what a rule needs, asks the rule in `domain`, and writes what the rule says. It knows
//! nothing of HTTP, hashing or policy numbers.
//!
//! Data of a tenant is reached only through [`Store::tenant`]: no tenant, no handle.
//!
//! To add a fact: a statement in the file of its noun (every text names the tenant), a job that runs it, a method on
//! [`TenantStore`]. The test in `tests/statements.rs` prepares it on both engines and reads its plan.

mod access;
mod accounts;
mod api_tokens;
mod audit;
mod browser;
mod clock;
mod counters;
mod edits;
mod encryption_keys;
mod events;
mod fault;
mod hourly;
mod imports;
mod invitations;
mod job;
mod letters;
mod lite;
mod logins;
mod logos;
mod migrate;
mod one_time_tokens;
mod passing;
mod passwords;
mod people;
mod pg;
mod purge;
mod registrations;
mod roles;
mod secrets;
mod sessions;
mod signing_keys;
mod statement;
mod stopwatch;
mod tenants;
#[cfg(test)]
mod tests;
mod to_its_end;
mod turnstile;
mod tx;

use std::path::PathBuf;
use std::sync::Arc;

use countersign_domain::{TenantId, Timestamp};

pub use access::NameFacts;
pub use accounts::{Changed, Created, NewAccount};
pub use api_tokens::{
    ApiTokenCreated, ApiTokenEnded, ApiTokenHolder, ApiTokenRotated, ApiTokenSecret, NewApiToken, RotateApiToken,
};
pub use audit::{EventFilter, EventPage, Sealed, StoredEvent, StoredSeal, Unsealed};
pub use clock::Clock;
pub use counters::CounterKey;
pub use edits::{EditAccount, EditPerson, Edited};
pub use encryption_keys::NewEncryptionKey;
pub use fault::{Fault, Result};
pub use hourly::HourlyCount;
pub use imports::{ImportAccounts, ImportPosition, Imported, ImportedAccount, PageOfAccounts};
pub use invitations::{Invitation, Invited, NewInvitation};
pub use letters::{
    Addressee, Attempted, Deliverable, LetterPage, LetterState, MailedToken, Moot, NewLetter, Retried, StoredLetter,
    TakenLetter,
};
pub use logins::{Reservation, ReserveAttempt, ReservedKinds, RightPassword, SettleAttempt, Settlement, Verdict};
pub use one_time_tokens::{NewOneTimeToken, OfferReset, OneTimeToken, ResetOffered, SpendToken};
pub use passwords::{ChangePassword, SESSION_TRIES_MAX, SetPassword};
pub use people::{ListCursor, ListPeople, PeoplePage};
pub use purge::{CounterCursor, Purged};
pub use registrations::{CONFIRMATION_TRIES_MAX, NewRegistration, Registration, WAITING_LIFE, WAITING_MAX};
pub use roles::{RoleChange, RoleChanged};
pub use secrets::{Origin, SealedSecret};
pub use sessions::{Ended, Holder, RotateSession, Rotated};
pub use tenants::{NewTenant, TenantChange, TenantChanged, Which};
pub use to_its_end::{ToItsEnd, to_its_end};
pub use turnstile::Turnstile;

use job::Job;
use lite::Lite;
use pg::Pg;

/// Where the store lies.
#[derive(Clone)]
pub enum Location {
    /// SQLite in memory, for tests: gone when closed.
    Memory,
    /// SQLite in one file, with as many reader threads.
    File(PathBuf, usize),
    /// A `postgres://` URL and the most connections to open.
    Postgres(String, usize),
}

/// The handle to all that is remembered. Cloning it is cheap.
#[derive(Clone)]
pub struct Store {
    engine: Engine,
    clock: Clock,
    turnstile: Option<Arc<Turnstile>>,
}

#[derive(Clone)]
enum Engine {
    Lite(Lite),
    Pg(Pg),
}

/// The handle to what is remembered of one tenant.
#[derive(Clone)]
pub struct TenantStore {
    store: Store,
    id: TenantId,
}

impl Store {
    /// Opens the store and brings its schema to this version.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] where it cannot be reached, [`Fault::Broken`] where the schema is not one of ours.
    pub async fn open(location: &Location, clock: Clock) -> Result<Self> {
        let engine = match location {
            Location::Memory => Engine::Lite(Lite::open(&lite::Place::Memory, 0, &clock)?),
            Location::File(file, readers) => {
                Engine::Lite(Lite::open(&lite::Place::File(file.clone()), *readers, &clock)?)
            }
            Location::Postgres(url, connections) => Engine::Pg(Pg::open(url, *connections, &clock).await?),
        };
        Ok(Self { engine, clock, turnstile: None })
    }

    /// The same store with every transaction stopped at a test's turnstile.
    #[must_use]
    pub fn behind(&self, turnstile: Arc<Turnstile>) -> Self {
        Self { turnstile: Some(turnstile), ..self.clone() }
    }

    /// The present moment by the store's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The store's clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What is remembered of one tenant.
    pub fn tenant(&self, id: TenantId) -> TenantStore {
        TenantStore { store: self.clone(), id }
    }

    /// Connections in use and in all, where the engine has any.
    pub fn connections(&self) -> Option<(usize, usize)> {
        match &self.engine {
            Engine::Lite(_) => None,
            Engine::Pg(pg) => Some(pg.connections()),
        }
    }

    /// Makes ready what would else be made while a request waits for it.
    pub async fn warm(&self) {
        match &self.engine {
            Engine::Lite(_) => {}
            Engine::Pg(pg) => pg.warm().await,
        }
    }

    async fn write<J: Job>(&self, job: J) -> Result<J::Out> {
        let _turn = self.turn().await;
        let timer = stopwatch::start();
        let done = match &self.engine {
            Engine::Lite(lite) => lite.write(job).await,
            Engine::Pg(pg) => pg.write(job).await,
        };
        metrics::histogram!("countersign_store_seconds", "kind" => "write").record(timer.seconds());
        done
    }

    async fn read<J: Job>(&self, job: J) -> Result<J::Out> {
        let _turn = self.turn().await;
        let timer = stopwatch::start();
        let done = match &self.engine {
            Engine::Lite(lite) => lite.read(job).await,
            Engine::Pg(pg) => pg.read(job).await,
        };
        metrics::histogram!("countersign_store_seconds", "kind" => "read").record(timer.seconds());
        done
    }

    async fn turn(&self) -> Option<turnstile::Turn> {
        match &self.turnstile {
            Some(turnstile) => Some(turnstile.enter().await),
            None => None,
        }
    }
}

/// Every statement there is, for preparing them when a connection opens and for the test that reads their plans.
fn all_statements() -> Vec<&'static statement::Statement> {
    [
        accounts::STATEMENTS,
        api_tokens::STATEMENTS,
        audit::STATEMENTS,
        counters::STATEMENTS,
        edits::STATEMENTS,
        encryption_keys::STATEMENTS,
        events::STATEMENTS,
        hourly::STATEMENTS,
        imports::STATEMENTS,
        invitations::STATEMENTS,
        letters::STATEMENTS,
        logins::STATEMENTS,
        logos::STATEMENTS,
        migrate::STATEMENTS,
        one_time_tokens::STATEMENTS,
        passing::STATEMENTS,
        passwords::STATEMENTS,
        people::STATEMENTS,
        purge::STATEMENTS,
        registrations::STATEMENTS,
        roles::STATEMENTS,
        secrets::STATEMENTS,
        sessions::STATEMENTS,
        browser::STATEMENTS,
        signing_keys::STATEMENTS,
        tenants::STATEMENTS,
    ]
    .concat()
}
