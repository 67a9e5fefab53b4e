//! The only unsafe code of this room. Memory from the allocator would do, but glibc keeps a freed block of this size for
//! itself once it has seen one, so nothing would be given back, and it never asks for huge pages.
#![allow(unsafe_code, reason = "anonymous memory can only be mapped, advised and unmapped by unsafe calls")]

use std::ptr::{self, NonNull};
use std::slice;

use argon2::Block;
use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous, munmap};

/// Memory for the crate `argon2`, mapped once and kept between hashes, on huge pages where the system has them.
///
/// The crate `argon2-rust` keeps its own in the same way.
pub(super) struct Arena {
    mapping: NonNull<u8>,
    mapping_bytes: usize,
    blocks: NonNull<Block>,
    count: usize,
}

/// A transparent huge page of every Linux target we build for.
const HUGE_PAGE_BYTES: usize = 2 * 1024 * 1024;

impl Arena {
    /// Maps room for `count` blocks of 1 KiB; none if the system has none left.
    pub(super) fn map(count: usize) -> Option<Self> {
        let bytes = count.checked_mul(Block::SIZE)?;
        let mapping_bytes = bytes.checked_add(HUGE_PAGE_BYTES)?;
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a null address lets the kernel choose a place, so no memory in use is replaced.
        let mapping = unsafe { mmap_anonymous(ptr::null_mut(), mapping_bytes, access, MapFlags::PRIVATE) };
        let mapping = NonNull::new(mapping.ok()?.cast::<u8>())?;
        let offset = mapping.as_ptr().align_offset(HUGE_PAGE_BYTES).min(HUGE_PAGE_BYTES);
        // SAFETY: the mapping is one huge page longer than the blocks, so they lie within it at any such offset.
        let blocks = unsafe { mapping.add(offset) };
        // SAFETY: the range was mapped just above and is ours alone. Huge pages are a wish: refused is as good.
        let _ = unsafe { madvise(blocks.as_ptr().cast(), bytes, Advice::LinuxHugepage) };
        Some(Self { mapping, mapping_bytes, blocks: blocks.cast(), count })
    }

    /// How many blocks there is room for.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// All blocks.
    pub(super) fn blocks(&mut self) -> &mut [Block] {
        // SAFETY: the kernel hands out zeroed memory, a block is an array of u64 for which every pattern is valid, the
        // start is aligned to a huge page, `count` blocks lie within the mapping, and `&mut self` makes us alone.
        unsafe { slice::from_raw_parts_mut(self.blocks.as_ptr(), self.count) }
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: this is the mapping made in `map`; no reference to it outlives `self`.
        let _ = unsafe { munmap(self.mapping.as_ptr().cast(), self.mapping_bytes) };
    }
}

// SAFETY: the mapping is owned by this value alone and belongs to no thread.
unsafe impl Send for Arena {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_blocks_are_zero_and_all_writable() {
        let mut arena = Arena::map(3000).unwrap();
        assert_eq!(arena.count(), 3000);
        for block in arena.blocks() {
            assert!(block.as_ref().iter().all(|word| *word == 0));
            block.as_mut().fill(u64::MAX);
        }
    }

    #[test]
    fn what_cannot_be_mapped_is_none() {
        assert!(Arena::map(usize::MAX / 2048).is_none());
    }
}
