//! Every input that was worth keeping still holds, and no target was left half made.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where, by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use countersign_fuzz::TARGETS;

fn names_in(folder: &str, suffix: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(suffix).map(str::to_owned))
        .collect()
}

#[test]
fn every_kept_input_holds() {
    for (name, holds) in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            // Said before the call: on a panic it is the last line of the test's output.
            println!("{}", path.display());
            holds(&fs::read(path).unwrap());
        }
    }
}

#[test]
fn every_parser_has_a_corpus_and_a_target() {
    let listed: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names_in("corpus", ""), listed);
    assert_eq!(names_in("libfuzzer/targets", ".rs"), listed);
}
