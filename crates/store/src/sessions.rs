use std::sync::Arc;

use countersign_domain::audit::{Actor, Event};
use countersign_domain::gate::{Facts, TenantState};
use countersign_domain::session::{Client, EndReason, Presented, Rotation, SESSIONS_PER_ACCOUNT_MAX, Session, TokenId};
use countersign_domain::{Account, AccountId, SessionId, Settings, Standing, TenantId, Timestamp};

use crate::accounts::{self, account_columns};
use crate::fault::Result;
use crate::job::{Job, Seen};
use crate::statement::{Row, Value, statements};
use crate::tx::Tx;
use crate::{TenantStore, events};

macro_rules! session_columns {
    () => {
        "id, account, generation, secret, refresh_counter, rotated_at, last_request, network, user_agent, created_at, \
         idle_expires_at, expires_at, ended_at, end_reason"
    };
}

statements! {
    SESSION_LOCK = concat!("SELECT ", session_columns!(), " FROM session WHERE tenant = $1 AND id = $2 {lock}");
    SESSIONS_OF = concat!(
        "SELECT ", session_columns!(), " FROM session WHERE tenant = $1 AND account = $2 ORDER BY id DESC LIMIT $3"
    );
    SESSIONS_NOT_ENDED = concat!(
        "SELECT ", session_columns!(), " FROM session \
         WHERE tenant = $1 AND account = $2 AND ended_at IS NULL ORDER BY id DESC LIMIT $3"
    );
    SESSION_INSERT = "INSERT INTO session (tenant, id, account, generation, secret, refresh_counter, rotated_at, \
         last_request, network, user_agent, created_at, idle_expires_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    SESSION_DUE_INSERT = "INSERT INTO session_due (tenant, session, due_at) VALUES ($1, $2, $3)";
    SESSION_ROTATE = "UPDATE session SET refresh_counter = $3, rotated_at = $4, last_request = $5, network = $6, \
         user_agent = $7, idle_expires_at = $8 WHERE tenant = $1 AND id = $2";
    SESSION_END = "UPDATE session SET ended_at = $3, end_reason = $4 WHERE tenant = $1 AND id = $2 AND ended_at IS NULL";
    STANDING = concat!(
        "SELECT t.state, s.generation, s.ended_at, s.idle_expires_at, s.expires_at, ", account_columns!(),
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

    /// The sessions of an account that nobody ended, newest first. Some may be over all the same: expired, or opened
    /// under an older generation of the account.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn sessions_not_ended(&self, account: AccountId) -> Result<Vec<Session>> {
        self.store.read(NotEnded { tenant: self.id, account }).await
    }

    /// The newest sessions of an account, ended ones too.
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
    })
}

pub(crate) async fn lock(tx: &Tx<'_>, tenant: TenantId, id: SessionId) -> Result<Option<Session>> {
    tx.row(&SESSION_LOCK, &[Value::Id(tenant.uuid()), Value::Id(id.uuid())], read).await
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
    let account = accounts::read_at(row, 5)?;
    let facts = Facts {
        tenant: row.parsed::<TenantState>(0)?,
        standing: account.standing,
        generation: account.generation,
        session_generation: row.int(1)?,
        session_ended: row.maybe_int(2)?.is_some(),
        session_expires_at: Timestamp::from_micros(row.int(3)?.min(row.int(4)?)),
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
        tx.row(&STANDING, &[Value::Id(self.tenant.uuid()), Value::Id(self.session.uuid())], holder).await
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
            None => Ok(Rotated::Suspended),
            Some(Rotation::Next(next)) => {
                self.write(tx, &next).await?;
                Ok(Rotated::Yes(next, Box::new(holder.account)))
            }
            Some(Rotation::Again) => Ok(Rotated::Yes(Box::new(session), Box::new(holder.account))),
            Some(Rotation::Reuse) => {
                end(tx, self.tenant, session.id, EndReason::Reuse).await?;
                let event = self.ask.reuse_event.clone().about(session.account).in_session(session.id);
                events::insert_last(tx, &event).await?;
                Ok(Rotated::Reuse)
            }
            Some(Rotation::Refused) => Ok(Rotated::Refused),
        }
    }

    /// Whoever else may have rotated meanwhile, the token that was presented has a successor now: the rule for
    /// repeats says what it gets. The lost COMMIT was ours only if its counter and its moment stand in the row.
    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<Rotated>> {
        let Some((session, holder)) = self.read(tx).await? else { return Ok(Seen::No) };
        let is_ours = session.refresh_counter == self.ask.presented.counter + 1
            && session.client == self.ask.presented.client
            && session.ended.is_none();
        match session.ended {
            Some((_, EndReason::Reuse)) => Ok(Seen::Yes(Rotated::Reuse)),
            _ if is_ours => Ok(Seen::Yes(Rotated::Yes(Box::new(session), Box::new(holder.account)))),
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

    fn judge(&self, session: &Session, holder: &Holder, now: Timestamp) -> Option<Rotation> {
        if holder.facts.tenant == TenantState::Suspended {
            return None;
        }
        if holder.account.standing != Standing::Active {
            return Some(Rotation::Refused);
        }
        let settings = &self.ask.settings;
        let life = settings.life(&holder.account.roles);
        Some(session.rotate(&self.ask.presented, holder.account.generation, life, settings.replay(), now))
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

struct NotEnded {
    tenant: TenantId,
    account: AccountId,
}

impl Job for NotEnded {
    type Out = Vec<Session>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        // A login beyond the bound ends one: there are never more for long.
        let most = i64::try_from(2 * SESSIONS_PER_ACCOUNT_MAX).unwrap_or(i64::MAX);
        let key = [Value::Id(self.tenant.uuid()), Value::Id(self.account.uuid()), Value::Int(most)];
        tx.rows(&SESSIONS_NOT_ENDED, &key, read).await
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
        let key = [Value::Id(self.tenant.uuid()), Value::Id(self.account.uuid()), Value::Int(self.limit.into())];
        tx.rows(&SESSIONS_OF, &key, read).await
    }
}
