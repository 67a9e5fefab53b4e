//! Secrets at rest: what seals them, and the symmetric keys that lie sealed.
//!
//! The master key seals rows and does nothing else; everything that makes or checks a token uses a random key of its
//! own, so that a new master key re-seals rows and changes nothing that anyone outside could notice.

mod mac;
mod master_key;
mod purpose;
mod secrets;

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use countersign_domain::{KeyId, TenantId};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::random::Random;

pub(crate) use mac::{MAC_BYTES, mac, same};
pub use master_key::{MASTER_KEY_BYTES, MasterKey, NotAMasterKey};
pub use purpose::{NotAPurpose, Purpose};
pub use secrets::{BadSecrets, SECRET_KEY_BYTES, SecretKey, Secrets};

/// The layout of what the vault seals: this byte, a nonce, then ciphertext and tag.
const SEAL_VERSION: u8 = 1;
const SEAL_INFO: &[u8] = b"countersign seal 1";
const TAG_BYTES: usize = 16;

/// Bytes that must not be seen: a private key, a symmetric key. Wiped when dropped, prints as `[secret]`.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SecretBytes(Vec<u8>);

impl SecretBytes {
    /// Takes the bytes over.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes themselves, for the few places that sign, seal or compare.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Keeps the first bytes; the rest is wiped with them, not before.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.0.truncate(length);
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// The cryptographic library refused what cannot fail with our arguments: memory has run out, or the build is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library failed")]
pub struct CryptoFault;

/// A sealed value that does not open: another master key, another row's value, or damage. Which, is not said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value does not open: it was sealed under another master key, belongs elsewhere, or is damaged")]
pub struct CannotOpen;

/// The one place that a sealed value is good for. Moved to another row, tenant or column it does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The row.
    pub key: KeyId,
    /// The tenant that the row belongs to; none for what all tenants share.
    pub tenant: Option<TenantId>,
    /// Table and column, as `signing_key.sealed_private`.
    pub column: &'a str,
}

impl Place<'_> {
    /// Every part but the last has a fixed length, so that no two places read alike.
    fn bytes(&self) -> Vec<u8> {
        let tenant = self.tenant.map(TenantId::uuid).unwrap_or_default();
        [&[SEAL_VERSION], &self.key.uuid().as_bytes()[..], &tenant.as_bytes()[..], self.column.as_bytes()].concat()
    }
}

/// Seals and opens values with AES-256-GCM-SIV (RFC 8452): a nonce that came twice would tell that two values are
/// equal, and nothing more.
#[derive(Debug)]
pub struct Vault {
    key: LessSafeKey,
}

impl Vault {
    /// A vault under this master key.
    ///
    /// # Errors
    /// `CryptoFault`.
    pub fn new(master: &MasterKey) -> Result<Self, CryptoFault> {
        let key = UnboundKey::new(&AES_256_GCM_SIV, master.derive(SEAL_INFO).as_slice()).map_err(|_| CryptoFault)?;
        Ok(Self { key: LessSafeKey::new(key) })
    }

    /// Seals a value for its place.
    ///
    /// # Errors
    /// `CryptoFault`.
    pub fn seal(&self, random: &Random, place: &Place<'_>, plain: &[u8]) -> Result<Vec<u8>, CryptoFault> {
        let nonce = random.bytes::<NONCE_LEN>();
        // Room for all from the start: a vector that grew would leave a copy of the plain text behind.
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + plain.len() + TAG_BYTES);
        sealed.push(SEAL_VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let (_, body) = sealed.split_at_mut(1 + NONCE_LEN);
        let tag = self
            .key
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place.bytes()), body)
            .map_err(|_| CryptoFault)?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Opens a value that was sealed for this place under this master key.
    ///
    /// # Errors
    /// `CannotOpen`, whatever the cause.
    pub fn open(&self, place: &Place<'_>, sealed: &[u8]) -> Result<SecretBytes, CannotOpen> {
        let (version, rest) = sealed.split_first().ok_or(CannotOpen)?;
        let (nonce, body) = rest.split_at_checked(NONCE_LEN).ok_or(CannotOpen)?;
        if *version != SEAL_VERSION {
            return Err(CannotOpen);
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| CannotOpen)?;
        let mut plain = SecretBytes::new(body.to_vec());
        let length =
            self.key.open_in_place(nonce, Aad::from(place.bytes()), &mut plain.0).map_err(|_| CannotOpen)?.len();
        plain.0.truncate(length);
        Ok(plain)
    }
}

#[cfg(test)]
mod tests;
