use std::time::Duration;

use proptest::prelude::*;

use countersign_domain::DeviceMark;

use super::*;
use crate::tokens::device_mark::{DEVICE_MARK_CHARS, DEVICE_MARK_LIFE, make, read};

fn mark() -> DeviceMark {
    DeviceMark { account: AccountId::from_uuid(Uuid::from_u128(0xac)), password_version: 7, device: [9; 16] }
}

fn name(email_key: &str) -> [u8; 32] {
    SECRETS.name_hash(tenant(1), email_key)
}

fn text() -> String {
    make(&SECRETS, tenant(1), &name("a@example.com"), &mark(), MADE).expose().to_owned()
}

#[test]
fn a_mark_reads_back_until_it_is_too_old() {
    assert_eq!(text().len(), DEVICE_MARK_CHARS);
    let at = |now| read(&text(), &SECRETS, tenant(1), &name("a@example.com"), now);
    let end = MADE.plus(DEVICE_MARK_LIFE);
    assert_eq!(at(MADE), Some(mark()));
    assert_eq!(at(end.minus(Duration::from_micros(1))), Some(mark()));
    assert_eq!(at(end), None);
    assert_eq!(at(MADE.minus(Duration::from_secs(60))), Some(mark()), "another node's clock may be behind");
    assert_eq!(DEVICE_MARK_LIFE.as_secs(), 180 * 86_400);
}

#[test]
fn a_mark_is_good_for_its_own_name_and_tenant_alone() {
    let of = |tenant: TenantId, hash: &[u8; 32]| read(&text(), &SECRETS, tenant, hash, MADE);
    assert_eq!(of(tenant(1), &name("a@example.com")), Some(mark()));
    assert_eq!(of(tenant(1), &name("b@example.com")), None);
    assert_eq!(of(tenant(2), &name("a@example.com")), None);
    assert_eq!(of(tenant(2), &SECRETS.name_hash(tenant(2), "a@example.com")), None);
    let other_house = Secrets::new(secret_keys(2)).unwrap();
    assert_eq!(read(&text(), &other_house, tenant(1), &name("a@example.com"), MADE), None);
}

#[test]
fn a_mark_outlives_the_rotation_of_its_key() {
    let mut keys = secret_keys(1);
    keys.push((Purpose::DeviceMark, SecretKey::generate(&Random::seeded(9), MADE, 2)));
    let rotated = Secrets::new(keys).unwrap();
    let fresh = make(&rotated, tenant(1), &name("a@example.com"), &mark(), MADE);
    for text in [text().as_str(), fresh.expose()] {
        assert_eq!(read(text, &rotated, tenant(1), &name("a@example.com"), MADE), Some(mark()));
    }
    assert_eq!(read(fresh.expose(), &SECRETS, tenant(1), &name("a@example.com"), MADE), None);
}

#[test]
fn a_mark_of_another_layout_is_refused_though_genuine() {
    let payload = [&[2][..], &[0; 48]].concat();
    let key = SECRETS.newest(Purpose::DeviceMark);
    let tag = key.mac(&[b"device mark", tenant(1).uuid().as_bytes(), &name("a@example.com"), &payload]);
    let text = BASE64_URL_SAFE_NO_PAD.encode([payload, tag.to_vec()].concat());
    assert_eq!(text.len(), DEVICE_MARK_CHARS);
    assert_eq!(read(&text, &SECRETS, tenant(1), &name("a@example.com"), MADE), None);
}

#[test]
fn no_text_beside_the_mark_is_taken_for_it() {
    for text in mutilated(&text()) {
        assert_eq!(read(&text, &SECRETS, tenant(1), &name("a@example.com"), MADE), None, "{text}");
    }
}

proptest! {
    #[test]
    fn whatever_a_mark_says_it_says_again(account: u128, password_version: i64, device: [u8; 16], hash: [u8; 32]) {
        let mark = DeviceMark { account: AccountId::from_uuid(Uuid::from_u128(account)), password_version, device };
        let text = make(&SECRETS, tenant(1), &hash, &mark, MADE);
        prop_assert_eq!(read(text.expose(), &SECRETS, tenant(1), &hash, MADE), Some(mark));
    }

    #[test]
    fn any_text_is_only_refused(text in ".{0,120}|[A-Za-z0-9_-]{108}") {
        prop_assert_eq!(read(&text, &SECRETS, tenant(1), &[0; 32], MADE), None);
    }
}
