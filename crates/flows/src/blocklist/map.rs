//! The only unsafe code of the blocklist: a file as memory. Reading it piece by piece would do, at three system calls for
//! each look-up.
#![expect(unsafe_code, reason = "a file can only be mapped and unmapped by unsafe calls")]

use std::fs::File;
use std::ptr::{self, NonNull};
use std::{io, slice};

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap, munmap};

/// A file that is read through memory; its pages are the system's, which takes them back when it needs to.
///
/// The file must stay as long as it is: a look-up behind a cut end would end the process (SIGBUS). So a list is replaced
/// by renaming a new one over it, as [`super::Builder`] does, which leaves the mapped file as it was.
pub(super) struct Map {
    start: NonNull<u8>,
    bytes: usize,
}

impl Map {
    /// Maps so many bytes of a file, from its start.
    pub(super) fn of(file: &File, bytes: usize) -> io::Result<Self> {
        // SAFETY: a null address lets the kernel choose a place, so no memory in use is replaced.
        let start = unsafe { mmap(ptr::null_mut(), bytes, ProtFlags::READ, MapFlags::SHARED, file, 0) }?;
        let start = NonNull::new(start.cast::<u8>()).ok_or(io::ErrorKind::OutOfMemory)?;
        // SAFETY: the range was mapped just above. Look-ups jump, so reading ahead would only cost; a wish all the same.
        let _ = unsafe { madvise(start.as_ptr().cast(), bytes, Advice::Random) };
        Ok(Self { start, bytes })
    }

    /// The file's bytes. Where somebody writes into the file they change; nothing is read from here but fingerprints, of
    /// which every pattern is one.
    pub(super) fn bytes(&self) -> &[u8] {
        // SAFETY: the mapping begins at `start`, is `bytes` long, readable, and lives as long as `self`.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.bytes) }
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        // SAFETY: this is the mapping made in `of`; no reference to it outlives `self`.
        let _ = unsafe { munmap(self.start.as_ptr().cast(), self.bytes) };
    }
}

// SAFETY: the mapping is owned by this value alone, belongs to no thread, and is only ever read.
unsafe impl Send for Map {}
// SAFETY: as above: shared references only read.
unsafe impl Sync for Map {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapped_file_reads_as_it_is_though_another_was_renamed_over_it() {
        let folder = tempfile::tempdir().unwrap();
        let [old, new] = ["old", "new"].map(|name| folder.path().join(name));
        std::fs::write(&old, [7; 10_000]).unwrap();
        std::fs::write(&new, [8; 10]).unwrap();
        let map = Map::of(&File::open(&old).unwrap(), 10_000).unwrap();
        std::fs::rename(new, old).unwrap();
        assert_eq!(map.bytes(), [7; 10_000]);
    }

    #[test]
    fn what_cannot_be_mapped_is_an_error() {
        let file = tempfile::tempfile().unwrap();
        assert!(Map::of(&file, 0).is_err());
        assert!(Map::of(&file, usize::MAX / 2).is_err());
    }
}
