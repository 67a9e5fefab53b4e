use proptest::prelude::*;

use super::*;
use crate::tokens::access::{issue, read};
use crate::vault::mac;

const RSA: usize = 0;
const P256: usize = 2;

fn refusal(token: &str) -> Refused {
    read(token, &JWKS, &expected(), Expiry::Checked).unwrap_err()
}

fn genuine() -> (String, String) {
    parts(issue(&PAIRS[RSA], &claims()).unwrap().expose())
}

/// A genuine header around any claims, genuinely signed.
fn signed(claims: &str) -> String {
    forge(&genuine().0, claims, |input| PAIRS[RSA].sign(input).unwrap())
}

/// The genuine claims around any header, signed by the key that verifies.
fn headed(header: &Value) -> String {
    forge(&header.to_string(), &genuine().1, |input| PAIRS[RSA].sign(input).unwrap())
}

/// The genuine claims with one of them changed; `null` takes it away.
fn with(name: &str, value: Value) -> String {
    let mut claims: Value = serde_json::from_str(&genuine().1).unwrap();
    let object = claims.as_object_mut().unwrap();
    if value.is_null() {
        object.remove(name)
    } else {
        object.insert(name.to_owned(), value)
    };
    signed(&claims.to_string())
}

fn kid(which: usize) -> &'static str {
    PAIRS[which].public().kid()
}

#[test]
fn the_token_says_what_the_contract_says() {
    let (header, sent) = genuine();
    assert_eq!(header, format!(r#"{{"typ":"JWT","alg":"RS256","kid":"{}"}}"#, kid(RSA)));
    let expected = json!({
        "roles": ["MANAGER", "AGENT"],
        "user-id": "00000000-0000-0000-0000-0000000000ac",
        "iss": ISSUER,
        "exp": 1_800_003_600,
        "tenancy-id": "00000000-0000-0000-0000-000000000001",
        "client-id": "00000000-0000-0000-0000-000000000001",
        "iat": 1_800_000_000,
        "jti": "00000000-0000-0000-0000-00000000001d",
        "sub": "00000000-0000-0000-0000-0000000000ac",
        "sid": "00000000-0000-0000-0000-00000000005e",
    });
    assert_eq!(serde_json::from_str::<Value>(&sent).unwrap(), expected);

    let with_audience = AccessClaims { audience: Some("payouts".to_owned()), ..claims() };
    let (_, sent) = parts(issue(&PAIRS[RSA], &with_audience).unwrap().expose());
    assert_eq!(serde_json::from_str::<Value>(&sent).unwrap()["aud"], "payouts");
}

#[test]
fn another_library_verifies_every_token_with_the_published_document() {
    let set: jsonwebtoken::jwk::JwkSet = serde_json::from_str(JWKS.document()).unwrap();
    for pair in PAIRS.iter() {
        let token = issue(pair, &claims()).unwrap();
        let header = jsonwebtoken::decode_header(token.expose()).unwrap();
        let jwk = set.find(header.kid.as_deref().unwrap()).unwrap();
        assert_eq!(jwk.thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256).unwrap(), pair.public().kid());
        assert_eq!(jwk.common.public_key_use, Some(jsonwebtoken::jwk::PublicKeyUse::Signature));
        let algorithm = pair.public().algorithm().jws();
        assert_eq!(jwk.common.key_algorithm.unwrap().to_string(), algorithm);

        let key = jsonwebtoken::DecodingKey::from_jwk(jwk).unwrap();
        let mut rules = jsonwebtoken::Validation::new(algorithm.parse().unwrap());
        rules.validate_exp = false; // it looks at the wall clock
        rules.set_issuer(&[ISSUER]);
        rules.set_required_spec_claims(&["iss", "sub", "exp"]);
        let read = jsonwebtoken::decode::<Value>(token.expose(), &key, &rules).unwrap();
        assert_eq!(read.claims["user-id"], claims().account.to_string(), "{algorithm}");
    }
}

#[test]
fn every_algorithm_of_ours_reads_back() {
    for pair in PAIRS.iter() {
        let token = issue(pair, &claims()).unwrap();
        assert_eq!(read(token.expose(), &JWKS, &expected(), Expiry::Checked), Ok(claims()));
    }
}

#[test]
fn a_header_that_lies_about_algorithm_or_key_is_refused() {
    let rsa = PAIRS[RSA].public();
    let mut pem = String::from("-----BEGIN RSA PUBLIC KEY-----\n");
    pem.push_str(&base64::prelude::BASE64_STANDARD.encode(rsa.bytes()));
    let modulus = rsa.jwk()["n"].as_str().unwrap();
    let header = |alg: &str, kid: &str| json!({ "typ": "JWT", "alg": alg, "kid": kid });
    let symmetric =
        |key: &[u8]| forge(&header("HS256", kid(RSA)).to_string(), &genuine().1, |input| mac(key, &[input]).to_vec());
    let stranger = |header: &Value| forge(&header.to_string(), &genuine().1, |input| STRANGER.sign(input).unwrap());
    let nulls = |which: usize, alg: &str, length| {
        forge(&header(alg, kid(which)).to_string(), &genuine().1, |_| vec![0; length])
    };
    let unsigned = forge(&header("none", kid(RSA)).to_string(), &genuine().1, |_| Vec::new());

    let table = [
        ("unsigned", unsigned, BadToken::Parts.into()),
        ("alg none", headed(&header("none", kid(RSA))), Refused::WrongAlgorithm),
        ("alg None", headed(&header("nOnE", kid(RSA))), Refused::WrongAlgorithm),
        ("no alg", headed(&header("", kid(RSA))), Refused::WrongAlgorithm),
        ("HS256 with the public key", symmetric(rsa.bytes()), Refused::WrongAlgorithm),
        ("HS256 with the key as PEM", symmetric(pem.as_bytes()), Refused::WrongAlgorithm),
        ("HS256 with the modulus", symmetric(modulus.as_bytes()), Refused::WrongAlgorithm),
        ("HS256 with an empty key", symmetric(b""), Refused::WrongAlgorithm),
        ("PS256", headed(&header("PS256", kid(RSA))), Refused::WrongAlgorithm),
        ("RS384", headed(&header("RS384", kid(RSA))), Refused::WrongAlgorithm),
        ("RS512", headed(&header("RS512", kid(RSA))), Refused::WrongAlgorithm),
        ("rs256", headed(&header("rs256", kid(RSA))), Refused::WrongAlgorithm),
        ("our name of RS256 with 3072", headed(&header("RS256-3072", kid(1))), Refused::WrongAlgorithm),
        ("RS256 under an EC key", headed(&header("RS256", kid(P256))), Refused::WrongAlgorithm),
        ("ES256 under an EC key, signed by RSA", headed(&header("ES256", kid(P256))), Refused::BadSignature),
        ("RSA's signature under the longer key", headed(&header("RS256", kid(1))), Refused::BadSignature),
        ("null signature, RSA", nulls(RSA, "RS256", 256), Refused::BadSignature),
        ("null signature, EC", nulls(P256, "ES256", 64), Refused::BadSignature),
        ("null signature, Ed25519", nulls(3, "EdDSA", 64), Refused::BadSignature),
        ("foreign kid", stranger(&header("RS256", STRANGER.public().kid())), Refused::UnknownKey),
        ("foreign key under our kid", stranger(&header("RS256", kid(RSA))), Refused::BadSignature),
        ("empty kid", headed(&header("RS256", "")), Refused::UnknownKey),
        ("kid as a path", headed(&header("RS256", "../../dev/null")), Refused::UnknownKey),
        ("kid as SQL", headed(&header("RS256", "' OR 1=1 --")), Refused::UnknownKey),
    ];
    for (case, token, expected) in table {
        assert_eq!(refusal(&token), expected, "{case}");
    }
}

#[test]
fn a_header_that_brings_its_own_key_or_demands_is_refused() {
    for (name, value) in [
        ("jwk", STRANGER.public().jwk().clone()),
        ("jku", json!("https://attacker.example/jwks.json")),
        ("x5u", json!("https://attacker.example/cert.pem")),
        ("x5c", json!(["MIIB"])),
        ("x5t", json!("AAAA")),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("cty", json!("JWT")),
        ("zip", json!("DEF")),
        ("enc", json!("A128GCM")),
        ("p2c", json!(1_000_000_000)),
        ("anything", json!(1)),
    ] {
        let mut header = json!({ "typ": "JWT", "alg": "RS256", "kid": kid(RSA) });
        header[name] = value;
        assert_eq!(refusal(&headed(&header)), BadToken::Header.into(), "{name}");
    }
    for missing in ["typ", "alg", "kid"] {
        let mut header = json!({ "typ": "JWT", "alg": "RS256", "kid": kid(RSA) });
        header.as_object_mut().unwrap().remove(missing);
        assert_eq!(refusal(&headed(&header)), BadToken::Header.into(), "no {missing}");
    }
}

#[test]
fn a_token_of_another_kind_is_refused() {
    for typ in ["refresh+jwt", "at+jwt", "jwt", "application/jwt", "dpop+jwt", "secevent+jwt", "JWT ", ""] {
        let header = json!({ "typ": typ, "alg": "RS256", "kid": kid(RSA) });
        assert_eq!(refusal(&headed(&header)), Refused::WrongKind, "{typ}");
    }
    let refresh = crate::tokens::refresh::issue(&SECRETS, &link()).unwrap();
    assert_eq!(refusal(refresh.expose()), Refused::WrongKind);
    let (_, refresh_claims) = parts(refresh.expose());
    assert_eq!(refusal(&signed(&refresh_claims)), BadToken::Claims.into());
}

#[test]
fn claims_that_do_not_fit_are_refused() {
    let table = [
        ("another tenant", with("tenancy-id", json!(tenant(2).to_string())), Refused::WrongTenant),
        ("another issuer", with("iss", json!("https://otherjunction.example")), Refused::WrongIssuer),
        ("an issuer that only begins so", with("iss", json!(format!("{ISSUER}.attacker"))), Refused::WrongIssuer),
        ("an audience nobody asked for", with("aud", json!("payouts")), Refused::WrongAudience),
        ("another subject", with("sub", json!(Uuid::from_u128(9).to_string())), BadToken::Claims.into()),
        ("just over", with("exp", json!(1_800_000_000)), Refused::Expired),
        ("long over", with("exp", json!(0)), Refused::Expired),
        ("over before time began", with("exp", json!(i64::MIN)), Refused::Expired),
    ];
    for (case, token, expected) in table {
        assert_eq!(refusal(&token), expected, "{case}");
    }
}

#[test]
fn claims_of_another_type_are_refused() {
    for name in ["roles", "user-id", "iss", "exp", "tenancy-id", "client-id", "iat", "jti", "sub", "sid"] {
        for value in [Value::Null, json!(true), json!({}), json!([[1]]), json!(1.5), json!("x y")] {
            if name == "iss" && value.is_string() || name == "client-id" && value.is_string() {
                continue;
            }
            assert_eq!(refusal(&with(name, value.clone())), BadToken::Claims.into(), "{name} = {value}");
        }
    }
    for (name, value) in [
        ("exp", json!("1800003600")),
        ("exp", json!(1_800_003_600.0)),
        ("exp", json!(u64::MAX)),
        ("roles", json!("MANAGER")),
        ("roles", json!(["MANAGER", null])),
        ("aud", json!(["payouts"])),
    ] {
        assert_eq!(refusal(&with(name, value.clone())), BadToken::Claims.into(), "{name} = {value}");
    }
    let (_, sent) = genuine();
    let inside = sent.strip_prefix('{').unwrap();
    for bad in [
        format!(r#"{{"roles":["MANAGER"],{inside}"#),
        format!(r#"{{"exp":9999999999,{inside}"#),
        format!(r#"{{"\u0065xp":9999999999,{inside}"#),
        format!(r#"{{"aud":null,{inside}"#),
        format!("[{sent}]"),
        format!("{sent}{sent}"),
        format!(" {sent}"),
        "null".to_owned(),
        "{}".to_owned(),
        "[[\"MANAGER\"]]".to_owned(),
    ] {
        assert_eq!(refusal(&signed(&bad)), BadToken::Claims.into(), "{bad}");
    }
}

#[test]
fn a_claim_of_a_later_version_is_passed_over() {
    assert_eq!(read(&with("acr", json!("2fa")), &JWKS, &expected(), Expiry::Checked), Ok(claims()));
}

#[test]
fn an_audience_that_the_tenant_asks_for_may_be_missing_but_not_another() {
    let asking = Expected { audience: Some("payouts"), ..expected() };
    let of = |audience: Option<&str>| {
        let claims = AccessClaims { audience: audience.map(str::to_owned), ..claims() };
        let token = issue(&PAIRS[RSA], &claims).unwrap();
        read(token.expose(), &JWKS, &asking, Expiry::Checked).map(|read| read.audience)
    };
    assert_eq!(of(Some("payouts")), Ok(Some("payouts".to_owned())));
    assert_eq!(of(None), Ok(None));
    assert_eq!(of(Some("payout")), Err(Refused::WrongAudience));
    assert_eq!(of(Some("")), Err(Refused::WrongAudience));
}

#[test]
fn an_expired_token_is_good_for_logout_only() {
    let token = issue(&PAIRS[P256], &claims()).unwrap();
    let at = |micros: i64, expiry| {
        let now = Timestamp::from_micros(OVER.micros() + micros);
        read(token.expose(), &JWKS, &Expected { now, ..expected() }, expiry).map(|read| read.session)
    };
    assert_eq!(at(-1, Expiry::Checked), Ok(session()));
    assert_eq!(at(0, Expiry::Checked), Err(Refused::Expired));
    assert_eq!(at(i64::MAX / 2, Expiry::Ignored), Ok(session()));
    let elsewhere = Expected { tenant: tenant(2), now: OVER, ..expected() };
    assert_eq!(read(token.expose(), &JWKS, &elsewhere, Expiry::Ignored), Err(Refused::WrongTenant));
}

#[test]
fn a_key_that_is_no_longer_published_verifies_nothing() {
    let token = issue(&PAIRS[P256], &claims()).unwrap();
    let others = Jwks::new(vec![PAIRS[RSA].public().clone()]);
    assert_eq!(read(token.expose(), &others, &expected(), Expiry::Checked), Err(Refused::UnknownKey));
    let none = Jwks::new(Vec::new());
    assert_eq!(read(token.expose(), &none, &expected(), Expiry::Checked), Err(Refused::UnknownKey));
}

#[test]
fn no_text_beside_the_token_is_taken_for_it() {
    for pair in PAIRS.iter() {
        let token = issue(pair, &claims()).unwrap();
        for text in mutilated(token.expose()) {
            assert!(read(&text, &JWKS, &expected(), Expiry::Ignored).is_err(), "{text}");
        }
    }
    let other = AccessClaims { roles: vec!["CUSTOMER".to_owned()], ..claims() };
    let [one, two] = [claims(), other].map(|claims| issue(&PAIRS[RSA], &claims).unwrap());
    let signature_of_two = two.expose().rsplit_once('.').unwrap().1;
    let swapped = format!("{}.{signature_of_two}", one.expose().rsplit_once('.').unwrap().0);
    assert_eq!(refusal(&swapped), Refused::BadSignature);
}

#[test]
fn a_token_too_long_to_be_read_is_not_made() {
    let roles = |count| AccessClaims { roles: vec!["A_ROLE_OF_TWENTY_CHR".to_owned(); count], ..claims() };
    assert!(issue(&PAIRS[1], &roles(30)).unwrap().expose().len() <= TOKEN_BYTES_MAX * 2 / 3);
    assert_eq!(issue(&PAIRS[1], &roles(200)).unwrap_err(), CannotIssue::TooLong);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_a_token_says_it_says_again(
        which in 0_usize..4,
        ids: [u128; 5],
        roles in prop::collection::vec(".{0,20}", 0..8),
        texts in [".{0,60}", ".{0,60}"],
        audience in prop::option::of(".{0,20}"),
        times in prop::array::uniform2(-1_000_000_000_i64..10_000_000_000),
    ) {
        let [account, session, tenant, id, _] = ids.map(Uuid::from_u128);
        let [issuer, client] = texts;
        let [issued_at, expires_at] = times.map(Timestamp::from_unix_seconds);
        let claims = AccessClaims {
            account: AccountId::from_uuid(account),
            roles,
            tenant: TenantId::from_uuid(tenant),
            session: SessionId::from_uuid(session),
            issuer,
            client,
            audience,
            id,
            issued_at,
            expires_at,
        };
        let token = issue(&PAIRS[which], &claims).unwrap();
        let expected = Expected {
            tenant: claims.tenant,
            issuer: &claims.issuer,
            audience: claims.audience.as_deref(),
            now: expires_at.minus(std::time::Duration::from_secs(1)),
        };
        prop_assert_eq!(read(token.expose(), &JWKS, &expected, Expiry::Checked), Ok(claims.clone()));
        let late = Expected { now: expires_at, ..expected };
        prop_assert_eq!(read(token.expose(), &JWKS, &late, Expiry::Checked), Err(Refused::Expired));
    }
}
