use std::time::Duration;

use countersign_domain::hourly::Hour;
use countersign_domain::letter::{LETTER_LIFE_MAX, in_turn};
use countersign_domain::{Language, Letter, TenantId, Timestamp};
use uuid::Uuid;

use super::list::{self, StoredLetter};
use super::{
    LETTER_DUE_DELETE, LETTER_DUE_MOVE, LETTER_END, LETTER_LOCK, LETTER_TELL, LETTER_TRY, LETTERS_DUE,
    LETTERS_DUE_OLDEST, LETTERS_DUE_WITH_KIND, LetterState,
};
use crate::Store;
use crate::fault::Result;
use crate::hourly::Tally;
use crate::job::{Job, Seen};
use crate::purge::{BATCH, Purged};
use crate::statement::{Row, Value};
use crate::tx::Tx;

/// What is said of a letter that no mail server took in its life, where no attempt has said more.
const OVER: &str = "its life was over before it was tried";

/// A letter that this node alone may send, until its lease is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenLetter {
    /// Whose name stands on it.
    pub tenant: TenantId,
    /// Its id, the same at every attempt.
    pub id: Uuid,
    /// What it tells.
    pub letter: Letter,
    /// The language that was asked for, where the person's profile names none.
    pub language: Option<Language>,
    /// Which attempt this is, the first being 1.
    pub attempt: u32,
    /// When it was posted.
    pub created_at: Timestamp,
    /// Until when it is worth sending.
    pub expires_at: Timestamp,
    /// The end of the lease, by which the entry in the work list is known.
    lease: Timestamp,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempted {
    /// A mail server took it.
    Sent,
    /// To be tried again then. The reason names no address.
    Again(Timestamp, String),
    /// Given up, for the reason.
    Dead(String),
    /// Not worth sending, for the reason.
    Dropped(String),
}

impl Store {
    /// Since when the letter waits that is due first; it may be due in the future.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn next_letter_due(&self) -> Result<Option<Timestamp>> {
        self.read(Next).await
    }

    /// Takes letters that are due, at most so many, tenants and resets in turn: no other node sends them before the lease is over, and whoever dies
    /// with one has it sent by another then. A letter whose life is over is given up here.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn take_letters(&self, letters_max: u32, lease: Duration) -> Result<Vec<TakenLetter>> {
        let due = self.read(Pick { letters_max }).await?;
        self.write(Take { due, lease }).await
    }

    /// Writes down what became of an attempt. Where the lease was over and another node has the letter, only that it
    /// was sent counts.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn settle_letter(&self, taken: &TakenLetter, attempted: Attempted) -> Result<()> {
        self.write(Settle { tenant: taken.tenant, id: taken.id, lease: taken.lease, attempted }).await
    }

    /// Gives up letters that nobody takes, since no node has a mail server, once each of them is over.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn purge_waiting_letters(&self) -> Result<Purged> {
        self.write(GiveUp).await
    }
}

struct Next;

impl Job for Next {
    type Out = Option<Timestamp>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        tx.row(&LETTERS_DUE_OLDEST, &[], |row| row.int(0).map(Timestamp::from_micros)).await
    }
}

/// Entries of the work list among which turns are given; what is due beyond them waits until they are fewer.
const IN_TURN_MAX: i64 = 1_024;

/// Chooses what is to be taken, which may be a write's long wait away from being taken.
struct Pick {
    letters_max: u32,
}

impl Job for Pick {
    type Out = Vec<Entry>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        let first = Entry::due(tx, tx.now(), i64::from(self.letters_max).saturating_add(1)).await?;
        let letters_max = usize::try_from(self.letters_max).unwrap_or(usize::MAX);
        // The usual case: there are no more than are taken.
        if first.len() <= letters_max {
            return Ok(first);
        }
        let values = [Value::Int(tx.now().micros()), Value::Int(IN_TURN_MAX)];
        let due = tx.rows(&LETTERS_DUE_WITH_KIND, &values, |row| {
            let entry = Entry::read(row)?;
            let is_waited_for = row.maybe_text(3)?.is_some_and(|kind| Letter::is_waited_for(&kind));
            Ok((TenantId::from_uuid(entry.tenant), is_waited_for, entry))
        });
        let mut chosen = in_turn(due.await?);
        chosen.truncate(letters_max);
        Ok(chosen)
    }
}

/// An entry of the work list.
#[derive(Clone, Copy)]
struct Entry {
    due_at: i64,
    letter: Uuid,
    tenant: Uuid,
}

impl Entry {
    async fn due(tx: &Tx<'_>, by: Timestamp, limit: i64) -> Result<Vec<Self>> {
        tx.rows(&LETTERS_DUE, &[Value::Int(by.micros()), Value::Int(limit)], Self::read).await
    }

    fn read(row: &Row<'_>) -> Result<Self> {
        Ok(Self { due_at: row.int(0)?, letter: row.id(1)?, tenant: row.id(2)? })
    }

    fn letter_key(&self) -> [Value<'static>; 2] {
        [Value::Id(self.tenant), Value::Id(self.letter)]
    }

    /// Moves the entry, unless another node did: whether it was ours to move.
    async fn move_to(&self, tx: &Tx<'_>, at: Timestamp) -> Result<bool> {
        let [tenant, letter] = self.letter_key();
        let values = [tenant, letter, Value::Int(self.due_at), Value::Int(at.micros())];
        Ok(tx.exec(&LETTER_DUE_MOVE, &values).await? == 1)
    }

    /// Removes the entry, unless another node has moved it: whether it was ours to remove.
    async fn remove(&self, tx: &Tx<'_>) -> Result<bool> {
        let [tenant, letter] = self.letter_key();
        Ok(tx.exec(&LETTER_DUE_DELETE, &[tenant, letter, Value::Int(self.due_at)]).await? == 1)
    }

    async fn letter(&self, tx: &Tx<'_>) -> Result<Option<StoredLetter>> {
        let letter = tx.row(&LETTER_LOCK, &self.letter_key(), list::read).await?;
        Ok(letter.filter(|letter| letter.state == LetterState::Due))
    }

    /// Ends the letter, and counts that. One that was sent stays sent, and is counted once.
    async fn end(&self, tx: &Tx<'_>, tally: &mut Tally, state: LetterState, why: Option<&str>) -> Result<()> {
        let [tenant, id] = self.letter_key();
        let values =
            [tenant, id, Value::text(state.name()), Value::Int(tx.now().micros()), Value::maybe(why, Value::text)];
        let is_ended = tx.exec(&LETTER_END, &values).await? == 1;
        if let Some(measure) = state.measure().filter(|_| is_ended) {
            tally.count(TenantId::from_uuid(self.tenant), Hour::of(tx.now()), measure, 1);
        }
        Ok(())
    }

    /// The letter is over: it is given up with what its last attempt told.
    async fn give_up(&self, tx: &Tx<'_>, tally: &mut Tally, letter: &StoredLetter) -> Result<()> {
        let why = letter.last_error.is_none().then_some(OVER);
        self.end(tx, tally, LetterState::Dead, why).await
    }
}

struct Take {
    due: Vec<Entry>,
    lease: Duration,
}

impl Job for Take {
    type Out = Vec<TakenLetter>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        let lease = tx.now().plus(self.lease);
        let (mut taken, mut tally) = (Vec::new(), Tally::default());
        for entry in self.due.iter().copied() {
            if !entry.move_to(tx, lease).await? {
                continue;
            }
            let entry = Entry { due_at: lease.micros(), ..entry };
            let Some(letter) = entry.letter(tx).await? else {
                entry.remove(tx).await?;
                continue;
            };
            if letter.expires_at <= tx.now() {
                entry.give_up(tx, &mut tally, &letter).await?;
                entry.remove(tx).await?;
                continue;
            }
            // A kind that this version does not know is sent by the newer one that posted it and runs beside it.
            let Some(about) = letter.letter else { continue };
            tx.exec(&LETTER_TRY, &entry.letter_key()).await?;
            taken.push(TakenLetter {
                tenant: TenantId::from_uuid(entry.tenant),
                id: entry.letter,
                letter: about,
                language: letter.language,
                attempt: letter.attempts.saturating_add(1),
                created_at: letter.created_at,
                expires_at: letter.expires_at,
                lease,
            });
        }
        tally.add_last(tx).await?;
        Ok(taken)
    }

    /// What was taken in vain is due again when its lease is over.
    async fn seen(&self, _tx: &Tx<'_>) -> Result<Seen<Self::Out>> {
        Ok(Seen::No)
    }
}

struct Settle {
    tenant: TenantId,
    id: Uuid,
    lease: Timestamp,
    attempted: Attempted,
}

impl Job for Settle {
    type Out = ();

    async fn run(&self, tx: &Tx<'_>) -> Result<()> {
        let entry = Entry { due_at: self.lease.micros(), letter: self.id, tenant: self.tenant.uuid() };
        let mut tally = Tally::default();
        match &self.attempted {
            Attempted::Sent => {
                entry.remove(tx).await?;
                entry.end(tx, &mut tally, LetterState::Sent, None).await?;
            }
            Attempted::Again(at, why) if entry.move_to(tx, *at).await? => {
                let [tenant, id] = entry.letter_key();
                tx.exec(&LETTER_TELL, &[tenant, id, Value::text(why.as_str())]).await?;
            }
            Attempted::Dead(why) if entry.remove(tx).await? => {
                entry.end(tx, &mut tally, LetterState::Dead, Some(why)).await?;
            }
            Attempted::Dropped(why) if entry.remove(tx).await? => {
                entry.end(tx, &mut tally, LetterState::Dropped, Some(why)).await?;
            }
            Attempted::Again(..) | Attempted::Dead(_) | Attempted::Dropped(_) => {}
        }
        tally.add_last(tx).await
    }

    /// Done twice it is the same as done once: a letter that has ended is not counted again.
    async fn seen(&self, _tx: &Tx<'_>) -> Result<Seen<()>> {
        Ok(Seen::No)
    }
}

struct GiveUp;

impl Job for GiveUp {
    type Out = Purged;

    async fn run(&self, tx: &Tx<'_>) -> Result<Purged> {
        let entries = Entry::due(tx, tx.now().minus(LETTER_LIFE_MAX), BATCH).await?;
        let (mut purged, mut tally) = (Purged { seen: entries.len(), gone: 0 }, Tally::default());
        for entry in entries {
            if !entry.remove(tx).await? {
                continue;
            }
            if let Some(letter) = entry.letter(tx).await? {
                entry.give_up(tx, &mut tally, &letter).await?;
            }
            purged.gone += 1;
        }
        tally.add_last(tx).await?;
        Ok(purged)
    }

    /// What has gone is not found again.
    async fn seen(&self, _tx: &Tx<'_>) -> Result<Seen<Purged>> {
        Ok(Seen::No)
    }
}
