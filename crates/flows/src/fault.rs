/// Something is broken, and no refusal: the answer is a 500 or a 503, its cause goes to the log and nowhere else.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] countersign_store::Fault),
    /// The hashing pool reached no verdict.
    #[error(transparent)]
    Hash(#[from] crate::hasher::HashFault),
    /// A token could not be made.
    #[error(transparent)]
    Token(#[from] crate::tokens::CannotIssue),
    /// A key cannot be used.
    #[error("a key cannot be used: {0}")]
    Key(String),
    /// Something is not as this program left it or takes for granted.
    #[error("{0}")]
    Broken(String),
    /// A task of ours panicked.
    #[error("the story {0} panicked")]
    Panicked(&'static str),
    /// A row holds a password hash that cannot be read.
    #[error("the password hash of account {0} cannot be read")]
    PasswordHash(countersign_domain::AccountId),
}

impl Fault {
    pub(crate) fn key(why: impl std::fmt::Display) -> Self {
        Self::Key(why.to_string())
    }

    pub(crate) fn broken(why: impl std::fmt::Display) -> Self {
        Self::Broken(why.to_string())
    }

    /// Whether the store is away or busy, so that trying again later may help: then the answer is a 503.
    pub fn is_of_a_store_away(&self) -> bool {
        use countersign_store::Fault::{Contended, Unavailable, Uncertain};
        matches!(self, Self::Store(Unavailable(_) | Uncertain(_) | Contended))
    }

    /// Whether the hashing pool reached no verdict, which a later try may: then the answer is a 503 as well.
    pub fn is_of_the_hasher(&self) -> bool {
        matches!(self, Self::Hash(_))
    }
}
