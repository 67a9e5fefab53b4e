use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use countersign_domain::Secret;
use xorf::{BinaryFuse16Ref, Filter, FilterRef};

use super::HashKind;
use super::format::{Head, shard_of};
use super::map::Map;

/// Why a file is no list that can be used. It reads after the file's name.
#[derive(Debug, thiserror::Error)]
pub enum BadList {
    /// It is not there, or may not be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// It is something else.
    #[error("is no blocklist: make one with `countersign blocklist build`")]
    NoList,
    /// Another version of this program made it.
    #[error("is a blocklist of version {0}, which this program does not know: build it anew")]
    OtherVersion(u16),
    /// Its end is missing, or something was appended.
    #[error("has another length than it says: it was cut off or appended to; build it anew")]
    Cut,
    /// It was changed since it was made.
    #[error("is damaged in {0}: build it anew")]
    Damaged(&'static str),
}

/// What a list says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListFacts {
    /// What its entries are hashes by.
    pub kind: HashKind,
    /// Different hashes.
    pub entries: u64,
    /// Parts by the first bits of a hash.
    pub shards: usize,
    /// Of the whole file.
    pub bytes: u64,
}

/// A list in a file, open and mapped.
pub struct ListFile {
    head: Head,
    shard_bits: u8,
    map: Map,
}

/// One read of a check.
const CHECK_BYTES: usize = 1024 * 1024;

impl ListFile {
    /// Opens a list: its head must be as it was made, and lead nowhere outside the file. Whether the filters are as they
    /// were made, [`ListFile::check`] tells: reading them whole would make every start wait for the disk.
    ///
    /// # Errors
    /// [`BadList`] says what is wrong with the file.
    pub fn open(path: &Path) -> Result<Self, BadList> {
        let (mut file, bytes) = opened(path)?;
        let head = Head::read(&mut file, bytes)?;
        let map = Map::of(&file, usize::try_from(bytes).map_err(|_| BadList::Cut)?)?;
        Ok(Self { shard_bits: head.shard_bits(), head, map })
    }

    /// Reads a whole list, and sees that every byte is as it was made.
    ///
    /// # Errors
    /// [`BadList`] says what is wrong with the file.
    pub fn check(path: &Path) -> Result<ListFacts, BadList> {
        let (mut file, bytes) = opened(path)?;
        let head = Head::read(&mut file, bytes)?;
        file.seek(SeekFrom::Start(Head::bytes(head.shards.len()) as u64))?;
        let (mut digest, mut buffer) = (Context::new(&SHA256), vec![0; CHECK_BYTES]);
        loop {
            let read = file.read(&mut buffer)?;
            let Some(part) = buffer.get(..read).filter(|part| !part.is_empty()) else { break };
            digest.update(part);
        }
        if digest.finish().as_ref() != head.body_digest {
            return Err(BadList::Damaged("its filters"));
        }
        Ok(facts(&head, bytes))
    }

    /// What it says about itself.
    pub fn facts(&self) -> ListFacts {
        facts(&self.head, self.map.bytes().len() as u64)
    }

    /// Whether a password is listed, or is one of the 65,536th part that only seems to be.
    pub fn contains(&self, password: &Secret) -> bool {
        self.contains_key(self.head.kind.key(password.expose().as_bytes()))
    }

    fn contains_key(&self, key: u64) -> bool {
        let shard = usize::try_from(shard_of(key, self.shard_bits)).ok().and_then(|place| self.head.shards.get(place));
        let Some(shard) = shard.filter(|shard| shard.entries > 0) else { return false };
        let fingerprints = self.head.range(shard).and_then(|range| self.map.bytes().get(range));
        // Their place is even and the map begins at a page, so they are aligned; their number fits the descriptor. Both
        // were seen to when the head was read.
        fingerprints.is_some_and(|bytes| BinaryFuse16Ref::from_dma(&shard.descriptor, bytes).contains(&key))
    }
}

fn opened(path: &Path) -> Result<(File, u64), BadList> {
    let file = File::open(path)?;
    let facts = file.metadata()?;
    if !facts.is_file() {
        return Err(BadList::NoList);
    }
    Ok((file, facts.len()))
}

fn facts(head: &Head, bytes: u64) -> ListFacts {
    ListFacts { kind: head.kind, entries: head.entries, shards: head.shards.len(), bytes }
}
