use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::format::{SHARD_BITS_MAX, shard_of};
use super::parts::{PART_BITS, Parts};
use super::shards::ShardWriter;
use super::{BadLine, LineForm, Lines};

/// Why no list was made.
#[derive(Debug, thiserror::Error)]
pub enum BuildFault {
    /// A source cannot be read.
    #[error("{0} cannot be read: {1}")]
    Unreadable(String, io::Error),
    /// A line of a source is no entry.
    #[error(transparent)]
    BadLine(#[from] BadLine),
    /// The list, or what is kept beside it meanwhile, cannot be written.
    #[error("{path} cannot be written: {error}", path = .0.display(), error = .1)]
    Unwritable(PathBuf, io::Error),
    /// No source has a line.
    #[error("the files hold no entry")]
    Empty,
    /// Far more hashes begin alike than can by chance, or there are more than a list is made for.
    #[error("too many of the hashes begin alike: the files hold no hashes, or more than a list can")]
    Uneven,
    /// The filter's construction gave up, which it does for keys that are not hashes.
    #[error("no filter can be made of these hashes")]
    NoFilter,
}

/// How far a build is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many lines of the source were read.
    Read(u64),
    /// So many shards of so many were built.
    Built(usize, usize),
}

/// What was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Built {
    /// Different hashes.
    pub entries: u64,
    /// Entries that were there more than once.
    pub duplicates: u64,
    /// Parts by the first bits of a hash.
    pub shards: usize,
    /// Of the whole file.
    pub bytes: u64,
}

/// The mean of a shard's entries at most: its filter is built in some 40 MiB, and beyond this it gets no smaller.
const SHARD_ENTRIES: u64 = 1 << 20;
/// The most of one shard, built in 150 MiB; hashes reach a hundredth more than the mean.
const SHARD_ENTRIES_MAX: usize = 1 << 22;
/// The most of one part: 256 MiB while it is sorted. All parts together hold eight billion.
const PART_ENTRIES_MAX: usize = 1 << 25;
/// Progress is told as often: several times a second.
const TELL_EVERY_LINES: u64 = 1 << 20;

/// Makes a list out of sources in any order, in under 512 MiB however many entries there are: keys are set down in parts
/// by their first bits, eight bytes each, and then built shard by shard.
pub struct Builder {
    path: PathBuf,
    new_path: PathBuf,
    form: Option<LineForm>,
    parts: Parts,
}

impl Builder {
    /// Begins a list; nothing is seen of it under its name until it is whole. Without a form the first line tells it.
    ///
    /// # Errors
    /// [`BuildFault::Unwritable`] where nothing can be written beside the path.
    pub fn begin(path: &Path, form: Option<LineForm>) -> Result<Self, BuildFault> {
        let new_path = path.with_added_extension(format!("{}-new", std::process::id()));
        let parts = Parts::beside(&new_path).map_err(|error| BuildFault::Unwritable(new_path.clone(), error))?;
        Ok(Self { path: path.to_owned(), new_path, form, parts })
    }

    /// Takes every line of a source.
    ///
    /// # Errors
    /// [`BuildFault`] names the source, and the line that is bad.
    pub fn take<R: Read>(&mut self, mut lines: Lines<R>, mut tell: impl FnMut(Progress)) -> Result<(), BuildFault> {
        while let Some(key) = lines.next_key(&mut self.form)? {
            self.parts.set_down(key).map_err(|error| BuildFault::Unwritable(self.new_path.clone(), error))?;
            if lines.number().is_multiple_of(TELL_EVERY_LINES) {
                tell(Progress::Read(lines.number()));
            }
        }
        Ok(())
    }

    /// Builds the filters and gives the list its name.
    ///
    /// # Errors
    /// [`BuildFault`] says what keeps it from being made; the list that was there before still is.
    pub fn finish(self, mut tell: impl FnMut(Progress)) -> Result<Built, BuildFault> {
        let Self { path, new_path, form, parts } = self;
        let keys = parts.keys();
        let Some(form) = form.filter(|_| keys > 0) else { return Err(BuildFault::Empty) };
        if parts.largest() > PART_ENTRIES_MAX {
            return Err(BuildFault::Uneven);
        }
        let shard_bits = shard_bits_for(keys);
        let shards = 1_usize << shard_bits;
        let mut writer = ShardWriter::begin(&path, &new_path, form.kind(), shards)?;
        let (mut waiting, mut next) = (Vec::new(), 0);
        for (number, part) in (1_usize..).zip(parts.into_parts()) {
            let part = part.map_err(|error| BuildFault::Unwritable(new_path.clone(), error))?;
            // The only one waiting where a shard is no larger than a part: not copied.
            if waiting.is_empty() {
                waiting = part
            } else {
                waiting.extend(part)
            }
            let done = (number << shard_bits) >> PART_BITS;
            let mut rest = waiting.as_slice();
            for shard in next..done {
                let end = rest.partition_point(|key| shard_of(*key, shard_bits) <= shard as u64);
                let (keys, later) = rest.split_at(end);
                if keys.len() > SHARD_ENTRIES_MAX {
                    return Err(BuildFault::Uneven);
                }
                writer.add(keys)?;
                rest = later;
                tell(Progress::Built(shard + 1, shards));
            }
            if done > next {
                waiting.clear();
                next = done;
            }
        }
        let head = writer.finish()?;
        let bytes = super::format::Head::bytes(shards) as u64 + head.body_bytes;
        Ok(Built { entries: head.entries, duplicates: keys - head.entries, shards, bytes })
    }
}

/// The fewest bits by which shards of so many keys are no larger than they should be.
fn shard_bits_for(keys: u64) -> u8 {
    (0..SHARD_BITS_MAX).find(|bits| keys >> bits <= SHARD_ENTRIES).unwrap_or(SHARD_BITS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_holds_a_million_at_most() {
        for (keys, bits) in
            [(1, 0), (1 << 20, 0), ((1 << 20) + 1, 1), (2 << 20, 1), (50_000_000, 6), (1 << 30, 10), (u64::MAX, 16)]
        {
            assert_eq!(shard_bits_for(keys), bits, "{keys}");
        }
    }
}
