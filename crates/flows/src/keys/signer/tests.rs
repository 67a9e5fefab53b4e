use std::sync::LazyLock;

use countersign_domain::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::vault::{CannotOpen, MasterKey};

static PAIRS: LazyLock<Vec<KeyPair>> = LazyLock::new(|| {
    let random = Random::seeded(1);
    Algorithm::ALL.iter().map(|algorithm| KeyPair::generate(*algorithm, &random).unwrap()).collect()
});

fn tenant(number: u128) -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(number))
}

#[test]
fn a_pair_survives_pkcs8_and_its_signature_has_the_length_of_jws() {
    for (pair, length) in PAIRS.iter().zip([256, 384, 64, 64]) {
        let algorithm = pair.public().algorithm();
        let again = KeyPair::from_pkcs8(algorithm, pair.to_pkcs8().unwrap().expose()).unwrap();
        assert_eq!(again.public().kid(), pair.public().kid());
        let signature = again.sign(b"message").unwrap();
        assert_eq!(signature.len(), length, "{algorithm}");
        assert!(pair.verify(b"message", &signature), "{algorithm}");
        assert!(!pair.verify(b"massage", &signature), "{algorithm}");
        assert!(!pair.verify(b"message", &signature[1..]), "{algorithm}");
        assert!(!pair.verify(b"message", b""), "{algorithm}");
        assert!(!pair.verify(b"message", &vec![0; length]), "{algorithm}: the signature of nulls (CVE-2022-21449)");
    }
}

#[test]
fn a_pair_is_of_one_algorithm_and_size() {
    for pair in PAIRS.iter() {
        let pkcs8 = pair.to_pkcs8().unwrap();
        for other in Algorithm::ALL.into_iter().filter(|other| *other != pair.public().algorithm()) {
            assert_eq!(KeyPair::from_pkcs8(other, pkcs8.expose()).unwrap_err(), BadKey::Shape(other));
            assert_eq!(PublicKey::from_bytes(other, pair.public().bytes()).unwrap_err(), BadKey::Shape(other));
        }
        assert!(KeyPair::from_pkcs8(pair.public().algorithm(), b"").is_err());
    }
}

#[test]
fn another_encoding_of_a_public_key_is_refused() {
    // The library takes a SubjectPublicKeyInfo too; two forms of one key would be two rows that look different.
    for pair in PAIRS.iter() {
        let spki = match &pair.private {
            Private::Rsa(pair) => pair.public_key().as_der(),
            Private::P256(pair) => pair.public_key().as_der(),
            Private::Ed25519(pair) => pair.public_key().as_der(),
        };
        let algorithm = pair.public().algorithm();
        let taken = PublicKey::from_bytes(algorithm, spki.unwrap().as_ref());
        assert_eq!(taken.unwrap_err(), BadKey::Shape(algorithm));
    }
}

#[test]
fn a_seed_gives_the_pair_of_rfc_8032() {
    // RFC 8032 section 7.1, test 1
    let seed = [
        0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49,
        0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
    ];
    let pair = KeyPair::from_seed(&seed).unwrap();
    // RFC 8037 appendix A.1 to A.3 gives the same key as a JWK, and its thumbprint.
    assert_eq!(pair.public().jwk()["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    assert_eq!(pair.public().kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    let signature = pair.sign(b"").unwrap();
    assert_eq!(signature[..4], [0xe5, 0x56, 0x43, 0x00]);
    let drawn = KeyPair::generate(Algorithm::EdDsa, &Random::seeded(3)).unwrap();
    let given = KeyPair::from_seed(&Random::seeded(3).bytes()).unwrap();
    assert_eq!(drawn.public().kid(), given.public().kid());
}

#[test]
fn a_stored_pair_opens_only_in_its_row() {
    let random = Random::seeded(1);
    let vault = Vault::new(&MasterKey::generate(&random)).unwrap();
    let now = Timestamp::from_unix_seconds(1_800_000_000);
    let schedule = Schedule { published_at: now, active_at: now };
    for (pair, other) in PAIRS.iter().zip(PAIRS.iter().rev()) {
        let record = pair.record(&vault, &random, tenant(1), schedule).unwrap();
        let opened = KeyPair::open(&vault, &record).unwrap();
        assert!(pair.verify(b"message", &opened.sign(b"message").unwrap()));

        let sealed = Err(BadKey::Sealed(CannotOpen));
        let refused =
            |record: &SigningKeyRecord| KeyPair::open(&vault, record).map(|pair| pair.public().kid().to_owned());
        assert_eq!(refused(&SigningKeyRecord { tenant: tenant(2), ..record.clone() }), sealed);
        let id = KeyId::from_uuid(Uuid::from_u128(1));
        assert_eq!(refused(&SigningKeyRecord { id, ..record.clone() }), sealed);
        let public = other.public().bytes().to_vec();
        assert_eq!(refused(&SigningKeyRecord { public, ..record.clone() }), Err(BadKey::Pair));
        assert_eq!(refused(&SigningKeyRecord { kid: String::new(), ..record.clone() }), Err(BadKey::Kid));
    }
}

#[test]
fn a_pair_never_prints_its_private_half() {
    for pair in PAIRS.iter() {
        let printed = format!("{pair:?} {:?}", pair.public());
        let kid = pair.public().kid();
        let algorithm = pair.public().algorithm();
        assert_eq!(printed, format!("KeyPair({algorithm}, {kid}) PublicKey({algorithm}, {kid})"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn whatever_is_signed_verifies_and_nothing_else(
        message in prop::collection::vec(any::<u8>(), 0..300),
        which in 0_usize..4,
        flip: prop::sample::Index,
    ) {
        let pair = &PAIRS[which];
        let mut signature = pair.sign(&message).unwrap();
        prop_assert!(pair.verify(&message, &signature));
        let at = flip.index(signature.len());
        signature[at] ^= 0x10;
        prop_assert!(!pair.verify(&message, &signature));
    }
}
