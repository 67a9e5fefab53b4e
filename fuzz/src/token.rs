//! Everything that reads a token, on any text, and on any claims that are genuinely signed.
//!
//! The first byte of the input chooses: as it is, or header and claims (divided by a line feed) put into a token
//! that this service signed. Without the second no input would get past the signatures.

use std::sync::LazyLock;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use countersign_domain::{TenantId, Timestamp};
use countersign_flows::Random;
use countersign_flows::keys::{Jwks, KeyPair};
use countersign_flows::tokens::{Expiry, Refused, access, compact, device_mark, refresh};
use countersign_flows::vault::{Purpose, Secrets};
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);
const TENANT: TenantId = TenantId::from_uuid(Uuid::from_u128(1));
const FOREIGN: TenantId = TenantId::from_uuid(Uuid::from_u128(2));
const ISSUER: &str = "https://a.example";

struct House {
    pair: KeyPair,
    jwks: Jwks,
    secrets: Secrets,
}

static HOUSE: LazyLock<House> = LazyLock::new(|| {
    let pair = KeyPair::from_seed(&[7; 32]).expect("a seed");
    let jwks = Jwks::new(vec![pair.public().clone()]);
    let secrets = Secrets::new(Secrets::generate(&Random::seeded(1), NOW)).expect("a full set");
    House { pair, jwks, secrets }
});

/// Reads the input as it is, or in a token that is signed.
pub(crate) fn holds(input: &[u8]) {
    let Some((choice, rest)) = input.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(rest) else {
        return;
    };
    if choice % 2 == 0 {
        read_all(text);
    } else if let Some((header, claims)) = text.split_once('\n') {
        let input = format!("{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()));
        let signature = HOUSE.pair.sign(input.as_bytes()).expect("a signature");
        read_all(&format!("{input}.{}", encode(&signature)));
        let key = HOUSE.secrets.newest(Purpose::Refresh);
        let key = key.mac(&[b"refresh token", TENANT.uuid().as_bytes()]);
        let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), input.as_bytes());
        read_all(&format!("{input}.{}", encode(mac.as_ref())));
    }
}

/// What is accepted must be what it was expected to be, and must be accepted as it was written only.
fn read_all(text: &str) {
    let parsed = compact::parse(text);
    let expected = access::Expected { tenant: TENANT, issuer: ISSUER, audience: Some("b"), now: NOW };
    for expiry in [Expiry::Checked, Expiry::Ignored] {
        let access = access::read(text, &HOUSE.jwks, &expected, expiry);
        let foreign = access::Expected { tenant: FOREIGN, ..expected };
        let elsewhere = access::read(text, &HOUSE.jwks, &foreign, expiry);
        assert!(access.is_err() || elsewhere.is_err(), "a token of two tenants");
        let refresh = refresh::read(text, &HOUSE.secrets, TENANT, NOW, expiry);
        assert!(access.is_err() || refresh.is_err(), "a token of two kinds");
        assert!(parsed.is_ok() || access.is_err() && refresh.is_err(), "read, though it is no token");
        if let Ok(claims) = access {
            assert!(claims.tenant == TENANT && claims.issuer == ISSUER);
            assert!(expiry == Expiry::Ignored || claims.expires_at > NOW);
            assert!(claims.audience.is_none_or(|audience| audience == "b"));
        }
        if let Ok(claims) = refresh {
            assert!(expiry == Expiry::Ignored || claims.expires_at > NOW);
        }
        let foreign = refresh::read(text, &HOUSE.secrets, FOREIGN, NOW, expiry);
        assert!(!matches!(foreign, Ok(_) | Err(Refused::WrongTenant)), "another tenant's key fits");
    }
    device_mark::read(text, &HOUSE.secrets, TENANT, &[0; 32], NOW);
}

fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
