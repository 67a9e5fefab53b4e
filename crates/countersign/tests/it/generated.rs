//! Files that are made from the code and kept for people: made anew here, they must not change.
#![expect(clippy::disallowed_methods, reason = "UPDATE=1 is meant for this file and no setting of the program")]

use std::path::Path;

/// Compares a file of the repository with what the code makes of it today; `UPDATE=1` writes it instead.
pub(crate) fn check(path: &str, made: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, made).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == made, "{path} is not what the code says: look at the change, then run the tests with UPDATE=1");
}
