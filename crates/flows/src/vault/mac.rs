use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;

/// The bytes of every MAC of ours: HMAC-SHA-256.
pub(crate) const MAC_BYTES: usize = 32;

/// HMAC-SHA-256 over the parts, one after the other.
///
/// Nothing marks where a part ends, so at most the last one may vary in length.
pub(crate) fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; MAC_BYTES] {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    parts.iter().for_each(|part| context.update(part));
    let mut out = [0; MAC_BYTES];
    out.iter_mut().zip(context.sign().as_ref()).for_each(|(to, from)| *to = *from);
    out
}

/// Whether two texts are the same, in a time that does not tell where they differ.
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    verify_slices_are_equal(one, other).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_one_text() {
        let tag = mac(b"Jefe", &[b"what do ya want ", b"for nothing?"]);
        // RFC 4231 section 4.3
        assert_eq!(tag[..8], [0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e]);
        assert!(same(&tag, &mac(b"Jefe", &[b"what do ya want for nothing?"])));
        assert!(!same(&tag, &tag[..31]));
    }
}
