use countersign_domain::audit::{Action, Actor};
use countersign_domain::{Account, AccountId, Address, Kind, Language, Person, PersonName, Phone, Tenant};
use countersign_store::{EditAccount, EditPerson, Edited, ListPeople, PeoplePage};

use crate::{Caller, Fault, Flows, Request};

/// What somebody may change of the own profile; nothing stays as it is.
#[derive(Clone, Debug, Default)]
pub struct ProfileEdit {
    /// Given name.
    pub first_name: Option<PersonName>,
    /// Family name.
    pub last_name: Option<PersonName>,
    /// Telephone number.
    pub phone: Option<Phone>,
    /// Postal address.
    pub address: Option<Address>,
    /// The language to write in.
    pub language: Option<Language>,
}

impl Flows {
    /// A page of a tenant's customers or staff.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn list_people(&self, tenant: &Tenant, ask: ListPeople) -> Result<PeoplePage, Fault> {
        Ok(self.store.tenant(tenant.id).people(ask).await?)
    }

    /// One person of a kind, with what is known.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn view_person(
        &self,
        tenant: &Tenant,
        kind: Kind,
        id: AccountId,
    ) -> Result<Option<(Account, Person)>, Fault> {
        let Some(account) = self.account(tenant, id).await?.filter(|account| account.kind == kind) else {
            return Ok(None);
        };
        let person = self.person_of(tenant, id).await?;
        Ok(Some((account, person)))
    }

    /// What is known of the person behind an account.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn person_of(&self, tenant: &Tenant, id: AccountId) -> Result<Person, Fault> {
        Ok(self.store.tenant(tenant.id).person(id).await?)
    }

    /// Changes the caller's own profile. Nothing: the account was changed by somebody else at the same moment.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn edit_profile(
        &self,
        request: &Request,
        caller: &Caller,
        edit: ProfileEdit,
    ) -> Result<Option<(Account, Person)>, Fault> {
        let (tenant, account) = (&request.tenant.tenant, &caller.account);
        let event = request.done(Action::AccountChanged, &self.random, self.store.now(), None);
        let event = event.by(Actor::Account(account.id)).about(account.id).in_session(caller.session);
        let edit = EditAccount {
            was: account.clone(),
            first_name: edit.first_name.map(PersonName::into_text),
            last_name: edit.last_name.map(PersonName::into_text),
            roles: None,
            must_change_password: None,
            person: EditPerson { phone: edit.phone, address: edit.address, language: edit.language },
        };
        Ok(match self.store.tenant(tenant.id).edit_account(edit, event).await? {
            Edited::Yes(now) => Some(*now),
            Edited::Meanwhile | Edited::NoSuchRole(_) | Edited::LastManager => None,
        })
    }
}
