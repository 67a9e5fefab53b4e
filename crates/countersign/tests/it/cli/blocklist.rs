use std::fs;

use serde_json::{Value, json};

use super::home::Home;
use super::service::Service;

const PASSWORD: &str = "Correct-horse-7";
const ADA: &str = "ada@acme.example";
/// SHA-1 of [`PASSWORD`], as a breach service publishes it.
const HASH: &str = "5c104e9b38a70cba917a8eaf6ffb2de11f38a56b";

fn listed(home: &Home, list: &str, password: &str) -> Value {
    let text = home.run_with(&format!("--json blocklist test {list} --password-file -"), password).done();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_list_is_built_checked_and_asked() {
    let home = Home::production();
    home.write("a.txt", &format!("{}:7\r\n{HASH}\n", "0".repeat(40)), 0o644);
    home.write("b.txt", &format!("{HASH}:2\r\n"), 0o644);
    let built = home.json("blocklist build a.txt b.txt --out breached.list");
    let size = fs::metadata(home.path("breached.list")).unwrap().len();
    let facts = json!({ "file": "breached.list", "kind": "sha1", "entries": 2, "shards": 1, "bytes": size });
    let mut all = facts.clone();
    all["duplicates"] = 1.into();
    assert_eq!(built, all);
    assert_eq!(home.json("blocklist check breached.list"), facts);
    assert_eq!(listed(&home, "breached.list", PASSWORD)["inFile"], true);

    let from_input = home.run_with("blocklist build - -o plain.list --kind plain", "Zebra-crossing-1\nother\n").done();
    assert!(from_input.contains("entries\t2"), "{from_input}");
    for (password, in_file, built_in) in
        [("Zebra-crossing-1", true, false), ("trustno1", false, true), ("other", true, false), (PASSWORD, false, false)]
    {
        let answer = json!({ "listed": in_file || built_in, "inFile": in_file, "builtIn": built_in });
        assert_eq!(listed(&home, "plain.list", password), answer, "{password}");
    }
}

#[test]
fn what_makes_no_list_is_refused_with_its_place() {
    let home = Home::production();
    home.write("good.txt", &format!("{HASH}\n"), 0o644);
    home.write("bad.txt", &format!("{HASH}\nhunter2\n"), 0o644);
    home.run("blocklist build good.txt --out good.list").done();
    home.write("cut.list", "csblockl", 0o644);
    for (line, said) in [
        ("build good.txt bad.txt --out x.list", "bad.txt, line 2: must be 40 hexadecimal digits"),
        ("build nowhere.txt --out x.list", "nowhere.txt cannot be read: No such file"),
        ("build good.txt --out nowhere/x.list", "cannot be written: No such file"),
        ("build good.txt --kind ntlm --out x.list", "good.txt, line 1: must be 32 hexadecimal digits"),
        ("check good.txt", "good.txt is no blocklist"),
        ("check cut.list", "cut.list has another length than it says"),
        ("test nowhere.list", "nowhere.list cannot be read: No such file"),
        ("test good.list", "there is no terminal"),
    ] {
        let told = home.run(&format!("blocklist {line}")).refused();
        assert!(told.contains(said) && !told.contains("hunter2"), "{line}: {told}");
    }
    assert!(!home.path("x.list").exists());
    assert_eq!(home.run("blocklist build good.txt --out x.list --kind md5").status, 2);
    let mut damaged = fs::read(home.path("good.list")).unwrap();
    *damaged.last_mut().unwrap() ^= 1;
    fs::write(home.path("damaged.list"), damaged).unwrap();
    assert!(home.run("blocklist check damaged.list").refused().contains("is damaged in its filters"));
}

#[test]
fn a_service_with_a_list_refuses_new_passwords_and_flags_old_ones() {
    let home = Home::production();
    home.make_tenant("acme", 5);
    home.make_account("acme", ADA, "MANAGER", PASSWORD);
    home.run_with("blocklist build - --out breached.list --kind plain", &format!("{PASSWORD}\n")).done();
    let with = ["--set", "passwords.blocklist_file=breached.list"];

    let log_in = |service: &Service| service.log_in("acme.auth.example.com", ADA, PASSWORD);
    let (status, answer) = log_in(&Service::start(&home));
    assert_eq!((status, &answer["passwordAdvice"]), (200, &Value::Null));
    let service = Service::start_with(&home, &with);
    let (status, answer) = log_in(&service);
    assert_eq!((status, &answer["passwordAdvice"]), (200, &json!("listed")));
    let refresh = json!({ "refresh_token": answer["refresh_token"] });
    let path = "/api/v6/services/securitymanagement/refresh-token";
    let (status, answer) = service.call("acme.auth.example.com", "PUT", path, None, &refresh);
    assert_eq!((status, &answer["passwordAdvice"]), (200, &Value::Null));
    drop(service);

    let set = format!("account set-password -t acme {ADA} --password-file -");
    let told = home.run_with(&format!("{} {set}", with.join(" ")), PASSWORD).refused();
    assert!(told.contains("the password is one that many people use"), "{told}");
    home.run_with(&set, PASSWORD).done();

    fs::write(home.path("breached.list"), "csblockl").unwrap();
    let start = format!("serve --listen 127.0.0.1:0 --ops-listen 127.0.0.1:0 {}", with.join(" "));
    let told = home.run(&start).refused();
    let why = "passwords.blocklist_file: breached.list has another length than it says";
    assert!(told.starts_with("countersign: production does not start:\n") && told.contains(why), "{told}");
    assert!(home.run(&format!("{} tenant list", with.join(" "))).refused().contains(why));
}
