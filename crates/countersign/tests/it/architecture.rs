//! `ARCHITECTURE.md` is true: its map names what is there and nothing else, and every path it mentions exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn page() -> String {
    fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap()
}

/// The paths of the map, folders with a slash at their end. A line is an indent of two spaces for each folder above
/// it, names with commas between them, and words.
fn mapped() -> BTreeSet<String> {
    let page = page();
    let map = page.split("## Map").nth(1).and_then(|rest| rest.split("```").nth(1)).unwrap();
    let mut paths = BTreeSet::new();
    let mut above: Vec<String> = Vec::new();
    for line in map.lines().skip(1).filter(|line| !line.is_empty()) {
        let depth = (line.len() - line.trim_start().len()) / 2;
        above.truncate(depth);
        let mut last = String::new();
        for word in line.split_whitespace() {
            let name = word.trim_end_matches(',');
            last = format!("{}{name}", above.concat());
            paths.insert(last.clone());
            if name == word {
                break;
            }
        }
        above.push(last.strip_prefix(&above.concat()).unwrap().to_owned());
    }
    paths
}

/// What stands in a folder, folders with a slash at their end.
fn entries(folder: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let slash = if entry.path().is_dir() { "/" } else { "" };
            format!("{}{slash}", entry.file_name().to_str().unwrap())
        })
        .collect();
    names.sort();
    names
}

#[test]
fn every_path_of_the_map_exists() {
    let missing: Vec<String> = mapped()
        .into_iter()
        .filter(|path| {
            let place = root().join(path);
            if path.ends_with('/') { !place.is_dir() } else { !place.is_file() }
        })
        .collect();
    assert!(missing.is_empty(), "the map names what is not there: {missing:?}");
}

/// Whole are the rooms' own folders, and each folder of which the map names a part.
#[test]
fn the_map_names_all_that_is_there() {
    let mapped = mapped();
    let mut whole: BTreeSet<String> =
        entries("crates").iter().filter(|name| name.ends_with('/')).map(|name| format!("crates/{name}src/")).collect();
    let parents = mapped.iter().filter_map(|path| path.trim_end_matches('/').rsplit_once('/'));
    whole.extend(parents.map(|(parent, _)| format!("{parent}/")).filter(|parent| parent.contains("/src/")));
    let mut unnamed = Vec::new();
    for folder in whole {
        for name in entries(&folder) {
            // The rest of a module lies beside its file, in a folder of its name.
            let file = name.strip_suffix('/').map(|module| format!("{folder}{module}.rs"));
            let is_named =
                mapped.contains(&format!("{folder}{name}")) || file.is_some_and(|file| mapped.contains(&file));
            if !is_named && !["lib.rs", "mod.rs", "tests.rs"].contains(&name.as_str()) {
                unnamed.push(format!("{folder}{name}"));
            }
        }
    }
    assert!(unnamed.is_empty(), "the map does not name {unnamed:?}");
}

#[test]
fn the_map_names_every_folder_of_the_repository() {
    let mapped = mapped();
    let unnamed: Vec<String> = entries("")
        .into_iter()
        .filter(|name| name.ends_with('/') && !name.starts_with('.'))
        .filter(|name| !["target/", "data/"].contains(&name.as_str()))
        .filter(|name| !mapped.iter().any(|path| path.starts_with(name.as_str())))
        .collect();
    assert!(unnamed.is_empty(), "the map does not name {unnamed:?}");
}

#[test]
fn every_room_says_what_never_happens_there() {
    let page = page();
    for room in entries("crates") {
        let room = room.trim_end_matches('/');
        let row = page.lines().find(|line| line.starts_with(&format!("| `{room}` |")));
        let never = row.and_then(|row| row.split('|').nth(3)).unwrap_or_default();
        assert!(!never.trim().is_empty(), "the table of rooms has no full row for {room}");
    }
}

#[test]
fn every_path_in_the_text_exists() {
    let page = page();
    let missing: Vec<&str> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|quoted| {
            ["crates/", "docs/", "dev/", "bench/", "fuzz/", ".ci/"].iter().any(|top| quoted.starts_with(top))
        })
        .filter(|path| !root().join(path).exists())
        .collect();
    assert!(missing.is_empty(), "the text names what is not there: {missing:?}");
}
