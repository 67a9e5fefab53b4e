use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Keys are set down by their first eight bits: as many files can be open at once under every usual limit.
pub(super) const PART_BITS: u8 = 8;
/// Of a part, 256 of which are filled at once: 8 MiB in all.
const BUFFER_BYTES: usize = 32 * 1024;
const KEY_BYTES: usize = size_of::<u64>();

/// Keys on their way from sources of any order to shards: files beside the output that have no name, so that nothing is
/// left behind however the build ends.
pub(super) struct Parts {
    parts: Vec<Part>,
    keys: u64,
}

struct Part {
    file: File,
    buffer: Vec<u8>,
    keys: usize,
}

impl Parts {
    /// `new_path` is that of a file that is to be: the parts lie where it will.
    pub(super) fn beside(new_path: &Path) -> io::Result<Self> {
        let part = |number: u16| {
            let path = new_path.with_added_extension(format!("part-{number}"));
            let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
            fs::remove_file(path)?;
            Ok(Part { file, buffer: Vec::with_capacity(BUFFER_BYTES), keys: 0 })
        };
        let parts = (0..1 << PART_BITS).map(part).collect::<io::Result<_>>()?;
        Ok(Self { parts, keys: 0 })
    }

    /// How many keys were set down, the same one as often as it came.
    pub(super) const fn keys(&self) -> u64 {
        self.keys
    }

    /// The most keys of one part.
    pub(super) fn largest(&self) -> usize {
        self.parts.iter().map(|part| part.keys).max().unwrap_or(0)
    }

    pub(super) fn set_down(&mut self, key: u64) -> io::Result<()> {
        let [first, ..] = key.to_be_bytes();
        let Some(part) = self.parts.get_mut(usize::from(first)) else { return Ok(()) };
        part.buffer.extend_from_slice(&key.to_le_bytes());
        part.keys += 1;
        self.keys += 1;
        if part.buffer.len() >= BUFFER_BYTES { part.empty() } else { Ok(()) }
    }

    /// The parts, in the order of their keys.
    pub(super) fn into_parts(self) -> impl Iterator<Item = io::Result<Vec<u64>>> {
        self.parts.into_iter().map(Part::into_keys)
    }
}

impl Part {
    fn empty(&mut self) -> io::Result<()> {
        self.file.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    /// Its different keys, sorted.
    fn into_keys(mut self) -> io::Result<Vec<u64>> {
        self.empty()?;
        self.file.seek(SeekFrom::Start(0))?;
        let mut keys = Vec::with_capacity(self.keys);
        self.buffer.resize(BUFFER_BYTES, 0);
        while keys.len() < self.keys {
            let left = (self.keys - keys.len()) * KEY_BYTES;
            let (chunk, _) = self.buffer.split_at_mut(left.min(BUFFER_BYTES));
            self.file.read_exact(chunk)?;
            keys.extend(chunk.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes)));
        }
        keys.sort_unstable();
        keys.dedup();
        Ok(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_sorted_and_once_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let mut parts = Parts::beside(&folder.path().join("list")).unwrap();
        // More of one part than its buffer holds.
        let mut keys: Vec<u64> = (0..20_000).map(|n| u64::from_be_bytes([7; 8]) ^ n).chain([0, u64::MAX, 5]).collect();
        for key in keys.iter().chain(&keys) {
            parts.set_down(*key).unwrap();
        }
        assert_eq!((parts.keys(), parts.largest()), (40_006, 40_000));
        keys.sort_unstable();
        assert_eq!(parts.into_parts().flat_map(Result::unwrap).collect::<Vec<_>>(), keys);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
