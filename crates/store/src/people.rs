//! The people behind accounts: what is known of them, how they are found, which roles they hold.

use std::collections::BTreeSet;

use countersign_domain::{
    Account, AccountId, DynamicFields, Kind, MANAGER, Person, Phone, Role, Standing, TenantId, end_of_prefix, fold,
    search_words,
};
use uuid::Uuid;

use crate::accounts::{self, account_columns};
use crate::fault::Result;
use crate::job::Job;
use crate::statement::{Row, Value, statements};
use crate::tx::Tx;
use crate::{TenantStore, roles};

/// The columns that [`read_at`] reads, of a table named `p`.
macro_rules! person_columns {
    () => {
        "p.dialing_code, p.phone, p.dob, p.address, p.customer_type, p.dynamic_fields, p.language"
    };
}
pub(crate) use person_columns;

// PEOPLE_BEFORE finds ids alone first, which the index holds, and ROLE_HOLDERS is ordered by a column that is the same in
// every row: else SQLite walks every account of the tenant by the primary key, which it thinks cheaper.
statements! {
    pub(crate) WORD_INSERT = "INSERT INTO account_word (tenant, kind, word, account) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (tenant, kind, word, account) DO NOTHING";
    WORD_DELETE = "DELETE FROM account_word WHERE tenant = $1 AND kind = $2 AND word = $3 AND account = $4";
    pub(crate) HOLDER_INSERT = "INSERT INTO role_holder (tenant, role, account) VALUES ($1, $2, $3) \
         ON CONFLICT (tenant, role, account) DO NOTHING";
    HOLDER_DELETE = "DELETE FROM role_holder WHERE tenant = $1 AND role = $2 AND account = $3";
    PERSON_OF = concat!("SELECT ", person_columns!(), " FROM person p WHERE p.tenant = $1 AND p.account = $2");
    pub(crate) PERSON_PUT = "INSERT INTO person (tenant, account, dialing_code, phone, dob, address, customer_type, dynamic_fields, \
         language) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant, account) DO UPDATE SET \
         dialing_code = excluded.dialing_code, phone = excluded.phone, dob = excluded.dob, address = excluded.address, \
         customer_type = excluded.customer_type, dynamic_fields = excluded.dynamic_fields, language = excluded.language";
    PERSON_DELETE = "DELETE FROM person WHERE tenant = $1 AND account = $2";
    PEOPLE_BEFORE = concat!(
        "SELECT ", account_columns!(), " FROM (SELECT id FROM account WHERE tenant = $1 AND kind = $2 AND id < $3 \
         ORDER BY kind DESC, id DESC LIMIT $4) page JOIN account a ON a.tenant = $1 AND a.id = page.id"
    );
    HOLDERS_BEFORE = concat!(
        "SELECT ", account_columns!(), " FROM (SELECT account FROM role_holder WHERE tenant = $1 AND role = $2 \
         AND account < $3 ORDER BY role DESC, account DESC LIMIT $4) page \
         JOIN account a ON a.tenant = $1 AND a.id = page.account"
    );
    CLOSED_BEFORE = concat!(
        "SELECT ", account_columns!(), " FROM (SELECT id FROM account WHERE tenant = $1 AND kind = $2 AND id < $3 \
         AND standing = 'deactivated' ORDER BY kind DESC, id DESC LIMIT $4) page \
         JOIN account a ON a.tenant = $1 AND a.id = page.id"
    );
    PEOPLE_FOUND = concat!(
        "SELECT w.word, ", account_columns!(), " FROM account_word w JOIN account a ON a.tenant = w.tenant \
         AND a.id = w.account WHERE w.tenant = $1 AND w.kind = $2 AND (w.word, w.account) > ($3, $4) AND w.word < $5 \
         ORDER BY w.word, w.account LIMIT $6"
    );
    ROLE_HOLDERS = concat!(
        "SELECT ", account_columns!(), " FROM role_holder h JOIN account a ON a.tenant = h.tenant AND a.id = h.account \
         WHERE h.tenant = $1 AND h.role = $2 ORDER BY h.role, h.account"
    );
}

/// Where a list goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListCursor {
    /// After this account, in a list of all, the newest first.
    Before(AccountId),
    /// After this word and account, in a search.
    After(String, AccountId),
}

/// Which accounts are asked for.
#[derive(Clone, Debug)]
pub struct ListPeople {
    /// Customers or staff.
    pub kind: Kind,
    /// The beginning of an address, a first or a last name; none: all.
    pub search: Option<String>,
    /// Of those, only some.
    pub only: OnlyPeople,
    /// Where the page before ended.
    pub cursor: Option<ListCursor>,
    /// The most accounts to answer.
    pub limit: u32,
}

/// What narrows a list of people down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OnlyPeople {
    /// Who holds this role.
    pub role: Option<Role>,
    /// Whose account stands so.
    pub standing: Option<Standing>,
}

impl OnlyPeople {
    fn take(&self, account: &Account) -> bool {
        self.role.as_ref().is_none_or(|role| account.roles.contains(role))
            && self.standing.is_none_or(|standing| account.standing == standing)
    }
}

/// A page of accounts, and where the next one begins.
#[derive(Clone, Debug)]
pub struct PeoplePage {
    /// In their order; what is searched or narrowed down may be fewer than asked for and still go on.
    pub accounts: Vec<Account>,
    /// Nothing: this is the last page.
    pub next: Option<ListCursor>,
}

impl TenantStore {
    /// A page of accounts of one kind, all or those that a search finds.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn people(&self, ask: ListPeople) -> Result<PeoplePage> {
        self.store.read(List { tenant: self.id, ask }).await
    }

    /// What is known of the person behind an account; nothing where the account's row stands alone.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn person(&self, account: AccountId) -> Result<Person> {
        self.store.read(Known { tenant: self.id, account }).await
    }
}

/// Reads [`person_columns`] that begin at the first given column; without a row all of them are nothing.
pub(crate) fn read_at(row: &Row<'_>, first: usize) -> Result<Person> {
    let phone = match (row.maybe_text(first)?, row.maybe_text(first + 1)?) {
        (Some(code), Some(national)) => {
            Some(Phone::new(&code, &national).map_err(|bad| row.bad(first + 1, bad.to_string()))?)
        }
        _ => None,
    };
    let fields = row.maybe_text(first + 5)?.map(|text| serde_json::from_str::<DynamicFields>(&text)).transpose();
    Ok(Person {
        phone,
        dob: maybe_parsed(row, first + 2)?,
        address: maybe_parsed(row, first + 3)?,
        customer_type: maybe_parsed(row, first + 4)?,
        dynamic_fields: fields.map_err(|error| row.bad(first + 5, error.to_string()))?.unwrap_or_default(),
        language: maybe_parsed(row, first + 6)?,
    })
}

fn maybe_parsed<T: std::str::FromStr>(row: &Row<'_>, column: usize) -> Result<Option<T>> {
    let text = row.maybe_text(column)?;
    text.map(|text| text.parse().map_err(|_| row.bad(column, "is none of the known values"))).transpose()
}

/// What is known of a person, read within another job.
pub(crate) async fn person(tx: &Tx<'_>, tenant: TenantId, account: AccountId) -> Result<Person> {
    let found =
        tx.row(&PERSON_OF, &[Value::Id(tenant.uuid()), Value::Id(account.uuid())], |row| read_at(row, 0)).await?;
    Ok(found.unwrap_or_default())
}

/// Writes what is known of a person, in place of what was known.
pub(crate) async fn put_person(tx: &Tx<'_>, tenant: TenantId, account: AccountId, person: &Person) -> Result<()> {
    tx.exec(&PERSON_PUT, &person_values(tenant, account, person)).await.map(|_| ())
}

/// The parameters of [`PERSON_PUT`].
pub(crate) fn person_values(tenant: TenantId, account: AccountId, person: &Person) -> [Value<'static>; 9] {
    let fields = person.dynamic_fields.entries();
    let fields = (!fields.is_empty()).then(|| serde_json::to_string(fields).unwrap_or_default());
    [
        Value::Id(tenant.uuid()),
        Value::Id(account.uuid()),
        Value::maybe(person.phone.as_ref(), |phone| Value::text(phone.dialing_code().to_owned())),
        Value::maybe(person.phone.as_ref(), |phone| Value::text(phone.national().to_owned())),
        Value::maybe(person.dob, |dob| Value::text(dob.to_string())),
        Value::maybe(person.address.as_ref(), |address| Value::text(address.as_str().to_owned())),
        Value::maybe(person.customer_type, |kind| Value::text(kind.name())),
        Value::maybe(fields, Value::text),
        Value::maybe(person.language, |language| Value::text(language.tag())),
    ]
}

/// The parameters of [`WORD_INSERT`].
pub(crate) fn word(tenant: TenantId, (id, kind): (AccountId, Kind), word: String) -> [Value<'static>; 4] {
    [Value::Id(tenant.uuid()), Value::text(kind.name()), Value::text(word), Value::Id(id.uuid())]
}

/// The parameters of [`HOLDER_INSERT`].
pub(crate) fn holder(tenant: TenantId, account: AccountId, role: &Role) -> [Value<'static>; 3] {
    [Value::Id(tenant.uuid()), Value::text(role.to_string()), Value::Id(account.uuid())]
}

/// Makes an account findable by these words instead of those.
pub(crate) async fn put_words(
    tx: &Tx<'_>,
    tenant: TenantId,
    (id, kind): (AccountId, Kind),
    was: &BTreeSet<String>,
    to: &BTreeSet<String>,
) -> Result<()> {
    for gone in was.difference(to) {
        tx.exec(&WORD_DELETE, &word(tenant, (id, kind), gone.clone())).await?;
    }
    for new in to.difference(was) {
        tx.exec(&WORD_INSERT, &word(tenant, (id, kind), new.clone())).await?;
    }
    Ok(())
}

/// Notes who holds which role.
pub(crate) async fn put_holder(
    tx: &Tx<'_>,
    tenant: TenantId,
    account: AccountId,
    was: &[Role],
    to: &[Role],
) -> Result<()> {
    for role in was.iter().filter(|role| !to.contains(role)) {
        tx.exec(&HOLDER_DELETE, &holder(tenant, account, role)).await?;
    }
    for role in to.iter().filter(|role| !was.contains(role)) {
        tx.exec(&HOLDER_INSERT, &holder(tenant, account, role)).await?;
    }
    Ok(())
}

/// Holds the role of managers, so that two who take it from each other go one by one. Before any account is locked.
pub(crate) async fn hold_managers(tx: &Tx<'_>, tenant: TenantId) -> Result<()> {
    roles::lock(tx, tenant, MANAGER).await.map(|_| ())
}

/// Whether the tenant would be without a manager who can log in if this one were none any more. Whoever asks holds the
/// role ([`hold_managers`]).
pub(crate) async fn is_last_manager(tx: &Tx<'_>, tenant: TenantId, account: &Account) -> Result<bool> {
    if !account.is_manager() || !account.is_open() {
        return Ok(false);
    }
    let key = [Value::Id(tenant.uuid()), Value::text(MANAGER)];
    let managers = tx.rows(&ROLE_HOLDERS, &key, |row| accounts::read_at(row, 0)).await?;
    Ok(!managers.iter().any(|other| other.id != account.id && other.is_open()))
}

/// Forgets the person behind an account that is deleted, and how it was found.
pub(crate) async fn forget(tx: &Tx<'_>, tenant: TenantId, account: &Account) -> Result<()> {
    put_words(tx, tenant, (account.id, account.kind), &words(account), &BTreeSet::new()).await?;
    put_holder(tx, tenant, account.id, &account.roles, &[]).await?;
    tx.exec(&PERSON_DELETE, &[Value::Id(tenant.uuid()), Value::Id(account.id.uuid())]).await.map(|_| ())
}

/// The words that an account is found by.
pub(crate) fn words(account: &Account) -> BTreeSet<String> {
    let key = countersign_domain::Email::parse(&account.email).map(|email| email.key().as_str().to_owned());
    let key = key.unwrap_or_default();
    search_words(&key, account.first_name.as_deref(), account.last_name.as_deref())
}

struct Known {
    tenant: TenantId,
    account: AccountId,
}

impl Job for Known {
    type Out = Person;

    async fn run(&self, tx: &Tx<'_>) -> Result<Person> {
        person(tx, self.tenant, self.account).await
    }
}

struct List {
    tenant: TenantId,
    ask: ListPeople,
}

impl Job for List {
    type Out = PeoplePage;

    async fn run(&self, tx: &Tx<'_>) -> Result<PeoplePage> {
        // Roles of the other kind are told to nobody who sees this kind alone, not even how many hold one.
        if self.ask.only.role.as_ref().is_some_and(|role| role.kind() != self.ask.kind) {
            return Ok(PeoplePage { accounts: Vec::new(), next: None });
        }
        match self.ask.search.as_deref().map(fold).filter(|prefix| !prefix.is_empty()) {
            Some(prefix) => self.found(tx, &prefix).await,
            None => self.all(tx).await,
        }
    }
}

impl List {
    fn key(&self) -> [Value<'static>; 2] {
        [Value::Id(self.tenant.uuid()), Value::text(self.ask.kind.name())]
    }

    fn limit(&self) -> usize {
        usize::try_from(self.ask.limit).unwrap_or(usize::MAX)
    }

    async fn all(&self, tx: &Tx<'_>) -> Result<PeoplePage> {
        let before = match &self.ask.cursor {
            Some(ListCursor::Before(id) | ListCursor::After(_, id)) => id.uuid(),
            None => Uuid::max(),
        };
        let [tenant, kind] = self.key();
        // The rarest first: few hold a role, fewer are closed, and most are active.
        let (statement, of) = match &self.ask.only {
            OnlyPeople { role: Some(role), .. } => (&HOLDERS_BEFORE, Value::text(role.to_string())),
            OnlyPeople { standing: Some(Standing::Deactivated), .. } => (&CLOSED_BEFORE, kind),
            _ => (&PEOPLE_BEFORE, kind),
        };
        let one_more = i64::from(self.ask.limit).saturating_add(1);
        let values = [tenant, of, Value::Id(before), Value::Int(one_more)];
        let mut accounts = tx.rows(statement, &values, |row| accounts::read_at(row, 0)).await?;
        accounts.sort_unstable_by_key(|account| std::cmp::Reverse(account.id));
        let goes_on = accounts.len() > self.limit();
        accounts.truncate(self.limit());
        let next = accounts.last().filter(|_| goes_on).map(|last| ListCursor::Before(last.id));
        accounts.retain(|account| self.ask.only.take(account));
        Ok(PeoplePage { accounts, next })
    }

    /// An account that is found by two words stands where the first of them does.
    async fn found(&self, tx: &Tx<'_>, prefix: &str) -> Result<PeoplePage> {
        let (word, id) = match &self.ask.cursor {
            Some(ListCursor::After(word, id)) => (word.clone(), id.uuid()),
            _ => (prefix.to_owned(), Uuid::nil()),
        };
        let end = end_of_prefix(prefix).unwrap_or_else(|| "\u{10ffff}".repeat(2));
        let [tenant, kind] = self.key();
        let rows_max = i64::from(self.ask.limit).saturating_add(1);
        let values = [tenant, kind, Value::text(word), Value::Id(id), Value::text(end), Value::Int(rows_max)];
        let read = |row: &Row<'_>| Ok((row.text(0)?, accounts::read_at(row, 1)?));
        let mut rows = tx.rows(&PEOPLE_FOUND, &values, read).await?;
        let goes_on = rows.len() > self.limit();
        rows.truncate(self.limit());
        let next = rows.last().filter(|_| goes_on).map(|(word, account)| ListCursor::After(word.clone(), account.id));
        let is_first = |word: &String, account: &Account| {
            words(account).iter().find(|known| known.starts_with(prefix)).is_none_or(|first| first >= word)
        };
        let is_meant = |word: &String, account: &Account| is_first(word, account) && self.ask.only.take(account);
        let accounts = rows.into_iter().filter(|(word, account)| is_meant(word, account));
        Ok(PeoplePage { accounts: accounts.map(|(_, account)| account).collect(), next })
    }
}
