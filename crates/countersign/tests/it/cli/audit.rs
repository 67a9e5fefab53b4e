use serde_json::json;

use super::home::Home;
use super::service::Service;

const PASSWORD: &str = "Correct-horse-7";

/// A home whose trail has seals: a service that ends in good order seals what is left, one that has just begun seals
/// what it finds.
fn sealed() -> Home {
    let home = Home::production();
    home.make_tenant("acme", 5);
    home.make_account("acme", "ada@acme.example", "MANAGER", PASSWORD);
    home.run("tenant set acme lockout_failures_max=4").done();
    let service = Service::start(&home);
    let unsealed = || home.json("audit verify -t acme")["eventsUnsealed"] != 0;
    for _ in 0..200 {
        if !unsealed() {
            break;
        }
        std::thread::yield_now();
    }
    drop(service);
    home
}

fn edit(home: &Home, sql: &str) {
    let database = rusqlite::Connection::open(home.path("data/countersign.db")).unwrap();
    assert_ne!(database.execute(sql, []).unwrap(), 0, "{sql}");
}

#[test]
fn an_honest_trail_is_clean_and_its_end_is_told() {
    let home = sealed();
    let verified = home.json("audit verify -t acme");
    assert_eq!((&verified["clean"], &verified["findings"]), (&json!(true), &json!([])));
    assert!(verified["seals"].as_i64().unwrap() >= 1 && verified["events"] == 3, "{verified}");
    let head = verified["head"].as_str().unwrap();
    home.run(&format!("audit verify -t acme --known {head}")).done();
    assert_eq!(home.run("audit verify -t acme --known 1:nonsense").status, 2);
}

#[test]
fn every_planted_edit_is_found() {
    for (sql, code) in [
        ("UPDATE event SET detail = 'lockout_failures_max=5' WHERE action = 'tenant_changed'", "batch_changed"),
        ("UPDATE event SET at = at + 1 WHERE action = 'tenant_created'", "batch_changed"),
        ("DELETE FROM event WHERE action = 'account_created'", "event_missing"),
        ("UPDATE seal SET at = at - 1", "signature_wrong"),
    ] {
        let home = sealed();
        edit(&home, sql);
        let ran = home.run("--json audit verify -t acme");
        assert_eq!(ran.status, 1, "{sql}: {ran:?}");
        assert_eq!(ran.err, "countersign: the trail is not as it was sealed\n");
        let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!((&report["clean"], &report["findings"][0]["code"]), (&json!(false), &json!(code)), "{sql}");
        let plain = home.run("audit verify -t acme");
        assert!(plain.out.contains(&format!("\n{code}\t")), "{plain:?}");
    }
}

#[test]
fn a_cut_tail_is_found_by_what_was_kept_outside() {
    let home = sealed();
    let exported = home.run("audit export -t acme --output trail.jsonl");
    assert!(exported.err.starts_with("4 events and "), "{exported:?}");
    exported.done();
    assert_eq!(std::fs::metadata(home.path("trail.jsonl")).unwrap().permissions(), mode(0o600));
    assert!(home.run("audit export -t acme --output trail.jsonl").refused().contains("is there already"));
    home.run("audit verify -t acme --earlier trail.jsonl").done();
    home.run("audit verify -t acme --export trail.jsonl").done();
    let key = home.run("audit keys").done();
    home.run(&format!("audit verify trail.jsonl --key {key}")).done();
    assert_eq!(home.json("audit list -t acme --action audit_exported")[0]["actor"], "operator");
    let lines = home.run("audit export -t acme").done();
    assert!(lines.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
    assert!(lines.starts_with(r#"{"kind":"trail""#) && lines.trim_end().ends_with('}'), "{lines}");
    for sql in ["DELETE FROM event", "DELETE FROM seal"] {
        edit(&home, sql);
    }
    assert_eq!(home.json("audit verify -t acme")["clean"], true, "nothing is left to contradict");
    let cut = home.run("audit verify -t acme --export trail.jsonl");
    assert!(cut.status == 1 && cut.out.contains("tail_cut\tthe trail ends before seal"), "{cut:?}");
    assert!(home.run("audit verify -t acme --export countersign.toml").refused().contains("is no export of a trail"));
}

fn mode(bits: u32) -> std::fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    std::fs::Permissions::from_mode(0o100_000 | bits)
}

#[test]
fn events_are_listed_newest_first_and_by_what_is_asked() {
    let home = sealed();
    let actions = |line: &str| -> Vec<String> {
        let events = home.json(&format!("audit list -t acme {line}"));
        events.as_array().unwrap().iter().map(|event| event["action"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(actions(""), ["tenant_changed", "account_created", "tenant_created"]);
    assert_eq!(actions("--action account_created --outcome done"), ["account_created"]);
    assert_eq!(actions("--outcome refused"), [""; 0]);
    assert_eq!(actions("--account ada@acme.example --kind staff"), ["account_created"]);
    assert_eq!(actions("--until 2020-01-01T00:00:00Z"), [""; 0]);
    let first = home.run("audit list -t acme --limit 1");
    let cursor = first.err.trim().rsplit(' ').next().unwrap().to_owned();
    assert_eq!(actions(&format!("--limit 1 --cursor {cursor}")), ["account_created"]);
    let wrong = home.run("audit list -t acme --action acount_created");
    assert!(wrong.status == 2 && wrong.err.contains("the nearest is account_created"), "{wrong:?}");
}
