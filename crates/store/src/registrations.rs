use std::time::Duration;

use countersign_domain::audit::Event;
use countersign_domain::letter::CONFIRMATION_LIFE;
use countersign_domain::{EmailKey, Kind, PasswordHash, Person, TenantId, Timestamp};
use uuid::Uuid;

use crate::accounts::{self, Created, NewAccount};
use crate::fault::{Fault, Result};
use crate::job::{Job, Seen};
use crate::letters::{self, NewLetter, Posted};
use crate::passing::{self, Passing, passes};
use crate::statement::{Row, Value, statements};
use crate::tx::Tx;
use crate::{TenantStore, events, tenants};

// REGISTRATIONS_OF_NAME finds ids alone first, which the index holds: else SQLite walks every registration of the tenant
// by the primary key, which it thinks cheaper.
statements! {
    REGISTRATION_INSERT = "INSERT INTO registration (tenant, id, email_key, email, first_name, last_name, person, \
         password_hash, failures, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10)";
    REGISTRATIONS_OF_NAME = "SELECT r.id, r.created_at, r.expires_at, r.email, r.first_name, r.last_name, r.person, \
         r.password_hash FROM (SELECT id FROM registration WHERE tenant = $1 AND email_key = $2 \
         ORDER BY email_key DESC, id DESC LIMIT $3) page JOIN registration r ON r.tenant = $1 AND r.id = page.id";
    REGISTRATION_TRY = "UPDATE registration SET failures = failures + 1 \
         WHERE tenant = $1 AND id = $2 AND failures < $3 AND expires_at > $4";
    REGISTRATION_NAME = "SELECT email_key FROM registration WHERE tenant = $1 AND id = $2";
    REGISTRATIONS_HOLD = "SELECT id FROM registration WHERE tenant = $1 AND email_key = $2 ORDER BY email_key, id {lock}";
}

/// Wrong passwords after which a registration is worth nothing (contract section 5).
pub const CONFIRMATION_TRIES_MAX: i64 = 5;

/// A registration without a letter of its own waits so long for somebody with an earlier letter: the time within which
/// the name is sent no further one.
pub const WAITING_LIFE: Duration = Duration::from_secs(60 * 60);
/// Registrations of one name that wait so; the oldest goes. Each is a hash more for whoever confirms.
pub const WAITING_MAX: usize = 3;

/// More than there can be: as many as letters are sent within a day, and those that wait.
const REGISTRATIONS_OF_NAME_MAX: i64 = 128;

/// A person who wants to be a customer.
#[derive(Clone, Debug)]
pub struct NewRegistration {
    /// Made for it; the id of the account that it becomes, too.
    pub id: Uuid,
    /// The address, not yet proved.
    pub email: countersign_domain::Email,
    /// Shown to people.
    pub first_name: String,
    /// Shown to people.
    pub last_name: String,
    /// What else is known.
    pub person: Person,
    /// The password, hashed: confirming asks for it again.
    pub password_hash: PasswordHash,
    /// To whoever reads the address: how to confirm.
    pub confirmation: NewLetter,
    /// To whom the address belongs already; its account is filled in when it is known.
    pub address_taken: NewLetter,
    /// Tells it.
    pub event: Event,
}

/// A registration as it lies in the store.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Its id.
    pub id: Uuid,
    /// As typed.
    pub email: String,
    /// Shown to people.
    pub first_name: String,
    /// Shown to people.
    pub last_name: String,
    /// What else is known.
    pub person: Person,
    /// What the confirming password is compared with.
    pub password_hash: PasswordHash,
}

impl TenantStore {
    /// Keeps a registration until it is confirmed, and posts its letter; or tells the owner of the address. Where the name
    /// has had as many letters as it may, it is kept for [`WAITING_LIFE`] and can be confirmed with one of those.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn register(&self, registration: NewRegistration) -> Result<()> {
        self.store.write(Register { tenant: self.id, registration }).await
    }

    /// What the token of a registration can confirm: that one first, and after it those of the same address that wait
    /// for a letter, the newest first. No more than [`WAITING_MAX`] of them.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn registrations_of_token(&self, id: Uuid) -> Result<Vec<Registration>> {
        self.store.read(OfToken { tenant: self.id, id }).await
    }

    /// Counts a try at the password of a registration, before it is hashed: however many try at once, no more than
    /// [`CONFIRMATION_TRIES_MAX`] are let through.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn try_confirmation(&self, id: Uuid) -> Result<bool> {
        self.store.write(Try { tenant: self.id, id }).await
    }

    /// Makes the account of a registration, which discards every other registration of its address. [`Created::EmailTaken`] where
    /// it is gone, or somebody else was quicker.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn confirm(&self, id: Uuid, account: NewAccount, event: Event) -> Result<Created> {
        match self.store.write(Confirm { tenant: self.id, id, account, event }).await {
            Err(Fault::Taken) => Ok(Created::EmailTaken),
            other => other,
        }
    }
}

fn read(row: &Row<'_>) -> Result<(Life, Registration)> {
    let registration = Registration {
        id: row.id(0)?,
        email: row.text(3)?,
        first_name: row.text(4)?,
        last_name: row.text(5)?,
        person: serde_json::from_str(&row.text(6)?).map_err(|error| row.bad(6, error.to_string()))?,
        password_hash: PasswordHash::new(row.text(7)?),
    };
    Ok((Life::read(row)?, registration))
}

/// How long a registration lives. One that has a letter of its own lives longer than one that waits for another's.
struct Life {
    id: Uuid,
    created_at: Timestamp,
    expires_at: Timestamp,
}

impl Life {
    fn read(row: &Row<'_>) -> Result<Self> {
        let [created_at, expires_at] = [row.int(1)?, row.int(2)?].map(Timestamp::from_micros);
        Ok(Self { id: row.id(0)?, created_at, expires_at })
    }

    fn is_waiting(&self, now: Timestamp) -> bool {
        now < self.expires_at && self.expires_at < self.created_at.plus(CONFIRMATION_LIFE)
    }
}

/// The registrations of a name, the newest first.
async fn of_name(tx: &Tx<'_>, tenant: TenantId, email_key: &str) -> Result<Vec<(Life, Registration)>> {
    let values = [Value::Id(tenant.uuid()), Value::text(email_key), Value::Int(REGISTRATIONS_OF_NAME_MAX)];
    let mut found = tx.rows(&REGISTRATIONS_OF_NAME, &values, read).await?;
    found.sort_unstable_by_key(|(life, _)| std::cmp::Reverse(life.id));
    Ok(found)
}

fn key(tenant: TenantId, id: Uuid) -> [Value<'static>; 2] {
    [Value::Id(tenant.uuid()), Value::Id(id)]
}

struct Register {
    tenant: TenantId,
    registration: NewRegistration,
}

impl Job for Register {
    type Out = ();

    async fn run(&self, tx: &Tx<'_>) -> Result<()> {
        let new = &self.registration;
        match self.owner(tx, new.email.key()).await? {
            Some(account) => {
                let letter = countersign_domain::Letter::AddressTaken { account };
                letters::post(tx, &NewLetter { letter, ..new.address_taken.clone() }).await?;
            }
            None => {
                if letters::post(tx, &new.confirmation).await? == Posted::Yes {
                    self.insert(tx, CONFIRMATION_LIFE).await?;
                } else {
                    self.make_room(tx).await?;
                    self.insert(tx, WAITING_LIFE).await?;
                }
            }
        }
        events::insert_last(tx, &new.event).await
    }

    /// There is no row to hold: asked again, it is a second letter at worst, within the cap.
    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<()>> {
        Ok(if events::is_told(tx, &self.registration.event).await? { Seen::Yes(()) } else { Seen::CannotTell })
    }
}

impl Register {
    async fn owner(&self, tx: &Tx<'_>, email: &EmailKey) -> Result<Option<countersign_domain::AccountId>> {
        let accounts = accounts::of_name(tx, self.tenant.uuid(), email).await?;
        Ok(accounts.iter().find(|account| account.kind == Kind::Customer).map(|account| account.id))
    }

    /// The oldest that wait for a letter go where there are as many as are compared with.
    async fn make_room(&self, tx: &Tx<'_>) -> Result<()> {
        let found = of_name(tx, self.tenant, self.registration.email.key().as_str()).await?;
        let waiting = found.into_iter().filter(|(life, _)| life.is_waiting(tx.now())).map(|(life, _)| life.id);
        for id in waiting.skip(WAITING_MAX.saturating_sub(1)) {
            passing::delete(tx, self.tenant, id, Passing::Registration).await?;
        }
        Ok(())
    }

    async fn insert(&self, tx: &Tx<'_>, life: Duration) -> Result<()> {
        let new = &self.registration;
        let expires_at = tx.now().plus(life);
        let person = serde_json::to_string(&new.person).map_err(|error| Fault::Broken(error.to_string()))?;
        let values = [
            Value::Id(self.tenant.uuid()),
            Value::Id(new.id),
            Value::text(new.email.key().as_str()),
            Value::text(new.email.typed()),
            Value::text(new.first_name.as_str()),
            Value::text(new.last_name.as_str()),
            Value::text(person),
            Value::text(new.password_hash.phc()),
            Value::Int(tx.now().micros()),
            Value::Int(expires_at.micros()),
        ];
        tx.exec(&REGISTRATION_INSERT, &values).await?;
        passes(tx, self.tenant, new.id, Passing::Registration, expires_at).await
    }
}

struct OfToken {
    tenant: TenantId,
    id: Uuid,
}

impl Job for OfToken {
    type Out = Vec<Registration>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        let name = tx.row(&REGISTRATION_NAME, &key(self.tenant, self.id), |row| row.text(0)).await?;
        let Some(email_key) = name else { return Ok(Vec::new()) };
        let found = of_name(tx, self.tenant, &email_key).await?;
        let (own, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|(life, _)| life.id == self.id);
        let own = own.into_iter().filter(|(life, _)| tx.now() < life.expires_at);
        let waiting = others.into_iter().filter(|(life, _)| life.is_waiting(tx.now())).take(WAITING_MAX);
        let mut all = own.map(|(_, registration)| registration).collect::<Vec<_>>();
        if !all.is_empty() {
            all.extend(waiting.map(|(_, registration)| registration));
        }
        Ok(all)
    }
}

struct Try {
    tenant: TenantId,
    id: Uuid,
}

impl Job for Try {
    type Out = bool;

    async fn run(&self, tx: &Tx<'_>) -> Result<bool> {
        let [tenant, id] = key(self.tenant, self.id);
        let values = [tenant, id, Value::Int(CONFIRMATION_TRIES_MAX), Value::Int(tx.now().micros())];
        Ok(tx.last(&REGISTRATION_TRY, &values).await? == 1)
    }

    /// A try counted twice is safe; one that is not counted is a guess for nothing.
    async fn seen(&self, _tx: &Tx<'_>) -> Result<Seen<bool>> {
        Ok(Seen::No)
    }
}

struct Confirm {
    tenant: TenantId,
    id: Uuid,
    account: NewAccount,
    event: Event,
}

impl Job for Confirm {
    type Out = Created;

    async fn run(&self, tx: &Tx<'_>) -> Result<Created> {
        let name = tx.row(&REGISTRATION_NAME, &key(self.tenant, self.id), |row| row.text(0)).await?;
        let Some(email_key) = name else { return Ok(Created::EmailTaken) };
        // All of the name, in their order, so that two who confirm it go one after the other.
        let name = [Value::Id(self.tenant.uuid()), Value::text(email_key)];
        let held = tx.rows(&REGISTRATIONS_HOLD, &name, |row| row.id(0)).await?;
        if !held.contains(&self.id) {
            return Ok(Created::EmailTaken);
        }
        if let Some(refused) = accounts::insert(tx, self.tenant, &self.account).await? {
            return Ok(refused);
        }
        for id in held {
            passing::delete(tx, self.tenant, id, Passing::Registration).await?;
        }
        events::insert_last(tx, &self.event).await?;
        Ok(Created::Yes)
    }

    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<Created>> {
        tenants::hold(tx, self.tenant.uuid()).await?;
        Ok(if events::is_told(tx, &self.event).await? { Seen::Yes(Created::Yes) } else { Seen::No })
    }
}
