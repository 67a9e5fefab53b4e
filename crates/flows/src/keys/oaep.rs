//! RSAES-OAEP (RFC 8017 section 7.1.2) with SHA-256 over an empty label, its mask made with SHA-256 or with SHA-1.
//!
//! Whoever could tell why a ciphertext was refused could open any other one by asking some thousand times (J. Manger,
//! CRYPTO 2001), so nothing may tell, time least of all:
//!
//! - every ciphertext costs **one** operation with the private key, one unmasking with each hash and one scan of each
//!   result. What cannot be raised, for its length or its value, is replaced by a block that can; that is decided by
//!   what the sender knows already, the ciphertext and the public key;
//! - from the raised block on no branch, no index and no length depends on it. What is a condition is a mask (`subtle`,
//!   which hides it from the compiler), first to choose between the two results, then to move the message to the front
//!   in steps of powers of two;
//! - one bit comes out last: a message, or none.
//!
//! Trying the masks one after the other with the library's own decryption would cost two private-key operations, and to
//! leave the second out where the first succeeded would show who uses which.

mod raw;
#[cfg(test)]
mod tests;

use std::fmt;

use aws_lc_rs::digest::{Algorithm, Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA256_OUTPUT_LEN, digest};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RsaKeyPair, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use countersign_domain::encryption_key::{EncryptionKeyRecord, EncryptionKeySize};
use countersign_domain::{KeyId, Secret, TenantId};
use countersign_store::NewEncryptionKey;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::random::Random;
use crate::vault::{CannotOpen, CryptoFault, Place, SecretBytes, Vault};
use raw::PrivateRsa;

/// What a sealed private half is bound to besides its row and tenant: no signing key opens in this place, nor the
/// reverse.
const PRIVATE_COLUMN: &str = "encryption_key.sealed_private";

/// Of a seed, a label's hash and SHA-256.
const HASH_BYTES: usize = SHA256_OUTPUT_LEN;
/// A message begins less than 2⁹ bytes into the data block, the modulus being of 384 bytes at most.
const OFFSET_BITS: u32 = 9;

/// Base64 with the standard alphabet (RFC 4648 section 4). Padding may be left out, as some encoders do: a ciphertext
/// that is spelled in two ways is no more than one that is sent twice.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why stored bytes are no encryption key of ours. It never says anything about a private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadOaepKey {
    /// The bytes are no RSA key of a size of ours.
    #[error("the bytes are no RSA key of 2048 or 3072 bits")]
    Shape,
    /// The sealed private key belongs to another public key.
    #[error("the private key does not belong to the row's public key")]
    Pair,
    /// The key is retired: its private half is gone.
    #[error("the key is retired")]
    Retired,
    /// The private key does not open.
    #[error(transparent)]
    Sealed(#[from] CannotOpen),
}

/// A pair that opens encrypted fields, as the library keeps it: parsed once, shared between threads.
pub struct OaepKey {
    private: PrivateRsa,
    size: EncryptionKeySize,
    /// The modulus less one, at full length.
    largest: Vec<u8>,
    /// Raised in the place of what cannot be.
    stand_in: Vec<u8>,
    public: Vec<u8>,
}

impl OaepKey {
    /// Makes a new pair, with the library's own randomness; its private half beside it, to be sealed at once. Takes a good part of a second of one core: not for an async
    /// thread.
    ///
    /// # Errors
    /// `CryptoFault`.
    pub fn generate(size: EncryptionKeySize) -> Result<(Self, SecretBytes), CryptoFault> {
        let bits = match size {
            EncryptionKeySize::Bits2048 => KeySize::Rsa2048,
            EncryptionKeySize::Bits3072 => KeySize::Rsa3072,
        };
        let pair = RsaKeyPair::generate(bits).map_err(|_| CryptoFault)?;
        let pkcs8 = pair.as_der().map(|der| SecretBytes::new(der.as_ref().to_vec())).map_err(|_| CryptoFault)?;
        let key = Self::from_pkcs8(pkcs8.expose()).map_err(|_| CryptoFault)?;
        Ok((key, pkcs8))
    }

    /// Reads a pair from its PKCS #8 form (RFC 5958).
    ///
    /// # Errors
    /// `BadOaepKey::Shape`.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, BadOaepKey> {
        let pair = RsaKeyPair::from_pkcs8(pkcs8).map_err(|_| BadOaepKey::Shape)?;
        let private = PrivateRsa::from_pkcs8(pkcs8).ok_or(BadOaepKey::Shape)?;
        let RsaPublicKeyComponents { n: mut largest, .. } = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
        let bits = i64::try_from(largest.len()).unwrap_or(0).saturating_mul(8);
        let size = EncryptionKeySize::of_bits(bits).ok_or(BadOaepKey::Shape)?;
        // The modulus is odd, so one less is its last bit cleared. It has its full length, so its first bit is set.
        let last = largest.last_mut().ok_or(BadOaepKey::Shape)?;
        *last &= 0xfe;
        let mut stand_in = vec![0x5a; largest.len()];
        if let Some(first) = stand_in.first_mut() {
            *first = 0;
        }
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(|_| BadOaepKey::Shape)?;
        let public = public.as_ref().to_vec();
        match private.modulus_bytes() == size.bytes() {
            true => Ok(Self { private, size, largest, stand_in, public }),
            false => Err(BadOaepKey::Shape),
        }
    }

    /// Opens the pair of a stored row.
    ///
    /// # Errors
    /// What is wrong with the row.
    pub fn open(vault: &Vault, record: &EncryptionKeyRecord) -> Result<Self, BadOaepKey> {
        let sealed = record.sealed_private.as_ref().ok_or(BadOaepKey::Retired)?;
        let pkcs8 = vault.open(&place(record.tenant, record.id), sealed)?;
        let key = Self::from_pkcs8(pkcs8.expose())?;
        if key.public == record.public { Ok(key) } else { Err(BadOaepKey::Pair) }
    }

    /// The row of a new pair, whose private half is given in its PKCS #8 form.
    ///
    /// # Errors
    /// `CryptoFault`.
    pub fn new_row(
        &self,
        (tenant, id): (TenantId, KeyId),
        pkcs8: &SecretBytes,
        vault: &Vault,
        random: &Random,
    ) -> Result<NewEncryptionKey, CryptoFault> {
        let sealed_private = vault.seal(random, &place(tenant, id), pkcs8.expose())?;
        Ok(NewEncryptionKey { id, size: self.size, public: self.public.clone(), sealed_private })
    }

    /// The modulus' size.
    pub const fn size(&self) -> EncryptionKeySize {
        self.size
    }

    /// The public half, the DER of a `SubjectPublicKeyInfo`.
    pub fn public(&self) -> &[u8] {
        &self.public
    }

    /// Opens every field of a request, each Base64 of a ciphertext of UTF-8; none if one of them does not open. Each
    /// takes its time whatever became of the others.
    ///
    /// # Errors
    /// `CryptoFault`.
    pub fn decrypt_texts(&self, sent: &[Secret]) -> Result<Option<Vec<Secret>>, CryptoFault> {
        let opened: Vec<Option<Secret>> =
            sent.iter().map(|field| self.decrypt_text(field)).collect::<Result<_, CryptoFault>>()?;
        Ok(opened.into_iter().collect())
    }

    fn decrypt_text(&self, sent: &Secret) -> Result<Option<Secret>, CryptoFault> {
        // What is no Base64 is as long as no ciphertext.
        let block = BASE64.decode(sent.expose()).unwrap_or_default();
        let opened = self.decrypt(&block)?;
        Ok(opened.and_then(|bytes| std::str::from_utf8(bytes.expose()).map(Secret::new).ok()))
    }

    /// Opens one ciphertext.
    ///
    /// # Errors
    /// `CryptoFault`.
    pub fn decrypt(&self, sent: &[u8]) -> Result<Option<SecretBytes>, CryptoFault> {
        let can_be_raised = self.can_be_raised(sent);
        let block = if can_be_raised { sent } else { self.stand_in.as_slice() };
        let mut raised = Zeroizing::new(vec![0; self.size.bytes()]);
        self.private.raise(block, &mut raised)?;
        let message = unpad(&raised).ok_or(CryptoFault)?;
        Ok(message.reveal(Choice::from(u8::from(can_be_raised))))
    }

    /// Whether a block is one that the private key takes: all that is looked at is public.
    fn can_be_raised(&self, sent: &[u8]) -> bool {
        let is_above_one = match sent.split_last() {
            Some((last, before)) => *last > 1 || before.iter().any(|byte| *byte != 0),
            None => false,
        };
        // Of one length, the bytes compare as the numbers do.
        sent.len() == self.largest.len() && is_above_one && sent < self.largest.as_slice()
    }
}

impl fmt::Debug for OaepKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OaepKey({} bits)", self.size.bits())
    }
}

const fn place(tenant: TenantId, key: KeyId) -> Place<'static> {
    Place { key, tenant: Some(tenant), column: PRIVATE_COLUMN }
}

/// What unpadding found, good or not: always of the same length.
struct Unpadded {
    /// Label hash, padding, 0x01 and message.
    data: Zeroizing<Vec<u8>>,
    /// Where the message begins; anything where it is not good.
    begin: u32,
    is_good: Choice,
}

/// Undoes the padding of a raised block with both masks and keeps the one that fits. None only where the block is
/// shorter than any of ours.
fn unpad(block: &[u8]) -> Option<Unpadded> {
    let by_sha256 = unmask(&SHA256, block)?;
    let by_sha1 = unmask(&SHA1_FOR_LEGACY_USE_ONLY, block)?;
    let mut data = by_sha256.data;
    for (byte, other) in data.iter_mut().zip(by_sha1.data.iter()) {
        byte.conditional_assign(other, by_sha1.is_good);
    }
    let begin = u32::conditional_select(&by_sha256.begin, &by_sha1.begin, by_sha1.is_good);
    Some(Unpadded { data, begin, is_good: by_sha256.is_good | by_sha1.is_good })
}

/// RFC 8017 section 7.1.2, step 3, with one hash for the mask.
fn unmask(mask: &'static Algorithm, block: &[u8]) -> Option<Unpadded> {
    let (first, masked) = block.split_first()?;
    let (seed, data) = masked.split_at_checked(HASH_BYTES)?;
    let (mut seed, mut data) = (Zeroizing::new(seed.to_vec()), Zeroizing::new(data.to_vec()));
    mgf1(mask, &data, &mut seed);
    mgf1(mask, &seed, &mut data);
    let (label, rest) = data.split_at_checked(HASH_BYTES)?;
    let is_ours = first.ct_eq(&0) & label.ct_eq(digest(&SHA256, b"").as_ref());
    let (begin, is_padded) = end_of_padding(rest);
    let begin = begin.wrapping_add(u32::try_from(HASH_BYTES).ok()?);
    Some(Unpadded { data, begin, is_good: is_ours & is_padded })
}

/// MGF1 (RFC 8017 appendix B.2.1) over `seed`, added to what is masked.
fn mgf1(hash: &'static Algorithm, seed: &[u8], masked: &mut [u8]) {
    for (counter, part) in (0_u32..).zip(masked.chunks_mut(hash.output_len())) {
        let mut context = Context::new(hash);
        context.update(seed);
        context.update(&counter.to_be_bytes());
        for (byte, mask) in part.iter_mut().zip(context.finish().as_ref()) {
            *byte ^= mask;
        }
    }
}

/// Where the message begins that follows any number of nulls and a one, and whether they are there. Every byte is
/// looked at.
fn end_of_padding(rest: &[u8]) -> (u32, Choice) {
    let (mut begin, mut is_padding, mut is_broken) = (0_u32, Choice::from(1), Choice::from(0));
    for (after, byte) in (1_u32..).zip(rest) {
        let is_end = is_padding & byte.ct_eq(&1);
        begin.conditional_assign(&after, is_end);
        is_broken |= is_padding & !is_end & !byte.ct_eq(&0);
        is_padding &= !is_end;
    }
    (begin, !is_padding & !is_broken)
}

impl Unpadded {
    /// The message, if it is good and the block was the sender's.
    fn reveal(mut self, is_senders: Choice) -> Option<SecretBytes> {
        let length = u32::try_from(self.data.len()).unwrap_or(0);
        for bit in 0..OFFSET_BITS {
            let is_set = Choice::from(((self.begin >> bit) & 1) as u8);
            move_forward(&mut self.data, 1 << bit, is_set);
        }
        let is_good = self.is_good & is_senders;
        let length = u32::conditional_select(&0, &length.wrapping_sub(self.begin), is_good);
        // From here on it is the answer that speaks: whether there is a message, and to whoever made it, how long.
        let mut message = SecretBytes::new(std::mem::take(&mut *self.data));
        message.truncate(usize::try_from(length).unwrap_or(0));
        bool::from(is_good).then_some(message)
    }
}

/// Moves every byte `by` places to the front, or leaves it; nulls follow from the end.
fn move_forward(bytes: &mut [u8], by: usize, is_moved: Choice) {
    for at in 0..bytes.len() {
        let from = bytes.get(at.saturating_add(by)).copied().unwrap_or(0);
        if let Some(byte) = bytes.get_mut(at) {
            byte.conditional_assign(&from, is_moved);
        }
    }
}
