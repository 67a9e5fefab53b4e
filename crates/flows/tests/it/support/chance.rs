/// Choices that follow from a seed (SplitMix64).
pub(crate) struct Seeded(pub(crate) u64);

impl Seeded {
    /// One of so many.
    pub(crate) fn pick(&mut self, of: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % of as u64).unwrap()
    }
}

/// Whether the long proof is wanted, which `./dev/prove` says.
#[expect(clippy::disallowed_methods, reason = "no setting of the product: it says how long a test may take")]
pub(crate) fn is_whole() -> bool {
    std::env::var("COUNTERSIGN_PROOF").is_ok_and(|proof| proof == "whole")
}
