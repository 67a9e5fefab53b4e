//! Tokens: what they say, how they are made, and every reason to refuse one.
//!
//! Each kind has a key, a `typ` and a reader of its own, so that none is ever taken for another (RFC 8725 section
//! 3.11). A reader believes nothing of a token before its signature has been checked, and takes the algorithm from
//! the key, never from the token.

pub mod access;
pub mod api_token;
pub mod compact;
pub mod cookie;
pub mod device_mark;
pub mod mailed;
pub mod refresh;

use crate::vault::CryptoFault;
use compact::BadToken;

/// Why a token was not accepted. For logs and tests: whoever sent it is told one thing for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no token of ours by its form.
    #[error(transparent)]
    Malformed(#[from] BadToken),
    /// It is a token of another kind.
    #[error("the token is of another kind")]
    WrongKind,
    /// It names a key that is not published, or a version that does not exist.
    #[error("the token names an unknown key")]
    UnknownKey,
    /// It names another algorithm than its key's.
    #[error("the token names another algorithm than its key's")]
    WrongAlgorithm,
    /// Its signature or MAC is not its key's.
    #[error("the token's signature is wrong")]
    BadSignature,
    /// It belongs to another tenant.
    #[error("the token belongs to another tenant")]
    WrongTenant,
    /// It was issued under another public URL.
    #[error("the token has another issuer")]
    WrongIssuer,
    /// It was issued for somebody else.
    #[error("the token has another audience")]
    WrongAudience,
    /// It is genuine and over.
    #[error("the token has expired")]
    Expired,
}

/// Whether a genuine token that is over is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// Refused, everywhere but at logout.
    Checked,
    /// Accepted: whoever holds an expired token may still end its session.
    Ignored,
}

/// Why a token could not be made. Something is broken: no request can cause it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotIssue {
    /// It would be longer than our own readers accept.
    #[error("the token would be longer than {} bytes", compact::TOKEN_BYTES_MAX)]
    TooLong,
    /// The library failed.
    #[error(transparent)]
    Crypto(#[from] CryptoFault),
}

#[cfg(test)]
mod tests;
