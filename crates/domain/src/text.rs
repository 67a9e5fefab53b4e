/// The longest start of `text` of at most `bytes_max` bytes. U+0000 goes: PostgreSQL's TEXT cannot hold it.
pub(crate) fn cut(text: &str, bytes_max: usize) -> String {
    let end = text.floor_char_boundary(bytes_max);
    text.get(..end).unwrap_or_default().replace('\0', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("ééé", 5), "éé");
        assert_eq!(cut("a\0b", 9), "ab");
    }
}
