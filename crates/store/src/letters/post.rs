use countersign_domain::{Language, Letter, TenantId, Timestamp};
use uuid::Uuid;

use super::{LETTER_DUE_INSERT, LETTER_INSERT, LETTER_THERE, LETTER_TURN, LETTERS_LATELY, LetterState};
use crate::TenantStore;
use crate::fault::{Fault, Result};
use crate::job::{Job, Seen};
use crate::passing::{self, LETTER_KEPT, Passing};
use crate::statement::Value;
use crate::tx::Tx;

/// A letter that is to be.
#[derive(Clone, Debug)]
pub struct NewLetter {
    /// Made for it.
    pub id: Uuid,
    /// Whose name stands on it.
    pub tenant: TenantId,
    /// The keyed hash of the name it goes to, by which letters are counted.
    pub name_hash: [u8; 32],
    /// What it tells.
    pub letter: Letter,
    /// The language that was asked for, where the person's profile names none.
    pub language: Option<Language>,
}

/// Whether a letter was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Posted {
    /// It was.
    Yes,
    /// Its name was sent enough of its kind lately. Then there is room for one.
    NotUntil(Timestamp),
}

/// Writes a letter into the transaction of the fact it tells, to be sent as soon as that is committed. A letter that
/// strangers can cause is not written where its name was sent enough of them lately, and a stranger who asked is told
/// nothing of it.
///
/// A job that posts takes its locks on account, counter, session and token first.
pub(crate) async fn post(tx: &Tx<'_>, letter: &NewLetter) -> Result<Posted> {
    if let Some(end) = room_at(tx, letter).await? {
        return Ok(Posted::NotUntil(end));
    }
    let now = tx.now();
    let expires_at = now.plus(letter.letter.life());
    let (tenant, id) = (Value::Id(letter.tenant.uuid()), Value::Id(letter.id));
    let about = serde_json::to_string(&letter.letter).map_err(|error| Fault::Broken(error.to_string()))?;
    let row = [
        tenant.clone(),
        id.clone(),
        Value::text(letter.letter.kind()),
        Value::bytes(&letter.name_hash),
        Value::text(about),
        Value::maybe(letter.language, |language| Value::text(language.tag())),
        Value::text(LetterState::Due.name()),
        Value::Int(now.micros()),
        Value::Int(expires_at.micros()),
    ];
    let due = [Value::Int(now.micros()), id, tenant];
    let goes_at = expires_at.plus(LETTER_KEPT);
    let (row, due, passes) = tokio::join!(
        biased;
        tx.exec(&LETTER_INSERT, &row),
        tx.exec(&LETTER_DUE_INSERT, &due),
        passing::passes(tx, letter.tenant, letter.id, Passing::Letter, goes_at),
    );
    row.and(due).and(passes.map(|()| 0)).map(|_| Posted::Yes)
}

/// What [`post`] answered, for a transaction that is known to be committed.
pub(crate) async fn was_posted(tx: &Tx<'_>, letter: &NewLetter) -> Result<Posted> {
    if is_there(tx, letter).await? {
        return Ok(Posted::Yes);
    }
    Ok(Posted::NotUntil(room_at(tx, letter).await?.unwrap_or(tx.now())))
}

async fn is_there(tx: &Tx<'_>, letter: &NewLetter) -> Result<bool> {
    let key = [Value::Id(letter.tenant.uuid()), Value::Id(letter.id)];
    Ok(tx.row(&LETTER_THERE, &key, |row| row.id(0)).await?.is_some())
}

/// Waits for the turn of a name: posts to one name go one after the other until their transactions end. A job that may
/// not show whether it posts takes the turn in any case.
pub(crate) async fn take_turn(tx: &Tx<'_>, name_hash: &[u8; 32]) -> Result<()> {
    let turn = name_hash.first_chunk().map_or(0, |first| i64::from_le_bytes(*first));
    wait_for(tx, turn).await
}

/// The same for what is counted of a tenant.
pub(crate) async fn take_turn_of_tenant(tx: &Tx<'_>, tenant: TenantId) -> Result<()> {
    // The end of an id is chance, its beginning the time.
    let (_, turn) = tenant.uuid().as_u64_pair();
    wait_for(tx, turn.cast_signed()).await
}

async fn wait_for(tx: &Tx<'_>, turn: i64) -> Result<()> {
    tx.rows(&LETTER_TURN, &[Value::Int(turn)], |_| Ok(())).await.map(|_| ())
}

/// When the name may have one more letter of this kind; nothing where it may now. Posts to one name take turns until their
/// transactions end, or each of several at once would count without the others.
async fn room_at(tx: &Tx<'_>, letter: &NewLetter) -> Result<Option<Timestamp>> {
    let Some(cap) = letter.letter.cap() else { return Ok(None) };
    let lately = [
        Value::Id(letter.tenant.uuid()),
        Value::bytes(&letter.name_hash),
        Value::text(letter.letter.kind()),
        Value::Int(tx.now().minus(cap.window).micros()),
        Value::Int(cap.letters_max.into()),
    ];
    let (turn, lately) = tokio::join!(
        biased;
        take_turn(tx, &letter.name_hash),
        tx.rows(&LETTERS_LATELY, &lately, |row| row.int(0).map(Timestamp::from_micros)),
    );
    turn?;
    Ok(cap.room_at(lately?))
}

impl TenantStore {
    /// Posts a letter that tells no fact of the store's: `false` where its cap is reached.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn post_letter(&self, letter: NewLetter) -> Result<bool> {
        match self.store.write(Post { letter }).await {
            // The transaction whose COMMIT was not answered was committed after all.
            Err(Fault::Taken) => Ok(true),
            other => other,
        }
    }
}

struct Post {
    letter: NewLetter,
}

impl Job for Post {
    type Out = bool;

    async fn run(&self, tx: &Tx<'_>) -> Result<bool> {
        Ok(super::post(tx, &self.letter).await? == Posted::Yes)
    }

    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<bool>> {
        // Where it is being committed still, running again waits for that, and finds the key taken.
        Ok(if is_there(tx, &self.letter).await? { Seen::Yes(true) } else { Seen::No })
    }
}
