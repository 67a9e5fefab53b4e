use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::Failure;

/// A file that was not there before, for its owner alone.
pub(super) fn new_file(path: &Path) -> Result<File, Failure> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    made.map_err(|error| {
        let name = path.display();
        Failure::Refused(match error.kind() {
            ErrorKind::AlreadyExists => format!("{name} is there already: choose a new name"),
            _ => format!("{name}: {error}"),
        })
    })
}
