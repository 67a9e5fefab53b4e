//! The outbox: a letter is written with the fact it tells, and sent afterwards.

mod post;

pub use post::NewLetter;
pub(crate) use post::post;

use crate::statement::statements;

statements! {
    LETTER_TURN = "SELECT {turn}($1)";
    LETTERS_LATELY = "SELECT id FROM letter \
         WHERE tenant = $1 AND name_hash = $2 AND kind = $3 AND created_at > $4 LIMIT $5";
    LETTER_INSERT = "INSERT INTO letter (tenant, id, kind, name_hash, about, language, state, attempts, created_at, \
         expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9)";
    LETTER_DUE_INSERT = "INSERT INTO letter_due (due_at, letter, tenant) VALUES ($1, $2, $3)";
    LETTER_THERE = "SELECT id FROM letter WHERE tenant = $1 AND id = $2";
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
