//! The device mark: proof that a device once proved a password of one name, so that strangers' failures are counted
//! apart from it. It opens nothing.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use countersign_domain::{AccountId, DEVICE_BYTES, DeviceMark, Secret, TenantId, Timestamp};
use uuid::Uuid;

use crate::vault::{MAC_BYTES, Purpose, SecretKey, Secrets, same};

/// How long a mark lives.
pub const DEVICE_MARK_LIFE: Duration = Duration::from_secs(180 * 24 * 3600);

/// The layout: this byte, account (16), password version (8), device (16), moment in microseconds (8), MAC (32);
/// numbers big-endian. A multiple of three bytes, so that its Base64url has one spelling.
const LAYOUT: u8 = 1;
const PAYLOAD_BYTES: usize = 1 + 16 + 8 + DEVICE_BYTES + 8;
const MARK_BYTES: usize = PAYLOAD_BYTES + MAC_BYTES;

/// The length of a mark's text.
pub const DEVICE_MARK_CHARS: usize = MARK_BYTES / 3 * 4;

/// Makes the mark's text for a name (`Secrets::name_hash`) of this tenant.
pub fn make(
    secrets: &Secrets,
    tenant: TenantId,
    name_hash: &[u8; MAC_BYTES],
    mark: &DeviceMark,
    now: Timestamp,
) -> Secret {
    let payload = [
        &[LAYOUT],
        &mark.account.uuid().as_bytes()[..],
        &mark.password_version.to_be_bytes(),
        &mark.device,
        &now.micros().to_be_bytes(),
    ]
    .concat();
    let tag = tag(secrets.newest(Purpose::DeviceMark), tenant, name_hash, &payload);
    Secret::new(BASE64_URL_SAFE_NO_PAD.encode([&payload[..], &tag].concat()))
}

/// Reads a mark that was presented together with a name. None for whatever is no living mark of that very name in
/// that tenant: a login goes on without it, so there is nothing to tell apart.
pub fn read(
    text: &str,
    secrets: &Secrets,
    tenant: TenantId,
    name_hash: &[u8; MAC_BYTES],
    now: Timestamp,
) -> Option<DeviceMark> {
    if text.len() != DEVICE_MARK_CHARS {
        return None;
    }
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    let (payload, presented) = bytes.split_at_checked(PAYLOAD_BYTES)?;
    let genuine = |key: &SecretKey| same(&tag(key, tenant, name_hash, payload), presented);
    if !secrets.all(Purpose::DeviceMark).any(genuine) {
        return None;
    }
    let ([LAYOUT], rest) = payload.split_first_chunk()? else {
        return None;
    };
    let (account, rest) = rest.split_first_chunk()?;
    let (password_version, rest) = rest.split_first_chunk()?;
    let (device, rest) = rest.split_first_chunk()?;
    let (made_at, _) = rest.split_first_chunk()?;
    let made_at = Timestamp::from_micros(i64::from_be_bytes(*made_at));
    (now.since(made_at) < DEVICE_MARK_LIFE).then(|| DeviceMark {
        account: AccountId::from_uuid(Uuid::from_bytes(*account)),
        password_version: i64::from_be_bytes(*password_version),
        device: *device,
    })
}

/// Covers tenant and name, which the mark itself does not carry: it is good for no other name, and tells none.
fn tag(key: &SecretKey, tenant: TenantId, name_hash: &[u8; MAC_BYTES], payload: &[u8]) -> [u8; MAC_BYTES] {
    key.mac(&[b"device mark", tenant.uuid().as_bytes(), name_hash, payload])
}
