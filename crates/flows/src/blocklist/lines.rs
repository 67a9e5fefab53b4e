use std::io::{BufRead, BufReader, Read};

use countersign_domain::UnknownName;

use super::HashKind;
use super::build::BuildFault;

/// What a line of a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineForm {
    /// A hash in hexadecimal digits, and after a colon how often it was seen: `5BAA61E4…:9545824`.
    Hash(HashKind),
    /// A password as it is typed; it is hashed by SHA-1.
    Plain,
}

impl LineForm {
    /// What the entries are hashes by.
    pub const fn kind(self) -> HashKind {
        match self {
            Self::Hash(kind) => kind,
            Self::Plain => HashKind::Sha1,
        }
    }

    /// The form of the lines that begin like this one: a hash that is as long as one of ours.
    fn of(line: &[u8]) -> Option<Self> {
        let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        HashKind::ALL.into_iter().find(|kind| kind.digits() == digits).map(Self::Hash)
    }

    /// The key of a line, or what the line must be.
    fn key(self, line: &[u8]) -> Result<u64, String> {
        match self {
            Self::Plain => Ok(HashKind::Sha1.key(line)),
            Self::Hash(kind) => key_of_digits(line, kind.digits())
                .ok_or_else(|| format!("must be {} hexadecimal digits, and after a colon a number", kind.digits())),
        }
    }
}

impl std::str::FromStr for LineForm {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        if text == "plain" { Ok(Self::Plain) } else { text.parse().map(Self::Hash) }
    }
}

/// A line that is no entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{source_name}, line {line}: {must}")]
pub struct BadLine {
    /// The file, as it was named.
    pub source_name: String,
    /// From 1.
    pub line: u64,
    /// What the line must be. What it is is not told: it may be a password.
    pub must: String,
}

/// A password has at most 256 characters of four bytes each; the number after a hash is short.
const LINE_BYTES_MAX: u64 = 1_100;
/// One read for some thousand lines.
const READ_BYTES: usize = 256 * 1024;

/// The lines of one source, read one at a time into the same memory.
pub struct Lines<R> {
    name: String,
    text: BufReader<R>,
    line: Vec<u8>,
    number: u64,
}

impl<R: Read> Lines<R> {
    /// `name` is what the operator calls the source.
    pub fn new(name: impl Into<String>, text: R) -> Self {
        Self { name: name.into(), text: BufReader::with_capacity(READ_BYTES, text), line: Vec::new(), number: 0 }
    }

    /// How many lines were read.
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// The next entry's key; nothing at the end. Empty lines are none. Where `form` is not known yet, the first line
    /// tells.
    pub(super) fn next_key(&mut self, form: &mut Option<LineForm>) -> Result<Option<u64>, BuildFault> {
        loop {
            self.line.clear();
            let read = (&mut self.text).take(LINE_BYTES_MAX).read_until(b'\n', &mut self.line);
            let read = read.map_err(|error| BuildFault::Unreadable(self.name.clone(), error))?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            let is_whole = self.line.ends_with(b"\n") || (read as u64) < LINE_BYTES_MAX;
            let line = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.is_empty() {
                continue;
            }
            let known = form.or_else(|| LineForm::of(line));
            let key = match known {
                _ if !is_whole => Err("is longer than any entry".to_owned()),
                Some(form) => form.key(line),
                None => Err("must be a SHA-1 or NTLM hash: 40 or 32 hexadecimal digits, and after a colon a number; \
                             a list of passwords needs --kind plain"
                    .to_owned()),
            };
            *form = known;
            let bad = |must| BadLine { source_name: self.name.clone(), line: self.number, must };
            return key.map(Some).map_err(|must| bad(must).into());
        }
    }
}

/// The first 64 bits of a hash of so many digits, if the line is one.
fn key_of_digits(line: &[u8], digits: usize) -> Option<u64> {
    let (hash, rest) = line.split_at_checked(digits)?;
    let is_count = |count: &[u8]| !count.is_empty() && count.iter().all(u8::is_ascii_digit);
    if !rest.is_empty() && !rest.strip_prefix(b":").is_some_and(is_count) {
        return None;
    }
    let mut key = 0;
    for (place, digit) in hash.iter().enumerate() {
        let value = char::from(*digit).to_digit(16)?;
        if place < 16 {
            key = key << 4 | u64::from(value);
        }
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA1: &str = "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8";
    const NTLM: &str = "8846f7eaee8fb117ad06bdd830b7586c";

    fn keys(form: Option<LineForm>, text: &str) -> Result<Vec<u64>, String> {
        let (mut form, mut lines, mut keys) = (form, Lines::new("FILE", text.as_bytes()), Vec::new());
        loop {
            match lines.next_key(&mut form).map_err(|fault| fault.to_string())? {
                Some(key) => keys.push(key),
                None => return Ok(keys),
            }
        }
    }

    #[test]
    fn lines_of_every_published_form_are_read() {
        let sha1 = 0x5baa_61e4_c9b9_3f3f;
        for text in [
            SHA1.to_owned(),
            format!("{SHA1}\n"),
            format!("{SHA1}:9545824\r\n"),
            format!("\r\n{}:1\n\n", SHA1.to_lowercase()),
        ] {
            assert_eq!(keys(None, &text), Ok(vec![sha1]), "{text:?}");
            assert_eq!(keys(Some(LineForm::Hash(HashKind::Sha1)), &text), Ok(vec![sha1]));
        }
        assert_eq!(keys(None, &format!("{NTLM}:3\n{NTLM}\n")), Ok(vec![0x8846_f7ea_ee8f_b117; 2]));
        assert_eq!(keys(Some(LineForm::Plain), "password\r\npassword"), Ok(vec![sha1; 2]));
        assert_eq!(keys(None, ""), Ok(vec![]));
    }

    #[test]
    fn a_bad_line_is_named_and_not_told() {
        let sha1_again = format!("{SHA1}\n{SHA1}:1\n");
        for (text, line) in [
            ("hunter2".to_owned(), 1),
            (format!("{sha1_again}{NTLM}\n"), 3),
            (format!("{sha1_again}{SHA1}0\n"), 3),
            (format!("{sha1_again}{SHA1}:\n"), 3),
            (format!("{sha1_again}{SHA1}:x\n"), 3),
            (format!("{sha1_again}{SHA1} 1\n"), 3),
            (format!("{sha1_again}{}\n", SHA1.replace('B', "G")), 3),
            (format!("{sha1_again}\n{}", "0".repeat(2_000)), 4),
        ] {
            let told = keys(None, &text).unwrap_err();
            assert!(told.starts_with(&format!("FILE, line {line}: ")), "{told}");
            assert!(!told.contains("hunter2") && !told.contains("5BAA"), "{told}");
        }
        let long = format!("{}\nb\n", "a".repeat(1_100));
        assert!(keys(Some(LineForm::Plain), &long).unwrap_err().contains("line 1: is longer"));
    }
}
