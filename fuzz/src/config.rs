use countersign::config::{Config, SECTIONS, parse_text};

/// A text is refused in words that cannot paint a terminal, or is a configuration that reads back as it is shown.
pub(crate) fn holds(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let config = match parse_text(text) {
        Ok(config) => config,
        Err(errors) => {
            let words = errors.to_string();
            assert!(!words.trim().is_empty(), "refused without a word");
            assert!(words.chars().all(|c| c == '\n' || !c.is_control()), "{words:?}");
            return;
        }
    };
    let keys = SECTIONS.iter().flat_map(|section| section.keys).filter(|key| !key.secret);
    let shown: String = keys.map(|key| format!("{} = {}\n", key.name, key.shown(&config))).collect();
    let again = parse_text(&shown).expect("what is shown can be pasted back");
    assert_eq!(public(&config), public(&again));
}

/// What is shown of every key that is no secret.
fn public(config: &Config) -> Vec<String> {
    let keys = SECTIONS.iter().flat_map(|section| section.keys);
    keys.map(|key| key.shown(config)).filter(|value| value != "set" && value != "unset").collect()
}
