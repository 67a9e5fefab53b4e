//! The only unsafe code of `keys`: the private-key operation of RSA without any padding.
//!
//! `aws-lc-rs` decrypts OAEP with one hash for label and mask alike, so it cannot open what the JDK makes by default;
//! and two of its decryptions, one after the other, would cost twice and show by their time which one it was. The
//! library below it has the bare operation, constant in time for every block within range: it is blinded with a fresh
//! random factor, its exponentiation takes the same steps whatever the exponent and the base, its result is checked
//! against the public key and written at full width, leading zeros included (Manger's attack reads their number).
#![expect(unsafe_code, reason = "the bare operation is offered in C alone: aws-lc-rs has it with a padding only")]

use std::mem::MaybeUninit;
use std::ptr::NonNull;

use aws_lc_sys::{
    CBS, CBS_init, ERR_clear_error, EVP_PKEY, EVP_PKEY_free, EVP_PKEY_get1_RSA, EVP_parse_private_key, RSA,
    RSA_NO_PADDING, RSA_decrypt, RSA_free, RSA_size,
};

use crate::vault::CryptoFault;

/// A private RSA key, parsed once. The library wipes it when it is dropped.
pub(super) struct PrivateRsa {
    key: NonNull<RSA>,
    modulus_bytes: usize,
}

/// What parsing yields on the way, freed however it goes on.
struct Parsed(NonNull<EVP_PKEY>);

impl Drop for Parsed {
    fn drop(&mut self) {
        // SAFETY: made by `EVP_parse_private_key`, which gave us the only reference; freed here alone.
        unsafe { EVP_PKEY_free(self.0.as_ptr()) };
    }
}

impl PrivateRsa {
    /// Reads one from its PKCS #8 form (RFC 5958); none where the bytes are no private RSA key that fits together.
    pub(super) fn from_pkcs8(pkcs8: &[u8]) -> Option<Self> {
        let parsed = Self::parse(pkcs8);
        if parsed.is_none() {
            forget_errors();
        }
        parsed
    }

    fn parse(pkcs8: &[u8]) -> Option<Self> {
        let mut input = MaybeUninit::<CBS>::uninit();
        // SAFETY: `CBS_init` writes the whole of `input`, and only remembers the slice, which outlives it.
        let mut input = unsafe {
            CBS_init(input.as_mut_ptr(), pkcs8.as_ptr(), pkcs8.len());
            input.assume_init()
        };
        // SAFETY: `input` spans a slice of ours that nobody changes meanwhile; the result is null or ours to free.
        let parsed = Parsed(NonNull::new(unsafe { EVP_parse_private_key(&raw mut input) })?);
        // SAFETY: `parsed` is alive; the result is null, where it is no RSA key, or a reference of its own to the key
        // within, which outlives `parsed`.
        let key = NonNull::new(unsafe { EVP_PKEY_get1_RSA(parsed.0.as_ptr()) })?;
        // SAFETY: `key` is alive.
        let size = unsafe { RSA_size(key.as_ptr()) };
        Some(Self { key, modulus_bytes: usize::try_from(size).unwrap_or(0) })
    }

    /// The bytes of the modulus, and of every block.
    pub(super) fn modulus_bytes(&self) -> usize {
        self.modulus_bytes
    }

    /// Raises `block` to the private exponent. Both have the length of the modulus, and `block` is more than 1 and less
    /// than the modulus less 1: the library refuses others at once, and so in less time.
    ///
    /// # Errors
    /// `CryptoFault`: out of range, out of memory, or the machine reckons wrong.
    pub(super) fn raise(&self, block: &[u8], out: &mut [u8]) -> Result<(), CryptoFault> {
        if block.len() != self.modulus_bytes || out.len() != self.modulus_bytes {
            return Err(CryptoFault);
        }
        let mut written = 0;
        // SAFETY: the key is alive. `block` and `out` are slices of ours of the lengths given, `written` is ours, and
        // none of the three overlaps another. The library lets any number of threads decrypt with one key at a time.
        let done = unsafe {
            RSA_decrypt(
                self.key.as_ptr(),
                &raw mut written,
                out.as_mut_ptr(),
                out.len(),
                block.as_ptr(),
                block.len(),
                RSA_NO_PADDING,
            )
        };
        if done == 1 && written == out.len() {
            return Ok(());
        }
        forget_errors();
        Err(CryptoFault)
    }
}

/// The library keeps a list of what went wrong for each thread. Nobody here reads it, and the next who does on this
/// thread must not take it for its own.
fn forget_errors() {
    // SAFETY: touches nothing but the calling thread's own list.
    unsafe { ERR_clear_error() };
}

impl Drop for PrivateRsa {
    fn drop(&mut self) {
        // SAFETY: the reference that `EVP_PKEY_get1_RSA` gave us, given back once.
        unsafe { RSA_free(self.key.as_ptr()) };
    }
}

// SAFETY: the key belongs to no thread.
unsafe impl Send for PrivateRsa {}
// SAFETY: `raise` is the only thing done with a shared key, and the library's header lets threads decrypt with one key
// at the same time ("non-mutating for thread-safety purposes"); what it changes within, the blinding, it locks.
unsafe impl Sync for PrivateRsa {}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::AsDer as _;
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RsaKeyPair};

    use super::*;

    fn key() -> PrivateRsa {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        PrivateRsa::from_pkcs8(pair.as_der().unwrap().as_ref()).unwrap()
    }

    #[test]
    fn many_threads_raise_with_one_key_and_agree() {
        let key = key();
        let block: Vec<u8> = (0..key.modulus_bytes()).map(|at| u8::try_from(at % 128).unwrap()).collect();
        let raise = || {
            let mut out = vec![0; block.len()];
            for _ in 0..50 {
                key.raise(&block, &mut out).unwrap();
            }
            out
        };
        let once = raise();
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(raise)).collect();
            for thread in threads {
                assert_eq!(thread.join().unwrap(), once);
            }
        });
        assert_ne!(once, block);
    }

    #[test]
    fn what_is_out_of_range_is_refused_and_the_key_goes_on() {
        let key = key();
        let (size, mut out) = (key.modulus_bytes(), vec![0; key.modulus_bytes()]);
        let mut one = vec![0; size];
        one[size - 1] = 1;
        for bad in [&[][..], &[2; 255], &[2; 257], &vec![0; size], &one, &vec![0xff; size]] {
            assert_eq!(key.raise(bad, &mut out), Err(CryptoFault));
        }
        assert_eq!(key.raise(&vec![2; size], &mut out[1..]), Err(CryptoFault), "no room for the result");
        assert_eq!(key.raise(&vec![2; size], &mut out), Ok(()));
    }

    #[test]
    fn what_is_no_rsa_key_is_none() {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let other = pair.to_pkcs8v1().unwrap();
        for bad in [&[][..], &[0x30], &[0x30; 400], other.as_ref()] {
            assert!(PrivateRsa::from_pkcs8(bad).is_none());
        }
    }
}
