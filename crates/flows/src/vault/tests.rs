use proptest::prelude::*;
use uuid::{Uuid, uuid};

use super::*;

const ROW: Uuid = uuid!("0192f5a1-0000-7000-8000-00000000000a");
const TENANT: Uuid = uuid!("0192f5a1-0000-7000-8000-00000000000b");
const OTHER: Uuid = uuid!("0192f5a1-0000-7000-8000-00000000000c");

fn vault() -> Vault {
    let master = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    Vault::new(&MasterKey::from_text(master).unwrap()).unwrap()
}

fn place(row: Uuid, tenant: Option<Uuid>, column: &str) -> Place<'_> {
    Place { key: KeyId::from_uuid(row), tenant: tenant.map(TenantId::from_uuid), column }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The expected texts were computed by another implementation (OpenSSL's AES-256-GCM-SIV), so that neither a new
/// library nor a new layout can make the rows of an existing store unreadable unnoticed.
#[test]
fn a_sealed_value_looks_as_it_always_did() {
    let table = [
        (
            7,
            place(ROW, Some(TENANT), "signing_key.sealed_private"),
            &b"a private key"[..],
            "017823af544f4bd1d85febd4a489e11bd839a4e2cf7458fe412f85133c844f229fb8cc76f65e3a407d43",
        ),
        (
            8,
            place(ROW, None, "secret_key.sealed refresh"),
            b"",
            "01780dadf16e938f6fdc984ffe21c44bd909c422a747d36344d5d53b8f",
        ),
    ];
    for (seed, place, plain, expected) in table {
        let sealed = vault().seal(&Random::seeded(seed), &place, plain).unwrap();
        assert_eq!(hex(&sealed), expected);
        assert_eq!(vault().open(&place, &sealed).unwrap().expose(), plain);
    }
}

#[test]
fn a_sealed_value_opens_nowhere_else() {
    let here = place(ROW, Some(TENANT), "signing_key.sealed_private");
    let sealed = vault().seal(&Random::seeded(1), &here, b"a private key").unwrap();
    for elsewhere in [
        place(OTHER, Some(TENANT), "signing_key.sealed_private"),
        place(ROW, Some(OTHER), "signing_key.sealed_private"),
        place(ROW, None, "signing_key.sealed_private"),
        place(ROW, Some(TENANT), "signing_key.sealed_privat"),
        place(ROW, Some(TENANT), ""),
    ] {
        assert_eq!(vault().open(&elsewhere, &sealed).unwrap_err(), CannotOpen, "{elsewhere:?}");
    }
    let other = Vault::new(&MasterKey::generate(&Random::seeded(2))).unwrap();
    assert_eq!(other.open(&here, &sealed).unwrap_err(), CannotOpen);
}

#[test]
fn a_damaged_value_does_not_open() {
    let here = place(ROW, None, "secret_key.sealed refresh");
    let sealed = vault().seal(&Random::seeded(1), &here, b"sixteen bytes ok").unwrap();
    for at in 0..sealed.len() {
        let mut damaged = sealed.clone();
        damaged[at] ^= 1;
        assert_eq!(vault().open(&here, &damaged).unwrap_err(), CannotOpen, "byte {at}");
        assert_eq!(vault().open(&here, &sealed[..at]).unwrap_err(), CannotOpen, "cut at {at}");
    }
    assert_eq!(vault().open(&here, &[sealed, vec![0]].concat()).unwrap_err(), CannotOpen);
}

#[test]
fn equal_values_do_not_look_alike_and_nothing_prints() {
    let (random, here) = (Random::seeded(1), place(ROW, None, "secret_key.sealed refresh"));
    assert_ne!(vault().seal(&random, &here, b"same").unwrap(), vault().seal(&random, &here, b"same").unwrap());
    assert_eq!(format!("{:?}", SecretBytes::new(b"same".to_vec())), "[secret]");
}

proptest! {
    #[test]
    fn whatever_is_sealed_opens(
        plain in prop::collection::vec(any::<u8>(), 0..3000),
        column in ".{0,40}",
        seed: u64,
        row: u128,
        tenant in prop::option::of(1_u128..),
    ) {
        let place = place(Uuid::from_u128(row), tenant.map(Uuid::from_u128), &column);
        let sealed = vault().seal(&Random::seeded(seed), &place, &plain).unwrap();
        let opened = vault().open(&place, &sealed).unwrap();
        prop_assert_eq!(opened.expose(), &plain[..]);
    }

    #[test]
    fn whatever_lies_there_opening_it_is_only_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(vault().open(&place(ROW, None, "x"), &bytes).is_err());
    }
}
