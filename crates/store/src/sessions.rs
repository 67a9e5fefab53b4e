use std::sync::Arc;

use countersign_domain::audit::{Actor, Event};
use countersign_domain::gate::{self, Closed, Facts};
use countersign_domain::session::{Browser, Client, EndReason, Presented, RefreshReplay, Rotation, Session, TokenId};
use countersign_domain::{Account, AccountId, Letter, SessionId, Settings, TenantId, TenantState, Timestamp};

use crate::accounts::{self, account_columns};
use crate::fault::Result;
use crate::job::{Job, Seen};
use crate::letters::{self, NewLetter};
use crate::statement::{Row, Value, statements};
use crate::tx::Tx;
use crate::{TenantStore, events};

macro_rules! session_columns {
    () => {
        "id, account, generation, secret, refresh_counter, rotated_at, last_request, network, user_agent, created_at, \
         idle_expires_at, expires_at, ended_at, end_reason, browser_counter, proved_at"
    };
}

// SESSIONS_LIVE answers with ids alone, which the index holds: asked for more, SQLite takes the primary key instead and
// walks every session of the tenant. Its order begins with a column that is the same in every row, since PostgreSQL
// does not know that. SESSIONS_ENDED compares with a number where IS NOT NULL would do: SQLite searches for no such
// thing.
statements! {
    SESSION_BY_ID = concat!("SELECT ", session_columns!(), " FROM session WHERE tenant = $1 AND id = $2");
    SESSION_LOCK = concat!("SELECT ", session_columns!(), " FROM session WHERE tenant = $1 AND id = $2 {lock}");
    SESSIONS_LIVE = "SELECT id FROM session WHERE tenant = $1 AND account = $2 AND ended_at IS NULL \
         ORDER BY ended_at DESC, id DESC LIMIT $3 OFFSET $4";
    SESSIONS_ENDED = concat!(
        "SELECT ", session_columns!(), " FROM session WHERE tenant = $1 AND account = $2 AND ended_at > 0 \
         ORDER BY ended_at DESC, id DESC LIMIT $3"
    );
    SESSION_INSERT = "INSERT INTO session (tenant, id, account, generation, secret, refresh_counter, rotated_at, \
         last_request, network, user_agent, created_at, idle_expires_at, expires_at, browser_counter, proved_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    SESSION_DUE_INSERT = "INSERT INTO session_due (tenant, session, due_at) VALUES ($1, $2, $3)";
    SESSION_ROTATE = "UPDATE session SET refresh_counter = $3, rotated_at = $4, last_request = $5, network = $6, \
         user_agent = $7, idle_expires_at = $8 WHERE tenant = $1 AND id = $2";
    SESSION_END = "UPDATE session SET ended_at = $3, end_reason = $4 WHERE tenant = $1 AND id = $2 AND ended_at IS NULL";
    STANDING = concat!(
        "SELECT t.state, t.sessions_after, s.generation, s.created_at, s.ended_at, s.idle_expires_at, s.expires_at, ",
        account_columns!(),
        " FROM session s JOIN account a ON a.tenant = s.tenant AND a.id = s.account JOIN tenant t ON t.id = s.tenant \
         WHERE s.tenant = $1 AND s.id = $2"
    );
}

/// Whose session it is, with what the gate judges.
#[derive(Clone, Debug)]
pub struct Holder {
    /// What the gate judges.
    pub facts: Facts,
    /// The account.
    pub account: Account,
}

/// A refresh token to be exchanged.
#[derive(Clone, Debug)]
pub struct RotateSession {
    /// The token's claim `sid`.
    pub session: SessionId,
    /// The rest of it, and where it came from.
    pub presented: Presented,
    /// The tenant's settings: lives and the rule for repeats.
    pub settings: Arc<Settings>,
    /// Tells a reuse.
    pub reuse_event: Event,
    /// Made for the letter that tells a reuse to the account's owner.
    pub reuse_letter: uuid::Uuid,
}

/// What became of it.
#[derive(Clone, Debug)]
pub enum Rotated {
    /// The session goes on as given; its current token is to be handed out (again, after an honest repeat).
    Yes(Box<Session>, Box<Account>),
    /// A used token came back: the session has ended.
    Reuse,
    /// Nothing changes: not ours, ended or expired.
    Refused,
    /// The tenant is suspended.
    Suspended,
}

/// What became of an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It has ended now.
    Now(AccountId),
    /// It had ended before, or its row is gone.
    Before,
    /// The token was not one of the session's own.
    NotOurs,
}

impl TenantStore {
    /// Whose session it is and whether it still opens anything: read anew for every token that is shown.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn holder(&self, session: SessionId) -> Result<Option<Holder>> {
        self.store.read(WhoHolds { tenant: self.id, session }).await
    }

    /// One session.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn session(&self, id: SessionId) -> Result<Option<Session>> {
        self.store.read(ById { tenant: self.id, id }).await
    }

    /// Exchanges a refresh token.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn rotate(&self, ask: RotateSession) -> Result<Rotated> {
        self.store.write(Rotate { tenant: self.id, ask }).await
    }

    /// Ends a session. Where it is asked for by a refresh token, that must be one of the session's own.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn end_session(
        &self,
        session: SessionId,
        asked_by: Option<(i64, TokenId)>,
        reason: EndReason,
        event: Event,
    ) -> Result<Ended> {
        self.store.write(End { tenant: self.id, session, asked_by, reason, event }).await
    }

    /// Sessions of an account: first those that were not ended, the newest first, then those that ended last.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn sessions(&self, account: AccountId, limit: u32) -> Result<Vec<Session>> {
        self.store.read(SessionsOf { tenant: self.id, account, limit }).await
    }
}

pub(crate) fn read(row: &Row<'_>) -> Result<Session> {
    let ended_at = row.maybe_int(12)?.map(Timestamp::from_micros);
    let reason = row.maybe_text(13)?;
    let ended = match (ended_at, reason) {
        (None, None) => None,
        (Some(at), Some(name)) => Some((at, name.parse().map_err(|_| row.bad(13, "is no reason for an end"))?)),
        _ => return Err(row.bad(13, "does not go with ended_at")),
    };
    let browser = match (row.maybe_int(14)?, row.maybe_int(15)?) {
        (None, None) => None,
        (Some(counter), Some(at)) => Some(Browser { counter, proved_at: Timestamp::from_micros(at) }),
        _ => return Err(row.bad(15, "does not go with browser_counter")),
    };
    Ok(Session {
        id: SessionId::from_uuid(row.id(0)?),
        account: AccountId::from_uuid(row.id(1)?),
        generation: row.int(2)?,
        secret: row.array(3)?,
        refresh_counter: row.int(4)?,
        rotated_at: Timestamp::from_micros(row.int(5)?),
        last_request: row.maybe_id(6)?,
        client: Client { network: row.text(7)?, user_agent: row.text(8)? },
        created_at: Timestamp::from_micros(row.int(9)?),
        idle_expires_at: Timestamp::from_micros(row.int(10)?),
        expires_at: Timestamp::from_micros(row.int(11)?),
        ended,
        browser,
    })
}

pub(crate) async fn lock(tx: &Tx<'_>, tenant: TenantId, id: SessionId) -> Result<Option<Session>> {
    tx.row(&SESSION_LOCK, &[Value::Id(tenant.uuid()), Value::Id(id.uuid())], read).await
}

pub(crate) async fn by_id(tx: &Tx<'_>, tenant: TenantId, id: SessionId) -> Result<Option<Session>> {
    tx.row(&SESSION_BY_ID, &[Value::Id(tenant.uuid()), Value::Id(id.uuid())], read).await
}

/// Whose session it is, and what the gate judges of it.
pub(crate) async fn standing(tx: &Tx<'_>, tenant: TenantId, id: SessionId) -> Result<Option<Holder>> {
    tx.row(&STANDING, &[Value::Id(tenant.uuid()), Value::Id(id.uuid())], holder).await
}

/// The sessions of an account that were not ended, by their place when the newest stands first.
pub(crate) async fn live(
    tx: &Tx<'_>,
    tenant: TenantId,
    account: AccountId,
    places: std::ops::Range<u32>,
) -> Result<Vec<SessionId>> {
    let key = [
        Value::Id(tenant.uuid()),
        Value::Id(account.uuid()),
        Value::Int((places.end - places.start).into()),
        Value::Int(places.start.into()),
    ];
    tx.rows(&SESSIONS_LIVE, &key, |row| row.id(0).map(SessionId::from_uuid)).await
}

/// Writes a new session, and when it is to be looked at for removal.
pub(crate) async fn insert(tx: &Tx<'_>, tenant: TenantId, session: &Session) -> Result<()> {
    let values = [
        Value::Id(tenant.uuid()),
        Value::Id(session.id.uuid()),
        Value::Id(session.account.uuid()),
        Value::Int(session.generation),
        Value::bytes(&session.secret),
        Value::Int(session.refresh_counter),
        Value::Int(session.rotated_at.micros()),
        Value::maybe(session.last_request, Value::Id),
        Value::text(session.client.network.as_str()),
        Value::text(session.client.user_agent.as_str()),
        Value::Int(session.created_at.micros()),
        Value::Int(session.idle_expires_at.micros()),
        Value::Int(session.expires_at.micros()),
        Value::maybe(session.browser, |browser| Value::Int(browser.counter)),
        Value::maybe(session.browser, |browser| Value::Int(browser.proved_at.micros())),
    ];
    let due = [Value::Id(tenant.uuid()), Value::Id(session.id.uuid()), Value::Int(session.idle_expires_at.micros())];
    let (row, listed) = tokio::join!(biased; tx.exec(&SESSION_INSERT, &values), tx.exec(&SESSION_DUE_INSERT, &due));
    row.and(listed).map(|_| ())
}

/// Ends a session that has not ended; whether it had not.
pub(crate) async fn end(tx: &Tx<'_>, tenant: TenantId, id: SessionId, reason: EndReason) -> Result<bool> {
    let values =
        [Value::Id(tenant.uuid()), Value::Id(id.uuid()), Value::Int(tx.now().micros()), Value::text(reason.name())];
    Ok(tx.exec(&SESSION_END, &values).await? == 1)
}

fn holder(row: &Row<'_>) -> Result<Holder> {
    let account = accounts::read_at(row, 7)?;
    let facts = Facts {
        tenant: row.parsed::<TenantState>(0)?,
        tenant_sessions_after: Timestamp::from_micros(row.int(1)?),
        standing: account.standing,
        generation: account.generation,
        session_generation: row.int(2)?,
        session_created_at: Timestamp::from_micros(row.int(3)?),
        session_ended: row.maybe_int(4)?.is_some(),
        session_expires_at: Timestamp::from_micros(row.int(5)?.min(row.int(6)?)),
    };
    Ok(Holder { facts, account })
}

struct WhoHolds {
    tenant: TenantId,
    session: SessionId,
}

impl Job for WhoHolds {
    type Out = Option<Holder>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        standing(tx, self.tenant, self.session).await
    }
}

struct ById {
    tenant: TenantId,
    id: SessionId,
}

impl Job for ById {
    type Out = Option<Session>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        by_id(tx, self.tenant, self.id).await
    }
}

struct Rotate {
    tenant: TenantId,
    ask: RotateSession,
}

impl Job for Rotate {
    type Out = Rotated;

    async fn run(&self, tx: &Tx<'_>) -> Result<Rotated> {
        let Some((session, holder)) = self.read(tx).await? else { return Ok(Rotated::Refused) };
        match self.judge(&session, &holder, tx.now()) {
            Err(Closed::TenantSuspended) => Ok(Rotated::Suspended),
            Err(Closed::Ended) | Ok(Rotation::Refused) => Ok(Rotated::Refused),
            Ok(Rotation::Next(next)) => {
                self.write(tx, &next).await?;
                Ok(Rotated::Yes(next, Box::new(holder.account)))
            }
            Ok(Rotation::Again) => Ok(Rotated::Yes(Box::new(session), Box::new(holder.account))),
            Ok(Rotation::Reuse) => {
                end(tx, self.tenant, session.id, EndReason::Reused).await?;
                letters::post(tx, &self.letter(session.account)).await?;
                let event = self.ask.reuse_event.clone().about(session.account).in_session(session.id);
                events::insert_last(tx, &event).await?;
                Ok(Rotated::Reuse)
            }
        }
    }

    /// Judges anew, as everything may have changed meanwhile. Where the lost COMMIT was kept, the presented token is one
    /// that was used just now: the rule for repeats gives its successor again. A strict tenant has no such rule, and its
    /// row does not say whose rotation it was.
    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<Rotated>> {
        let Some((session, holder)) = self.read(tx).await? else { return Ok(Seen::No) };
        match self.judge(&session, &holder, tx.now()) {
            Ok(Rotation::Again) => Ok(Seen::Yes(Rotated::Yes(Box::new(session), Box::new(holder.account)))),
            Ok(Rotation::Reuse) if self.may_be_ours(&session) => Ok(Seen::CannotTell),
            _ => Ok(Seen::No),
        }
    }
}

impl Rotate {
    /// The session is locked first; what it is judged with is read after it, in the same flight.
    async fn read(&self, tx: &Tx<'_>) -> Result<Option<(Session, Holder)>> {
        let key = [Value::Id(self.tenant.uuid()), Value::Id(self.ask.session.uuid())];
        let (session, holder) =
            tokio::join!(biased; lock(tx, self.tenant, self.ask.session), tx.row(&STANDING, &key, holder));
        Ok(session?.zip(holder?))
    }

    /// Nobody counts notices of a fact, so it needs no name.
    fn letter(&self, account: AccountId) -> NewLetter {
        NewLetter {
            id: self.ask.reuse_letter,
            tenant: self.tenant,
            name_hash: [0; 32],
            letter: Letter::RefreshReused { account },
            language: None,
        }
    }

    fn judge(&self, session: &Session, holder: &Holder, now: Timestamp) -> std::result::Result<Rotation, Closed> {
        gate::admit(&holder.facts, now)?;
        let settings = &self.ask.settings;
        let life = settings.life(&holder.account.roles);
        Ok(session.rotate(&self.ask.presented, life, settings.refresh_replay, now))
    }

    /// Whether a strict tenant's row is as this rotation would have left it.
    fn may_be_ours(&self, session: &Session) -> bool {
        self.ask.settings.refresh_replay == RefreshReplay::Strict
            && session.refresh_counter == self.ask.presented.counter.saturating_add(1)
            && session.client == self.ask.presented.client
    }

    async fn write(&self, tx: &Tx<'_>, next: &Session) -> Result<()> {
        let values = [
            Value::Id(self.tenant.uuid()),
            Value::Id(next.id.uuid()),
            Value::Int(next.refresh_counter),
            Value::Int(next.rotated_at.micros()),
            Value::maybe(next.last_request, Value::Id),
            Value::text(next.client.network.as_str()),
            Value::text(next.client.user_agent.as_str()),
            Value::Int(next.idle_expires_at.micros()),
        ];
        tx.last(&SESSION_ROTATE, &values).await.map(|_| ())
    }
}

struct End {
    tenant: TenantId,
    session: SessionId,
    asked_by: Option<(i64, TokenId)>,
    reason: EndReason,
    event: Event,
}

impl Job for End {
    type Out = Ended;

    async fn run(&self, tx: &Tx<'_>) -> Result<Ended> {
        let Some(session) = lock(tx, self.tenant, self.session).await? else { return Ok(Ended::Before) };
        if self.asked_by.is_some_and(|(counter, token)| !session.knows(counter, &token)) {
            return Ok(Ended::NotOurs);
        }
        if session.ended.is_some() {
            return Ok(Ended::Before);
        }
        end(tx, self.tenant, session.id, self.reason).await?;
        let event = self.event.clone().about(session.account).in_session(session.id);
        // Whoever logs out has shown a token of the account.
        let is_own = self.reason == EndReason::Logout;
        let event = if is_own { event.by(Actor::Account(session.account)) } else { event };
        events::insert_last(tx, &event).await?;
        Ok(Ended::Now(session.account))
    }

    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<Ended>> {
        let session = lock(tx, self.tenant, self.session).await?;
        let is_told = events::is_told(tx, &self.event).await?;
        Ok(session.filter(|_| is_told).map_or(Seen::No, |session| Seen::Yes(Ended::Now(session.account))))
    }
}

struct SessionsOf {
    tenant: TenantId,
    account: AccountId,
    limit: u32,
}

impl Job for SessionsOf {
    type Out = Vec<Session>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        let tenant = Value::Id(self.tenant.uuid());
        let mut sessions = Vec::new();
        for id in live(tx, self.tenant, self.account, 0..self.limit).await? {
            sessions.extend(tx.row(&SESSION_BY_ID, &[tenant.clone(), Value::Id(id.uuid())], read).await?);
        }
        let left = i64::from(self.limit) - i64::try_from(sessions.len()).unwrap_or(i64::MAX);
        if left > 0 {
            let ended = [tenant, Value::Id(self.account.uuid()), Value::Int(left)];
            sessions.extend(tx.rows(&SESSIONS_ENDED, &ended, read).await?);
        }
        Ok(sessions)
    }
}
