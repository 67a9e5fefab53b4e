//! Key pairs: those that sign, the public halves that check, and the document that publishes them; and, apart from all
//! of these, the pairs that open encrypted fields.
//!
//! Which of a tenant's keys signs and which are published is decided in `domain::signing_key`; here a key's bytes
//! become something that can be used, once per key and not once per token.

mod jwks;
mod oaep;
mod public_key;
mod signer;
#[cfg(test)]
mod wycheproof;

pub use jwks::Jwks;
pub use oaep::{BadOaepKey, OaepKey};
pub use public_key::{BadKey, PublicKey};
pub use signer::{KeyPair, PRIVATE_COLUMN};
