//! Whole lists, as the command line makes them.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;

/// Fewer by the hash that takes longer.
const ENTRIES: [(HashKind, u64); 2] = [(HashKind::Sha1, 200_000), (HashKind::Ntlm, 20_000)];

fn password(purpose: &str, number: u64) -> Secret {
    Secret::new(format!("{purpose}-{number}"))
}

/// The lines of a published list, in no order: the hash of every password, and how often it was seen.
fn lines(kind: HashKind, entries: u64) -> String {
    let mut text = String::new();
    for number in 0..entries {
        let key = kind.key(password("present", number).expose().as_bytes());
        // Nothing but the head of a hash is looked up.
        let rest = "0".repeat(kind.digits() - 16);
        text.push_str(&format!("{key:016X}{rest}:{}\r\n", number + 1));
    }
    text
}

fn built(path: &Path, form: Option<LineForm>, sources: &[&str]) -> Result<Built, BuildFault> {
    let mut builder = Builder::begin(path, form)?;
    for (number, text) in sources.iter().enumerate() {
        builder.take(Lines::new(format!("FILE {number}"), text.as_bytes()), |_| ())?;
    }
    builder.finish(|_| ())
}

fn folder_with(entries: u64) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list");
    built(&path, None, &[&lines(HashKind::Sha1, entries)]).unwrap();
    (folder, path)
}

fn refused(path: &Path) -> String {
    ListFile::open(path).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn what_was_put_in_is_found_and_hardly_anything_else() {
    for (kind, entries) in ENTRIES {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list");
        let text = lines(kind, entries);
        let made = built(&path, Some(LineForm::Hash(kind)), &[&text, &lines(kind, 1_000)]).unwrap();
        assert_eq!((made.entries, made.duplicates, made.shards), (entries, 1_000, 1));
        assert_eq!(made.bytes, fs::metadata(&path).unwrap().len());
        assert!(made.bytes < entries * 5 / 2, "{} bytes for each entry", made.bytes / entries);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left behind");

        let facts = ListFacts { kind, entries, shards: 1, bytes: made.bytes };
        assert_eq!(ListFile::check(&path).unwrap(), facts);
        let list = ListFile::open(&path).unwrap();
        assert_eq!(list.facts(), facts);
        assert_eq!((0..entries).find(|number| !list.contains(&password("present", *number))), None);
        let probes = 2 * entries;
        let found = (0..probes).filter(|number| list.contains(&password("absent", *number))).count();
        // Of 400,000 six are expected; twenty come once in three hundred thousand lists, and this one is always the same.
        assert!(found <= 20, "{found} of {probes} absent ones were found");

        let blocklist = Blocklist::with(list);
        assert!(blocklist.is_listed(&password("present", 7)) && blocklist.is_listed(&Secret::new("Password@1")));
        assert!(!blocklist.is_listed(&Secret::new("Correct-horse-1")));
    }
}

#[test]
fn a_list_of_every_size_and_of_many_shards_finds_what_was_put_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list");
    for entries in (1..40).chain([100, 5_000]) {
        built(&path, None, &[&lines(HashKind::Sha1, entries)]).unwrap();
        let list = ListFile::open(&path).unwrap();
        assert!((0..entries).all(|number| list.contains(&password("present", number))), "{entries}");
    }
    for shard_bits in [1, 4, 8, 9, 12] {
        let shards = 1 << shard_bits;
        let mut keys: Vec<u64> =
            (0..20_000).map(|number| HashKind::Sha1.key(password("present", number).expose().as_bytes())).collect();
        keys.sort_unstable();
        let mut writer = shards::ShardWriter::begin(&path, &folder.path().join("new"), HashKind::Sha1, shards).unwrap();
        for shard in 0..shards as u64 {
            let own: Vec<u64> =
                keys.iter().copied().filter(|key| format::shard_of(*key, shard_bits) == shard).collect();
            writer.add(&own).unwrap();
        }
        writer.finish().unwrap();
        assert_eq!(ListFile::check(&path).unwrap().shards, shards);
        let list = ListFile::open(&path).unwrap();
        assert!((0..20_000).all(|number| list.contains(&password("present", number))), "{shard_bits} bits");
        let found = (0..20_000).filter(|number| list.contains(&password("absent", *number))).count();
        assert!(found < 10, "{found} of 20000 absent ones were found in {shards} shards");
    }
}

#[test]
fn passwords_as_they_are_typed_make_a_list_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list");
    built(&path, Some(LineForm::Plain), &["Zebra-crossing-1\r\nÜber-alle-Berge-2\n\n"]).unwrap();
    let list = ListFile::open(&path).unwrap();
    assert_eq!(list.facts().entries, 2);
    for (text, is_so) in [("Zebra-crossing-1", true), ("Über-alle-Berge-2", true), ("zebra-crossing-1", false)] {
        assert_eq!(list.contains(&Secret::new(text)), is_so, "{text}");
    }
}

#[test]
fn a_build_that_fails_leaves_the_old_list_and_nothing_else() {
    let (folder, path) = folder_with(100);
    let before = fs::read(&path).unwrap();
    let hash = "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8";
    for (sources, said) in [
        (&[hash, "0123\n"][..], "FILE 1, line 1: must be 40 hexadecimal digits"),
        (&["\n\n"][..], "the files hold no entry"),
        (&[][..], "the files hold no entry"),
    ] {
        let told = built(&path, None, sources).unwrap_err().to_string();
        assert!(told.starts_with(said), "{told}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(fs::read(&path).unwrap(), before);
    }
    let nowhere = folder.path().join("nowhere/list");
    assert!(built(&nowhere, None, &[hash]).unwrap_err().to_string().contains("cannot be written: No such file"));
}

#[test]
fn a_list_that_is_replaced_stays_as_it_was_for_who_has_it_open() {
    let (_folder, path) = folder_with(100);
    let old = ListFile::open(&path).unwrap();
    built(&path, Some(LineForm::Plain), &["Zebra-crossing-1"]).unwrap();
    assert!(old.contains(&password("present", 99)) && !old.contains(&Secret::new("Zebra-crossing-1")));
    assert!(ListFile::open(&path).unwrap().contains(&Secret::new("Zebra-crossing-1")));
}

#[test]
fn a_cut_list_is_refused_and_a_longer_one_too() {
    let (_folder, path) = folder_with(1_000);
    let whole = fs::read(&path).unwrap();
    for bytes in [0, 1, 7, 8, 63, 64, 100, 127, 128, 129, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..bytes]).unwrap();
        let told = refused(&path);
        assert!(told.contains("another length"), "{bytes} bytes: {told}");
        assert!(ListFile::check(&path).is_err());
    }
    fs::write(&path, [&whole[..], b"x"].concat()).unwrap();
    assert!(refused(&path).contains("another length"));
    fs::write(&path, "x".repeat(whole.len())).unwrap();
    assert!(refused(&path).contains("is no blocklist"));
    fs::remove_file(&path).unwrap();
    assert!(refused(&path).starts_with("cannot be read: No such file"));
    assert!(refused(path.parent().unwrap()).contains("is no blocklist"));
}

/// A changed bit of the head is refused at once; one of a filter by the check, and until then it does no harm.
#[test]
fn a_changed_bit_is_found_and_never_leads_astray() {
    let (_folder, path) = folder_with(1_000);
    let whole = fs::read(&path).unwrap();
    let head_bytes = format::Head::bytes(1);
    let mut places: Vec<usize> = (0..head_bytes).collect();
    places.extend((head_bytes..whole.len()).step_by(97));
    for place in places {
        let mut changed = whole.clone();
        changed[place] ^= 0x10;
        fs::write(&path, &changed).unwrap();
        assert!(ListFile::check(&path).is_err(), "byte {place}");
        match ListFile::open(&path) {
            Err(_) => assert!(place < head_bytes, "byte {place}"),
            Ok(list) => {
                assert!(place >= head_bytes, "byte {place}");
                let lost = (0..1_000).filter(|number| !list.contains(&password("present", *number))).count();
                assert!(lost <= 10, "{lost} of 1000 were lost by byte {place}");
            }
        }
    }
}
