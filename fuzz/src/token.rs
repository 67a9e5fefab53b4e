use std::sync::LazyLock;

use countersign_domain::{AccountId, SessionId, TenantId, Timestamp};
use countersign_flows::Random;
use countersign_flows::keys::{Jwks, KeyPair};
use countersign_flows::tokens::access::{AccessClaims, Expected};
use countersign_flows::tokens::device_mark::DeviceMark;
use countersign_flows::tokens::refresh::Link;
use countersign_flows::tokens::{Expiry, access, device_mark, refresh};
use countersign_flows::vault::Secrets;
use uuid::Uuid;

const TENANT: TenantId = TenantId::from_uuid(Uuid::from_u128(1));
const ISSUER: &str = "https://remitjunction.example";
const NAME_HASH: [u8; 32] = [7; 32];
const MADE: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

/// One genuine token of each sort, and what reads them. All of it follows from constants.
struct Genuine {
    secrets: Secrets,
    jwks: Jwks,
    access: String,
    refresh: String,
    mark: String,
}

static GENUINE: LazyLock<Genuine> = LazyLock::new(|| {
    let secrets = Secrets::new(Secrets::generate(&Random::seeded(1), MADE)).expect("every purpose has a key");
    let pair = KeyPair::from_seed(&[1; 32]).expect("a seed makes a pair");
    let session = SessionId::from_uuid(Uuid::from_u128(2));
    let account = AccountId::from_uuid(Uuid::from_u128(3));
    let expires_at = Timestamp::from_unix_seconds(1_800_003_600);
    let claims = AccessClaims {
        account,
        roles: vec!["MANAGER".to_owned()],
        tenant: TENANT,
        session,
        issuer: ISSUER.to_owned(),
        client: "client".to_owned(),
        audience: None,
        id: Uuid::from_u128(4),
        issued_at: MADE,
        expires_at,
    };
    let link = Link { tenant: TENANT, session, counter: 3, jti: [6; 16], issued_at: MADE, expires_at };
    let mark = DeviceMark { account, password_version: 1, device: [5; 16] };
    Genuine {
        access: access::issue(&pair, &claims).expect("an access token").expose().to_owned(),
        refresh: refresh::issue(&secrets, &link).expect("a refresh token").expose().to_owned(),
        mark: device_mark::make(&secrets, TENANT, &NAME_HASH, &mark, MADE).expose().to_owned(),
        jwks: Jwks::new(vec![pair.public().clone()]),
        secrets,
    }
});

/// Whatever is accepted is a token of ours to the last character, read as what it is: a second spelling of one token
/// would slip past whoever remembers tokens by their text.
pub(crate) fn holds(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let genuine = &*GENUINE;
    let expected = Expected { tenant: TENANT, issuer: ISSUER, audience: None, now: MADE };
    let is_access = access::read(text, &genuine.jwks, &expected, Expiry::Checked).is_ok();
    assert_eq!(is_access, text == genuine.access, "as an access token: {text}");
    let is_refresh = refresh::read(text, &genuine.secrets, TENANT, MADE, Expiry::Checked).is_ok();
    assert_eq!(is_refresh, text == genuine.refresh, "as a refresh token: {text}");
    let is_mark = device_mark::read(text, &genuine.secrets, TENANT, &NAME_HASH, MADE).is_some();
    assert_eq!(is_mark, text == genuine.mark, "as a device mark: {text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kept inputs begin with the genuine ones: from them libFuzzer comes to what is nearly genuine.
    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "UPDATE=1 writes every kept file anew, and is no setting of the program"
    )]
    fn the_genuine_tokens_are_kept() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/token");
        for (name, text) in [("access", &GENUINE.access), ("refresh", &GENUINE.refresh), ("mark", &GENUINE.mark)] {
            let file = format!("{folder}/{name}");
            if std::env::var_os("UPDATE").is_some() {
                std::fs::write(&file, text).unwrap();
            }
            let kept = std::fs::read_to_string(&file).unwrap_or_default();
            assert!(kept == *text, "{file} is not the genuine one: run the tests with UPDATE=1");
        }
    }
}
