use std::time::Duration;

use countersign_domain::audit::{Action, Reason};
use countersign_domain::{
    AccountId, ConfirmEmail, Email, Kind, Letter, Person, PersonName, PersonWords, Role, Secret, Timestamp,
};
use countersign_store::{Created, NewAccount, NewRegistration};
use tokio::time::Instant;

use crate::passwords::PasswordRefusal;
use crate::{Fault, Flows, Request};

/// Registrations of one name from one network: somebody who mistyped the password twice, and no more.
pub(crate) const REGISTRATIONS_PER_NETWORK_MAX: u32 = 3;
/// Within this time, in which as many letters go to the name.
pub(crate) const REGISTRATIONS_WINDOW: Duration = Duration::from_secs(60 * 60);

/// A person who wants to be a customer; the form of every field has been checked.
pub struct Register {
    /// The address.
    pub email: Email,
    /// Shown to people.
    pub first_name: PersonName,
    /// Shown to people.
    pub last_name: PersonName,
    /// What else is known.
    pub person: Person,
    /// As typed.
    pub password: Secret,
}

/// What registering answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registered {
    /// A letter is on its way, whatever the address is.
    Yes,
    /// There is an account, at once: the tenant asks for no confirmation.
    AccountMade(AccountId),
    /// The tenant asks for no confirmation, and has a customer of this address.
    EmailTaken,
    /// Too young, or too old to be true.
    WrongAge,
    /// The password may not be one.
    Password(PasswordRefusal),
    /// The client's network has asked often enough for now.
    TooMany(Duration),
}

impl Flows {
    /// Registers a customer. Until the address is confirmed there is no account, and whoever asks learns nothing about
    /// the address.
    ///
    /// # Errors
    /// [`Fault`] where the store or the hasher fails.
    pub async fn register(&self, request: &Request, register: Register) -> Result<Registered, Fault> {
        let (arrived, now) = (Instant::now(), self.store.now());
        if register.person.dob.is_some_and(|dob| dob.of_age(now).is_err()) {
            return Ok(Registered::WrongAge);
        }
        if let Some(wait) = self.ask_limit(request, Action::Registered) {
            return Ok(Registered::TooMany(wait));
        }
        let words = PersonWords {
            email: register.email.typed(),
            first_name: Some(register.first_name.as_str()),
            last_name: Some(register.last_name.as_str()),
        };
        let hash = match self.new_password(&request.tenant.tenant, &register.password, &words).await? {
            Ok(hash) => hash,
            Err(refusal) => return Ok(Registered::Password(refusal)),
        };
        let person = Person { language: register.person.language.or(request.language), ..register.person };
        let register = Register { person, ..register };
        if request.tenant.tenant.settings.confirm_email == ConfirmEmail::Off {
            return self.make_at_once(request, register, hash, now).await;
        }
        if self.may_register(request, &register.email, now) {
            self.store.tenant(request.tenant_id()).register(self.registration(request, register, hash, now)).await?;
        }
        self.wait_for_step(request, arrived).await;
        Ok(Registered::Yes)
    }

    /// Whether this network has registered this name less often lately than it may, and counts it. Nobody is told: the
    /// bound keeps one network from pushing out what the owner of the address registers.
    fn may_register(&self, request: &Request, email: &Email, now: Timestamp) -> bool {
        if request.is_exempt {
            return true;
        }
        let key = (self.name_hash(request, email), request.network());
        if self.registering.must_wait(&key, now).is_some() {
            self.refusals.count(request, Action::Registered, Reason::TooManyRequests, Some(key.0), now);
            return false;
        }
        self.registering.count(key, now);
        true
    }

    fn registration(
        &self,
        request: &Request,
        register: Register,
        password_hash: countersign_domain::PasswordHash,
        now: Timestamp,
    ) -> NewRegistration {
        let (id, name) = (self.random.id(now), self.name_hash(request, &register.email));
        let nobody = AccountId::from_uuid(uuid::Uuid::nil());
        NewRegistration {
            id,
            confirmation: self.letter(request, name, Letter::Confirmation { registration: id }),
            address_taken: self.letter(request, name, Letter::AddressTaken { account: nobody }),
            event: request.done(Action::Registered, &self.random, now, Some(name)),
            email: register.email,
            first_name: register.first_name.into_text(),
            last_name: register.last_name.into_text(),
            person: register.person,
            password_hash,
        }
    }

    async fn make_at_once(
        &self,
        request: &Request,
        register: Register,
        password_hash: countersign_domain::PasswordHash,
        now: Timestamp,
    ) -> Result<Registered, Fault> {
        let (id, name) = (AccountId::from_uuid(self.random.id(now)), self.name_hash(request, &register.email));
        let account = NewAccount {
            id,
            kind: Kind::Customer,
            email: register.email,
            first_name: Some(register.first_name.into_text()),
            last_name: Some(register.last_name.into_text()),
            roles: vec![Role::customer()],
            password_hash: Some(password_hash),
            must_change_password: false,
            person: register.person,
        };
        let event = request.done(Action::AccountCreated, &self.random, now, Some(name)).about(id);
        Ok(match self.store.tenant(request.tenant_id()).create_account(account, event).await? {
            Created::Yes => Registered::AccountMade(id),
            Created::EmailTaken => Registered::EmailTaken,
            Created::NoSuchRole(_) => return Err(Fault::broken("the tenant has no customers")),
        })
    }
}
