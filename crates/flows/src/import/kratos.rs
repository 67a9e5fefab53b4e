use serde_json::Value;

use super::draft::{Draft, Names};
use super::fields::{Fields, text_at};
use crate::hasher::PhcHash;

/// An identity, as `GET /admin/identities?include_credential=password` lists it, with the traits of the usual schemas:
/// `email`, and `name` in parts or whole.
pub(super) fn draft(fields: &mut Fields<'_>) -> Draft {
    let traits = fields.object("traits");
    let credentials = fields.object("credentials");
    let email = text_at(traits, &["email"]);
    let is_the_address = |address: &&Value| {
        address.get("value").and_then(Value::as_str).map(str::to_ascii_lowercase)
            == email.as_deref().map(str::to_ascii_lowercase)
    };
    let address = fields.array("verifiable_addresses").iter().find(is_the_address);
    let is_verified = address.and_then(|address| address.get("verified")).and_then(Value::as_bool);
    let password = text_at(credentials, &["password", "config", "hashed_password"]);
    let names = Names {
        email: "traits.email",
        verified: "verifiable_addresses",
        password: "credentials.password.config.hashed_password",
        first_name: "traits.name.first",
        last_name: "traits.name.last",
        phone: "traits.phone",
    };
    Draft {
        names,
        external_id: fields.text("id"),
        email,
        is_verified: Some(is_verified.unwrap_or(false)),
        first_name: text_at(traits, &["name", "first"]),
        last_name: text_at(traits, &["name", "last"]),
        phone: text_at(traits, &["phone"]),
        is_deactivated: fields.text("state").is_some_and(|state| state != "active"),
        password: password.map(|text| PhcHash::read_foreign(&text)),
        created_at: fields.moment("created_at"),
        ..Draft::default()
    }
}
