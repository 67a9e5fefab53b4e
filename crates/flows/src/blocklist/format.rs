//! The file: a head that is read into memory and looked at when it is opened, then the filters, which are mapped.
//!
//! | bytes | what |
//! | --- | --- |
//! | 8 | `csblockl` |
//! | 2 | version, 1 |
//! | 1 | what the entries are hashes by: 1 SHA-1, 2 NTLM |
//! | 1 | bits of a hash that say which shard it is in |
//! | 4 | zero |
//! | 8 | entries |
//! | 8 | bytes of the filters |
//! | 32 | SHA-256 of the filters |
//! | 32 for each shard | where its filter begins, 8; its entries, 4; seed and geometry as `xorf` writes them, 20 |
//! | 32 | SHA-256 of all of the above |
//! | the rest | the filters: fingerprints of 16 bits, shard after shard |
//!
//! Numbers are little-endian.

use std::io::{self, Read};
use std::ops::Range;

use aws_lc_rs::digest::{SHA256, digest};
use xorf::{BinaryFuse16, DmaSerializable};

use super::{BadList, HashKind};

const MAGIC: &[u8; 8] = b"csblockl";
const VERSION: u16 = 1;
/// Of the head between the magic and the shards.
const FIXED_BYTES: usize = 56;
const SHARD_BYTES: usize = 32;
/// A SHA-256.
pub(super) const DIGEST_BYTES: usize = 32;
pub(super) const DESCRIPTOR_BYTES: usize = BinaryFuse16::DESCRIPTOR_LEN;
/// 65,536 shards of a million entries each are more than there are passwords.
pub(super) const SHARD_BITS_MAX: u8 = 16;

// The fingerprints are mapped as the machine reads them.
const _: () = assert!(cfg!(target_endian = "little"));

/// What a file says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) kind: HashKind,
    pub(super) entries: u64,
    pub(super) body_bytes: u64,
    pub(super) body_digest: [u8; DIGEST_BYTES],
    /// A power of two of them.
    pub(super) shards: Vec<Shard>,
}

/// The filter of the hashes that begin with the same bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shard {
    /// Where its filter begins among the filters.
    pub(super) offset: u64,
    pub(super) entries: u32,
    pub(super) descriptor: [u8; DESCRIPTOR_BYTES],
}

impl Shard {
    /// How many bytes its filter has; nothing if its geometry is none that a look-up stays within.
    ///
    /// A look-up reads at a start below `segment_count_length`, one segment on and two segments on, the last two with
    /// their lower bits changed within their segment: so a segment is a power of two, and segments are whole.
    pub(super) fn filter_bytes(&self) -> Option<u64> {
        if self.entries == 0 {
            return (self.descriptor == [0; DESCRIPTOR_BYTES]).then_some(0);
        }
        let (_seed, geometry) = self.descriptor.split_first_chunk::<8>()?;
        let (numbers, _) = geometry.as_chunks::<4>();
        let [segment, mask, count] = numbers else { return None };
        let [segment, mask, count] = [segment, mask, count].map(|bytes| u32::from_le_bytes(*bytes));
        let is_sound = segment.is_power_of_two() && mask == segment - 1 && count > 0 && count & mask == 0;
        let fingerprints = count.checked_add(segment.checked_mul(2)?)?;
        is_sound.then_some(u64::from(fingerprints) * 2)
    }
}

/// Which shard a key is in.
pub(super) const fn shard_of(key: u64, shard_bits: u8) -> u64 {
    // A shift by all 64 bits is none.
    if shard_bits == 0 { 0 } else { key >> (64 - shard_bits as u32) }
}

impl Head {
    /// The bytes before the filters of so many shards.
    pub(super) const fn bytes(shards: usize) -> usize {
        MAGIC.len() + FIXED_BYTES + shards * SHARD_BYTES + DIGEST_BYTES
    }

    pub(super) fn shard_bits(&self) -> u8 {
        u8::try_from(self.shards.len().trailing_zeros()).unwrap_or(0)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(Self::bytes(self.shards.len()));
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&[self.kind.number(), self.shard_bits(), 0, 0, 0, 0]);
        out.extend_from_slice(&self.entries.to_le_bytes());
        out.extend_from_slice(&self.body_bytes.to_le_bytes());
        out.extend_from_slice(&self.body_digest);
        for shard in &self.shards {
            out.extend_from_slice(&shard.offset.to_le_bytes());
            out.extend_from_slice(&shard.entries.to_le_bytes());
            out.extend_from_slice(&shard.descriptor);
        }
        let own_digest = digest(&SHA256, &out);
        out.extend_from_slice(own_digest.as_ref());
        out
    }

    /// Reads the head of a file of so many bytes, and sees that every look-up stays within the file.
    pub(super) fn read(file: &mut impl Read, file_bytes: u64) -> Result<Self, BadList> {
        let mut magic = Vec::with_capacity(MAGIC.len());
        file.take(MAGIC.len() as u64).read_to_end(&mut magic)?;
        if !MAGIC.starts_with(&magic) {
            return Err(BadList::NoList);
        }
        let mut fixed = [0; FIXED_BYTES];
        file.read_exact(&mut fixed).map_err(cut)?;
        let (mut head, shard_bits) = Self::read_fixed(&fixed)?;
        let mut rest = vec![0; Self::bytes(1 << shard_bits) - MAGIC.len() - FIXED_BYTES];
        file.read_exact(&mut rest).map_err(cut)?;
        let (shards, own_digest) = rest.split_at(rest.len() - DIGEST_BYTES);
        if digest(&SHA256, &[MAGIC, fixed.as_slice(), shards].concat()).as_ref() != own_digest {
            return Err(BadList::Damaged("its head"));
        }
        head.shards = shards.as_chunks::<SHARD_BYTES>().0.iter().map(read_shard).collect();
        head.check(file_bytes)?;
        Ok(head)
    }

    fn read_fixed(fixed: &[u8; FIXED_BYTES]) -> Result<(Self, u8), BadList> {
        let mut at = Reader(fixed);
        let version = u16::from_le_bytes(at.take());
        if version != VERSION {
            return Err(BadList::OtherVersion(version));
        }
        let [number, shard_bits, ..] = at.take::<6>();
        let kind = HashKind::ALL.into_iter().find(|kind| kind.number() == number);
        let (Some(kind), true) = (kind, shard_bits <= SHARD_BITS_MAX) else {
            return Err(BadList::Damaged("its head"));
        };
        let entries = u64::from_le_bytes(at.take());
        let body_bytes = u64::from_le_bytes(at.take());
        Ok((Self { kind, entries, body_bytes, body_digest: at.take(), shards: Vec::new() }, shard_bits))
    }

    /// A head whose digest is right was written by somebody who can write a digest: whether it is true is another
    /// question, and what is looked up by it must stay within the file in any case.
    fn check(&self, file_bytes: u64) -> Result<(), BadList> {
        let whole = (Self::bytes(self.shards.len()) as u64).checked_add(self.body_bytes);
        if whole != Some(file_bytes) {
            return Err(BadList::Cut);
        }
        let entries: u64 = self.shards.iter().map(|shard| u64::from(shard.entries)).sum();
        if entries != self.entries || self.shards.iter().any(|shard| self.range(shard).is_none()) {
            return Err(BadList::Damaged("its shards"));
        }
        Ok(())
    }

    /// Where a shard's filter lies in the file.
    pub(super) fn range(&self, shard: &Shard) -> Option<Range<usize>> {
        let end = shard.offset.checked_add(shard.filter_bytes()?)?;
        if !shard.offset.is_multiple_of(2) || end > self.body_bytes {
            return None;
        }
        let begin = Self::bytes(self.shards.len());
        let place = |offset: u64| usize::try_from(offset).ok()?.checked_add(begin);
        Some(place(shard.offset)?..place(end)?)
    }
}

fn cut(error: io::Error) -> BadList {
    if error.kind() == io::ErrorKind::UnexpectedEof { BadList::Cut } else { BadList::Unreadable(error) }
}

fn read_shard(bytes: &[u8; SHARD_BYTES]) -> Shard {
    let mut at = Reader(bytes);
    Shard { offset: u64::from_le_bytes(at.take()), entries: u32::from_le_bytes(at.take()), descriptor: at.take() }
}

/// Takes numbers from a head whose length is known; beyond it there are zeros.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let Some((taken, rest)) = self.0.split_first_chunk() else { return [0; N] };
        self.0 = rest;
        *taken
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use xorf::{BinaryFuse16Ref, Filter, FilterRef};

    use super::*;

    fn descriptor(segment: u32, mask: u32, count: u32) -> [u8; DESCRIPTOR_BYTES] {
        let mut out = [7; DESCRIPTOR_BYTES];
        for (place, number) in out[8..].chunks_exact_mut(4).zip([segment, mask, count]) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        out
    }

    fn head() -> Head {
        let full = Shard { offset: 0, entries: 3, descriptor: descriptor(4, 3, 8) };
        let last = Shard { offset: 32, entries: 2, ..full };
        let shards = vec![full, Shard::default(), Shard::default(), last];
        Head { kind: HashKind::Ntlm, entries: 5, body_bytes: 64, body_digest: [9; 32], shards }
    }

    fn read(bytes: &[u8], more: u64) -> Result<Head, String> {
        Head::read(&mut &*bytes, bytes.len() as u64 + more).map_err(|bad| bad.to_string())
    }

    #[test]
    fn a_head_is_read_as_it_was_written_and_every_other_bit_is_refused() {
        let bytes = head().encode();
        assert_eq!(bytes.len(), Head::bytes(4));
        assert_eq!(read(&bytes, 64), Ok(head()));
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&changed, 64).is_err(), "bit {bit}");
        }
        for bytes in (0..bytes.len()).map(|end| &bytes[..end]) {
            assert!(read(bytes, 64).is_err(), "{} bytes", bytes.len());
        }
        for more in [0, 63, 65] {
            assert!(read(&bytes, more).unwrap_err().contains("another length"), "{more}");
        }
    }

    #[test]
    fn a_head_that_would_lead_a_look_up_astray_is_refused() {
        let full = head().shards[0];
        for shard in [
            Shard { offset: 1, ..full },
            Shard { offset: 34, ..full },
            Shard { offset: u64::MAX - 1, ..full },
            Shard { entries: 0, ..full },
            Shard { entries: 4, ..full },
            Shard { descriptor: descriptor(0, u32::MAX, 8), ..full },
            Shard { descriptor: descriptor(5, 4, 8), ..full },
            Shard { descriptor: descriptor(4, 7, 8), ..full },
            Shard { descriptor: descriptor(4, 3, 9), ..full },
            Shard { descriptor: descriptor(4, 3, 0), ..full },
            Shard { descriptor: descriptor(4, 3, 1 << 20), ..full },
            Shard { descriptor: descriptor(1 << 31, (1 << 31) - 1, 1 << 31), ..full },
        ] {
            let mut planted = head();
            planted.shards[0] = shard;
            assert!(read(&planted.encode(), 64).is_err(), "{shard:?}");
        }
        let bytes = Head { shards: vec![full], entries: 3, body_bytes: 32, ..head() };
        assert!(read(&bytes.encode(), 32).is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// `contains` panics where it would read beyond the fingerprints.
        #[test]
        fn a_look_up_by_any_geometry_that_is_taken_stays_within_its_filter(
            (segment_bits, count, slip) in (0_u32..12, 0_u32..5_000, 0_u32..20),
            keys in prop::collection::vec(any::<u64>(), 200),
        ) {
            let segment = 1 << segment_bits;
            // One in five is as it should be, the others are so but for one number.
            let (mask, count) = match slip {
                0..4 => (segment - 1, count / segment * segment),
                4..8 => (segment - 1, count),
                8..12 => (segment * 2 - 1, count),
                _ => (slip, count / segment * segment),
            };
            let shard = Shard { offset: 0, entries: 1, descriptor: descriptor(segment, mask, count) };
            if let Some(bytes) = shard.filter_bytes() {
                let room = vec![0x5a; bytes as usize + 1];
                let start = room.as_ptr().align_offset(2);
                let filter = BinaryFuse16Ref::from_dma(&shard.descriptor, &room[start..start + bytes as usize]);
                for key in keys {
                    std::hint::black_box(filter.contains(&key));
                }
            }
        }
    }

    #[test]
    fn a_key_is_in_the_shard_of_its_first_bits() {
        for (bits, shard) in [(0, 0), (1, 1), (4, 0xf), (16, 0xf00f)] {
            assert_eq!(shard_of(0xf00f_0000_0000_0000, bits), shard);
        }
    }
}
