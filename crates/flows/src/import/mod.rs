//! Rows of files that other systems export, read one at a time: what an account of ours would be made of, or every
//! reason why it cannot.
//!
//! Nothing here writes or asks the store: a dry run is reading a file to its end. Memory is one row, and sixteen bytes for
//! each to find a name that comes twice. `docs/import.md` shows a sample of every format.
//!
//! To add a format: its words in a file of this folder that turns a JSON object into a `draft::Draft`, a variant of
//! [`Format`], a sample in `docs/import/` with its test.

mod batches;
mod django;
mod draft;
mod fields;
mod firebase;
mod keycloak;
mod kratos;
mod native;
mod source;
mod supabase;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::io::Read;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use countersign_domain::{Email, Kind, Person, Role, Standing, Timestamp, UnknownName};
use serde_json::{Map, Value};

use crate::hasher::{FirebaseKeys, PhcHash};

pub use batches::{BATCH_ROWS_ALONE_MAX, BATCH_ROWS_MAX, Batches, Digesting, GoodRow, Position};
pub use firebase::{BadFirebaseConfig, firebase_keys};
pub use native::line;
pub use source::{Layout, ROW_BYTES_MAX, Unreadable};

/// Whose export a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Our own: JSON lines or CSV.
    Native,
    /// A realm of Keycloak, exported with its users.
    Keycloak,
    /// Identities of Ory Kratos.
    Kratos,
    /// Rows of Supabase's `auth.users`.
    Supabase,
    /// Firebase's `auth:export`.
    Firebase,
    /// Django's `dumpdata auth.user`, or rows of `auth_user`.
    Django,
}

/// Every format, in the order in which pages list them.
pub const FORMATS: [Format; 6] =
    [Format::Native, Format::Keycloak, Format::Kratos, Format::Supabase, Format::Firebase, Format::Django];

impl Format {
    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Keycloak => "keycloak",
            Self::Kratos => "kratos",
            Self::Supabase => "supabase",
            Self::Firebase => "firebase",
            Self::Django => "django",
        }
    }

    /// How its records lie in a file of this name.
    pub fn layout(self, file_name: &str) -> Layout {
        match self {
            _ if file_name.to_ascii_lowercase().ends_with(".csv") => Layout::Csv,
            Self::Native => Layout::JsonLines,
            Self::Keycloak | Self::Firebase => Layout::JsonUsers,
            Self::Kratos | Self::Supabase | Self::Django => Layout::JsonArrayOrLines,
        }
    }
}

impl FromStr for Format {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        FORMATS.into_iter().find(|format| format.name() == text).ok_or(UnknownName)
    }
}

/// What the file does not say.
#[derive(Clone)]
pub struct Assumptions {
    /// Roles of a row that names none of ours; they say its kind.
    pub roles: Vec<Role>,
    /// Whether a row is taken though its system says that the address was never proved. Whoever registered a stranger's
    /// address there would have an account of the stranger's here.
    pub takes_unverified: bool,
    /// A Firebase project's keys; without them its hashes are worth nothing.
    pub firebase: Option<FirebaseKeys>,
    /// For bans that end.
    pub now: Timestamp,
}

/// What an account would be made of.
#[derive(Clone, Debug)]
pub struct ImportRow {
    /// Its id in the other system, for the report; at most 255 bytes.
    pub external_id: Option<String>,
    /// Its name here.
    pub email: Email,
    /// Customer or staff, as its roles are.
    pub kind: Kind,
    /// Roles of that kind; whether the tenant has them, the store says.
    pub roles: Vec<Role>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// What else is known of the person.
    pub person: Person,
    /// Active or deactivated.
    pub standing: Standing,
    /// Whether a new password is due at the first login.
    pub must_change_password: bool,
    /// The hash; none: the person asks for a password by mail.
    pub password: Option<PhcHash>,
    /// When the account was made there.
    pub created_at: Option<Timestamp>,
}

/// What is wrong with one field of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadField {
    /// The field as the file names it.
    pub field: String,
    /// What is wrong, in words that follow the field's name.
    pub why: String,
}

/// One row of a file.
#[derive(Debug)]
pub struct ReadRow {
    /// From 1, records that are no accounts not counted.
    pub number: u64,
    /// The line on which it ends.
    pub line: u64,
    /// What an account would be made of, or all that speaks against it.
    pub outcome: Result<Box<ImportRow>, Vec<BadField>>,
}

/// Reads a file to its end, row by row; `each` says whether to go on.
///
/// # Errors
/// [`Unreadable`] where the file is broken in a way that leaves no next row to be found.
pub fn read(
    format: Format,
    layout: Layout,
    input: impl Read,
    assumptions: &Assumptions,
    each: &mut dyn FnMut(ReadRow) -> bool,
) -> Result<(), Unreadable> {
    let (mut number, mut names) = (0, HashSet::new());
    source::records(layout, input, &mut |record| {
        let drafted = match record.object {
            Ok(object) => match draft_of(format, &object, assumptions) {
                None => return true,
                Some(drafted) => drafted,
            },
            Err(why) => Err(vec![BadField { field: "row".to_owned(), why }]),
        };
        number += 1;
        let outcome = drafted.and_then(|row| once(&mut names, row));
        each(ReadRow { number, line: record.line, outcome: outcome.map(Box::new) })
    })
}

/// None for a record that is no account.
fn draft_of(
    format: Format,
    object: &Map<String, Value>,
    assumptions: &Assumptions,
) -> Option<Result<ImportRow, Vec<BadField>>> {
    let mut fields = fields::Fields::of(object);
    let draft = match format {
        Format::Native => native::draft(&mut fields),
        Format::Keycloak => keycloak::draft(&mut fields)?,
        Format::Kratos => kratos::draft(&mut fields),
        Format::Supabase => supabase::draft(&mut fields, assumptions.now),
        Format::Firebase => firebase::draft(&mut fields, assumptions.firebase.as_ref()),
        Format::Django => return django::row(&mut fields, assumptions),
    };
    Some(draft.finish(fields.take_bad(), assumptions))
}

/// The row, unless its name came before.
fn once(names: &mut HashSet<[u8; 16]>, row: ImportRow) -> Result<ImportRow, Vec<BadField>> {
    let hash = digest(&SHA256, format!("{} {}", row.kind, row.email.key().as_str()).as_bytes());
    let start = hash.as_ref().first_chunk::<16>().copied().unwrap_or_default();
    if names.insert(start) {
        return Ok(row);
    }
    let why = format!("names a {} account that an earlier row names too", row.kind);
    Err(vec![BadField { field: "email".to_owned(), why }])
}
