use std::sync::LazyLock;

use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OaepAlgorithm, OaepPublicEncryptingKey,
    Pkcs1PublicEncryptingKey, PublicEncryptingKey,
};
use countersign_domain::Timestamp;
use proptest::prelude::*;
use tokio::time::Instant;
use uuid::Uuid;

use super::*;
use crate::vault::MasterKey;

/// One key of each size, with its private half.
static PAIRS: LazyLock<Vec<(OaepKey, SecretBytes)>> =
    LazyLock::new(|| EncryptionKeySize::ALL.iter().map(|size| OaepKey::generate(*size).unwrap()).collect());
/// Somebody else's.
static OTHER: LazyLock<OaepKey> = LazyLock::new(|| OaepKey::generate(EncryptionKeySize::Bits2048).unwrap().0);

fn public(key: &OaepKey) -> PublicEncryptingKey {
    PublicEncryptingKey::from_der(key.public()).unwrap()
}

fn encrypt(key: &OaepKey, by: &'static OaepAlgorithm, text: &[u8], label: Option<&[u8]>) -> Vec<u8> {
    let mut sent = vec![0; key.size().bytes()];
    OaepPublicEncryptingKey::new(public(key)).unwrap().encrypt(by, text, &mut sent, label).unwrap();
    sent
}

fn usual(key: &OaepKey, text: &[u8]) -> Vec<u8> {
    encrypt(key, &OAEP_SHA256_MGF1SHA256, text, None)
}

fn opened(key: &OaepKey, sent: &[u8]) -> Option<Vec<u8>> {
    key.decrypt(sent).unwrap().map(|message| message.expose().to_vec())
}

fn text(key: &OaepKey, sent: &str) -> Option<String> {
    let opened = key.decrypt_texts(&[Secret::new(sent)]).unwrap();
    opened.map(|texts| texts[0].expose().to_owned())
}

fn base64(bytes: &[u8]) -> String {
    base64::prelude::BASE64_STANDARD.encode(bytes)
}

/// A padded block as RFC 8017 makes it, with any hash for the mask and any mistake in it.
fn block(size: usize, mask: &'static Algorithm, first: u8, data: &[u8]) -> Vec<u8> {
    let (mut seed, mut data) = (vec![0x33; HASH_BYTES], data.to_vec());
    assert_eq!(data.len(), size - 1 - HASH_BYTES);
    mgf1(mask, &seed.clone(), &mut data);
    mgf1(mask, &data.clone(), &mut seed);
    [vec![first], seed, data].concat()
}

/// Label hash, so many nulls, a one, a message.
fn data(size: usize, message: &[u8]) -> Vec<u8> {
    let nulls = size - 2 * HASH_BYTES - 2 - message.len();
    [digest(&SHA256, b"").as_ref(), &vec![0; nulls], &[1], message].concat()
}

fn unpadded(block: &[u8]) -> Option<Vec<u8>> {
    unpad(block).unwrap().reveal(Choice::from(1)).map(|message| message.expose().to_vec())
}

#[test]
fn what_was_encrypted_opens_whatever_its_length() {
    for (key, _) in PAIRS.iter() {
        let longest = key.size().bytes() - 2 * HASH_BYTES - 2;
        for length in [0, 1, 8, 32, 127, 128, longest - 1, longest] {
            let message: Vec<u8> = (1..).take(length).map(|at: usize| (at % 251) as u8).collect();
            assert_eq!(opened(key, &usual(key, &message)), Some(message), "{length} of {longest}");
        }
    }
    assert_eq!(EncryptionKeySize::ALL.map(|size| size.bytes() - 2 * HASH_BYTES - 2), [190, 318], "as is promised");
}

#[test]
fn both_masks_open_and_each_mistake_does_not() {
    for size in EncryptionKeySize::ALL.map(EncryptionKeySize::bytes) {
        for mask in [&SHA256, &SHA1_FOR_LEGACY_USE_ONLY] {
            let good = data(size, b"Password@1");
            assert_eq!(unpadded(&block(size, mask, 0, &good)).as_deref(), Some(&b"Password@1"[..]));
            assert_eq!(unpadded(&block(size, mask, 0, &data(size, b""))).as_deref(), Some(&b""[..]));
            let changed = |at: usize, byte: u8| {
                let mut data = good.clone();
                data[at] = byte;
                data
            };
            let without_end = [digest(&SHA256, b"").as_ref(), &vec![0; size - 1 - 2 * HASH_BYTES]].concat();
            for (why, first, data) in [
                ("the first byte", 1, good.clone()),
                ("the first byte", 0x80, good.clone()),
                ("the label's hash", 0, changed(0, good[0] ^ 1)),
                ("the label's hash", 0, changed(HASH_BYTES - 1, good[HASH_BYTES - 1] ^ 0x80)),
                ("the padding", 0, changed(HASH_BYTES, 2)),
                ("the padding", 0, changed(size - 1 - HASH_BYTES - 12, 0xff)),
                ("the end of the padding", 0, changed(size - 1 - HASH_BYTES - 11, 2)),
                ("no end of the padding", 0, without_end),
            ] {
                assert_eq!(unpadded(&block(size, mask, first, &data)), None, "{why}");
            }
            let good = unpad(&block(size, mask, 0, &good)).unwrap();
            assert!(good.reveal(Choice::from(0)).is_none(), "what stands in for a block opens nothing");
        }
        let other = block(size, &aws_lc_rs::digest::SHA384, 0, &data(size, b"Password@1"));
        assert_eq!(unpadded(&other), None, "a third mask");
    }
}

#[test]
fn only_our_padding_under_our_key_opens() {
    let key = &PAIRS[0].0;
    let mut pkcs1 = vec![0; 256];
    Pkcs1PublicEncryptingKey::new(public(key)).unwrap().encrypt(b"Password@1", &mut pkcs1).unwrap();
    for (why, sent) in [
        ("PKCS #1 v1.5", pkcs1),
        ("a label", encrypt(key, &OAEP_SHA256_MGF1SHA256, b"Password@1", Some(b"label"))),
        ("SHA-1", encrypt(key, &OAEP_SHA1_MGF1SHA1, b"Password@1", None)),
        ("SHA-384", encrypt(key, &OAEP_SHA384_MGF1SHA384, b"Password@1", None)),
        ("another key", usual(&OTHER, b"Password@1")),
        ("a longer key", usual(&PAIRS[1].0, b"Password@1")),
    ] {
        assert_eq!(opened(key, &sent), None, "{why}");
    }
}

#[test]
fn a_block_out_of_range_is_refused_like_any_other() {
    for (key, _) in PAIRS.iter() {
        let size = key.size().bytes();
        let modulus: Vec<u8> = key.largest[..size - 1].iter().copied().chain([key.largest[size - 1] + 1]).collect();
        let number = |last: u8| [vec![0; size - 1], vec![last]].concat();
        for sent in [
            vec![],
            number(0),
            number(1),
            number(2),
            key.largest.clone(),
            modulus,
            vec![0xff; size],
            vec![0x11; size - 1],
            vec![0x11; size + 1],
            [vec![0], usual(key, b"Password@1")].concat(),
        ] {
            assert_eq!(opened(key, &sent), None);
        }
        assert!(key.can_be_raised(&key.stand_in) && !key.can_be_raised(&key.largest) && !key.can_be_raised(&number(1)));
        assert!(key.can_be_raised(&number(2)));
    }
}

#[test]
fn a_field_is_base64_of_a_ciphertext_of_utf8() {
    let key = &PAIRS[0].0;
    let sent = base64(&usual(key, "Пароль🦀".as_bytes()));
    assert!(sent.ends_with("=="));
    assert_eq!(text(key, &sent).as_deref(), Some("Пароль🦀"));
    assert_eq!(text(key, sent.trim_end_matches('=')).as_deref(), Some("Пароль🦀"), "padding may be left out");
    let url = base64::prelude::BASE64_URL_SAFE.encode(vec![0xff; 256]);
    for bad in [
        "",
        "Password@1",
        &format!(" {sent}"),
        &format!("{sent}\n"),
        &format!("{}\n{}", &sent[..64], &sent[64..]),
        &sent[..340],
        &format!("{sent}{sent}"),
        &url,
        &base64(&usual(key, b"\xff")),
    ] {
        assert_eq!(text(key, bad), None, "{bad}");
    }
}

#[test]
fn all_fields_open_or_none() {
    let key = &PAIRS[0].0;
    let sent = |text: &str| Secret::new(base64(&usual(key, text.as_bytes())));
    let opened = |fields: &[Secret]| {
        let opened = key.decrypt_texts(fields).unwrap();
        opened.map(|texts| texts.iter().map(|text| text.expose().to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(opened(&[sent("one"), sent("two")]).unwrap(), ["one", "two"]);
    assert_eq!(opened(&[Secret::new("one"), sent("two")]), None);
    assert_eq!(opened(&[sent("one"), Secret::new("two")]), None);
    assert_eq!(opened(&[]).unwrap(), [""; 0]);
}

#[test]
fn a_stored_pair_opens_only_in_its_row() {
    let random = Random::seeded(1);
    let vault = Vault::new(&MasterKey::generate(&random)).unwrap();
    let [tenant, other] = [1, 2].map(|number| TenantId::from_uuid(Uuid::from_u128(number)));
    let id = KeyId::from_uuid(Uuid::from_u128(3));
    for (pair, private) in PAIRS.iter() {
        let size = pair.size();
        let NewEncryptionKey { public, sealed_private, .. } =
            pair.new_row((tenant, id), private, &vault, &random).unwrap();
        let (sealed_private, created_at) = (Some(sealed_private), Timestamp::default());
        let record = EncryptionKeyRecord { tenant, id, size, public, sealed_private, created_at, retired_at: None };
        let key = OaepKey::open(&vault, &record).unwrap();
        assert_eq!(opened(&key, &usual(&key, b"x")).as_deref(), Some(&b"x"[..]));
        let refused = |record: &EncryptionKeyRecord| OaepKey::open(&vault, record).map(|_| ()).unwrap_err();
        let sealed = BadOaepKey::Sealed(CannotOpen);
        assert_eq!(refused(&EncryptionKeyRecord { tenant: other, ..record.clone() }), sealed);
        assert_eq!(refused(&EncryptionKeyRecord { id: KeyId::from_uuid(Uuid::nil()), ..record.clone() }), sealed);
        let public = OTHER.public().to_vec();
        assert_eq!(refused(&EncryptionKeyRecord { public, ..record.clone() }), BadOaepKey::Pair);
        assert_eq!(refused(&EncryptionKeyRecord { sealed_private: None, ..record }), BadOaepKey::Retired);
    }
}

#[test]
fn a_key_of_another_size_is_refused_and_none_prints() {
    let longer = RsaKeyPair::generate(KeySize::Rsa4096).unwrap();
    assert_eq!(OaepKey::from_pkcs8(longer.as_der().unwrap().as_ref()).unwrap_err(), BadOaepKey::Shape);
    assert_eq!(OaepKey::from_pkcs8(b"").unwrap_err(), BadOaepKey::Shape);
    let (key, pkcs8) = &PAIRS[0];
    assert_eq!(OaepKey::from_pkcs8(pkcs8.expose()).unwrap().public(), key.public());
    assert_eq!(format!("{key:?} {pkcs8:?}"), "OaepKey(2048 bits) [secret]");
}

/// What comes in, by the reason for which it does not open, and how long each took: the fields of one kind take turns
/// with all others, so that a machine which becomes slower becomes so for all.
#[test]
fn every_refusal_takes_as_long_as_a_success() {
    const ROUNDS: usize = 300;
    for (key, _) in PAIRS.iter() {
        let good = usual(key, b"Password@1");
        let mut pkcs1 = vec![0; key.size().bytes()];
        Pkcs1PublicEncryptingKey::new(public(key)).unwrap().encrypt(b"Password@1", &mut pkcs1).unwrap();
        let kinds = [
            ("good, MGF1 with SHA-256", base64(&good)),
            ("good, MGF1 with SHA-1", base64(&jdks(key, b"Password@1"))),
            ("no Base64", "?".repeat(344)),
            ("nothing", String::new()),
            ("too short", base64(&good[1..])),
            ("out of range", base64(&vec![0xff; good.len()])),
            ("bad padding", base64(&pkcs1)),
            ("another label", base64(&encrypt(key, &OAEP_SHA256_MGF1SHA256, b"Password@1", Some(b"label")))),
            ("another key", base64(&[&[0], &vec![0x77; good.len() - 1][..]].concat())),
            ("no UTF-8", base64(&usual(key, b"\xff\xff"))),
        ];
        let fields = kinds.each_ref().map(|(_, text)| [Secret::new(text.as_str())]);
        let mut took = vec![Vec::with_capacity(ROUNDS); kinds.len()];
        for round in 0..ROUNDS {
            for turn in 0..kinds.len() {
                // Not always after the same one.
                let kind = (turn * 3 + round) % kinds.len();
                let started = Instant::now();
                let opened = key.decrypt_texts(&fields[kind]).unwrap();
                took[kind].push(started.elapsed().as_nanos());
                assert_eq!(opened.is_some(), kind < 2, "{}", kinds[kind].0);
            }
        }
        println!("{} bits, median of {ROUNDS} in µs:", key.size().bits());
        let medians: Vec<f64> = took.iter_mut().map(|took| median(took)).collect();
        for ((name, _), median) in kinds.iter().zip(&medians) {
            println!("  {name:<24} {:8.1}  {:+.2} %", median / 1e3, (median / medians[0] - 1.0) * 100.0);
            // A private-key operation too many or too few is a factor of two or of thirty.
            assert!(
                (0.75..1.33).contains(&(median / medians[0])),
                "{name}: {median} ns, {} for a good one",
                medians[0]
            );
        }
    }
}

fn median(took: &mut [u128]) -> f64 {
    took.sort_unstable();
    took[took.len() / 2] as f64
}

/// As the JDK does it by default: the label's hash is SHA-256, the mask is made with SHA-1.
fn jdks(key: &OaepKey, message: &[u8]) -> Vec<u8> {
    let size = key.size().bytes();
    power(&block(size, &SHA1_FOR_LEGACY_USE_ONLY, 0, &data(size, message)), key)
}

/// The public operation, with a textbook's arithmetic: m^65537 by squaring, on 32-bit digits.
fn power(block: &[u8], key: &OaepKey) -> Vec<u8> {
    let modulus: Vec<u8> = {
        let mut modulus = key.largest.clone();
        *modulus.last_mut().unwrap() |= 1;
        modulus
    };
    let base = digits(block);
    let modulus = digits(&modulus);
    let mut power = base.clone();
    for _ in 0..16 {
        power = times(&power, &power, &modulus);
    }
    power = times(&power, &base, &modulus);
    power.iter().rev().flat_map(|digit| digit.to_be_bytes()).collect()
}

fn digits(bytes: &[u8]) -> Vec<u32> {
    bytes.rchunks(4).map(|digit| u32::from_be_bytes(digit.try_into().unwrap())).collect()
}

/// `a × b` less the modulus as often as it goes, by doubling and adding.
fn times(a: &[u32], b: &[u32], modulus: &[u32]) -> Vec<u32> {
    let mut sum = vec![0; modulus.len()];
    for digit in b.iter().rev() {
        for bit in (0..32).rev() {
            sum = plus(&sum, &sum, modulus);
            if (digit >> bit) & 1 == 1 {
                sum = plus(&sum, a, modulus);
            }
        }
    }
    sum
}

fn plus(a: &[u32], b: &[u32], modulus: &[u32]) -> Vec<u32> {
    let mut carry = 0;
    let sum: Vec<u32> = a
        .iter()
        .zip(b)
        .map(|(a, b)| {
            let sum = u64::from(*a) + u64::from(*b) + carry;
            carry = sum >> 32;
            sum as u32
        })
        .collect();
    let is_below = carry == 0 && sum.iter().rev().lt(modulus.iter().rev());
    if is_below {
        return sum;
    }
    let mut borrow = 0;
    sum.iter()
        .zip(modulus)
        .map(|(digit, less)| {
            let left = i64::from(*digit) - i64::from(*less) + borrow;
            borrow = left >> 32;
            left as u32
        })
        .collect()
}

#[test]
fn what_the_jdk_makes_by_default_opens() {
    for (key, _) in PAIRS.iter() {
        assert_eq!(opened(key, &jdks(key, b"Password@1")).as_deref(), Some(&b"Password@1"[..]));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_change_of_a_ciphertext_opens_nothing(at: prop::sample::Index, bit in 0_u8..8) {
        static SENT: LazyLock<Vec<u8>> = LazyLock::new(|| usual(&PAIRS[0].0, b"Password@1"));
        let mut sent = SENT.clone();
        let at = at.index(sent.len());
        sent[at] ^= 1 << bit;
        prop_assert_eq!(opened(&PAIRS[0].0, &sent), None);
    }

    #[test]
    fn any_field_is_taken_or_refused(text in "[A-Za-z0-9+/=]{0,400}|.{0,200}") {
        prop_assert!(PAIRS[0].0.decrypt_texts(&[Secret::new(text)]).unwrap().is_none());
    }
}
