use countersign_domain::audit::Event;
use countersign_domain::{Account, AccountId, Email, EmailKey, Kind, PasswordHash, Role, Standing, Timestamp};

use crate::fault::{Fault, Result};
use crate::job::{Job, Seen};
use crate::statement::{Row, Value, statements};
use crate::tx::Tx;
use crate::{TenantStore, counters, events, tenants};

/// The columns that [`read`] reads, of a table named `a`.
macro_rules! account_columns {
    () => {
        "a.id, a.kind, a.email, a.first_name, a.last_name, a.roles, a.standing, a.generation, a.password_version, \
         a.password_hash, a.must_change_password, a.created_at"
    };
}
pub(crate) use account_columns;

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
    ACCOUNT_REHASH = "UPDATE account SET password_hash = $3 \
         WHERE tenant = $1 AND id = $2 AND password_version = $4 AND generation = $5";
    ROLE_KIND = "SELECT kind FROM role WHERE tenant = $1 AND name = $2";
}

/// Reads [`account_columns`] that begin at the first given column.
pub(crate) fn read_at(row: &Row<'_>, first: usize) -> Result<Account> {
    let roles: Vec<String> = serde_json::from_str(&row.text(first + 5)?)
        .map_err(|error| row.bad(first + 5, format!("is no list of roles: {error}")))?;
    let roles = roles.iter().map(|role| role.parse::<Role>()).collect::<std::result::Result<_, _>>();
    Ok(Account {
        id: AccountId::from_uuid(row.id(first)?),
        kind: row.parsed(first + 1)?,
        email: row.text(first + 2)?,
        first_name: row.maybe_text(first + 3)?,
        last_name: row.maybe_text(first + 4)?,
        roles: roles.map_err(|_| row.bad(first + 5, "names a role that cannot be"))?,
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
pub(crate) async fn by_id(tx: &Tx<'_>, tenant: countersign_domain::TenantId, id: AccountId) -> Result<Option<Account>> {
    tx.row(&ACCOUNT_BY_ID, &[Value::Id(tenant.uuid()), Value::Id(id.uuid())], read).await
}

/// Reads an account and holds it against others until the job ends.
pub(crate) async fn lock(tx: &Tx<'_>, tenant: uuid::Uuid, id: AccountId) -> Result<Option<Account>> {
    tx.row(&ACCOUNT_LOCK, &[Value::Id(tenant), Value::Id(id.uuid())], read).await
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
        match self.store.write(Create { tenant: self.id.uuid(), account, event }).await {
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

    /// Sets a password: every session and device mark of the account is over, and every lock of it.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn set_password(&self, change: SetPassword, event: Event) -> Result<Changed> {
        self.store.write(SettingPassword { tenant: self.id, change, event }).await
    }

    /// Ends every lock of an account, and forgets its failures. [`Changed::Already`] if there were none.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn unlock(&self, id: AccountId, name_hash: [u8; 32], event: Event) -> Result<Changed> {
        self.store.write(Unlock { tenant: self.id, id, name_hash, event }).await
    }

    /// Replaces a hash by a dearer one of the same password, unless the password or the standing has changed since
    /// the account was read: else an old password would come back.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn rehash(&self, read: &Account, hash: PasswordHash) -> Result<bool> {
        let job = Rehash {
            tenant: self.id.uuid(),
            id: read.id,
            hash,
            password_version: read.password_version,
            generation: read.generation,
        };
        self.store.write(job).await
    }
}

/// A new password for an account.
#[derive(Clone, Debug)]
pub struct SetPassword {
    /// Whose.
    pub id: AccountId,
    /// The keyed hash of its address, whose locks end.
    pub name_hash: [u8; 32],
    /// The password, hashed.
    pub hash: PasswordHash,
    /// Whether it must be changed before anything else.
    pub must_change: bool,
}

struct ById {
    tenant: uuid::Uuid,
    id: AccountId,
}

impl Job for ById {
    type Out = Option<Account>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        tx.row(&ACCOUNT_BY_ID, &[Value::Id(self.tenant), Value::Id(self.id.uuid())], read).await
    }
}

struct ByEmail {
    tenant: uuid::Uuid,
    email: EmailKey,
}

impl Job for ByEmail {
    type Out = Vec<Account>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        tx.rows(&ACCOUNTS_BY_EMAIL, &[Value::Id(self.tenant), Value::text(self.email.as_str())], read).await
    }
}

struct Create {
    tenant: uuid::Uuid,
    account: NewAccount,
    event: Event,
}

impl Job for Create {
    type Out = Created;

    async fn run(&self, tx: &Tx<'_>) -> Result<Created> {
        for role in &self.account.roles {
            let of_role = [Value::Id(self.tenant), Value::text(role.as_str())];
            let kind = tx.row(&ROLE_KIND, &of_role, |row| row.parsed::<Kind>(0)).await?;
            if kind != Some(self.account.kind) {
                return Ok(Created::NoSuchRole(role.clone()));
            }
        }
        tx.exec(&ACCOUNT_INSERT, &self.values(tx)).await?;
        events::insert_last(tx, &self.event).await?;
        Ok(Created::Yes)
    }

    /// There is no row to hold; the tenant's is, since the account refers to it.
    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<Created>> {
        tenants::hold(tx, self.tenant).await?;
        Ok(if events::is_told(tx, &self.event).await? { Seen::Yes(Created::Yes) } else { Seen::No })
    }
}

impl Create {
    fn values(&self, tx: &Tx<'_>) -> [Value<'_>; 14] {
        let account = &self.account;
        let roles: Vec<&str> = account.roles.iter().map(Role::as_str).collect();
        [
            Value::Id(self.tenant),
            Value::Id(account.id.uuid()),
            Value::text(account.kind.name()),
            Value::text(account.email.key().as_str()),
            Value::text(account.email.typed()),
            Value::maybe(account.first_name.as_deref(), Value::text),
            Value::maybe(account.last_name.as_deref(), Value::text),
            Value::text(serde_json::Value::from(roles).to_string()),
            Value::text(Standing::Active.name()),
            Value::Int(1),
            Value::Int(1),
            Value::maybe(account.password_hash.as_ref(), |hash| Value::text(hash.phc())),
            Value::Int(account.must_change_password.into()),
            Value::Int(tx.now().micros()),
        ]
    }
}

struct SetStanding {
    tenant: countersign_domain::TenantId,
    id: AccountId,
    standing: Standing,
    event: Event,
}

impl Job for SetStanding {
    type Out = Changed;

    async fn run(&self, tx: &Tx<'_>) -> Result<Changed> {
        match lock(tx, self.tenant.uuid(), self.id).await? {
            None => Ok(Changed::NoSuchAccount),
            Some(account) if account.standing == self.standing => Ok(Changed::Already),
            Some(_) => {
                let values =
                    [Value::Id(self.tenant.uuid()), Value::Id(self.id.uuid()), Value::text(self.standing.name())];
                tx.exec(&ACCOUNT_SET_STANDING, &values).await?;
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

struct SettingPassword {
    tenant: countersign_domain::TenantId,
    change: SetPassword,
    event: Event,
}

impl Job for SettingPassword {
    type Out = Changed;

    async fn run(&self, tx: &Tx<'_>) -> Result<Changed> {
        let Some(account) = lock(tx, self.tenant.uuid(), self.change.id).await? else {
            return Ok(Changed::NoSuchAccount);
        };
        counters::clear_name(tx, self.tenant, self.change.name_hash, account.kind).await?;
        let values = [
            Value::Id(self.tenant.uuid()),
            Value::Id(self.change.id.uuid()),
            Value::text(self.change.hash.phc()),
            Value::Int(self.change.must_change.into()),
        ];
        tx.exec(&ACCOUNT_SET_PASSWORD, &values).await?;
        events::insert_last(tx, &self.event).await?;
        Ok(Changed::Yes)
    }

    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<Changed>> {
        lock(tx, self.tenant.uuid(), self.change.id).await?;
        Ok(if events::is_told(tx, &self.event).await? { Seen::Yes(Changed::Yes) } else { Seen::No })
    }
}

struct Unlock {
    tenant: countersign_domain::TenantId,
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

struct Rehash {
    tenant: uuid::Uuid,
    id: AccountId,
    hash: PasswordHash,
    password_version: i64,
    generation: i64,
}

impl Job for Rehash {
    type Out = bool;

    async fn run(&self, tx: &Tx<'_>) -> Result<bool> {
        let values = [
            Value::Id(self.tenant),
            Value::Id(self.id.uuid()),
            Value::text(self.hash.phc()),
            Value::Int(self.password_version),
            Value::Int(self.generation),
        ];
        Ok(tx.last(&ACCOUNT_REHASH, &values).await? == 1)
    }

    /// The condition holds as well after the change as before it.
    async fn seen(&self, _tx: &Tx<'_>) -> Result<Seen<bool>> {
        Ok(Seen::No)
    }
}
