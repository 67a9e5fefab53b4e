use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256};
use xorf::{BinaryFuse16, DmaSerializable};

use super::HashKind;
use super::build::BuildFault;
use super::format::{DESCRIPTOR_BYTES, DIGEST_BYTES, Head, Shard};

/// A list while it is written: its shards one after the other, its head at the end. It gets its name when it is whole,
/// so whoever has the old one open keeps it.
pub(super) struct ShardWriter {
    path: PathBuf,
    new_path: PathBuf,
    file: BufWriter<File>,
    digest: Context,
    head: Head,
    is_whole: bool,
}

impl ShardWriter {
    /// Begins a list of so many shards under another name, which it has until it is whole.
    pub(super) fn begin(path: &Path, new_path: &Path, kind: HashKind, shards: usize) -> Result<Self, BuildFault> {
        let fault = |error| BuildFault::Unwritable(new_path.to_owned(), error);
        let head = Head {
            kind,
            entries: 0,
            body_bytes: 0,
            body_digest: [0; DIGEST_BYTES],
            shards: Vec::with_capacity(shards),
        };
        let mut file = BufWriter::new(File::create_new(new_path).map_err(fault)?);
        // From here on the drop removes the file.
        let room = vec![0; Head::bytes(shards)];
        let written = file.write_all(&room);
        let (path, new_path) = (path.to_owned(), new_path.to_owned());
        let writer = Self { path, new_path, file, digest: Context::new(&SHA256), head, is_whole: false };
        written.map(|()| writer).map_err(fault)
    }

    /// Adds the shard of these keys, which are all different.
    pub(super) fn add(&mut self, keys: &[u64]) -> Result<(), BuildFault> {
        let mut shard = Shard { offset: self.head.body_bytes, ..Shard::default() };
        if !keys.is_empty() {
            let filter = BinaryFuse16::try_from(keys).map_err(|_| BuildFault::NoFilter)?;
            shard.entries = u32::try_from(keys.len()).map_err(|_| BuildFault::Uneven)?;
            let mut descriptor = [0; DESCRIPTOR_BYTES];
            filter.dma_copy_descriptor_to(&mut descriptor);
            shard.descriptor = descriptor;
            let fingerprints = filter.dma_fingerprints();
            self.digest.update(fingerprints);
            self.file.write_all(fingerprints).map_err(|error| self.fault(error))?;
            self.head.body_bytes += fingerprints.len() as u64;
            self.head.entries += u64::from(shard.entries);
        }
        self.head.shards.push(shard);
        Ok(())
    }

    /// Writes the head and gives the file its name. The answer is what it says about itself.
    pub(super) fn finish(mut self) -> Result<Head, BuildFault> {
        let digest = self.digest.clone().finish();
        self.head.body_digest.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
        self.keep().map_err(|error| self.fault(error))?;
        self.is_whole = true;
        Ok(self.head.clone())
    }

    fn keep(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&self.head.encode())?;
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        fs::rename(&self.new_path, &self.path)
    }

    fn fault(&self, error: io::Error) -> BuildFault {
        BuildFault::Unwritable(self.new_path.clone(), error)
    }
}

impl Drop for ShardWriter {
    fn drop(&mut self) {
        if !self.is_whole {
            // What is half a list is refused by every reader; that it lies there is all that is lost.
            let _ = fs::remove_file(&self.new_path);
        }
    }
}
