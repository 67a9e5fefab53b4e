use std::collections::BTreeSet;

use countersign_domain::audit::Event;
use countersign_domain::{
    Account, AccountId, Email, EmailKey, Kind, MANAGER, PasswordHash, Person, Role, Standing, TenantId, Timestamp,
    search_words,
};

use crate::fault::{Fault, Result};
use crate::job::{Job, Seen};
use crate::statement::{Row, Value, statements};
use crate::tx::Tx;
use crate::{TenantStore, api_tokens, counters, events, people, roles, tenants};

/// The columns that [`read`] reads, of a table named `a`.
macro_rules! account_columns {
    () => {
        "a.id, a.kind, a.email, a.first_name, a.last_name, a.roles, a.standing, a.generation, a.password_version, \
         a.password_hash, a.must_change_password, a.created_at"
    };
}
pub(crate) use account_columns;

/// How many they are.
pub(crate) const COLUMNS: usize = 12;

statements! {
    ACCOUNT_BY_ID = concat!("SELECT ", account_columns!(), " FROM account a WHERE a.tenant = $1 AND a.id = $2");
    ACCOUNT_LOCK = concat!("SELECT ", account_columns!(), " FROM account a WHERE a.tenant = $1 AND a.id = $2 {lock}");
    ACCOUNTS_BY_EMAIL = concat!(
        "SELECT ", account_columns!(), " FROM account a WHERE a.tenant = $1 AND a.email_key = $2 ORDER BY a.kind"
    );
    ACCOUNT_INSERT = "INSERT INTO account (tenant, id, kind, email_key, email, first_name, last_name, roles, standing, \
         generation, password_version, password_hash, must_change_password, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    ACCOUNT_SET_STANDING = "UPDATE account SET standing = $3, generation = generation + 1 WHERE tenant = $1 AND id = $2";
    ACCOUNT_SET_PASSWORD = "UPDATE account SET password_hash = $3, must_change_password = $4, \
         password_version = password_version + 1, generation = generation + 1 WHERE tenant = $1 AND id = $2";
}

/// Reads a column that holds a list of roles.
pub(crate) fn roles_at(row: &Row<'_>, column: usize) -> Result<Vec<Role>> {
    let names: Vec<String> = serde_json::from_str(&row.text(column)?)
        .map_err(|error| row.bad(column, format!("is no list of roles: {error}")))?;
    let roles = names.iter().map(|name| name.parse::<Role>()).collect::<std::result::Result<_, _>>();
    roles.map_err(|_| row.bad(column, "names a role that cannot be"))
}

/// Reads [`account_columns`] that begin at the first given column.
pub(crate) fn read_at(row: &Row<'_>, first: usize) -> Result<Account> {
    Ok(Account {
        id: AccountId::from_uuid(row.id(first)?),
        kind: row.parsed(first + 1)?,
        email: row.text(first + 2)?,
        first_name: row.maybe_text(first + 3)?,
        last_name: row.maybe_text(first + 4)?,
        roles: roles_at(row, first + 5)?,
        standing: row.parsed(first + 6)?,
        generation: row.int(first + 7)?,
        password_version: row.int(first + 8)?,
        password_hash: row.maybe_text(first + 9)?.map(PasswordHash::new),
        must_change_password: row.int(first + 10)? != 0,
        created_at: Timestamp::from_micros(row.int(first + 11)?),
    })
}

fn read(row: &Row<'_>) -> Result<Account> {
    read_at(row, 0)
}

/// Reads an account.
pub(crate) async fn by_id(tx: &Tx<'_>, tenant: TenantId, id: AccountId) -> Result<Option<Account>> {
    tx.row(&ACCOUNT_BY_ID, &[Value::Id(tenant.uuid()), Value::Id(id.uuid())], read).await
}

/// Reads an account and holds it against others until the job ends.
pub(crate) async fn lock(tx: &Tx<'_>, tenant: uuid::Uuid, id: AccountId) -> Result<Option<Account>> {
    tx.row(&ACCOUNT_LOCK, &[Value::Id(tenant), Value::Id(id.uuid())], read).await
}

/// The accounts of a name, read within another job.
pub(crate) async fn of_name(tx: &Tx<'_>, tenant: uuid::Uuid, email: &EmailKey) -> Result<Vec<Account>> {
    tx.rows(&ACCOUNTS_BY_EMAIL, &[Value::Id(tenant), Value::text(email.as_str())], read).await
}

/// Writes a new password; version and generation advance, so sessions, device marks and mailed tokens of the old one are
/// over.
pub(crate) async fn write_password(
    tx: &Tx<'_>,
    tenant: TenantId,
    id: AccountId,
    hash: &PasswordHash,
    must_change: bool,
) -> Result<()> {
    let values =
        [Value::Id(tenant.uuid()), Value::Id(id.uuid()), Value::text(hash.phc()), Value::Int(must_change.into())];
    tx.exec(&ACCOUNT_SET_PASSWORD, &values).await.map(|_| ())
}

/// An account that is to be.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Made for it.
    pub id: AccountId,
    /// Customer or staff.
    pub kind: Kind,
    /// Its address.
    pub email: Email,
    /// Shown to people.
    pub first_name: Option<String>,
    /// Shown to people.
    pub last_name: Option<String>,
    /// Roles of its kind.
    pub roles: Vec<Role>,
    /// The password, hashed; none yet for an invited one.
    pub password_hash: Option<PasswordHash>,
    /// Whether the password must be changed before anything else.
    pub must_change_password: bool,
    /// What else is known of the person.
    pub person: Person,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// The account is there.
    Yes,
    /// The tenant has an account of this kind with this address.
    EmailTaken,
    /// The tenant has no such role for accounts of this kind.
    NoSuchRole(Role),
}

/// What became of a change to one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It is done.
    Yes,
    /// It was so already.
    Already,
    /// The tenant has no such account.
    NoSuchAccount,
    /// The tenant would be left without a manager who can log in.
    LastManager,
}

impl TenantStore {
    /// One account.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn account(&self, id: AccountId) -> Result<Option<Account>> {
        self.store.read(ById { tenant: self.id.uuid(), id }).await
    }

    /// Both accounts that an address can have, customer first.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn accounts_of(&self, email: &EmailKey) -> Result<Vec<Account>> {
        self.store.read(ByEmail { tenant: self.id.uuid(), email: email.clone() }).await
    }

    /// Makes an account, with the event that tells it.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn create_account(&self, account: NewAccount, event: Event) -> Result<Created> {
        match self.store.write(Create { tenant: self.id, account, event }).await {
            Err(Fault::Taken) => Ok(Created::EmailTaken),
            other => other,
        }
    }

    /// Activates or deactivates: the generation advances, so every session of the account is over.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn set_standing(&self, id: AccountId, standing: Standing, event: Event) -> Result<Changed> {
        self.store.write(SetStanding { tenant: self.id, id, standing, event }).await
    }

    /// Ends every lock of an account, and forgets its failures. [`Changed::Already`] if there were none.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn unlock(&self, id: AccountId, name_hash: [u8; 32], event: Event) -> Result<Changed> {
        self.store.write(Unlock { tenant: self.id, id, name_hash, event }).await
    }
}

struct ById {
    tenant: uuid::Uuid,
    id: AccountId,
}

impl Job for ById {
    type Out = Option<Account>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        by_id(tx, TenantId::from_uuid(self.tenant), self.id).await
    }
}

struct ByEmail {
    tenant: uuid::Uuid,
    email: EmailKey,
}

impl Job for ByEmail {
    type Out = Vec<Account>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        of_name(tx, self.tenant, &self.email).await
    }
}

struct Create {
    tenant: TenantId,
    account: NewAccount,
    event: Event,
}

impl Job for Create {
    type Out = Created;

    async fn run(&self, tx: &Tx<'_>) -> Result<Created> {
        if let Some(refused) = insert(tx, self.tenant, &self.account).await? {
            return Ok(refused);
        }
        events::insert_last(tx, &self.event).await?;
        Ok(Created::Yes)
    }

    /// There is no row to hold; the tenant's is, since the account refers to it.
    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<Created>> {
        tenants::hold(tx, self.tenant.uuid()).await?;
        Ok(if events::is_told(tx, &self.event).await? { Seen::Yes(Created::Yes) } else { Seen::No })
    }
}

/// The first of these roles that the tenant does not have for accounts of this kind. A role that is there is held: it
/// cannot be deleted before the job ends. Roles are held in the order of their names, that of managers among them where
/// it may be taken from somebody.
pub(crate) async fn missing_role(
    tx: &Tx<'_>,
    tenant: TenantId,
    kind: Kind,
    roles: &[Role],
    holds_managers: bool,
) -> Result<Option<Role>> {
    let managers = holds_managers.then_some(MANAGER);
    let names: BTreeSet<&str> = roles.iter().map(Role::as_str).chain(managers).collect();
    let mut there = BTreeSet::new();
    for name in names {
        there.extend(roles::lock(tx, tenant, name).await?.map(|record| record.role));
    }
    Ok(roles.iter().find(|role| !there.contains(role) || role.kind() != kind).cloned())
}

/// Writes an account with all that lies beside it, or says why not. A taken address is [`Fault::Taken`].
pub(crate) async fn insert(tx: &Tx<'_>, tenant: TenantId, account: &NewAccount) -> Result<Option<Created>> {
    if let Some(role) = missing_role(tx, tenant, account.kind, &account.roles, false).await? {
        return Ok(Some(Created::NoSuchRole(role)));
    }
    tx.exec(&ACCOUNT_INSERT, &values(tenant, account, Standing::Active, tx.now())).await?;
    let words = search_words(account.email.key().as_str(), account.first_name.as_deref(), account.last_name.as_deref());
    people::put_words(tx, tenant, (account.id, account.kind), &BTreeSet::new(), &words).await?;
    people::put_holder(tx, tenant, account.id, &[], &account.roles).await?;
    if account.person != Person::default() {
        people::put_person(tx, tenant, account.id, &account.person).await?;
    }
    Ok(None)
}

/// A list of roles as it is written.
pub(crate) fn roles_text(roles: &[Role]) -> Value<'static> {
    let roles: Vec<&str> = roles.iter().map(Role::as_str).collect();
    Value::text(serde_json::Value::from(roles).to_string())
}

/// What is written of an account that is new.
pub(crate) fn values(
    tenant: TenantId,
    account: &NewAccount,
    standing: Standing,
    created_at: Timestamp,
) -> [Value<'static>; 14] {
    let maybe = |text: &Option<String>| Value::maybe(text.clone(), Value::text);
    [
        Value::Id(tenant.uuid()),
        Value::Id(account.id.uuid()),
        Value::text(account.kind.name()),
        Value::text(account.email.key().as_str().to_owned()),
        Value::text(account.email.typed().to_owned()),
        maybe(&account.first_name),
        maybe(&account.last_name),
        roles_text(&account.roles),
        Value::text(standing.name()),
        Value::Int(1),
        Value::Int(1),
        Value::maybe(account.password_hash.as_ref(), |hash| Value::text(hash.phc().to_owned())),
        Value::Int(account.must_change_password.into()),
        Value::Int(created_at.micros()),
    ]
}

struct SetStanding {
    tenant: TenantId,
    id: AccountId,
    standing: Standing,
    event: Event,
}

impl Job for SetStanding {
    type Out = Changed;

    async fn run(&self, tx: &Tx<'_>) -> Result<Changed> {
        let closes = self.standing == Standing::Deactivated;
        if closes {
            people::hold_managers(tx, self.tenant).await?;
        }
        match lock(tx, self.tenant.uuid(), self.id).await? {
            None => Ok(Changed::NoSuchAccount),
            Some(account) if account.standing == self.standing => Ok(Changed::Already),
            Some(account) if closes && people::is_last_manager(tx, self.tenant, &account).await? => {
                Ok(Changed::LastManager)
            }
            Some(_) => {
                let values =
                    [Value::Id(self.tenant.uuid()), Value::Id(self.id.uuid()), Value::text(self.standing.name())];
                tx.exec(&ACCOUNT_SET_STANDING, &values).await?;
                if closes {
                    api_tokens::end_beyond(tx, self.tenant, self.id, None, &self.event).await?;
                }
                events::insert_last(tx, &self.event).await?;
                Ok(Changed::Yes)
            }
        }
    }

    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<Changed>> {
        lock(tx, self.tenant.uuid(), self.id).await?;
        Ok(if events::is_told(tx, &self.event).await? { Seen::Yes(Changed::Yes) } else { Seen::No })
    }
}

struct Unlock {
    tenant: TenantId,
    id: AccountId,
    name_hash: [u8; 32],
    event: Event,
}

impl Job for Unlock {
    type Out = Changed;

    async fn run(&self, tx: &Tx<'_>) -> Result<Changed> {
        let Some(account) = lock(tx, self.tenant.uuid(), self.id).await? else {
            return Ok(Changed::NoSuchAccount);
        };
        if !counters::clear_name(tx, self.tenant, self.name_hash, account.kind).await? {
            return Ok(Changed::Already);
        }
        events::insert_last(tx, &self.event).await?;
        Ok(Changed::Yes)
    }

    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<Changed>> {
        lock(tx, self.tenant.uuid(), self.id).await?;
        Ok(if events::is_told(tx, &self.event).await? { Seen::Yes(Changed::Yes) } else { Seen::No })
    }
}
