//! Project Wycheproof's vectors, through the very functions that requests go through. Every vector of a set is counted
//! and has an answer that must come; none is passed over.

use std::collections::BTreeMap;

use countersign_domain::encryption_key::EncryptionKeySize;
use countersign_domain::signing_key::Algorithm;
use wycheproof::rsa_oaep::TestName as Oaep;
use wycheproof::{HashFunction, TestResult, ecdsa, eddsa, rsa_oaep, rsa_pkcs1_verify};

use super::{OaepKey, PublicKey};

/// How many vectors were judged, by what they say of themselves and what became of them.
#[derive(Default)]
struct Tally(BTreeMap<String, usize>);

impl Tally {
    fn count(&mut self, what: impl Into<String>) {
        *self.0.entry(what.into()).or_default() += 1;
    }

    fn print(&self, set: &str) -> usize {
        let told: Vec<String> = self.0.iter().map(|(what, count)| format!("{count} {what}")).collect();
        println!("wycheproof {set}: {}", told.join(", "));
        self.0.values().sum()
    }
}

/// A ciphertext opens if it is valid, under a key of a size of ours, with SHA-256 over the empty label and one of the two
/// masks; else it does not, be it as valid as it may for others.
#[test]
fn encrypted_fields() {
    let (mut opened, mut all) = (0, 0);
    for name in Oaep::all() {
        let set = rsa_oaep::TestSet::load(name).unwrap();
        let mut tally = Tally::default();
        for group in &set.test_groups {
            let Ok(key) = OaepKey::from_pkcs8(&group.pkcs8) else {
                let has_our_size = EncryptionKeySize::of_bits(group.key_size as i64).is_some();
                assert!(!has_our_size, "{name:?}: a key of {} bits is refused", group.key_size);
                group
                    .tests
                    .iter()
                    .for_each(|_| tally.count(format!("refused with their key of {} bits", group.key_size)));
                continue;
            };
            let ours = group.hash == HashFunction::Sha2_256
                && matches!(group.mgf_hash, HashFunction::Sha1 | HashFunction::Sha2_256);
            for test in &group.tests {
                let of_ours = ours && test.label.is_empty();
                let found = key.decrypt(&test.ct).unwrap();
                let told = format!("{name:?} {}: {} {:?}", test.tc_id, test.comment, test.flags);
                match test.result {
                    // A message of no bytes is a message; Wycheproof's "acceptable" ones are under keys too small for us.
                    TestResult::Valid | TestResult::Acceptable if of_ours => {
                        assert_eq!(
                            found.map(|message| message.expose().to_vec()).as_deref(),
                            Some(test.pt.as_slice()),
                            "{told}"
                        );
                        tally.count("valid and opened");
                        opened += 1;
                    }
                    TestResult::Valid | TestResult::Acceptable => {
                        assert!(found.is_none(), "{told}");
                        tally.count("valid for another label, hash or mask, and refused");
                    }
                    TestResult::Invalid => {
                        assert!(found.is_none(), "{told}");
                        tally.count("invalid and refused");
                    }
                }
            }
        }
        all += tally.print(&format!("OAEP {name:?}"));
        assert_eq!(tally.0.values().sum::<usize>(), set.number_of_tests, "{name:?}");
    }
    println!("wycheproof OAEP in all: {all} vectors, {opened} of them opened");
    // Of the crate's version in Cargo.lock: a newer one that has less is looked at, not passed over.
    assert_eq!((all, opened), (1_098, 52));
}

/// Judges one signature by the function that checks a token's.
fn judge(key: &PublicKey, (message, signature): (&[u8], &[u8]), result: TestResult, tally: &mut Tally) -> bool {
    let is_taken = key.verify(message, signature);
    let taken = if is_taken { "taken" } else { "refused" };
    tally.count(format!("{} and {taken}", format!("{result:?}").to_lowercase()));
    match result {
        TestResult::Valid => is_taken,
        TestResult::Invalid => !is_taken,
        // The only kind there is: a DigestInfo without its NULL (RFC 8017 appendix A.2.4 has it in every signature).
        TestResult::Acceptable => !is_taken,
    }
}

#[test]
fn rsa_signatures_of_tokens() {
    use rsa_pkcs1_verify::TestName::{Rsa2048Sha256, Rsa3072Sha256};
    for (name, algorithm) in [(Rsa2048Sha256, Algorithm::Rs256), (Rsa3072Sha256, Algorithm::Rs256Bits3072)] {
        let set = rsa_pkcs1_verify::TestSet::load(name).unwrap();
        let mut tally = Tally::default();
        for group in &set.test_groups {
            let key = PublicKey::from_bytes(algorithm, &group.asn_key).unwrap();
            for test in &group.tests {
                let is_right = judge(&key, (&test.msg, &test.sig), test.result, &mut tally);
                assert!(is_right, "{name:?} {}: {} {:?}", test.tc_id, test.comment, test.flags);
            }
        }
        assert_eq!(tally.print(&format!("RS256 {name:?}")), set.number_of_tests);
    }
}

#[test]
fn p256_signatures_of_tokens() {
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    let mut tally = Tally::default();
    for group in &set.test_groups {
        let key = PublicKey::from_bytes(Algorithm::Es256, &group.key.key).unwrap();
        for test in &group.tests {
            let is_right = judge(&key, (&test.msg, &test.sig), test.result, &mut tally);
            assert!(is_right, "{}: {} {:?}", test.tc_id, test.comment, test.flags);
        }
    }
    assert_eq!(tally.print("ES256"), set.number_of_tests);
}

#[test]
fn ed25519_signatures_of_tokens() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let mut tally = Tally::default();
    for group in &set.test_groups {
        let key = PublicKey::from_bytes(Algorithm::EdDsa, &group.key.pk).unwrap();
        for test in &group.tests {
            let is_right = judge(&key, (&test.msg, &test.sig), test.result, &mut tally);
            assert!(is_right, "{}: {} {:?}", test.tc_id, test.comment, test.flags);
        }
    }
    assert_eq!(tally.print("EdDSA"), set.number_of_tests);
}
