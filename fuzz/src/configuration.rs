use countersign::config::parse_text;

/// A text is a configuration or is refused in words that cannot paint a terminal.
pub(crate) fn holds(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let Err(errors) = parse_text(text) else { return };
    let words = errors.to_string();
    assert!(!words.trim().is_empty(), "refused without a word");
    assert!(words.chars().all(|c| c == '\n' || !c.is_control()), "{words:?}");
}
