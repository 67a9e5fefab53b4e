//! The outbox: a letter is written with the fact it tells, and sent afterwards.

mod facts;
mod list;
mod post;
mod sending;

pub use facts::{Addressee, Deliverable, MailedToken, Moot};
pub use list::{LetterPage, Retried, StoredLetter};
pub use post::NewLetter;
pub(crate) use post::{Posted, post, take_turn, take_turn_of_tenant, was_posted};
pub use sending::{Attempted, TakenLetter};

use countersign_domain::hourly::Measure;

use crate::statement::statements;

/// The columns that [`list::read`] reads.
macro_rules! letter_columns {
    () => {
        "id, kind, about, language, state, attempts, last_error, created_at, expires_at, done_at"
    };
}

statements! {
    LETTER_TURN = "SELECT {turn}($1)";
    LETTERS_LATELY = "SELECT created_at FROM letter \
         WHERE tenant = $1 AND name_hash = $2 AND kind = $3 AND created_at > $4 ORDER BY created_at DESC LIMIT $5";
    LETTER_INSERT = "INSERT INTO letter (tenant, id, kind, name_hash, about, language, state, attempts, created_at, \
         expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9)";
    LETTER_DUE_INSERT = "INSERT INTO letter_due (due_at, letter, tenant) VALUES ($1, $2, $3)";
    LETTER_THERE = "SELECT id FROM letter WHERE tenant = $1 AND id = $2";
    LETTERS_DUE_OLDEST = "SELECT due_at FROM letter_due ORDER BY due_at, letter LIMIT 1";
    LETTERS_DUE = "SELECT due_at, letter, tenant FROM letter_due WHERE due_at <= $1 ORDER BY due_at, letter LIMIT $2";
    LETTERS_DUE_WITH_KIND = "SELECT d.due_at, d.letter, d.tenant, l.kind FROM letter_due d \
         LEFT JOIN letter l ON l.tenant = d.tenant AND l.id = d.letter WHERE d.due_at <= $1 ORDER BY d.due_at, d.letter LIMIT $2";
    LETTER_DUE_MOVE = "UPDATE letter_due SET due_at = $4 WHERE tenant = $1 AND letter = $2 AND due_at = $3";
    LETTER_DUE_DELETE = "DELETE FROM letter_due WHERE tenant = $1 AND letter = $2 AND due_at = $3";
    LETTER_LOCK = concat!("SELECT ", letter_columns!(), " FROM letter WHERE tenant = $1 AND id = $2 {lock}");
    LETTER_TRY = "UPDATE letter SET attempts = attempts + 1 WHERE tenant = $1 AND id = $2";
    LETTER_TELL = "UPDATE letter SET last_error = $3 WHERE tenant = $1 AND id = $2";
    LETTER_END = "UPDATE letter SET state = $3, done_at = $4, last_error = coalesce($5, last_error) \
         WHERE tenant = $1 AND id = $2 AND state <> 'sent'";
    LETTER_AGAIN = "UPDATE letter SET state = 'due', attempts = 0, done_at = NULL WHERE tenant = $1 AND id = $2";
    LETTERS_BEFORE = concat!(
        "SELECT ", letter_columns!(), " FROM letter WHERE tenant = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
    );
    LETTERS_DEAD_BEFORE = concat!(
        "SELECT ", letter_columns!(), " FROM letter WHERE tenant = $1 AND id < $2 AND state = 'dead' \
         ORDER BY id DESC LIMIT $3"
    );
    REGISTRATION_ADDRESSEE = "SELECT email, first_name, expires_at FROM registration WHERE tenant = $1 AND id = $2";
    TOKEN_STANDING = "SELECT t.expires_at, t.purpose FROM one_time_token t \
         JOIN account a ON a.tenant = t.tenant AND a.id = t.account AND a.password_version = t.password_version \
         WHERE t.tenant = $1 AND t.id = $2";
    LANGUAGE_OF = "SELECT language FROM person WHERE tenant = $1 AND account = $2";
}

/// How a letter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterState {
    /// To be sent, or to be tried again.
    Due,
    /// A mail server has taken it.
    Sent,
    /// Given up: its life was over before a mail server took it, or its address was refused for good.
    Dead,
    /// Not worth sending any more: what it tells or opens is gone.
    Dropped,
}

impl LetterState {
    /// The name in the store and in listings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Sent => "sent",
            Self::Dead => "dead",
            Self::Dropped => "dropped",
        }
    }

    /// What a letter that comes to its end in this state counts as.
    const fn measure(self) -> Option<Measure> {
        match self {
            Self::Due => None,
            Self::Sent => Some(Measure::LetterSent),
            Self::Dead => Some(Measure::LetterDead),
            Self::Dropped => Some(Measure::LetterDropped),
        }
    }
}

impl std::str::FromStr for LetterState {
    type Err = countersign_domain::UnknownName;

    fn from_str(text: &str) -> Result<Self, countersign_domain::UnknownName> {
        [Self::Due, Self::Sent, Self::Dead, Self::Dropped]
            .into_iter()
            .find(|state| state.name() == text)
            .ok_or(countersign_domain::UnknownName)
    }
}
