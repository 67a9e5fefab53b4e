use clap::{Args, Subcommand, ValueEnum};
use countersign_domain::KeyId;

use super::tenant::InTenant;

/// `key …`
#[derive(Subcommand, Clone, Debug)]
pub enum KeyCommand {
    /// List a tenant's signing keys and their states
    List(InTenant),
    /// Publish a new signing key; it signs once verifiers have had time to fetch it
    Rotate(RotateKey),
    /// Stop signing with a key
    Retire(RetireKey),
}

/// `key rotate`
#[derive(Args, Clone, Debug)]
pub struct RotateKey {
    /// The tenant.
    #[command(flatten)]
    pub tenant: InTenant,
    /// What the new key signs with; the algorithm of the key before if left out
    #[arg(long)]
    pub algorithm: Option<KeyAlgorithm>,
}

/// Algorithms of signing keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeyAlgorithm {
    /// RSA with 2048 bits: what existing clients of the contract verify
    #[value(name = "RS256")]
    Rs256,
    /// RSA with 3072 bits: slower to sign
    #[value(name = "RS256-3072")]
    Rs256Long,
    /// ECDSA on P-256
    #[value(name = "ES256")]
    Es256,
    /// Ed25519
    #[value(name = "EdDSA")]
    EdDsa,
}

/// `key retire`
#[derive(Args, Clone, Debug)]
pub struct RetireKey {
    /// The tenant.
    #[command(flatten)]
    pub tenant: InTenant,
    /// The key's id, the `kid` of its tokens
    pub key: KeyId,
    /// It is in wrong hands: unpublish it at once and end every session of the tenant
    #[arg(long)]
    pub compromised: bool,
}
