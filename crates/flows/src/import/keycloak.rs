use countersign_domain::Digest;
use serde_json::{Map, Value};

use super::draft::{Draft, Names};
use super::fields::{Fields, text_at};
use crate::hasher::{BadHash, PhcHash, base64};

/// A user of a realm export (`kc.sh export --users realm_file`). None for the account of a client, which is no person.
pub(super) fn draft(fields: &mut Fields<'_>) -> Option<Draft> {
    if fields.value("serviceAccountClientId").is_some() {
        return None;
    }
    let attributes = fields.object("attributes");
    let attribute = |name: &str| Some(attributes?.get(name)?.as_array()?.first()?.as_str()?.to_owned());
    let due = |action: &str| {
        fields.value("requiredActions").and_then(Value::as_array).is_some_and(|due| due.contains(&action.into()))
    };
    let must_change_password = due("UPDATE_PASSWORD");
    Some(Draft {
        names: Names { password: "credentials", phone: "attributes.phoneNumber", ..Names::OURS },
        external_id: fields.text("id"),
        email: fields.text("email"),
        is_verified: Some(fields.flag("emailVerified").unwrap_or(false)),
        first_name: fields.text("firstName"),
        last_name: fields.text("lastName"),
        phone: attribute("phoneNumber"),
        language: attribute("locale"),
        is_deactivated: !fields.flag("enabled").unwrap_or(true),
        must_change_password,
        password: password(fields.array("credentials")),
        created_at: fields.millis("createdTimestamp"),
        ..Draft::default()
    })
}

fn password(credentials: &[Value]) -> Option<Result<PhcHash, BadHash>> {
    let objects = credentials.iter().filter_map(Value::as_object);
    let credential =
        objects.into_iter().find(|credential| text_at(Some(credential), &["type"]).as_deref() == Some("password"))?;
    let within = |name| {
        let text = text_at(Some(credential), &[name])?;
        serde_json::from_str::<Map<String, Value>>(&text).ok()
    };
    Some(match (within("secretData"), within("credentialData")) {
        (Some(secret), Some(how)) => hash(&secret, &how),
        _ => Err(BadHash::Form),
    })
}

/// Keycloak keeps a hash in two JSON texts: salt and tag in one, how they were made in the other.
fn hash(secret: &Map<String, Value>, how: &Map<String, Value>) -> Result<PhcHash, BadHash> {
    let bytes = |name| text_at(Some(secret), &[name]).and_then(|text| base64(&text));
    let (salt, tag) = (bytes("salt").ok_or(BadHash::Salt)?, bytes("value").ok_or(BadHash::Tag)?);
    let iterations = how.get("hashIterations").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
    let iterations = iterations.ok_or(BadHash::Numbers)?;
    let digest = match text_at(Some(how), &["algorithm"]).as_deref() {
        Some("pbkdf2") => Digest::Sha1,
        Some("pbkdf2-sha256") => Digest::Sha256,
        Some("pbkdf2-sha512") => Digest::Sha512,
        Some("argon2") => return argon2(how, iterations, &salt, &tag),
        _ => return Err(BadHash::Scheme),
    };
    PhcHash::pbkdf2(digest, iterations, salt, tag)
}

fn argon2(how: &Map<String, Value>, iterations: u32, salt: &[u8], tag: &[u8]) -> Result<PhcHash, BadHash> {
    let more = how.get("additionalParameters").and_then(Value::as_object);
    let one = |name: &str| Some(more?.get(name)?.as_array()?.first()?.as_str()?.to_owned());
    let kind = match one("type").as_deref() {
        Some("id") => "argon2id",
        Some("i") => "argon2i",
        _ => return Err(BadHash::Scheme),
    };
    let version = match one("version").as_deref() {
        Some("1.3") => 19,
        Some("1.0") => 16,
        _ => return Err(BadHash::Version),
    };
    let (memory, lanes) = (one("memory").ok_or(BadHash::Numbers)?, one("parallelism").ok_or(BadHash::Numbers)?);
    PhcHash::argon2(&format!("${kind}$v={version}$m={memory},t={iterations},p={lanes}"), salt, tag)
}
