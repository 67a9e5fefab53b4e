use std::fmt;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use countersign_domain::signing_key::{Algorithm, Schedule, SigningKeyRecord};
use countersign_domain::{KeyId, TenantId};

use super::{BadKey, PublicKey};
use crate::random::{Random, ignored_by_the_library};
use crate::vault::{CryptoFault, Place, SecretBytes, Vault};

/// What a sealed private key is bound to besides its row and tenant.
pub const PRIVATE_COLUMN: &str = "signing_key.sealed_private";

/// A signing key as the library keeps it, parsed once: parsing anew for every token costs more than signing does.
///
/// Shared between threads; signing takes no lock of ours.
pub struct KeyPair {
    private: Private,
    public: PublicKey,
}

enum Private {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl KeyPair {
    /// Makes a new pair. RSA takes a good part of a second of one core: not for an async thread.
    ///
    /// Ed25519's seed comes from `random`; RSA and P-256 keys are drawn by the library, which takes no other source.
    ///
    /// # Errors
    /// `CryptoFault`.
    pub fn generate(algorithm: Algorithm, random: &Random) -> Result<Self, CryptoFault> {
        let rsa = |size| RsaKeyPair::generate(size).map(Private::Rsa).map_err(|_| CryptoFault);
        let private = match algorithm {
            Algorithm::Rs256 => rsa(KeySize::Rsa2048)?,
            Algorithm::Rs256Bits3072 => rsa(KeySize::Rsa3072)?,
            Algorithm::Es256 => {
                EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(Private::P256).map_err(|_| CryptoFault)?
            }
            Algorithm::EdDsa => return Self::from_seed(&random.bytes()),
        };
        Self::complete(algorithm, private).map_err(|_| CryptoFault)
    }

    /// The Ed25519 pair of a seed (RFC 8032 section 5.1.5): how the audit's signing key comes from its secret.
    ///
    /// # Errors
    /// `CryptoFault`.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, CryptoFault> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| CryptoFault)?;
        Self::complete(Algorithm::EdDsa, Private::Ed25519(pair)).map_err(|_| CryptoFault)
    }

    /// Reads a pair from its PKCS #8 form (RFC 5958).
    ///
    /// # Errors
    /// `BadKey::Shape`, also where the key is of another algorithm or size.
    pub fn from_pkcs8(algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, BadKey> {
        let private = match algorithm {
            Algorithm::Rs256 | Algorithm::Rs256Bits3072 => RsaKeyPair::from_pkcs8(pkcs8).map(Private::Rsa),
            Algorithm::Es256 => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map(Private::P256),
            Algorithm::EdDsa => Ed25519KeyPair::from_pkcs8(pkcs8).map(Private::Ed25519),
        };
        Self::complete(algorithm, private.map_err(|_| BadKey::Shape(algorithm))?)
    }

    fn complete(algorithm: Algorithm, private: Private) -> Result<Self, BadKey> {
        let public = match &private {
            Private::Rsa(pair) => PublicKey::from_bytes(algorithm, pair.public_key().as_ref()),
            Private::P256(pair) => PublicKey::from_bytes(algorithm, pair.public_key().as_ref()),
            Private::Ed25519(pair) => PublicKey::from_bytes(algorithm, pair.public_key().as_ref()),
        }?;
        Ok(Self { private, public })
    }

    /// Opens the pair of a stored key, if the row is consistent.
    ///
    /// # Errors
    /// What is wrong with the row.
    pub fn open(vault: &Vault, record: &SigningKeyRecord) -> Result<Self, BadKey> {
        let pkcs8 = vault.open(&place(record.tenant, record.id), &record.sealed_private)?;
        let pair = Self::from_pkcs8(record.algorithm, pkcs8.expose())?;
        if pair.public.bytes() != record.public {
            return Err(BadKey::Pair);
        }
        if pair.public.kid() != record.kid {
            return Err(BadKey::Kid);
        }
        Ok(pair)
    }

    /// The row that keeps this pair.
    ///
    /// # Errors
    /// `CryptoFault`.
    pub fn record(
        &self,
        vault: &Vault,
        random: &Random,
        tenant: TenantId,
        schedule: Schedule,
    ) -> Result<SigningKeyRecord, CryptoFault> {
        let id = KeyId::from_uuid(random.id(schedule.published_at));
        Ok(SigningKeyRecord {
            tenant,
            id,
            kid: self.public.kid().to_owned(),
            algorithm: self.public.algorithm(),
            public: self.public.bytes().to_vec(),
            sealed_private: vault.seal(random, &place(tenant, id), self.to_pkcs8()?.expose())?,
            published_at: schedule.published_at,
            active_at: schedule.active_at,
            retired_at: None,
            compromised_at: None,
        })
    }

    /// The private half as PKCS #8, to be sealed at once.
    ///
    /// # Errors
    /// `CryptoFault`.
    pub fn to_pkcs8(&self) -> Result<SecretBytes, CryptoFault> {
        let der = match &self.private {
            Private::Rsa(pair) => pair.as_der().map(|der| der.as_ref().to_vec()),
            Private::P256(pair) => pair.to_pkcs8v1().map(|der| der.as_ref().to_vec()),
            Private::Ed25519(pair) => pair.to_pkcs8v1().map(|der| der.as_ref().to_vec()),
        };
        der.map(SecretBytes::new).map_err(|_| CryptoFault)
    }

    /// Signs the message as JWS wants it (RFC 7518 section 3.3 and 3.4, RFC 8037 section 3.1).
    ///
    /// # Errors
    /// `CryptoFault`.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoFault> {
        match &self.private {
            Private::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &ignored_by_the_library(), message, &mut signature).map(|()| signature)
            }
            Private::P256(pair) => {
                pair.sign(&ignored_by_the_library(), message).map(|signature| signature.as_ref().to_vec())
            }
            Private::Ed25519(pair) => pair.try_sign(message).map(|signature| signature.as_ref().to_vec()),
        }
        .map_err(|_| CryptoFault)
    }

    /// Whether this pair made the signature over the message.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.public.verify(message, signature)
    }

    /// The public half.
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPair({}, {})", self.public.algorithm(), self.public.kid())
    }
}

const fn place(tenant: TenantId, key: KeyId) -> Place<'static> {
    Place { key, tenant: Some(tenant), column: PRIVATE_COLUMN }
}

#[cfg(test)]
mod tests;
