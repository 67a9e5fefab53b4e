use countersign_domain::audit::Event;
use countersign_domain::{Account, Address, Language, Person, Phone, Role, TenantId};

use crate::accounts::{lock, missing_role, roles_text};
use crate::fault::Result;
use crate::job::{Job, Seen};
use crate::statement::{Value, statements};
use crate::tx::Tx;
use crate::{TenantStore, api_tokens, events, people};

statements! {
    ACCOUNT_EDIT = "UPDATE account SET first_name = $3, last_name = $4, roles = $5, must_change_password = $6, \
         generation = $7 WHERE tenant = $1 AND id = $2";
}

/// A change to an account. What is left out stays as it is when the change is written, whatever it was when the account
/// was read: two who change different things at the same moment both have their way.
#[derive(Clone, Debug)]
pub struct EditAccount {
    /// The account as it was read and judged: of another generation by now, nothing is done.
    pub was: Account,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Roles, in place of those there are.
    pub roles: Option<Vec<Role>>,
    /// Whether the password must be changed before anything else.
    pub must_change_password: Option<bool>,
    /// What else is known of the person.
    pub person: EditPerson,
}

/// A change to what is known of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EditPerson {
    /// Telephone number.
    pub phone: Option<Phone>,
    /// Postal address.
    pub address: Option<Address>,
    /// The language to write in.
    pub language: Option<Language>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edited {
    /// The account, and what is known of its person, is so now.
    Yes(Box<(Account, Person)>),
    /// It was changed since it was read, or is gone.
    Meanwhile,
    /// The tenant has no such role for accounts of this kind.
    NoSuchRole(Role),
    /// The tenant would be left without a manager who can log in.
    LastManager,
}

impl TenantStore {
    /// Changes an account and what is known of its person. Roles and the demand of a new password advance the
    /// generation, so every session of the account is over.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn edit_account(&self, edit: EditAccount, event: Event) -> Result<Edited> {
        self.store.write(Edit { tenant: self.id, edit, event }).await
    }
}

struct Edit {
    tenant: TenantId,
    edit: EditAccount,
    event: Event,
}

impl Job for Edit {
    type Out = Edited;

    async fn run(&self, tx: &Tx<'_>) -> Result<Edited> {
        let edit = &self.edit;
        // Roles before accounts: whoever deletes a role, or takes the last manager's, goes before or after.
        if let Some(roles) = &edit.roles
            && let Some(role) = missing_role(tx, self.tenant, edit.was.kind, roles, true).await?
        {
            return Ok(Edited::NoSuchRole(role));
        }
        let account = lock(tx, self.tenant.uuid(), edit.was.id).await?;
        let Some(account) = account.filter(|now| now.generation == edit.was.generation) else {
            return Ok(Edited::Meanwhile);
        };
        let now = edit.apply(&account);
        let is_demoted = account.is_manager() && !now.is_manager();
        if is_demoted && people::is_last_manager(tx, self.tenant, &account).await? {
            return Ok(Edited::LastManager);
        }
        // Read under the account's lock, as the account was.
        let known = people::person(tx, self.tenant, account.id).await?;
        let person = edit.person.apply(&known);
        self.write(tx, &account, &now).await?;
        if person != known {
            people::put_person(tx, self.tenant, now.id, &person).await?;
        }
        events::insert_last(tx, &self.event).await?;
        Ok(Edited::Yes(Box::new((now, person))))
    }

    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<Edited>> {
        let account = lock(tx, self.tenant.uuid(), self.edit.was.id).await?;
        let Some(account) = account else { return Ok(Seen::No) };
        if !events::is_told(tx, &self.event).await? {
            return Ok(Seen::No);
        }
        let person = people::person(tx, self.tenant, account.id).await?;
        Ok(Seen::Yes(Edited::Yes(Box::new((account, person)))))
    }
}

impl EditAccount {
    /// The account as it will be.
    fn apply(&self, account: &Account) -> Account {
        let mut now = account.clone();
        if let Some(first) = &self.first_name {
            now.first_name = Some(first.clone());
        }
        if let Some(last) = &self.last_name {
            now.last_name = Some(last.clone());
        }
        if let Some(roles) = &self.roles {
            now.roles.clone_from(roles);
        }
        now.must_change_password = self.must_change_password.unwrap_or(now.must_change_password);
        let demands = now.must_change_password && !account.must_change_password;
        if now.roles != account.roles || demands {
            now.generation = now.generation.saturating_add(1);
        }
        now
    }
}

impl EditPerson {
    /// What will be known of the person.
    fn apply(&self, known: &Person) -> Person {
        Person {
            phone: self.phone.clone().or_else(|| known.phone.clone()),
            address: self.address.clone().or_else(|| known.address.clone()),
            language: self.language.or(known.language),
            ..known.clone()
        }
    }
}

impl Edit {
    async fn write(&self, tx: &Tx<'_>, was: &Account, now: &Account) -> Result<()> {
        let values = [
            Value::Id(self.tenant.uuid()),
            Value::Id(now.id.uuid()),
            Value::maybe(now.first_name.as_deref(), Value::text),
            Value::maybe(now.last_name.as_deref(), Value::text),
            roles_text(&now.roles),
            Value::Int(now.must_change_password.into()),
            Value::Int(now.generation),
        ];
        tx.exec(&ACCOUNT_EDIT, &values).await?;
        people::put_words(tx, self.tenant, (now.id, now.kind), &people::words(was), &people::words(now)).await?;
        people::put_holder(tx, self.tenant, now.id, &was.roles, &now.roles).await?;
        if now.roles != was.roles {
            api_tokens::end_beyond(tx, self.tenant, now.id, Some(&now.roles), &self.event).await?;
        }
        Ok(())
    }
}
