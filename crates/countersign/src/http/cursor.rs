//! Where a list goes on, as clients carry it: opaque to them.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use countersign_domain::AccountId;
use countersign_store::ListCursor;
use uuid::Uuid;

/// A text that is no cursor of this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no cursor of this list: send nextCursor of the page before, with the same search")]
pub(crate) struct BadCursor;

/// Writes a cursor: the id, and behind it the word of a search.
pub(crate) fn write(cursor: &ListCursor) -> String {
    let (id, word) = match cursor {
        ListCursor::Before(id) => (id, ""),
        ListCursor::After(word, id) => (id, word.as_str()),
    };
    BASE64_URL_SAFE_NO_PAD.encode([&id.uuid().as_bytes()[..], word.as_bytes()].concat())
}

/// Reads one of a list, searched or not.
///
/// # Errors
/// [`BadCursor`]
pub(crate) fn read(text: &str, is_search: bool) -> Result<ListCursor, BadCursor> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| BadCursor)?;
    let (id, word) = bytes.split_first_chunk::<16>().ok_or(BadCursor)?;
    let id = AccountId::from_uuid(Uuid::from_bytes(*id));
    let word = std::str::from_utf8(word).map_err(|_| BadCursor)?;
    match (word.is_empty() || word.contains('\0'), is_search) {
        (true, false) if word.is_empty() => Ok(ListCursor::Before(id)),
        (false, true) => Ok(ListCursor::After(word.to_owned(), id)),
        _ => Err(BadCursor),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_in_its_own_list_alone() {
        let id = AccountId::from_uuid(Uuid::from_u128(7));
        let (all, found) = (ListCursor::Before(id), ListCursor::After("ada".to_owned(), id));
        assert_eq!(read(&write(&all), false), Ok(all.clone()));
        assert_eq!(read(&write(&found), true), Ok(found.clone()));
        assert_eq!(read(&write(&all), true), Err(BadCursor));
        assert_eq!(read(&write(&found), false), Err(BadCursor));
        let null = BASE64_URL_SAFE_NO_PAD.encode([&[0; 16][..], b"a\0b"].concat());
        for bad in ["", "AAAA", "é", &null] {
            assert_eq!(read(bad, true), Err(BadCursor), "{bad}");
            assert_eq!(read(bad, false), Err(BadCursor), "{bad}");
        }
    }
}
