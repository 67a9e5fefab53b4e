//! The access token: what every other service of the platform reads, so its claims are the contract's, to the letter.

use countersign_domain::{AccountId, Secret, SessionId, TenantId, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use super::compact::{self, BadToken, Header};
use super::{CannotIssue, Expiry, Refused};
use crate::keys::{Jwks, KeyPair};

/// The `typ` of an access token (the contract, section 3; existing clients would refuse RFC 9068's `at+jwt`).
const TYP: &str = "JWT";

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessClaims {
    /// Whose it is: `user-id`, and `sub` for standard verifiers.
    pub account: AccountId,
    /// What its bearer may do: `roles`. Empty while a new password is due.
    pub roles: Vec<String>,
    /// The tenant: `tenancy-id`.
    pub tenant: TenantId,
    /// The session it belongs to and ends with: `sid`.
    pub session: SessionId,
    /// The tenant's configured public URL: `iss`.
    pub issuer: String,
    /// Who asked for it, the tenant itself for an interactive login: `client-id`.
    pub client: String,
    /// Whom it is for, where the tenant asks for that: `aud`.
    pub audience: Option<String>,
    /// Its own id, which no other token shares: `jti`.
    pub id: Uuid,
    /// When it was made: `iat`, in whole seconds.
    pub issued_at: Timestamp,
    /// When it is over: `exp`, in whole seconds.
    pub expires_at: Timestamp,
}

/// The claims as they are sent. Names and types are the contract's.
#[derive(Serialize, Deserialize)]
struct Sent {
    roles: Vec<String>,
    #[serde(rename = "user-id")]
    user_id: AccountId,
    iss: String,
    exp: i64,
    #[serde(rename = "tenancy-id")]
    tenancy_id: TenantId,
    #[serde(rename = "client-id")]
    client_id: String,
    iat: i64,
    jti: Uuid,
    sub: AccountId,
    sid: SessionId,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    aud: Option<String>,
}

/// Absent is none; `null` is wrong.
fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    String::deserialize(from).map(Some)
}

/// What a token must agree with.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The tenant of the host that was called.
    pub tenant: TenantId,
    /// Its configured public URL.
    pub issuer: &'a str,
    /// The audience that it asks for, if any.
    pub audience: Option<&'a str>,
    /// The moment.
    pub now: Timestamp,
}

/// Makes an access token.
///
/// # Errors
/// Where the token would be too long (the roles of an account are bounded), or the library fails.
pub fn issue(key: &KeyPair, claims: &AccessClaims) -> Result<Secret, CannotIssue> {
    let public = key.public();
    let header = Header { typ: TYP.to_owned(), alg: public.algorithm().jws().to_owned(), kid: public.kid().to_owned() };
    let sent = Sent {
        roles: claims.roles.clone(),
        user_id: claims.account,
        iss: claims.issuer.clone(),
        exp: claims.expires_at.unix_seconds(),
        tenancy_id: claims.tenant,
        client_id: claims.client.clone(),
        iat: claims.issued_at.unix_seconds(),
        jti: claims.id,
        sub: claims.account,
        sid: claims.session,
        aud: claims.audience.clone(),
    };
    compact::write(&header, &sent, |input| key.sign(input))
}

/// Reads an access token of this tenant, with one of its published keys.
///
/// # Errors
/// Why it is not accepted; `Expired` only for a token that is genuine in all else.
pub fn read(token: &str, keys: &Jwks, expected: &Expected<'_>, expiry: Expiry) -> Result<AccessClaims, Refused> {
    let token = compact::parse(token)?;
    let header = token.header();
    if header.typ != TYP {
        return Err(Refused::WrongKind);
    }
    let key = keys.find(&header.kid).ok_or(Refused::UnknownKey)?;
    if header.alg != key.algorithm().jws() {
        return Err(Refused::WrongAlgorithm);
    }
    if !key.verify(token.signing_input(), token.signature()) {
        return Err(Refused::BadSignature);
    }
    judge(token.claims()?, expected, expiry)
}

/// Compares the claims of a genuine token with what they must be.
fn judge(sent: Sent, expected: &Expected<'_>, expiry: Expiry) -> Result<AccessClaims, Refused> {
    if sent.sub != sent.user_id {
        return Err(BadToken::Claims.into());
    }
    if sent.tenancy_id != expected.tenant {
        return Err(Refused::WrongTenant);
    }
    if sent.iss != expected.issuer {
        return Err(Refused::WrongIssuer);
    }
    // A token without an audience is older than the tenant's wish for one; it is the tenant's own all the same.
    if sent.aud.is_some() && sent.aud.as_deref() != expected.audience {
        return Err(Refused::WrongAudience);
    }
    let expires_at = Timestamp::from_unix_seconds(sent.exp);
    if expiry == Expiry::Checked && expected.now >= expires_at {
        return Err(Refused::Expired);
    }
    Ok(AccessClaims {
        account: sent.user_id,
        roles: sent.roles,
        tenant: sent.tenancy_id,
        session: sent.sid,
        issuer: sent.iss,
        client: sent.client_id,
        audience: sent.aud,
        id: sent.jti,
        issued_at: Timestamp::from_unix_seconds(sent.iat),
        expires_at,
    })
}
