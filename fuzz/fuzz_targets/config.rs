//! Any text as a configuration file: never a panic, and what was accepted reads back as it is shown.
#![no_main]

use countersign::config::{SECTIONS, parse_text};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(config) = parse_text(text) else { return };
    let keys = SECTIONS.iter().flat_map(|section| section.keys).filter(|key| !key.secret);
    let shown: String = keys.map(|key| format!("{} = {}\n", key.name, key.shown(&config))).collect();
    let again = parse_text(&shown).expect("what is shown can be pasted back");
    let all = |config| SECTIONS.iter().flat_map(|section| section.keys).map(|key| key.shown(config)).collect::<Vec<_>>();
    let public = |config| all(config).into_iter().filter(|value| value != "set" && value != "unset").collect::<Vec<_>>();
    assert_eq!(public(&config), public(&again));
});
