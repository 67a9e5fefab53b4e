use countersign_domain::audit::Event;
use countersign_domain::{Letter, TenantId, Timestamp};
use uuid::Uuid;

use super::{LETTER_AGAIN, LETTER_DUE_INSERT, LETTER_LOCK, LETTERS_BEFORE, LETTERS_DEAD_BEFORE, LetterState};
use crate::fault::Result;
use crate::job::{Job, Seen};
use crate::statement::{Row, Value};
use crate::tx::Tx;
use crate::{TenantStore, events};

/// Rows looked at for one page: a state that few letters are in ends its page early, and the cursor goes on from there.
const ROWS_MAX: u32 = 1_000;

/// A letter as the outbox keeps it. It names nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredLetter {
    /// Its id, which its Message-ID is made of.
    pub id: Uuid,
    /// The kind's name; a newer version may have kinds that this one does not know.
    pub kind: String,
    /// How it stands.
    pub state: LetterState,
    /// How often it was tried since it was posted, or sent again.
    pub attempts: u32,
    /// Why the last attempt failed, or it is not sent at all.
    pub last_error: Option<String>,
    /// When it was posted.
    pub created_at: Timestamp,
    /// Until when it is worth sending.
    pub expires_at: Timestamp,
    /// When it was sent, given up or dropped.
    pub done_at: Option<Timestamp>,
    /// What it tells, if this version knows such letters.
    pub(crate) letter: Option<Letter>,
    /// The language that was asked for.
    pub(crate) language: Option<countersign_domain::Language>,
}

/// Letters, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LetterPage {
    /// It may be short, even empty, though there is a next page.
    pub letters: Vec<StoredLetter>,
    /// Where the next page begins.
    pub next: Option<Uuid>,
}

/// What became of a letter that shall be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retried {
    /// It is due.
    Yes,
    /// It was not given up.
    NotDead,
    /// Its life is over: nothing that it opens is good any more.
    Over,
    /// The tenant has no such letter.
    NoSuchLetter,
}

impl TenantStore {
    /// The tenant's letters in a state, or all, before the given one.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn letters(&self, state: Option<LetterState>, before: Option<Uuid>, limit: u32) -> Result<LetterPage> {
        self.store.read(List { tenant: self.id, state, before, limit }).await
    }

    /// Makes a letter due again that was given up, and tells it; where it is not made due, nothing is told.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn retry_letter(&self, id: Uuid, event: Event) -> Result<Retried> {
        self.store.write(Retry { tenant: self.id, id, event }).await
    }
}

pub(super) fn read(row: &Row<'_>) -> Result<StoredLetter> {
    let attempts = row.int(5)?;
    Ok(StoredLetter {
        id: row.id(0)?,
        kind: row.text(1)?,
        letter: serde_json::from_str(&row.text(2)?).ok(),
        language: row.maybe_text(3)?.and_then(|tag| tag.parse().ok()),
        state: row.parsed(4)?,
        attempts: u32::try_from(attempts).map_err(|_| row.bad(5, "is no count"))?,
        last_error: row.maybe_text(6)?,
        created_at: Timestamp::from_micros(row.int(7)?),
        expires_at: Timestamp::from_micros(row.int(8)?),
        done_at: row.maybe_int(9)?.map(Timestamp::from_micros),
    })
}

struct List {
    tenant: TenantId,
    state: Option<LetterState>,
    before: Option<Uuid>,
    limit: u32,
}

impl Job for List {
    type Out = LetterPage;

    async fn run(&self, tx: &Tx<'_>) -> Result<LetterPage> {
        let (statement, rows_max) = match self.state {
            None => (&LETTERS_BEFORE, self.limit),
            Some(LetterState::Dead) => (&LETTERS_DEAD_BEFORE, self.limit),
            Some(_) => (&LETTERS_BEFORE, ROWS_MAX),
        };
        let before = self.before.unwrap_or(Uuid::max());
        let from = [Value::Id(self.tenant.uuid()), Value::Id(before), Value::Int(rows_max.into())];
        let rows = tx.rows(statement, &from, read).await?;
        let is_full = u32::try_from(rows.len()).is_ok_and(|seen| seen == rows_max);
        let last = rows.last().map(|letter| letter.id).filter(|_| is_full);
        let mut letters: Vec<_> =
            rows.into_iter().filter(|letter| self.state.is_none_or(|state| letter.state == state)).collect();
        let wanted = usize::try_from(self.limit).unwrap_or(usize::MAX);
        if letters.len() <= wanted {
            return Ok(LetterPage { letters, next: last });
        }
        letters.truncate(wanted);
        let next = letters.last().map(|letter| letter.id);
        Ok(LetterPage { letters, next })
    }
}

struct Retry {
    tenant: TenantId,
    id: Uuid,
    event: Event,
}

impl Job for Retry {
    type Out = Retried;

    async fn run(&self, tx: &Tx<'_>) -> Result<Retried> {
        let key = [Value::Id(self.tenant.uuid()), Value::Id(self.id)];
        let Some(letter) = tx.row(&LETTER_LOCK, &key, read).await? else { return Ok(Retried::NoSuchLetter) };
        if letter.state != LetterState::Dead {
            return Ok(Retried::NotDead);
        }
        if letter.expires_at <= tx.now() {
            return Ok(Retried::Over);
        }
        tx.exec(&LETTER_AGAIN, &key).await?;
        let [tenant, id] = key;
        tx.exec(&LETTER_DUE_INSERT, &[Value::Int(tx.now().micros()), id, tenant]).await?;
        events::insert_last(tx, &self.event).await?;
        Ok(Retried::Yes)
    }

    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<Retried>> {
        let key = [Value::Id(self.tenant.uuid()), Value::Id(self.id)];
        tx.row(&LETTER_LOCK, &key, read).await?;
        Ok(if events::is_told(tx, &self.event).await? { Seen::Yes(Retried::Yes) } else { Seen::No })
    }
}
