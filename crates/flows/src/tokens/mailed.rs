//! The mailed token: the id of a row, and a MAC that only this service can make of it. It is made again whenever its
//! letter is sent, so nothing that could be used lies in the store or in a backup.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use countersign_domain::{OneTimePurpose, Secret, TenantId};
use uuid::Uuid;

use crate::vault::{MAC_BYTES, Purpose, SecretKey, Secrets, same};

/// The id (16) and the MAC (32): a multiple of three bytes, so that its Base64url has one spelling.
const TOKEN_BYTES: usize = 16 + MAC_BYTES;

/// The length of a token's text.
pub const MAILED_TOKEN_CHARS: usize = TOKEN_BYTES / 3 * 4;

/// Makes the token of a row.
pub fn make(secrets: &Secrets, tenant: TenantId, purpose: OneTimePurpose, id: Uuid) -> Secret {
    let tag = tag(secrets.newest(Purpose::MailedToken), tenant, purpose, id);
    Secret::new(BASE64_URL_SAFE_NO_PAD.encode([&id.as_bytes()[..], &tag].concat()))
}

/// The id that a token names, if it is one of ours, of this tenant and purpose. Whether it is still good, its row says.
pub fn read(text: &str, secrets: &Secrets, tenant: TenantId, purpose: OneTimePurpose) -> Option<Uuid> {
    // What somebody pasted may have space around it.
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace());
    if text.len() != MAILED_TOKEN_CHARS {
        return None;
    }
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    let (id, presented) = bytes.split_first_chunk::<16>()?;
    let id = Uuid::from_bytes(*id);
    let genuine = |key: &SecretKey| same(&tag(key, tenant, purpose, id), presented);
    secrets.all(Purpose::MailedToken).any(genuine).then_some(id)
}

fn tag(key: &SecretKey, tenant: TenantId, purpose: OneTimePurpose, id: Uuid) -> [u8; MAC_BYTES] {
    key.mac(&[b"mailed token", tenant.uuid().as_bytes(), purpose.name().as_bytes(), id.as_bytes()])
}
