//! Signing keys: the pairs that sign, the public halves that check, and the document that publishes them.
//!
//! Which of a tenant's keys signs and which are published is decided in `domain::signing_key`; here a key's bytes
//! become something that can be used, once per key and not once per token.

mod jwks;
mod public_key;
mod signer;

pub use jwks::Jwks;
pub use public_key::{BadKey, PublicKey};
pub use signer::{KeyPair, PRIVATE_COLUMN};
