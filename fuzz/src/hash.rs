use countersign_flows::hasher::{PHC_BYTES_MAX, PhcHash};

/// A stored hash has one text, of any scheme and whoever wrote it: else a hash could be told by its spelling, and what
/// an import wrote could not be read back.
pub(crate) fn holds(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    if let Ok(hash) = PhcHash::parse(text) {
        assert!(hash.to_string() == text, "{text:?} has two texts");
    }
    if let Ok(hash) = PhcHash::read_foreign(text) {
        let stored = hash.to_string();
        assert!(stored.len() <= PHC_BYTES_MAX, "{text:?} is too long to be read back");
        let again = PhcHash::parse(&stored).expect("what is stored is read back");
        assert!(again.to_string() == stored && again.cost() == hash.cost(), "{text:?} changes when it is read back");
    }
}
