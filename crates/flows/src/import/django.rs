use super::draft::{Draft, Names};
use super::fields::Fields;
use super::{Assumptions, BadField, ImportRow};
use crate::hasher::PhcHash;

/// A row of `auth_user`: an object of `dumpdata auth.user`, its columns in `fields`, or the columns themselves. None for an
/// object of another model.
pub(super) fn row(fields: &mut Fields<'_>, assumptions: &Assumptions) -> Option<Result<ImportRow, Vec<BadField>>> {
    let model = fields.text("model");
    if model.as_ref().is_some_and(|model| model != "auth.user") {
        return None;
    }
    let id = fields.text("pk").or_else(|| fields.text("id"));
    let Some(columns) = fields.object("fields") else {
        let draft = draft(fields, id);
        return Some(draft.finish(fields.take_bad(), assumptions));
    };
    let mut within = Fields::of(columns);
    let draft = draft(&mut within, id);
    Some(draft.finish(within.take_bad(), assumptions))
}

fn draft(fields: &mut Fields<'_>, id: Option<String>) -> Draft {
    // An exclamation mark begins what no password matches.
    let password = fields.text("password").filter(|text| !text.starts_with('!'));
    Draft {
        names: Names { password: "password", first_name: "first_name", last_name: "last_name", ..Names::OURS },
        external_id: id,
        email: fields.text("email"),
        first_name: fields.text("first_name"),
        last_name: fields.text("last_name"),
        is_deactivated: !fields.flag("is_active").unwrap_or(true),
        password: password.map(|text| PhcHash::read_foreign(&text)),
        created_at: fields.moment("date_joined"),
        ..Draft::default()
    }
}
