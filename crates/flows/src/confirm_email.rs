use std::time::Duration;

use countersign_domain::audit::{Action, Reason};
use countersign_domain::{AccountId, Email, Kind, OneTimePurpose, Role, Secret};
use countersign_store::{Created, NewAccount, Registration};

use crate::hasher::PhcHash;
use crate::tokens::mailed;
use crate::{Fault, Flows, Request};

/// What confirming an address answers.
#[derive(Debug)]
pub enum Confirmed {
    /// There is an account now. The mark of the device that proved its password.
    Yes(AccountId, Secret),
    /// The token is not good, whyever.
    BadToken,
    /// The token is good, and the password is not the one chosen when registering.
    WrongPassword,
    /// The client's network has asked often enough for now.
    TooMany(Duration),
    /// The hash queue is full; nothing was counted.
    Overloaded(Duration),
}

impl Flows {
    /// Makes the account of a registration. The mailed token alone is not enough: whoever registers a stranger's address
    /// waits for the stranger's click, so the password is asked for again. It may be that of a later registration of the
    /// address, which was sent no letter since others had used up the name's.
    ///
    /// # Errors
    /// [`Fault`] where the store or the hasher fails.
    pub async fn confirm_email(&self, request: &Request, token: &str, password: Secret) -> Result<Confirmed, Fault> {
        if let Some(wait) = self.ask_limit(request, Action::EmailConfirmed) {
            return Ok(Confirmed::TooMany(wait));
        }
        let id = mailed::read(token, &self.secrets, request.tenant_id(), OneTimePurpose::Confirmation);
        let Some(id) = id else { return Ok(Confirmed::BadToken) };
        let store = self.store.tenant(request.tenant_id());
        let registrations = store.registrations_of_token(id).await?;
        let Some(own) = registrations.first() else { return Ok(Confirmed::BadToken) };
        let place = match self.hasher.place(request.tenant_id(), false) {
            Ok(place) => place,
            Err(busy) => return Ok(Confirmed::Overloaded(busy.retry_after)),
        };
        if !store.try_confirmation(id).await? {
            return Ok(Confirmed::BadToken);
        }
        let hashes = registrations.iter().map(|one| PhcHash::parse(one.password_hash.phc()));
        let hashes = hashes.collect::<Result<Vec<_>, _>>().map_err(Fault::broken)?;
        let matched = place.verify(password, hashes, self.cost(request)).await?.matched;
        let Some(registration) = matched.and_then(|index| registrations.get(index).cloned()) else {
            self.tell_wrong_confirmation(request, own);
            return Ok(Confirmed::WrongPassword);
        };
        self.make_confirmed(request, registration).await
    }

    async fn make_confirmed(&self, request: &Request, registration: Registration) -> Result<Confirmed, Fault> {
        let id = registration.id;
        let email = Email::parse(&registration.email).map_err(Fault::broken)?;
        let name = self.name_hash(request, &email);
        let account = NewAccount {
            id: AccountId::from_uuid(id),
            kind: Kind::Customer,
            email,
            first_name: Some(registration.first_name),
            last_name: Some(registration.last_name),
            roles: vec![Role::customer()],
            password_hash: Some(registration.password_hash),
            must_change_password: false,
            person: registration.person,
        };
        let event = request.done(Action::EmailConfirmed, &self.random, self.store.now(), Some(name));
        let event = event.about(account.id);
        let account_id = account.id;
        Ok(match self.store.tenant(request.tenant_id()).confirm(id, account, event).await? {
            Created::Yes => Confirmed::Yes(account_id, self.new_mark(request, &name, (account_id, 1), None)),
            Created::EmailTaken => Confirmed::BadToken,
            Created::NoSuchRole(_) => return Err(Fault::broken("the tenant has no customers")),
        })
    }

    fn tell_wrong_confirmation(&self, request: &Request, registration: &Registration) {
        let name = Email::parse(&registration.email).ok().map(|email| self.name_hash(request, &email));
        self.refusals.count(request, Action::EmailConfirmed, Reason::WrongPassword, name, self.store.now());
    }
}
