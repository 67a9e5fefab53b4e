//! Setting and changing the password of an account that is known.

use countersign_domain::audit::Event;
use countersign_domain::session::EndReason;
use countersign_domain::{Account, AccountId, PasswordHash, SessionId, TenantId};

use crate::accounts::{self, Changed};
use crate::fault::Result;
use crate::job::{Job, Seen};
use crate::letters::{self, NewLetter};
use crate::one_time_tokens::with_new_password;
use crate::statement::{Value, statements};
use crate::tx::Tx;
use crate::{TenantStore, counters, events, invitations, sessions};

statements! {
    ACCOUNT_REHASH = "UPDATE account SET password_hash = $3 \
         WHERE tenant = $1 AND id = $2 AND password_version = $4 AND generation = $5";
    SESSION_TRY = "UPDATE session SET password_failures = password_failures + 1 \
         WHERE tenant = $1 AND id = $2 AND password_failures < $3 AND ended_at IS NULL";
    SESSION_TRIES = "SELECT password_failures FROM session WHERE tenant = $1 AND id = $2";
    SESSION_MOVE = "UPDATE session SET generation = $3, password_failures = 0, browser_counter = browser_counter + 1, \
         proved_at = CASE WHEN browser_counter IS NULL THEN proved_at ELSE $4 END WHERE tenant = $1 AND id = $2";
}

/// Wrong current passwords that end a session (design section 3).
pub const SESSION_TRIES_MAX: i64 = 5;

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

/// A password that its owner changes.
#[derive(Clone, Debug)]
pub struct ChangePassword {
    /// The account whose current password was proved, as it was read then.
    pub account: Account,
    /// The session that acts, and goes on.
    pub session: SessionId,
    /// The new password, hashed.
    pub hash: PasswordHash,
    /// The notice of the fact.
    pub letter: NewLetter,
}

impl TenantStore {
    /// Sets a password: every session and device mark of the account is over, and every lock of it.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn set_password(&self, change: SetPassword, event: Event) -> Result<Changed> {
        self.store.write(Set { tenant: self.id, change, event }).await
    }

    /// Counts a try at the current password on the session that makes it, before it is hashed: however many try at once,
    /// no more than [`SESSION_TRIES_MAX`] are let through. How many are left; nothing: none was.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn try_current_password(&self, session: SessionId) -> Result<Option<i64>> {
        self.store.write(TryCurrent { tenant: self.id, session }).await
    }

    /// Ends a session whose tries are used up.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn end_guessing_session(&self, session: SessionId, event: Event) -> Result<()> {
        self.end_session(session, None, EndReason::TooManyFailures, event).await.map(|_| ())
    }

    /// Changes a password whose current one was proved: every other session of the account is over. The account as it is
    /// then; nothing if password, roles or standing changed meanwhile.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn change_password(&self, change: ChangePassword, event: Event) -> Result<Option<Account>> {
        self.store.write(Change { tenant: self.id, change, event }).await
    }

    /// Replaces a hash by a dearer one of the same password, unless the password or the standing has changed since
    /// the account was read: else an old password would come back.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn rehash(&self, read: &Account, hash: PasswordHash) -> Result<bool> {
        let job = Rehash {
            tenant: self.id,
            id: read.id,
            hash,
            password_version: read.password_version,
            generation: read.generation,
        };
        self.store.write(job).await
    }
}

struct Set {
    tenant: TenantId,
    change: SetPassword,
    event: Event,
}

impl Job for Set {
    type Out = Changed;

    async fn run(&self, tx: &Tx<'_>) -> Result<Changed> {
        let change = &self.change;
        let Some(account) = accounts::lock(tx, self.tenant.uuid(), change.id).await? else {
            return Ok(Changed::NoSuchAccount);
        };
        counters::clear_name(tx, self.tenant, change.name_hash, account.kind).await?;
        accounts::write_password(tx, self.tenant, change.id, &change.hash, change.must_change).await?;
        invitations::delete(tx, self.tenant, change.id).await?;
        events::insert_last(tx, &self.event).await?;
        Ok(Changed::Yes)
    }

    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<Changed>> {
        accounts::lock(tx, self.tenant.uuid(), self.change.id).await?;
        Ok(if events::is_told(tx, &self.event).await? { Seen::Yes(Changed::Yes) } else { Seen::No })
    }
}

struct TryCurrent {
    tenant: TenantId,
    session: SessionId,
}

impl Job for TryCurrent {
    type Out = Option<i64>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        let [tenant, session] = [Value::Id(self.tenant.uuid()), Value::Id(self.session.uuid())];
        let counted = [tenant.clone(), session.clone(), Value::Int(SESSION_TRIES_MAX)];
        if tx.exec(&SESSION_TRY, &counted).await? == 0 {
            return Ok(None);
        }
        let tries = tx.row(&SESSION_TRIES, &[tenant, session], |row| row.int(0)).await?;
        Ok(tries.map(|tries| SESSION_TRIES_MAX.saturating_sub(tries)))
    }

    /// A try counted twice is safe; one that is not counted is a guess for nothing.
    async fn seen(&self, _tx: &Tx<'_>) -> Result<Seen<Self::Out>> {
        Ok(Seen::No)
    }
}

struct Change {
    tenant: TenantId,
    change: ChangePassword,
    event: Event,
}

impl Job for Change {
    type Out = Option<Account>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        let change = &self.change;
        let account = accounts::lock(tx, self.tenant.uuid(), change.account.id).await?;
        let is_same = |now: &Account| {
            now.generation == change.account.generation && now.password_version == change.account.password_version
        };
        let Some(account) = account.filter(is_same) else { return Ok(None) };
        let session = sessions::lock(tx, self.tenant, change.session).await?;
        if session.is_none_or(|session| session.ended.is_some()) {
            return Ok(None);
        }
        accounts::write_password(tx, self.tenant, account.id, &change.hash, false).await?;
        let account = with_new_password(account, &change.hash);
        // A browser has another cookie from now on: the password was proved.
        let moved = [
            Value::Id(self.tenant.uuid()),
            Value::Id(change.session.uuid()),
            Value::Int(account.generation),
            Value::Int(tx.now().micros()),
        ];
        tx.exec(&SESSION_MOVE, &moved).await?;
        letters::post(tx, &change.letter).await?;
        events::insert_last(tx, &self.event).await?;
        Ok(Some(account))
    }

    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<Self::Out>> {
        let account = accounts::lock(tx, self.tenant.uuid(), self.change.account.id).await?;
        let is_told = events::is_told(tx, &self.event).await?;
        Ok(if is_told { Seen::Yes(account) } else { Seen::No })
    }
}

struct Rehash {
    tenant: TenantId,
    id: AccountId,
    hash: PasswordHash,
    password_version: i64,
    generation: i64,
}

impl Job for Rehash {
    type Out = bool;

    async fn run(&self, tx: &Tx<'_>) -> Result<bool> {
        let values = [
            Value::Id(self.tenant.uuid()),
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
