//! `audit verify FILE`: a trail in a file, made here, and everything that somebody could do to it.

use std::collections::BTreeSet;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use countersign_domain::audit::{
    Action, EXPORT_VERSION, EndLine, Event, KeyLine, LINE_BYTES_MAX, Line, Seal, Seed, TrailLine,
};
use countersign_domain::{EventId, KeyId, TenantId, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::home::{Home, Ran};

const TENANT: TenantId = TenantId::from_uuid(Uuid::from_u128(7));
const KEY: KeyId = KeyId::from_uuid(Uuid::from_u128(9));
const SEALS: u128 = 4;
const EVENTS_EACH: u128 = 3;
const SECOND_MICROS: i64 = 1_000_000;

fn pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

fn key(seed: u8) -> KeyLine {
    KeyLine { id: KEY, public: pair(seed).public_key().as_ref().try_into().unwrap() }
}

fn moment(seconds: u128) -> Timestamp {
    Timestamp::from_micros(1_700_000_000 * SECOND_MICROS + i64::try_from(seconds).unwrap() * SECOND_MICROS)
}

fn event(tenant: TenantId, n: u128, action: Action) -> Event {
    Event::done(tenant, moment(n), Seed { id: EventId::from_uuid(Uuid::from_u128(n)), salt: [5; 16] }, action)
}

/// An export of so many batches, signed with the key of a seed.
fn trail(tenant: TenantId, seals: u128, signer: u8, action: &Action) -> Vec<String> {
    // So much later that no event is too new to be sealed.
    let exported_at = moment(seals * EVENTS_EACH + 3_600);
    let head = TrailLine { version: EXPORT_VERSION, tenant, exported_at, retention_seconds: None };
    let mut lines = vec![Line::Trail(head), Line::Key(key(signer))];
    let mut last = None;
    for batch in 0..seals {
        let first = 1 + batch * EVENTS_EACH;
        let events: Vec<_> = (first..first + EVENTS_EACH).map(|n| event(tenant, n, action.clone())).collect();
        let unsigned = Seal::next(tenant, last, moment(first + EVENTS_EACH), KEY, &events);
        let signature = pair(signer).sign(&unsigned.signing_input());
        let seal = unsigned.signed(signature.as_ref().try_into().unwrap());
        last = Some(seal.anchor());
        lines.extend(events.iter().map(Line::from));
        lines.push(Line::from(&seal));
    }
    let (events, seals) = (u64::try_from(seals * EVENTS_EACH).unwrap(), u64::try_from(seals).unwrap());
    lines.push(Line::End(EndLine { events, seals }));
    lines.iter().map(|line| line.to_json().unwrap()).collect()
}

fn honest() -> Vec<String> {
    trail(TENANT, SEALS, 1, &Action::Login)
}

/// A folder in which every configuration would fail: its file is nonsense, the data folder is a file, and the variables
/// name what is not there.
struct Bare(Home);

impl Bare {
    fn new() -> Self {
        let home = Home::production();
        home.write("countersign.toml", "this = is no [configuration", 0o644);
        std::fs::remove_dir(home.path("data")).unwrap();
        home.write("data", "", 0o000);
        Self(home)
    }

    fn verify(&self, lines: &[String], more: &str) -> Ran {
        self.0.write("trail.jsonl", &(lines.join("\n") + "\n"), 0o644);
        let before = self.files();
        let mut command = self.0.command();
        command.envs([("COUNTERSIGN_STORE__URL", "postgres://nobody@192.0.2.1/x"), ("COUNTERSIGN_NONSENSE", "1")]);
        command.args("--json audit verify trail.jsonl".split(' ')).args(more.split_whitespace());
        let output = command.output().unwrap();
        assert_eq!(self.files(), before, "something was made");
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { status: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }

    fn files(&self) -> BTreeSet<String> {
        let files = std::fs::read_dir(self.0.path("")).unwrap();
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// What is found in a file whose right key is known.
    fn found(&self, lines: &[String], more: &str) -> Vec<String> {
        let ran = self.verify(lines, &format!("--key {} {more}", key(1)));
        let report: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}"));
        let findings = report["findings"].as_array().unwrap().iter();
        let codes: BTreeSet<_> = findings.map(|finding| finding["code"].as_str().unwrap().to_owned()).collect();
        assert_eq!((ran.status, &report["clean"]), (i32::from(!codes.is_empty()), &json!(codes.is_empty())), "{ran:?}");
        assert_eq!(ran.err.contains("the trail is not as it was sealed"), !codes.is_empty(), "{ran:?}");
        codes.into_iter().collect()
    }

    /// Why a file is no export.
    fn refusal(&self, lines: &[String], more: &str) -> String {
        self.verify(lines, &format!("--key {} {more}", key(1))).refused()
    }
}

#[test]
fn an_honest_file_is_clean_by_itself_and_says_what_it_rests_on() {
    let bare = Bare::new();
    let alone = bare.verify(&honest(), "");
    assert_eq!((alone.status, alone.err.contains("vouches for its own keys")), (0, true), "{alone:?}");
    let report: Value = serde_json::from_str(&alone.out).unwrap();
    let keys = (&report["keys"], &report["keysKnown"]);
    assert_eq!(keys, (&json!([key(1).to_string()]), &json!(false)));
    let counts = (&report["tenant"], &report["seals"], &report["events"]);
    assert_eq!(counts, (&json!(TENANT.to_string()), &json!(4), &json!(12)));

    let head = report["head"].as_str().unwrap();
    assert_eq!(bare.found(&honest(), &format!("--known {head} --tenant-id {TENANT}")), [""; 0]);
    bare.0.write("seal.keys", &format!("{}\n", key(1)), 0o644);
    let ran = bare.verify(&honest(), "--keys seal.keys");
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{ran:?}");
    // The same from a pipe, and with the line ends of another system.
    let windows = honest().join("\r\n");
    let piped = bare.0.run_with(&format!("--json audit verify - --key {}", key(1)), &windows);
    assert_eq!((piped.status, piped.err.as_str()), (0, ""), "{piped:?}");
}

#[test]
fn what_was_done_to_a_line_is_found() {
    let bare = Bare::new();
    // Lines: the head, the key, then three events and a seal, four times, and the end.
    let (first_event, second_seal) = (2, 9);
    let edit = |line: usize, from: &str, to: &str| {
        let mut lines = honest();
        assert!(lines[line].contains(from), "{}", lines[line]);
        lines[line] = lines[line].replacen(from, to, 1);
        lines
    };
    let signature_of = |line: &str| {
        let seal: Value = serde_json::from_str(line).unwrap();
        seal["signature"].as_str().unwrap().to_owned()
    };
    let other_signature = signature_of(&honest()[second_seal + 4]);
    for (lines, codes) in [
        (edit(first_event, "\"login\"", "\"logout\""), &["batch_changed"][..]),
        (edit(first_event, "\"count\":1", "\"count\":2"), &["batch_changed"]),
        (edit(first_event, "\"nobody\"", "\"system\""), &["batch_changed"]),
        (edit(first_event, "BQUF", "BQUG"), &["batch_changed"]),
        (edit(first_event, "000000000001\"", "0000000000ff\""), &["event_missing", "event_unsealed"]),
        (edit(first_event, &TENANT.to_string(), &KEY.to_string()), &["batch_changed", "event_foreign"]),
        (edit(second_seal, "\"number\":2", "\"number\":20"), &["seal_misplaced", "seals_missing", "signature_wrong"]),
        (edit(second_seal, "\"count\":3", "\"count\":4"), &["batch_changed", "chain_broken", "signature_wrong"]),
        (edit(second_seal, &KEY.to_string(), &TENANT.to_string()), &["chain_broken", "key_unknown"]),
        (edit(second_seal, &signature_of(&honest()[second_seal]), &other_signature), &["signature_wrong"]),
    ] {
        assert_eq!(bare.found(&lines, ""), codes, "{lines:?}");
    }
}

/// The last line counts the others, so whoever takes one out or puts one in has to count them anew.
#[test]
fn lines_that_went_or_came_are_found_even_where_they_are_counted_anew() {
    let bare = Bare::new();
    let counted_anew = |mut lines: Vec<String>| {
        let of = |kind: &str| lines.iter().filter(|line| line.starts_with(&format!("{{\"kind\":\"{kind}\""))).count();
        let (events, seals) = (of("event") as u64, (of("seal") + of("unreadable_seal")) as u64);
        *lines.last_mut().unwrap() = Line::End(EndLine { events, seals }).to_json().unwrap();
        lines
    };
    let without = |gone: std::ops::Range<usize>| {
        let mut lines = honest();
        lines.drain(gone);
        lines
    };
    let with = |at: usize, more: String| {
        let mut lines = honest();
        lines.insert(at, more);
        lines
    };
    let old = event(TENANT, 1, Action::Logout);
    let forged = Event { id: EventId::from_uuid(Uuid::from_u128(99)), at: moment(0).minus(DAY), ..old };
    for (lines, codes) in [
        (without(2..3), &["event_missing"][..]),
        (without(5..6), &["event_unsealed", "seals_missing"]),
        (without(2..6), &["seals_missing"]),
        (with(2, honest()[2].clone()), &["event_repeated"]),
        (with(6, honest()[5].clone()), &["event_missing", "seal_misplaced"]),
        (with(2, Line::from(&forged).to_json().unwrap()), &["event_unsealed"]),
        (with(2, r#"{"kind":"unreadable_seal","number":3}"#.to_owned()), &["seal_unreadable"]),
    ] {
        assert!(bare.refusal(&lines, "").contains("has lost or gained lines"), "{lines:?}");
        let lines = counted_anew(lines);
        let found = bare.found(&lines, "");
        assert!(
            !found.is_empty() && codes.iter().all(|code| found.contains(&(*code).to_owned())),
            "{found:?} {lines:?}"
        );
    }
}

const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

#[test]
fn a_whole_other_trail_is_found_by_what_was_kept_outside() {
    let bare = Bare::new();
    let forged = trail(TENANT, SEALS, 2, &Action::Logout);
    assert_eq!(bare.verify(&forged, "").status, 0, "with a key of its own it vouches for itself");
    assert_eq!(bare.found(&forged, ""), ["signature_wrong"]);

    bare.0.write("earlier.jsonl", &(honest().join("\n") + "\n"), 0o644);
    let by_earlier = |lines: &[String]| {
        let ran = bare.verify(lines, "--earlier earlier.jsonl");
        let report: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}"));
        (ran.status, report["findings"][0]["code"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(by_earlier(&honest()), (0, String::new()));
    assert_eq!(by_earlier(&trail(TENANT, SEALS + 1, 1, &Action::Login)), (0, String::new()), "it has grown since");
    assert_eq!(by_earlier(&trail(TENANT, SEALS - 1, 1, &Action::Login)), (1, "tail_cut".to_owned()));
    assert_eq!(by_earlier(&trail(TENANT, SEALS, 1, &Action::Logout)), (1, "known_differs".to_owned()));
    assert_eq!(by_earlier(&forged), (1, "signature_wrong".to_owned()), "its keys are known, too");

    let elsewhere = TenantId::from_uuid(Uuid::from_u128(8));
    let other = trail(elsewhere, SEALS, 1, &Action::Login);
    assert_eq!(bare.found(&other, ""), [""; 0]);
    for more in [format!("--tenant-id {TENANT}"), "--earlier earlier.jsonl".to_owned()] {
        assert_eq!(bare.refusal(&other, &more), "countersign: trail.jsonl: line 1: the trail of another tenant\n");
    }
    let wrong = bare.refusal(&other, &format!("--tenant-id {elsewhere} --earlier earlier.jsonl"));
    assert_eq!(wrong, "countersign: earlier.jsonl: is the trail of another tenant\n");
}

#[test]
fn a_file_that_was_cut_or_is_none_is_refused() {
    let bare = Bare::new();
    for kept in 0..honest().len() {
        let cut = bare.refusal(&honest()[..kept], "");
        assert!(cut.contains("before its last line") || kept == 0, "{kept}: {cut}");
    }
    let mut half = honest();
    let last = half.last_mut().unwrap();
    last.truncate(last.len() / 2);
    assert!(bare.refusal(&half, "").contains("line 19: EOF while parsing"));
    let mut long = honest();
    long[2] = format!("{}{}", long[2], " ".repeat(LINE_BYTES_MAX));
    assert!(bare.refusal(&long, "").contains("line 3 is longer than 32768 bytes"));
    // Of a line without an end no more is read than a line may have.
    let endless = vec!["x".repeat(8 * LINE_BYTES_MAX)];
    assert!(bare.refusal(&endless, "").contains("line 1 is longer than 32768 bytes"));
    let more = [honest(), honest()].concat();
    assert!(bare.refusal(&more, "").contains("line 20: a line after the last"));
    let mut version = honest();
    version[0] = version[0].replace("\"version\":1", "\"version\":2");
    assert!(bare.refusal(&version, "").contains("a version of the export that is not known"));
    assert!(bare.0.run("audit verify nowhere.jsonl").refused().contains("nowhere.jsonl: No such file"));
    assert!(bare.refusal(&honest(), "--keys trail.jsonl").contains("not a sealing key"));
}

#[test]
fn the_line_says_a_file_or_a_tenant() {
    let bare = Bare::new();
    for line in [
        "audit verify",
        "audit verify trail.jsonl --tenant acme",
        "audit verify --tenant acme --key x:y",
        "audit verify --tenant acme --keys seal.keys",
        "audit verify trail.jsonl --key nonsense",
        "audit verify trail.jsonl --known 1:nonsense",
    ] {
        let ran = bare.0.run(line);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{line}: {ran:?}");
    }
    let help = bare.0.run("audit verify --help").done();
    assert!(help.contains("Usage: countersign audit verify [OPTIONS] <FILE|--tenant <SLUG>>"), "{help}");
}
