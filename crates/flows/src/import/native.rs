use std::collections::BTreeMap;

use countersign_domain::Standing;
use serde_json::{Map, Value, json};

use super::ImportRow;
use super::draft::Draft;
use super::fields::Fields;
use crate::hasher::PhcHash;

/// Our own fields. In CSV roles are one text, with spaces between them.
pub(super) fn draft(fields: &mut Fields<'_>) -> Draft {
    let standing = fields.text("standing");
    let is_deactivated = match standing.as_deref().map(str::parse) {
        None | Some(Ok(Standing::Active)) => false,
        Some(Ok(Standing::Deactivated)) => true,
        Some(Err(_)) => {
            fields.refuse("standing", "must be active or deactivated");
            false
        }
    };
    Draft {
        external_id: fields.text("id"),
        email: fields.text("email"),
        is_verified: fields.flag("emailVerified"),
        roles: roles(fields),
        first_name: fields.text("firstName"),
        last_name: fields.text("lastName"),
        phone: fields.text("phone"),
        dob: fields.text("dob"),
        language: fields.text("language"),
        address: fields.text("address"),
        customer_type: fields.text("customerType"),
        dynamic_fields: dynamic_fields(fields),
        is_deactivated,
        must_change_password: fields.flag("mustChangePassword").unwrap_or(false),
        password: fields.text("passwordHash").map(|text| PhcHash::read_foreign(&text)),
        created_at: fields.moment("createdAt"),
        ..Draft::default()
    }
}

fn dynamic_fields(fields: &mut Fields<'_>) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for (name, value) in fields.object("dynamicFields").into_iter().flatten() {
        match value.as_str() {
            Some(text) => drop(texts.insert(name.clone(), text.to_owned())),
            None => fields.refuse("dynamicFields", "must hold texts"),
        }
    }
    texts
}

fn roles(fields: &mut Fields<'_>) -> Vec<String> {
    match fields.value("roles") {
        Some(Value::String(text)) => text.split_whitespace().map(str::to_owned).collect(),
        _ => fields
            .array("roles")
            .iter()
            .map(|role| role.as_str().map_or_else(|| role.to_string(), str::to_owned))
            .collect(),
    }
}

/// The line that an export writes for an account, without its end; reading the format gives the row back. The hash is in it: the file
/// is worth as much as the table of passwords.
pub fn line(row: &ImportRow) -> String {
    let mut object = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            object.insert(name.to_owned(), value);
        }
    };
    put("id", row.external_id.clone().map(Value::from));
    put("email", Some(row.email.typed().into()));
    put("roles", Some(row.roles.iter().map(|role| Value::from(role.as_str())).collect()));
    put("firstName", row.first_name.clone().map(Value::from));
    put("lastName", row.last_name.clone().map(Value::from));
    let person = &row.person;
    put("phone", person.phone.as_ref().map(|phone| phone.e164().into()));
    put("dob", person.dob.map(|dob| dob.to_string().into()));
    put("address", person.address.as_ref().map(|address| address.as_str().into()));
    put("customerType", person.customer_type.map(|kind| kind.name().into()));
    let dynamic = person.dynamic_fields.entries().iter().map(|(name, text)| (name.clone(), Value::from(text.as_str())));
    put("dynamicFields", Some(Value::Object(dynamic.collect())).filter(|fields| *fields != json!({})));
    put("language", person.language.map(|language| language.tag().into()));
    put("standing", Some(row.standing.name().into()));
    put("mustChangePassword", row.must_change_password.then_some(Value::Bool(true)));
    put("passwordHash", row.password.as_ref().map(|hash| hash.to_string().into()));
    put("createdAt", row.created_at.map(|at| at.to_string().into()));
    Value::Object(object).to_string()
}
