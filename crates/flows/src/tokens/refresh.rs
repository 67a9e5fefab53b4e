//! The refresh token: only this service reads it.
//!
//! Two secrets make one: a key of this installation, under which the token is authenticated, and the session's own,
//! from which the rule of rotation (`domain::session`) makes its `jti`. Whoever has stolen only the key or only the
//! database can forge none.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use countersign_domain::session::TokenId;
use countersign_domain::{Secret, SessionId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::compact::{self, BadToken, Header};
use super::{CannotIssue, Expiry, Refused};
use crate::vault::{MAC_BYTES, Purpose, SecretKey, Secrets, mac, same};

/// The `typ` of a refresh token.
const TYP: &str = "refresh+jwt";
const ALG: &str = "HS256";

/// One place in a session's chain. The same place and times give the same token, byte for byte, so that an answer that
/// was lost can be given again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The tenant.
    pub tenant: TenantId,
    /// The session: `sid`.
    pub session: SessionId,
    /// How often the session was refreshed before: `ctr`.
    pub counter: u64,
    /// What the session's secret gives for this place: `jti`.
    pub jti: TokenId,
    /// When this place was reached: `iat`, in whole seconds.
    pub issued_at: Timestamp,
    /// When the token is over: `exp`, in whole seconds.
    pub expires_at: Timestamp,
}

/// What a genuine refresh token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshClaims {
    /// The session.
    pub session: SessionId,
    /// Its place in the session's chain.
    pub counter: u64,
    /// To be compared with what the session's secret gives, once the session is read.
    pub jti: TokenId,
    /// When it was made.
    pub issued_at: Timestamp,
    /// When it is over, as far as the token knows; the session may be over before.
    pub expires_at: Timestamp,
}

/// The claims as they are sent.
#[derive(Serialize, Deserialize)]
struct Sent {
    #[serde(rename = "tenancy-id")]
    tenancy_id: TenantId,
    sid: SessionId,
    ctr: u64,
    jti: String,
    iat: i64,
    exp: i64,
}

/// Makes the refresh token of a place in a session's chain.
///
/// # Errors
/// Where the library fails.
pub fn issue(secrets: &Secrets, link: &Link) -> Result<Secret, CannotIssue> {
    let key = secrets.newest(Purpose::Refresh);
    let header = Header { typ: TYP.to_owned(), alg: ALG.to_owned(), kid: key.version().to_string() };
    let sent = Sent {
        tenancy_id: link.tenant,
        sid: link.session,
        ctr: link.counter,
        jti: BASE64_URL_SAFE_NO_PAD.encode(link.jti),
        iat: link.issued_at.unix_seconds(),
        exp: link.expires_at.unix_seconds(),
    };
    compact::write(&header, &sent, |input| Ok(mac(tenant_key(key, link.tenant).as_slice(), &[input]).to_vec()))
}

/// Reads a refresh token of this tenant. Whether its session still takes it, the session says.
///
/// # Errors
/// Why it is not accepted; `Expired` only for a token that is genuine in all else.
pub fn read(
    token: &str,
    secrets: &Secrets,
    tenant: TenantId,
    now: Timestamp,
    expiry: Expiry,
) -> Result<RefreshClaims, Refused> {
    let token = compact::parse(token)?;
    let header = token.header();
    if header.typ != TYP {
        return Err(Refused::WrongKind);
    }
    if header.alg != ALG {
        return Err(Refused::WrongAlgorithm);
    }
    let same_version = |key: &&SecretKey| key.version().to_string() == header.kid;
    let key = secrets.all(Purpose::Refresh).find(same_version).ok_or(Refused::UnknownKey)?;
    let expected = mac(tenant_key(key, tenant).as_slice(), &[token.signing_input()]);
    if !same(&expected, token.signature()) {
        return Err(Refused::BadSignature);
    }
    judge(&token.claims()?, tenant, now, expiry)
}

/// Compares the claims of a genuine token with what they must be.
fn judge(sent: &Sent, tenant: TenantId, now: Timestamp, expiry: Expiry) -> Result<RefreshClaims, Refused> {
    if sent.tenancy_id != tenant {
        return Err(Refused::WrongTenant);
    }
    let jti = compact::decode(&sent.jti)?.try_into().map_err(|_| BadToken::Claims)?;
    let expires_at = Timestamp::from_unix_seconds(sent.exp);
    if expiry == Expiry::Checked && now >= expires_at {
        return Err(Refused::Expired);
    }
    Ok(RefreshClaims {
        session: sent.sid,
        counter: sent.ctr,
        jti,
        issued_at: Timestamp::from_unix_seconds(sent.iat),
        expires_at,
    })
}

/// A key for each tenant, so that a token of one is noise to every other.
fn tenant_key(key: &SecretKey, tenant: TenantId) -> Zeroizing<[u8; MAC_BYTES]> {
    Zeroizing::new(key.mac(&[b"refresh token", tenant.uuid().as_bytes()]))
}
