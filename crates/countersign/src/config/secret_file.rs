use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A key or a URL is far shorter; more is some other file.
const SECRET_BYTES_MAX: u64 = 16 * 1024;
/// What nobody but the owner may have. The group may read: that is how orchestrators hand secrets to a service.
const REFUSED_MODE_BITS: u32 = 0o037;

/// Why a file does not do as a secret. Its path is named only once it is known to be a file: what stands in its place
/// may be the secret itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unfit {
    /// It cannot be opened or read.
    #[error("the file cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// A folder.
    #[error("{} is a folder", .0.display())]
    Folder(PathBuf),
    /// Others may read it, or the group may write it.
    #[error("{0}", loose_words(path, *mode))]
    Loose {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Longer than a secret can be.
    #[error("{} is longer than {SECRET_BYTES_MAX} bytes", .0.display())]
    TooLong(PathBuf),
    /// Nothing but white space.
    #[error("{} is empty", .0.display())]
    Empty(PathBuf),
    /// Not UTF-8.
    #[error("{} is not text", .0.display())]
    NotText(PathBuf),
}

fn loose_words(path: &Path, mode: u32) -> String {
    format!("{path} is open to others (mode {mode:04o}): run `chmod 0600 {path}`", path = path.display())
}

/// Reads a secret from its file, without the white space that editors and `echo` leave at its end.
///
/// # Errors
/// [`Unfit`] if the file is unreadable, empty, too long, not text, or open to others.
pub(crate) fn read_key_text(path: &Path) -> Result<String, Unfit> {
    let file = File::open(path)?;
    let facts = file.metadata()?;
    if facts.is_dir() {
        return Err(Unfit::Folder(path.to_owned()));
    }
    check_mode(path, &facts)?;
    let mut bytes = Vec::new();
    file.take(SECRET_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > SECRET_BYTES_MAX {
        return Err(Unfit::TooLong(path.to_owned()));
    }
    let mut text = String::from_utf8(bytes).map_err(|_| Unfit::NotText(path.to_owned()))?;
    text.truncate(text.trim_end().len());
    if text.is_empty() { Err(Unfit::Empty(path.to_owned())) } else { Ok(text) }
}

/// Refuses a file that holds a secret and that others may read or change.
///
/// # Errors
/// [`Unfit::Loose`] with the command that repairs it.
pub(crate) fn check_mode(path: &Path, facts: &Metadata) -> Result<(), Unfit> {
    let mode = facts.permissions().mode() & 0o777;
    if mode & REFUSED_MODE_BITS == 0 { Ok(()) } else { Err(Unfit::Loose { path: path.to_owned(), mode }) }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};

    use super::*;

    fn told(contents: &[u8], mode: u32) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, contents).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        read_key_text(&path).map_err(|unfit| unfit.to_string().replace(&path.display().to_string(), "FILE"))
    }

    #[test]
    fn a_secret_loses_only_the_white_space_at_its_end() {
        assert_eq!(told(b" s3cret \r\n", 0o400).as_deref(), Ok(" s3cret"));
        assert_eq!(told(b"s3cret", 0o440).as_deref(), Ok("s3cret"), "an orchestrator's mode");
    }

    #[test]
    fn a_file_that_does_not_do_says_why() {
        for (contents, mode, words) in [
            (&b"s"[..], 0o644, "FILE is open to others (mode 0644): run `chmod 0600 FILE`"),
            (b"s", 0o620, "FILE is open to others (mode 0620): run `chmod 0600 FILE`"),
            (b"\n", 0o600, "FILE is empty"),
            (b"\xff", 0o600, "FILE is not text"),
            (&[b'a'; 20_000], 0o600, "FILE is longer than 16384 bytes"),
        ] {
            assert_eq!(told(contents, mode).unwrap_err(), words);
        }
        assert!(read_key_text(Path::new("/")).unwrap_err().to_string().contains("is a folder"));
    }

    #[test]
    fn a_secret_put_where_its_file_belongs_is_not_repeated() {
        let words = read_key_text(Path::new("postgres://u:hunter2@h/d")).unwrap_err().to_string();
        assert!(!words.contains("hunter2"), "{words}");
    }
}
