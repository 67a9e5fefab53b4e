//! Accounts of other systems, written many at a time; and every account read again, for an export.

use countersign_domain::audit::Event;
use countersign_domain::{
    Account, AccountId, EmailKey, Kind, Person, Role, Standing, TenantId, Timestamp, search_words,
};
use std::collections::BTreeSet;
use std::time::Duration;
use uuid::{Builder, Uuid};

use crate::accounts::{self, NewAccount, account_columns};
use crate::fault::Result;
use crate::job::{Job, Seen};
use crate::passing::{self, Passing};
use crate::statement::{Row, Value, statements};
use crate::tx::Tx;
use crate::{TenantStore, events, people, roles};

// ACCOUNTS_PAGE finds ids alone first, as PEOPLE_BEFORE does.
statements! {
    IMPORT_BEGIN = "INSERT INTO import (tenant, id, row_number, written, expires_at) VALUES ($1, $2, 0, 0, $3) \
         ON CONFLICT (tenant, id) DO NOTHING";
    IMPORT_OF = "SELECT row_number, written FROM import WHERE tenant = $1 AND id = $2";
    IMPORT_LOCK = "SELECT row_number, written FROM import WHERE tenant = $1 AND id = $2 {lock}";
    IMPORT_KEEP = "UPDATE import SET expires_at = $3 WHERE tenant = $1 AND id = $2";
    IMPORT_ADVANCE = "UPDATE import SET row_number = $3, written = written + $4, expires_at = $5 \
         WHERE tenant = $1 AND id = $2";
    ACCOUNT_IMPORT = "INSERT INTO account (tenant, id, kind, email_key, email, first_name, last_name, roles, standing, \
         generation, password_version, password_hash, must_change_password, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
         ON CONFLICT (tenant, email_key, kind) DO NOTHING";
    ACCOUNT_THERE = "SELECT id FROM account WHERE tenant = $1 AND id = $2";
    NAME_THERE = "SELECT kind FROM account WHERE tenant = $1 AND email_key = $2 ORDER BY kind";
    ACCOUNTS_PAGE = concat!(
        "SELECT ", account_columns!(), ", ", people::person_columns!(), " FROM (SELECT id FROM account \
         WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3) page JOIN account a ON a.tenant = $1 AND a.id = page.id \
         LEFT JOIN person p ON p.tenant = $1 AND p.account = page.id"
    );
}

/// How long the position of an import is kept after its last batch.
const POSITION_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// An account as another system had it.
#[derive(Clone, Debug)]
pub struct ImportedAccount {
    /// What every account has.
    pub account: NewAccount,
    /// Active or deactivated.
    pub standing: Standing,
    /// When it was made there; else it is made now.
    pub created_at: Option<Timestamp>,
}

/// Rows of a file that one transaction settles.
#[derive(Clone, Debug)]
pub struct ImportAccounts {
    /// SHA-256 over the file and all that says which of its rows are good.
    pub plan: [u8; 32],
    /// The last row that was settled before.
    pub from: u64,
    /// The last row that is settled with this.
    pub to: u64,
    /// What is written of the rows between, best in the order of their addresses: an index has them so.
    pub accounts: Vec<ImportedAccount>,
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportPosition {
    /// The last row that was settled, written or refused.
    pub row: u64,
    /// Accounts that were written by then.
    pub written: u64,
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Imported {
    /// All were written but those whose name the tenant has already, by their place in the batch.
    Yes {
        /// In their order.
        taken: Vec<usize>,
    },
    /// The import is not where the batch begins: another one of the same file goes on. Nothing was written.
    Meanwhile,
    /// A role was deleted since it was looked at. Nothing was written.
    NoSuchRole(Role),
}

/// Accounts in the order of their ids, with what is known of their people.
pub type PageOfAccounts = Vec<(Account, Person)>;

impl TenantStore {
    /// Writes a batch of accounts with all that lies beside them, the position after it and the event that tells how many
    /// there were; accounts whose name is taken are left as they are.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn import_accounts(&self, batch: ImportAccounts, event: Event) -> Result<Imported> {
        let now = self.store.now();
        self.store.write(Import::of(self.id, batch, event, now)).await
    }

    /// Answers when the disk has every batch that was written. They are not flushed one by one: a machine that
    /// fails loses the last of them with their position, and the import goes on there.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn end_import(&self, plan: &[u8; 32]) -> Result<()> {
        self.store.write(End { tenant: self.id, id: id_of(plan) }).await
    }

    /// Where the import of a plan stands; nothing where none was begun lately.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn import_position(&self, plan: &[u8; 32]) -> Result<Option<ImportPosition>> {
        self.store.read(PositionOf { tenant: self.id, id: id_of(plan) }).await
    }

    /// Which of these names have an account, by their place.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn names_taken(&self, names: Vec<(Kind, EmailKey)>) -> Result<Vec<usize>> {
        self.store.read(NamesTaken { tenant: self.id, names }).await
    }

    /// The accounts after one, in the order of their ids.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn accounts_after(&self, after: AccountId, limit: u32) -> Result<PageOfAccounts> {
        self.store.read(AccountsAfter { tenant: self.id, after, limit }).await
    }
}

/// The id of an import: the beginning of its plan's digest, marked as a UUID of our own making (version 8).
fn id_of(plan: &[u8; 32]) -> Uuid {
    Builder::from_custom_bytes(plan.first_chunk().copied().unwrap_or_default()).into_uuid()
}

fn read_position(row: &Row<'_>) -> Result<ImportPosition> {
    let number = |column| u64::try_from(row.int(column)?).map_err(|_| row.bad(column, "is negative"));
    Ok(ImportPosition { row: number(0)?, written: number(1)? })
}

fn int(number: u64) -> Value<'static> {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Everything is made before the transaction: on SQLite nobody else writes while it runs.
struct Import {
    tenant: TenantId,
    id: Uuid,
    from: u64,
    to: u64,
    roles: BTreeSet<Role>,
    accounts: Vec<Rows>,
    event: Event,
}

/// The rows of one account.
struct Rows {
    account: [Value<'static>; 14],
    words: Vec<[Value<'static>; 4]>,
    holders: Vec<[Value<'static>; 3]>,
    person: Option<[Value<'static>; 9]>,
}

impl Rows {
    fn of(tenant: TenantId, imported: &ImportedAccount, now: Timestamp) -> Self {
        let account = &imported.account;
        let (first, last) = (account.first_name.as_deref(), account.last_name.as_deref());
        let words = search_words(account.email.key().as_str(), first, last);
        let created_at = imported.created_at.unwrap_or(now);
        let key = (account.id, account.kind);
        Self {
            account: accounts::values(tenant, account, imported.standing, created_at),
            words: words.into_iter().map(|word| people::word(tenant, key, word)).collect(),
            holders: account.roles.iter().map(|role| people::holder(tenant, account.id, role)).collect(),
            person: (account.person != Person::default())
                .then(|| people::person_values(tenant, account.id, &account.person)),
        }
    }
}

impl Import {
    fn of(tenant: TenantId, batch: ImportAccounts, event: Event, now: Timestamp) -> Self {
        Self {
            tenant,
            id: id_of(&batch.plan),
            from: batch.from,
            to: batch.to,
            roles: batch.accounts.iter().flat_map(|imported| imported.account.roles.iter().cloned()).collect(),
            accounts: batch.accounts.into_iter().map(|imported| Rows::of(tenant, &imported, now)).collect(),
            event,
        }
    }

    fn key(&self) -> [Value<'static>; 2] {
        [Value::Id(self.tenant.uuid()), Value::Id(self.id)]
    }

    /// Reads the position and holds it, so that of two imports of one file each batch is written by one.
    async fn hold_position(&self, tx: &Tx<'_>) -> Result<u64> {
        let [tenant, id] = self.key();
        let due = tx.now().plus(POSITION_KEPT);
        if tx.exec(&IMPORT_BEGIN, &[tenant, id, Value::Int(due.micros())]).await? > 0 {
            passing::passes(tx, self.tenant, self.id, Passing::Import, due).await?;
        }
        let position = tx.row(&IMPORT_LOCK, &self.key(), read_position).await?;
        Ok(position.map_or(0, |position| position.row))
    }

    /// The first role that the tenant has no more. Those that are there are held: none is deleted before the job ends.
    async fn missing_role(&self, tx: &Tx<'_>) -> Result<Option<Role>> {
        for role in &self.roles {
            if roles::lock(tx, self.tenant, role.as_str()).await?.is_none() {
                return Ok(Some(role.clone()));
            }
        }
        Ok(None)
    }

    /// Writes the accounts; those whose name is taken.
    async fn write(&self, tx: &Tx<'_>) -> Result<Vec<usize>> {
        let accounts: Vec<&[Value<'_>]> = self.accounts.iter().map(|rows| rows.account.as_slice()).collect();
        let touched = tx.exec_each(&ACCOUNT_IMPORT, &accounts).await?;
        let written = || self.accounts.iter().zip(&touched).filter(|(_, touched)| **touched > 0).map(|(rows, _)| rows);
        let mut words: Vec<&[Value<'_>]> = written().flat_map(|rows| &rows.words).map(|word| word.as_slice()).collect();
        words.sort_unstable_by(|one, other| word_of(one).cmp(&word_of(other)));
        let holders: Vec<&[Value<'_>]> =
            written().flat_map(|rows| &rows.holders).map(|holder| holder.as_slice()).collect();
        let persons: Vec<&[Value<'_>]> =
            written().filter_map(|rows| rows.person.as_ref()).map(|person| person.as_slice()).collect();
        let (words, holders, persons) = tokio::join!(biased;
            tx.exec_each(&people::WORD_INSERT, &words),
            tx.exec_each(&people::HOLDER_INSERT, &holders),
            tx.exec_each(&people::PERSON_PUT, &persons),
        );
        words.and(holders).and(persons)?;
        let untouched = touched.iter().enumerate().filter(|(_, touched)| **touched == 0);
        Ok(untouched.map(|(place, _)| place).collect())
    }
}

/// What the index of words is ordered by, among the parameters of one.
fn word_of<'v>(values: &'v [Value<'_>]) -> (&'v str, &'v str) {
    match values {
        [_, Value::Text(kind), Value::Text(word), ..] => (kind, word),
        _ => ("", ""),
    }
}

impl Job for Import {
    type Out = Imported;

    /// [`End`] flushes.
    const IS_FLUSHED: bool = false;

    async fn run(&self, tx: &Tx<'_>) -> Result<Imported> {
        if self.hold_position(tx).await? != self.from {
            return Ok(Imported::Meanwhile);
        }
        if let Some(role) = self.missing_role(tx).await? {
            return Ok(Imported::NoSuchRole(role));
        }
        let taken = self.write(tx).await?;
        let written = self.accounts.len() - taken.len();
        let [tenant, id] = self.key();
        let due = Value::Int(tx.now().plus(POSITION_KEPT).micros());
        let position = [tenant, id, int(self.to), int(written as u64), due];
        tx.exec(&IMPORT_ADVANCE, &position).await?;
        if written > 0 {
            let event = self.event.clone().times(u32::try_from(written).unwrap_or(u32::MAX));
            events::insert_last(tx, &event).await?;
        }
        Ok(Imported::Yes { taken })
    }

    /// Ids are made for one batch, so its accounts say themselves which of them were written.
    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<Imported>> {
        if self.hold_position(tx).await? != self.to {
            return Ok(Seen::No);
        }
        let mut taken = Vec::new();
        for (place, rows) in self.accounts.iter().enumerate() {
            let [tenant, id, ..] = &rows.account;
            if tx.row(&ACCOUNT_THERE, &[tenant.clone(), id.clone()], |row| row.id(0)).await?.is_none() {
                taken.push(place);
            }
        }
        Ok(Seen::Yes(Imported::Yes { taken }))
    }
}

struct End {
    tenant: TenantId,
    id: Uuid,
}

impl Job for End {
    type Out = ();

    /// Writes what is there again: a transaction without a change has nothing to flush.
    async fn run(&self, tx: &Tx<'_>) -> Result<()> {
        let due = Value::Int(tx.now().plus(POSITION_KEPT).micros());
        tx.last(&IMPORT_KEEP, &[Value::Id(self.tenant.uuid()), Value::Id(self.id), due]).await.map(|_| ())
    }

    async fn seen(&self, _tx: &Tx<'_>) -> Result<Seen<()>> {
        Ok(Seen::No)
    }
}

struct PositionOf {
    tenant: TenantId,
    id: Uuid,
}

impl Job for PositionOf {
    type Out = Option<ImportPosition>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        tx.row(&IMPORT_OF, &[Value::Id(self.tenant.uuid()), Value::Id(self.id)], read_position).await
    }
}

struct NamesTaken {
    tenant: TenantId,
    names: Vec<(Kind, EmailKey)>,
}

impl Job for NamesTaken {
    type Out = Vec<usize>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<usize>> {
        let keys: Vec<[Value<'_>; 2]> =
            self.names.iter().map(|(_, key)| [Value::Id(self.tenant.uuid()), Value::text(key.as_str())]).collect();
        let keys: Vec<&[Value<'_>]> = keys.iter().map(|key| key.as_slice()).collect();
        let found = tx.rows_each(&NAME_THERE, &keys, |row| row.parsed::<Kind>(0)).await?;
        let pairs = self.names.iter().zip(found).enumerate();
        Ok(pairs.filter(|(_, ((kind, _), found))| found.contains(kind)).map(|(place, _)| place).collect())
    }
}

struct AccountsAfter {
    tenant: TenantId,
    after: AccountId,
    limit: u32,
}

impl Job for AccountsAfter {
    type Out = PageOfAccounts;

    async fn run(&self, tx: &Tx<'_>) -> Result<PageOfAccounts> {
        let values = [Value::Id(self.tenant.uuid()), Value::Id(self.after.uuid()), Value::Int(self.limit.into())];
        let read = |row: &Row<'_>| Ok((accounts::read_at(row, 0)?, people::read_at(row, accounts::COLUMNS)?));
        let mut page = tx.rows(&ACCOUNTS_PAGE, &values, read).await?;
        page.sort_unstable_by_key(|(account, _)| account.id);
        Ok(page)
    }
}
