use serde::Deserialize;

use super::draft::{Draft, Names};
use super::fields::Fields;
use crate::hasher::{BadHash, FirebaseKeys, PhcHash, base64};

/// A user of `firebase auth:export users.json`.
pub(super) fn draft(fields: &mut Fields<'_>, keys: Option<&FirebaseKeys>) -> Draft {
    let (hash, salt) = (fields.text("passwordHash"), fields.text("salt"));
    if hash.is_some() && keys.is_none() {
        fields.refuse("passwordHash", "needs the hash parameters of the project (--firebase-config)");
    }
    let password = hash.zip(keys).map(|(hash, keys)| {
        let salt = base64(&salt.unwrap_or_default()).ok_or(BadHash::Salt)?;
        PhcHash::firebase(keys, &salt, &base64(&hash).ok_or(BadHash::Tag)?)
    });
    // The last word is taken for the last name.
    let shown = fields.text("displayName");
    let (first_name, last_name) = match shown.as_deref().map(str::trim).and_then(|name| name.rsplit_once(' ')) {
        Some((first, last)) => (Some(first.trim_end().to_owned()), Some(last.to_owned())),
        None => (shown, None),
    };
    Draft {
        names: Names { first_name: "displayName", last_name: "displayName", phone: "phoneNumber", ..Names::OURS },
        external_id: fields.text("localId"),
        email: fields.text("email"),
        is_verified: Some(fields.flag("emailVerified").unwrap_or(false)),
        first_name,
        last_name,
        phone: fields.text("phoneNumber"),
        is_deactivated: fields.flag("disabled").unwrap_or(false),
        password,
        created_at: fields.millis("createdAt"),
        ..Draft::default()
    }
}

/// What the console shows under "password hash parameters", as JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    algorithm: String,
    base64_signer_key: String,
    base64_salt_separator: String,
    rounds: u32,
    mem_cost: u32,
}

/// Why a file of hash parameters is none. It never shows what is in the file: a secret of the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFirebaseConfig {
    /// Not the object that the documentation shows.
    #[error(
        "must be a JSON object with algorithm, base64_signer_key, base64_salt_separator, rounds and mem_cost, and no more"
    )]
    Form,
    /// Another algorithm, which only projects that were imported themselves have.
    #[error("algorithm must be SCRYPT")]
    Algorithm,
    /// A key that is no base64.
    #[error("base64_signer_key and base64_salt_separator must be base64")]
    Base64,
}

/// Reads the hash parameters of a project.
///
/// # Errors
/// [`BadFirebaseConfig`] says what is wrong with the text.
pub fn firebase_keys(text: &str) -> Result<FirebaseKeys, BadFirebaseConfig> {
    let config: Config = serde_json::from_str(text).map_err(|_| BadFirebaseConfig::Form)?;
    if config.algorithm != "SCRYPT" {
        return Err(BadFirebaseConfig::Algorithm);
    }
    Ok(FirebaseKeys {
        signer_key: base64(&config.base64_signer_key).ok_or(BadFirebaseConfig::Base64)?.into(),
        salt_separator: base64(&config.base64_salt_separator).ok_or(BadFirebaseConfig::Base64)?,
        rounds: config.rounds,
        mem_cost: config.mem_cost,
    })
}
