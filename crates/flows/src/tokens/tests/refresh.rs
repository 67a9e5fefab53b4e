use proptest::prelude::*;

use super::*;
use crate::tokens::refresh::{RefreshClaims, issue, read};
use crate::vault::mac;

fn token() -> String {
    issue(&SECRETS, &link()).unwrap().expose().to_owned()
}

fn reading(token: &str) -> Result<RefreshClaims, Refused> {
    read(token, &SECRETS, tenant(1), MADE, Expiry::Checked)
}

/// Signs as this service does, which an attacker cannot: what is refused then is refused for what it says.
fn signed(header: &str, claims: &str) -> String {
    let key = SECRETS.newest(Purpose::Refresh).mac(&[b"refresh token", tenant(1).uuid().as_bytes()]);
    forge(header, claims, |input| mac(&key, &[input]).to_vec())
}

#[test]
fn the_token_is_a_jwt_of_its_own_kind() {
    let (header, sent) = parts(&token());
    assert_eq!(header, r#"{"typ":"refresh+jwt","alg":"HS256","kid":"1"}"#);
    let sent: Value = serde_json::from_str(&sent).unwrap();
    let names: Vec<&str> = sent.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names.len(), 6, "{names:?}");
    assert_eq!(sent["tenancy-id"], tenant(1).to_string());
    assert_eq!(sent["sid"], session().to_string());
    assert_eq!(sent["ctr"], 3);
    assert_eq!(sent["exp"].as_i64().unwrap() - sent["iat"].as_i64().unwrap(), 3600);
    assert_eq!(sent["jti"].as_str().unwrap().len(), 22);
    assert_eq!(signed(&parts(&token()).0, &parts(&token()).1), token());
}

#[test]
fn the_same_place_gives_the_same_token_and_another_place_another() {
    assert_eq!(token(), token());
    let other_session = SessionId::from_uuid(Uuid::from_u128(9));
    for other in [
        Link { counter: 4, ..link() },
        Link { session: other_session, ..link() },
        Link { tenant: tenant(2), ..link() },
        Link { jti: [0; 16], ..link() },
        Link { expires_at: MADE, ..link() },
    ] {
        assert_ne!(issue(&SECRETS, &other).unwrap().expose(), token(), "{other:?}");
    }
}

#[test]
fn a_forged_or_foreign_token_is_refused() {
    let (header, claims) = parts(&token());
    let headed = |header: Value| signed(&header.to_string(), &claims);
    let keyed = |key: &[u8]| forge(&header, &claims, |input| mac(key, &[input]).to_vec());
    let access = crate::tokens::access::issue(&PAIRS[0], &super::claims()).unwrap();
    let rsa = |header: Value| forge(&header.to_string(), &claims, |input| PAIRS[0].sign(input).unwrap());
    let kid = PAIRS[0].public().kid();
    let other_house = Secrets::new(secret_keys(2)).unwrap();
    let foreign = issue(&SECRETS, &Link { tenant: tenant(2), ..link() }).unwrap();

    let table = [
        ("unsigned", forge(&header, &claims, |_| Vec::new()), BadToken::Parts.into()),
        ("alg none", headed(json!({ "typ": "refresh+jwt", "alg": "none", "kid": "1" })), Refused::WrongAlgorithm),
        ("alg HS512", headed(json!({ "typ": "refresh+jwt", "alg": "HS512", "kid": "1" })), Refused::WrongAlgorithm),
        ("signed by RSA", rsa(json!({ "typ": "refresh+jwt", "alg": "RS256", "kid": kid })), Refused::WrongAlgorithm),
        (
            "signed by RSA as HS256",
            rsa(json!({ "typ": "refresh+jwt", "alg": "HS256", "kid": "1" })),
            Refused::BadSignature,
        ),
        ("an access token", access.expose().to_owned(), Refused::WrongKind),
        ("typ JWT", headed(json!({ "typ": "JWT", "alg": "HS256", "kid": "1" })), Refused::WrongKind),
        ("typ Refresh+JWT", headed(json!({ "typ": "Refresh+JWT", "alg": "HS256", "kid": "1" })), Refused::WrongKind),
        ("unknown version", headed(json!({ "typ": "refresh+jwt", "alg": "HS256", "kid": "2" })), Refused::UnknownKey),
        (
            "version written otherwise",
            headed(json!({ "typ": "refresh+jwt", "alg": "HS256", "kid": "+1" })),
            Refused::UnknownKey,
        ),
        (
            "version written otherwise",
            headed(json!({ "typ": "refresh+jwt", "alg": "HS256", "kid": "01" })),
            Refused::UnknownKey,
        ),
        (
            "an access key's kid",
            headed(json!({ "typ": "refresh+jwt", "alg": "HS256", "kid": kid })),
            Refused::UnknownKey,
        ),
        (
            "crit",
            headed(json!({ "typ": "refresh+jwt", "alg": "HS256", "kid": "1", "crit": ["exp"] })),
            BadToken::Header.into(),
        ),
        (
            "an embedded key",
            headed(json!({ "typ": "refresh+jwt", "alg": "HS256", "kid": "1", "jwk": { "kty": "oct", "k": "AA" } })),
            BadToken::Header.into(),
        ),
        ("an empty key", keyed(b""), Refused::BadSignature),
        ("the secret itself as the key", keyed(SECRETS.newest(Purpose::Refresh).expose()), Refused::BadSignature),
        ("the session's secret as the key", keyed(&SESSION_SECRET), Refused::BadSignature),
        ("the key of device marks", keyed(SECRETS.newest(Purpose::DeviceMark).expose()), Refused::BadSignature),
        ("the public key of access tokens", keyed(PAIRS[0].public().bytes()), Refused::BadSignature),
        ("another tenant's", foreign.expose().to_owned(), Refused::BadSignature),
        ("another installation's", issue(&other_house, &link()).unwrap().expose().to_owned(), Refused::BadSignature),
        ("another tenant's claims under our key", signed(&header, &parts(foreign.expose()).1), Refused::WrongTenant),
    ];
    for (case, token, expected) in table {
        assert_eq!(reading(&token).unwrap_err(), expected, "{case}");
    }
}

#[test]
fn claims_of_another_form_are_refused() {
    let (header, sent) = parts(&token());
    let bad = |claims: &str| reading(&signed(&header, claims)).unwrap_err();
    let inside = sent.strip_prefix('{').unwrap();
    for twice in [r#""ctr":0"#, r#""exp":9999999999"#, r#""s\u0069d":"00000000-0000-0000-0000-000000000001""#] {
        assert_eq!(bad(&format!("{{{twice},{inside}")), BadToken::Claims.into(), "{twice}");
    }
    for (name, value) in [
        ("ctr", json!(-1)),
        ("ctr", json!("3")),
        ("ctr", json!(3.0)),
        ("ctr", Value::Null),
        ("sid", json!("me")),
        ("exp", json!("never")),
        ("iat", Value::Null),
        ("jti", json!("AAAA")),
        ("jti", json!("")),
        ("jti", json!(7)),
    ] {
        let mut claims: Value = serde_json::from_str(&sent).unwrap();
        claims[name] = value.clone();
        assert_eq!(bad(&claims.to_string()), BadToken::Claims.into(), "{name} = {value}");
    }
    let access = issue_access_claims();
    assert_eq!(bad(&access), BadToken::Claims.into());
}

fn issue_access_claims() -> String {
    parts(crate::tokens::access::issue(&PAIRS[0], &claims()).unwrap().expose()).1
}

#[test]
fn an_expired_token_is_good_for_logout_only() {
    let late = |expiry| read(&token(), &SECRETS, tenant(1), OVER, expiry).map(|read| read.session);
    assert_eq!(late(Expiry::Checked), Err(Refused::Expired));
    assert_eq!(late(Expiry::Ignored), Ok(session()));
    let elsewhere = read(&token(), &SECRETS, tenant(2), OVER, Expiry::Ignored);
    assert_eq!(elsewhere, Err(Refused::BadSignature));
}

#[test]
fn a_token_outlives_the_rotation_of_its_key() {
    let mut keys = secret_keys(1);
    keys.push((Purpose::Refresh, SecretKey::generate(&Random::seeded(9), MADE, 2)));
    let rotated = Secrets::new(keys).unwrap();
    let fresh = issue(&rotated, &link()).unwrap();
    assert!(parts(fresh.expose()).0.contains(r#""kid":"2""#));
    for token in [token().as_str(), fresh.expose()] {
        assert!(read(token, &rotated, tenant(1), MADE, Expiry::Checked).is_ok());
    }
    assert_eq!(reading(fresh.expose()).unwrap_err(), Refused::UnknownKey);
}

#[test]
fn no_text_beside_the_token_is_taken_for_it() {
    for text in mutilated(&token()) {
        assert!(read(&text, &SECRETS, tenant(1), MADE, Expiry::Ignored).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn whatever_a_token_says_it_says_again(
        ids: [u128; 2],
        counter: u64,
        jti: [u8; 16],
        times in prop::array::uniform2(-1_000_000_000_i64..10_000_000_000),
    ) {
        let [issued_at, expires_at] = times.map(Timestamp::from_unix_seconds);
        let session = SessionId::from_uuid(Uuid::from_u128(ids[1]));
        let link = Link { tenant: tenant(ids[0]), session, counter, jti, issued_at, expires_at };
        let token = issue(&SECRETS, &link).unwrap();
        let claims = read(token.expose(), &SECRETS, tenant(ids[0]), OVER, Expiry::Ignored).unwrap();
        prop_assert_eq!(claims.session, session);
        prop_assert_eq!(claims.counter, counter);
        prop_assert_eq!((claims.issued_at, claims.expires_at), (issued_at, expires_at));
        prop_assert_eq!(claims.jti, jti);
    }
}
