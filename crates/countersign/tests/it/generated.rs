//! Files that are made from the code and kept for people: made anew here, they must not change.
#![expect(clippy::disallowed_methods, reason = "UPDATE_GENERATED is meant for tests and no setting of the program")]

use std::path::Path;

/// Compares a file of the repository with what the code makes of it today; `UPDATE_GENERATED=1` writes it instead.
pub(crate) fn check(path: &str, made: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::write(&file, made).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == made, "{path} is not what the code says: UPDATE_GENERATED=1 cargo test -p countersign generated");
}
