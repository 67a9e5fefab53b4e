//! Every token that could be forged, and every token that must be accepted.

mod access;
mod device_mark;
mod mailed;
mod refresh;

use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use countersign_domain::signing_key::Algorithm;
use countersign_domain::{AccountId, SessionId, TenantId, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::access::{AccessClaims, Expected};
use super::compact::TOKEN_BYTES_MAX;
use super::refresh::Link;
use super::*;
use crate::keys::{Jwks, KeyPair};
use crate::random::Random;
use crate::vault::{Purpose, SecretKey, Secrets};

const ISSUER: &str = "https://remitjunction.example";
const MADE: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);
const OVER: Timestamp = Timestamp::from_unix_seconds(1_800_003_600);
const SESSION_SECRET: [u8; 16] = *b"a session secret";
const JTI: [u8; 16] = *b"sixteen of bytes";

/// One pair of each algorithm, published together; and the pair of somebody else.
static PAIRS: LazyLock<Vec<KeyPair>> = LazyLock::new(|| Algorithm::ALL.iter().map(|of| pair(*of, 1)).collect());
static JWKS: LazyLock<Jwks> = LazyLock::new(|| Jwks::new(PAIRS.iter().map(|pair| pair.public().clone()).collect()));
static STRANGER: LazyLock<KeyPair> = LazyLock::new(|| pair(Algorithm::Rs256, 2));
static SECRETS: LazyLock<Secrets> = LazyLock::new(|| Secrets::new(secret_keys(1)).unwrap());

fn pair(algorithm: Algorithm, seed: u64) -> KeyPair {
    KeyPair::generate(algorithm, &Random::seeded(seed)).unwrap()
}

fn secret_keys(seed: u64) -> Vec<(Purpose, SecretKey)> {
    Secrets::generate(&Random::seeded(seed), MADE)
}

fn tenant(number: u128) -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(number))
}

fn session() -> SessionId {
    SessionId::from_uuid(Uuid::from_u128(0x5e))
}

fn claims() -> AccessClaims {
    AccessClaims {
        account: AccountId::from_uuid(Uuid::from_u128(0xac)),
        roles: vec!["MANAGER".to_owned(), "AGENT".to_owned()],
        tenant: tenant(1),
        session: session(),
        issuer: ISSUER.to_owned(),
        client: tenant(1).to_string(),
        audience: None,
        id: Uuid::from_u128(0x1d),
        issued_at: MADE,
        expires_at: OVER,
    }
}

fn expected() -> Expected<'static> {
    Expected { tenant: tenant(1), issuer: ISSUER, audience: None, now: MADE }
}

fn link() -> Link {
    Link { tenant: tenant(1), session: session(), counter: 3, jti: JTI, issued_at: MADE, expires_at: OVER }
}

/// A token of any header and claims, signed in any way.
fn forge(header: &str, claims: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let text = |part: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(part);
    let input = format!("{}.{}", text(header.as_bytes()), text(claims.as_bytes()));
    let signature = text(&sign(input.as_bytes()));
    format!("{input}.{signature}")
}

/// Header and claims of a token, as JSON text.
fn parts(token: &str) -> (String, String) {
    let mut parts = token.split('.').map(|part| BASE64_URL_SAFE_NO_PAD.decode(part).unwrap());
    let mut next = || String::from_utf8(parts.next().unwrap()).unwrap();
    (next(), next())
}

/// Every text that is one small step away from a token.
fn mutilated(token: &str) -> Vec<String> {
    let cuts = (0..token.len()).map(|at| token[..at].to_owned());
    let other = |at: usize| if &token[at..=at] == "A" { "B" } else { "A" };
    let changes = (0..token.len()).map(|at| format!("{}{}{}", &token[..at], other(at), &token[at + 1..]));
    let around = ["", "=", " ", "\n", ".", "\0"].map(|end| [format!("{token}{end}"), format!("{end}{token}")]);
    let padded =
        [token.replace('.', "=."), token.replace('.', "=="), format!("Bearer {token}"), format!("\"{token}\"")];
    let all = cuts.chain(changes).chain(around.into_iter().flatten()).chain(padded);
    all.filter(|text| text != token).collect()
}
