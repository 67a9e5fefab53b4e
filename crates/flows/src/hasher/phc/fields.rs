//! The pieces that the texts of all schemes are made of.

use std::ops::RangeInclusive;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::BadHash;

/// The parts of a text between its `$`, in their order.
pub(super) struct Fields<'a>(std::str::Split<'a, char>);

impl<'a> Fields<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self(text.split('$'))
    }

    pub(super) fn next(&mut self) -> Result<&'a str, BadHash> {
        self.0.next().ok_or(BadHash::Form)
    }

    /// Nothing may follow.
    pub(super) fn end(mut self) -> Result<(), BadHash> {
        match self.0.next() {
            None => Ok(()),
            Some(_) => Err(BadHash::Form),
        }
    }
}

/// The numbers of `ln=14,r=8,p=1` for the keys `ln=`, `r=`, `p=`, each in its one spelling, and no other.
pub(super) fn numbers<const N: usize>(text: &str, keys: [&str; N]) -> Result<[u32; N], BadHash> {
    let mut parts = text.split(',');
    let mut read = [0; N];
    for (number, key) in read.iter_mut().zip(keys) {
        let digits = parts.next().and_then(|part| part.strip_prefix(key));
        *number = digits.and_then(decimal).ok_or(BadHash::Numbers)?;
    }
    if parts.next().is_some() { Err(BadHash::Numbers) } else { Ok(read) }
}

/// The number that `digits` writes in the one way there is to write it.
pub(in crate::hasher) fn decimal(digits: &str) -> Option<u32> {
    let one_way = digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    if one_way { digits.parse().ok() } else { None }
}

/// Base64 without padding, in its one canonical form, of a length within `allowed`.
pub(super) fn bytes(text: &str, allowed: RangeInclusive<usize>) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(text).ok().filter(|bytes| allowed.contains(&bytes.len()))
}

/// As [`bytes`] reads it.
pub(super) fn text(bytes: &[u8]) -> String {
    STANDARD_NO_PAD.encode(bytes)
}
