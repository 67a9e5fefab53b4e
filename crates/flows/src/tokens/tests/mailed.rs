use countersign_domain::OneTimePurpose;

use super::*;
use crate::tokens::mailed::{MAILED_TOKEN_CHARS, make, read};

const ID: Uuid = Uuid::from_u128(0x1d);

fn text() -> String {
    make(&SECRETS, tenant(1), OneTimePurpose::Reset, ID).expose().to_owned()
}

#[test]
fn a_mailed_token_reads_back_for_its_own_purpose_and_tenant_alone() {
    let of = |tenant, purpose| read(&text(), &SECRETS, tenant, purpose);
    assert_eq!(text().len(), MAILED_TOKEN_CHARS);
    assert_eq!(of(tenant(1), OneTimePurpose::Reset), Some(ID));
    assert_eq!(of(tenant(1), OneTimePurpose::Invitation), None);
    assert_eq!(of(tenant(2), OneTimePurpose::Reset), None);
    let other_house = Secrets::new(secret_keys(2)).unwrap();
    assert_eq!(read(&text(), &other_house, tenant(1), OneTimePurpose::Reset), None);
}

#[test]
fn it_is_made_the_same_again_and_outlives_the_rotation_of_its_key() {
    assert_eq!(text(), text());
    let mut keys = secret_keys(1);
    keys.push((Purpose::MailedToken, SecretKey::generate(&Random::seeded(9), MADE, 2)));
    let rotated = Secrets::new(keys).unwrap();
    assert_eq!(read(&text(), &rotated, tenant(1), OneTimePurpose::Reset), Some(ID));
    assert_ne!(make(&rotated, tenant(1), OneTimePurpose::Reset, ID).expose(), text());
}

#[test]
fn a_changed_character_is_refused_and_pasted_space_is_not() {
    let read = |text: &str| read(text, &SECRETS, tenant(1), OneTimePurpose::Reset);
    for at in 0..MAILED_TOKEN_CHARS {
        let mut bytes = text().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        assert_eq!(read(&String::from_utf8(bytes).unwrap()), None, "at {at}");
    }
    assert_eq!(read(&format!(" {}\r\n", text())), Some(ID));
    for bad in ["", "é", &text()[1..], &format!("{}A", text())] {
        assert_eq!(read(bad), None, "{bad}");
    }
}
