use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use countersign_domain::TenantId;
use countersign_domain::audit::{Anchor, KeyLine, LINE_BYTES_MAX, Line, SealKeys};

use crate::cli::Failure;

/// Room for the end of a line, and one byte by which a longer one is told.
const READ_BYTES_MAX: u64 = LINE_BYTES_MAX as u64 + 2;

/// The lines of a file, of which one is in memory at a time, and of that no more than it may have.
pub(super) struct Lines {
    path: PathBuf,
    from: Box<dyn BufRead>,
    line: Vec<u8>,
}

impl Lines {
    /// Opens a file; `-` is standard input.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let from: Box<dyn BufRead> = match path == Path::new("-") {
            true => Box::new(BufReader::new(io::stdin())),
            false => Box::new(BufReader::new(File::open(path).map_err(|why| unreadable(path, &why))?)),
        };
        Ok(Self { path: path.to_owned(), from, line: Vec::new() })
    }

    /// The next line without its end. Of one that is too long its beginning, which is too long as well.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, Failure> {
        self.line.clear();
        let mut within = self.from.by_ref().take(READ_BYTES_MAX);
        let read = within.read_until(b'\n', &mut self.line).map_err(|why| unreadable(&self.path, &why))?;
        Ok((read > 0).then(|| self.line.strip_suffix(b"\n").unwrap_or(&self.line)))
    }
}

/// What an earlier export is remembered for. Whether it is sound, its own verification said.
pub(super) struct Earlier {
    /// Whose trail it is.
    pub(super) tenant: Option<TenantId>,
    /// Its keys.
    pub(super) keys: SealKeys,
    /// Its last seal.
    end: Option<Anchor>,
}

impl Earlier {
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let mut earlier = Self { tenant: None, keys: SealKeys::new(), end: None };
        let mut lines = Lines::open(path)?;
        while let Some(line) = lines.next()? {
            let line = (line.len() <= LINE_BYTES_MAX).then(|| serde_json::from_slice(line));
            match line.and_then(Result::ok).ok_or_else(|| unreadable(path, &"is no export of a trail"))? {
                Line::Trail(trail) => earlier.tenant = Some(trail.tenant),
                Line::Key(key) => earlier.keys.insert(key.id, key.public),
                Line::Seal(seal) => {
                    let seal = seal.seal().map(|seal| seal.anchor());
                    earlier.end = earlier.end.into_iter().chain(seal).max_by_key(|anchor| anchor.number);
                }
                _ => {}
            }
        }
        Ok(earlier)
    }

    /// Where the trail ended then, if it is this tenant's.
    pub(super) fn end_of(&self, path: &Path, tenant: Option<TenantId>) -> Result<Anchor, Failure> {
        if tenant.is_some() && tenant != self.tenant {
            return Err(unreadable(path, &"is the trail of another tenant"));
        }
        self.end.ok_or_else(|| unreadable(path, &"holds no seal"))
    }
}

/// The keys in a file, one a line.
pub(super) fn keys_in(path: &Path) -> Result<Vec<KeyLine>, Failure> {
    let (mut keys, mut lines) = (Vec::new(), Lines::open(path)?);
    while let Some(line) = lines.next()? {
        let text = std::str::from_utf8(line).map_err(|why| unreadable(path, &why))?.trim();
        keys.push(text.parse().map_err(|why| unreadable(path, &why))?);
    }
    Ok(keys)
}

pub(super) fn unreadable(path: &Path, why: &dyn std::fmt::Display) -> Failure {
    Failure::Refused(format!("{}: {why}", path.display()))
}
