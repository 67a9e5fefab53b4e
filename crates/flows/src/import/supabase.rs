use countersign_domain::Timestamp;

use super::draft::{Draft, Names};
use super::fields::Fields;
use crate::hasher::PhcHash;

/// A row of `auth.users`.
pub(super) fn draft(fields: &mut Fields<'_>, now: Timestamp) -> Draft {
    if fields.value("deleted_at").is_some() {
        fields.refuse("deleted_at", "says that the user was deleted");
    }
    // Kept without its plus.
    let phone = fields.text("phone").map(|phone| if phone.starts_with('+') { phone } else { format!("+{phone}") });
    Draft {
        names: Names { verified: "email_confirmed_at", password: "encrypted_password", ..Names::OURS },
        external_id: fields.text("id"),
        email: fields.text("email"),
        is_verified: Some(fields.value("email_confirmed_at").is_some()),
        phone,
        is_deactivated: fields.moment("banned_until").is_some_and(|until| until > now),
        password: fields.text("encrypted_password").map(|text| PhcHash::read_foreign(&text)),
        created_at: fields.moment("created_at"),
        ..Draft::default()
    }
}
