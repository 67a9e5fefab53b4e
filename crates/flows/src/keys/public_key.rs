use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    RsaSubjectPublicKey, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use countersign_domain::signing_key::{Algorithm, SigningKeyRecord};
use serde_json::{Value, json};

/// Why stored bytes are no key of ours. It never says anything about a private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// The bytes are no key of the algorithm.
    #[error("the bytes are no {0} key")]
    Shape(Algorithm),
    /// The row calls the key by another name than its thumbprint.
    #[error("the row's kid is not the thumbprint of its public key")]
    Kid,
    /// The sealed private key belongs to another public key.
    #[error("the private key does not belong to the row's public key")]
    Pair,
    /// The private key does not open.
    #[error(transparent)]
    Sealed(#[from] crate::vault::CannotOpen),
}

/// The public half of a signing key: parsed once, cheap to clone.
#[derive(Clone)]
pub struct PublicKey {
    algorithm: Algorithm,
    kid: String,
    bytes: Vec<u8>,
    parsed: ParsedPublicKey,
    jwk: Value,
}

impl PublicKey {
    /// Reads one from the bytes that the store keeps (`SigningKeyRecord::public`).
    ///
    /// # Errors
    /// `BadKey::Shape`.
    pub fn from_bytes(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, BadKey> {
        let bad = BadKey::Shape(algorithm);
        let parsed = ParsedPublicKey::new(verification(algorithm), bytes).map_err(|_| bad)?;
        let members = members(algorithm, bytes).ok_or(bad)?;
        let kid = thumbprint(&members);
        let jwk = published(members, algorithm, &kid);
        Ok(Self { algorithm, kid, bytes: bytes.to_vec(), parsed, jwk })
    }

    /// The public half of a stored key, if the row is consistent.
    ///
    /// # Errors
    /// `BadKey::Shape`, `BadKey::Kid`.
    pub fn from_record(record: &SigningKeyRecord) -> Result<Self, BadKey> {
        let key = Self::from_bytes(record.algorithm, &record.public)?;
        if key.kid == record.kid { Ok(key) } else { Err(BadKey::Kid) }
    }

    /// What it checks; a token with another `alg` is not its own.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its thumbprint (RFC 7638), 43 characters.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The bytes that the store keeps (`SigningKeyRecord::public`).
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether this key made the signature over the message.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(message, signature).is_ok()
    }

    /// The key as verifiers read it (RFC 7517), `use`, `alg` and `kid` included.
    pub const fn jwk(&self) -> &Value {
        &self.jwk
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({}, {})", self.algorithm, self.kid)
    }
}

fn verification(algorithm: Algorithm) -> &'static dyn VerificationAlgorithm {
    match algorithm {
        Algorithm::Rs256 | Algorithm::Rs256Bits3072 => &RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Es256 => &ECDSA_P256_SHA256_FIXED,
        Algorithm::EdDsa => &ED25519,
    }
}

/// The bytes of a P-256 coordinate and of an Ed25519 key.
const FIELD_BYTES: usize = 32;

/// The modulus' bytes of each RSA size.
const fn modulus_bytes(algorithm: Algorithm) -> Option<usize> {
    match algorithm {
        Algorithm::Rs256 => Some(2048 / 8),
        Algorithm::Rs256Bits3072 => Some(3072 / 8),
        Algorithm::Es256 | Algorithm::EdDsa => None,
    }
}

/// The members of the JWK that the thumbprint covers. None where the bytes are not in the one form that we store:
/// the library would take other encodings of the same key too.
fn members(algorithm: Algorithm, bytes: &[u8]) -> Option<Value> {
    let text = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    match algorithm {
        Algorithm::Rs256 | Algorithm::Rs256Bits3072 => {
            let key = RsaSubjectPublicKey::from_der(bytes).ok()?;
            let RsaPublicKeyComponents { n, e } = RsaPublicKeyComponents::<Vec<u8>>::from(&key);
            let stored_form = key.as_ref() == bytes && Some(n.len()) == modulus_bytes(algorithm);
            stored_form.then(|| json!({ "kty": "RSA", "n": text(&n), "e": text(&e) }))
        }
        Algorithm::Es256 => {
            let (x, y) = bytes.strip_prefix(&[4])?.split_at_checked(FIELD_BYTES)?;
            (y.len() == FIELD_BYTES).then(|| json!({ "kty": "EC", "crv": "P-256", "x": text(x), "y": text(y) }))
        }
        Algorithm::EdDsa => {
            (bytes.len() == FIELD_BYTES).then(|| json!({ "kty": "OKP", "crv": "Ed25519", "x": text(bytes) }))
        }
    }
}

/// RFC 7638: SHA-256 over the required members alone, in the order of their names, without spaces.
fn thumbprint(members: &Value) -> String {
    let sorted: std::collections::BTreeMap<_, _> = members.as_object().into_iter().flatten().collect();
    let text: Vec<String> = sorted.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, format!("{{{}}}", text.join(",")).as_bytes()))
}

fn published(mut members: Value, algorithm: Algorithm, kid: &str) -> Value {
    if let Some(jwk) = members.as_object_mut() {
        for (name, value) in [("use", "sig"), ("alg", algorithm.jws()), ("kid", kid)] {
            jwk.insert(name.to_owned(), value.into());
        }
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_rfc_7638() {
        // RFC 7638 section 3.1
        let members = json!({
            "kty": "RSA",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
            "e": "AQAB",
        });
        assert_eq!(thumbprint(&members), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        // RFC 8037 appendix A.3
        let ed25519 = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
        assert_eq!(thumbprint(&ed25519), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for algorithm in Algorithm::ALL {
            for bytes in [&[][..], &[0; 32], &[4; 65], &[0x30; 270]] {
                let taken = PublicKey::from_bytes(algorithm, bytes);
                let is_a_point = algorithm == Algorithm::EdDsa && bytes.len() == 32;
                assert_eq!(taken.is_ok(), is_a_point, "{algorithm} {} bytes", bytes.len());
            }
        }
    }
}
