//! Accounts taken over from files of other systems, and given back encrypted, by the real program.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use age::secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::home::Home;
use super::service::Service;

const HOST: &str = "acme.auth.example.com";
/// Of every sample in docs/import.
const PASSWORD: &str = "Password@1";
const BCRYPT: &str = "$2a$04$R9//3sZt2E.Ax8PR37eRA.HoIzSoM2stoV.LWsuMlwRpUApKdzbym";

fn import(home: &Home, file: &str, more: &str) -> super::home::Ran {
    home.run(&format!("--json account import -t acme {file} --service-stopped {more}"))
}

/// The answer's lines: refused rows, then the sum.
fn lines(out: &str) -> (Vec<Value>, Value) {
    let mut lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let sum = lines.pop().unwrap();
    (lines, sum)
}

fn sum(rows: u64, refused: u64, written: u64, before: u64, done: bool) -> Value {
    json!({ "rows": rows, "refused": refused, "written": written, "writtenBefore": before, "done": done })
}

/// The sum without the names of tenant and file.
fn counts(mut sum: Value) -> Value {
    let object = sum.as_object_mut().unwrap();
    assert_eq!(object.remove("tenant"), Some("acme".into()));
    assert_eq!(object.remove("file").unwrap().as_str().unwrap().len(), 64);
    sum
}

#[test]
fn an_import_on_sqlite() {
    taken_over(&Home::production());
}

#[test]
fn an_import_on_postgres() {
    taken_over(&Home::on_postgres());
}

fn taken_over(home: &Home) {
    home.make_tenant("acme", 5);
    home.make_account("acme", "taken@example.com", "CUSTOMER", "Correct-horse-7");
    let good = format!("{{\"email\":\"ada@example.com\",\"roles\":[\"CUSTOMER\"],\"passwordHash\":\"{BCRYPT}\"}}\n");
    let bad = "{\"email\":\"taken@example.com\",\"roles\":[\"CUSTOMER\"]}\n\n{\"email\":\"nobody\"}\n";
    home.write("people.jsonl", &(good.clone() + bad), 0o600);
    let refused = [
        json!({ "row": 2, "line": 2, "faults": [
            { "field": "email", "why": "is the address of an account that the tenant has already" },
        ] }),
        json!({ "row": 3, "line": 4, "faults": [
            { "field": "email", "why": "must be an email address such as name@example.com" },
            { "field": "roles", "why": "names no role: say with --role what such people may do" },
        ] }),
    ];
    for (more, said) in [("--dry-run", "since this was a dry run"), ("", "with --skip-refused")] {
        let ran = import(home, "people.jsonl", more);
        assert!(ran.status == 3 && ran.err.contains(said), "{ran:?}");
        let (told, end) = lines(&ran.out);
        assert_eq!((told.as_slice(), counts(end)), (refused.as_slice(), sum(3, 2, 0, 0, false)));
    }
    let plain = home.run("account import -t acme people.jsonl --dry-run");
    assert!(plain.out.starts_with("row 2, line 2: email is the address of an account"), "{plain:?}");
    let ran = import(home, "people.jsonl", "--skip-refused");
    assert_eq!((ran.status, counts(lines(&ran.out).1)), (3, sum(3, 2, 1, 0, true)), "{}", ran.err);
    home.write("good.jsonl", &good.replace("ada", "bob"), 0o600);
    assert_eq!(counts(lines(&import(home, "good.jsonl", "").done()).1), sum(1, 0, 1, 0, true));
    assert_eq!(counts(lines(&import(home, "good.jsonl", "").done()).1), sum(1, 0, 0, 1, true));

    let service = Service::start(home);
    for email in ["ada@example.com", "bob@example.com"] {
        assert_eq!(service.log_in(HOST, email, PASSWORD).0, 200);
        assert_eq!(service.refused_login(HOST, email, "Wrong-horse-9"), "401 INVALID_CREDENTIALS");
    }
    let told = home.json("audit list -t acme --action accounts_imported");
    assert_eq!((told.as_array().unwrap().len(), &told[0]["count"]), (2, &json!(1)));
    assert!(told[0]["detail"].as_str().unwrap().starts_with("rows 1 to 1 of file "), "{told}");
}

#[test]
fn the_samples_of_every_system_are_taken_over() {
    let home = Home::production();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/import");
    let firebase = format!("--firebase-config {}", samples.join("firebase-config.json").display());
    let files = [
        ("native", "native.jsonl", "", 4),
        ("native", "native.csv", "", 4),
        ("keycloak", "keycloak.json", "", 3),
        ("kratos", "kratos.json", "", 4),
        ("supabase", "supabase.csv", "", 3),
        ("firebase", "firebase.json", firebase.as_str(), 2),
        ("django", "django.json", "", 5),
        ("django", "django.csv", "", 2),
    ];
    for (number, (format, file, more, rows)) in files.into_iter().enumerate() {
        let slug = format!("tenant-{number}");
        home.make_tenant(&slug, 5);
        let file = samples.join(file);
        let line = format!(
            "--json account import -t {slug} {} --format {format} --role CUSTOMER {more} --service-stopped",
            file.display()
        );
        let (refused, end) = lines(&home.run(&line).done());
        assert_eq!((refused.len(), end["written"].as_u64()), (0, Some(rows)), "{line}");
    }
    let service = Service::start(&home);
    assert_eq!(service.log_in("tenant-3.auth.example.com", "ada@example.com", PASSWORD).0, 200);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let home = Home::production();
    home.make_tenant("acme", 5);
    home.write("people.jsonl", "{\"users\":[\n", 0o600);
    assert_eq!(home.run("account import -t acme people.jsonl --format oracle").status, 2);
    let missing = home.run("account import -t acme nothing.jsonl").refused();
    assert!(missing.contains("nothing.jsonl: No such file"), "{missing}");
    let broken = home.run("account import -t acme people.jsonl --format firebase").refused();
    assert!(broken.contains("people.jsonl: the file cannot be read on: line"), "{broken}");
    let config = home.run("account import -t acme people.jsonl --firebase-config people.jsonl").refused();
    assert!(config.contains("people.jsonl: "), "{config}");
}

/// A kill at whatever moment loses at most the batch that was being written.
#[test]
fn an_import_that_is_killed_goes_on() {
    const ROWS: u64 = 20_000;
    let home = Home::production();
    home.make_tenant("acme", 5);
    let text: String =
        (0..ROWS).map(|n| format!("{{\"email\":\"p{n}@example.com\",\"roles\":[\"CUSTOMER\"]}}\n")).collect();
    home.write("people.jsonl", &text, 0o600);
    let begun = || home.json("audit list -t acme --action accounts_imported").as_array().unwrap().len();
    let mut kills = 0;
    let end = loop {
        let mut command = home.command();
        command.args(["--json", "account", "import", "-t", "acme", "people.jsonl"]).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        let before = begun();
        while kills < 3 && begun() == before && child.try_wait().unwrap().is_none() {}
        if kills == 3 || child.try_wait().unwrap().is_some() {
            let mut out = String::new();
            child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
            assert!(child.wait().unwrap().success(), "{out}");
            break lines(&out).1;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
    };
    assert!(kills > 0, "an import of so many rows is not over at once");
    let (written, before) = (end["written"].as_u64().unwrap(), end["writtenBefore"].as_u64().unwrap());
    assert!(before >= 500 && written + before == ROWS, "{end}");
    let identity = age::x25519::Identity::generate();
    let out = home.run(&format!("account export -t acme -o all.age -r {}", identity.to_public())).done();
    assert!(out.contains(&format!("accounts\t{ROWS}")), "{out}");
}

fn decrypted(home: &Home, file: &str, identity: &dyn age::Identity) -> String {
    let decryptor = age::Decryptor::new(fs::File::open(home.path(file)).unwrap()).unwrap();
    let mut text = String::new();
    decryptor.decrypt(std::iter::once(identity)).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn what_is_exported_is_encrypted_and_comes_back() {
    let home = Home::production();
    home.make_tenant("acme", 5);
    home.make_tenant("other", 5);
    home.make_account("acme", "ada@example.com", "MANAGER", "Correct-horse-7");
    home.write(
        "people.jsonl",
        &format!("{{\"email\":\"bob@example.com\",\"roles\":[\"CUSTOMER\"],\"passwordHash\":\"{BCRYPT}\"}}\n"),
        0o600,
    );
    import(&home, "people.jsonl", "").done();

    let (mine, yours) = (age::x25519::Identity::generate(), age::x25519::Identity::generate());
    let line = format!("account export -t acme -o all.age -r {} -r {}", mine.to_public(), yours.to_public());
    assert_eq!(home.json(&line), json!({ "file": "all.age", "accounts": 2 }));
    let mode = fs::metadata(home.path("all.age")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let bytes = fs::read(home.path("all.age")).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1\n"));
    let plain = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(!plain("example.com") && !plain("argon2") && !plain("email"));
    assert!(home.run(&line).refused().contains("all.age is there already: choose a new name"));

    let text = decrypted(&home, "all.age", &mine);
    assert_eq!(text, decrypted(&home, "all.age", &yours));
    assert!(text.contains(BCRYPT) && text.contains("$argon2id$") && text.lines().count() == 2, "{text}");
    assert!(home.run("account import -t other all.age").refused().contains("decrypt it first"));
    home.write("back.jsonl", &text, 0o600);
    home.run("account import -t other back.jsonl --service-stopped").done();
    let service = Service::start(&home);
    for (email, password) in [("ada@example.com", "Correct-horse-7"), ("bob@example.com", PASSWORD)] {
        assert_eq!(service.log_in("other.auth.example.com", email, password).0, 200);
    }
    let told = home.json("audit list -t acme --action accounts_exported");
    let to = format!("to {}, {}", mine.to_public(), yours.to_public());
    assert_eq!((told.as_array().unwrap().len(), &told[0]["detail"]), (1, &json!(to)), "the refused one was none");
}

#[test]
fn an_export_is_always_for_somebody() {
    let home = Home::production();
    home.make_tenant("acme", 5);
    assert_eq!(home.run("account export -t acme -o all.age").status, 2);
    assert_eq!(home.run("account export -t acme -o all.age -r age1nobody").status, 2);
    assert_eq!(home.run("account export -t acme --passphrase-file -").status, 2);
    assert!(!home.path("all.age").exists());
    let missing = home.run("account export -t acme -o all.age --passphrase-file nothing").refused();
    assert!(
        missing.contains("the passphrase cannot be read from nothing") && !home.path("all.age").exists(),
        "{missing}"
    );

    home.make_account("acme", "ada@example.com", "MANAGER", "Correct-horse-7");
    let passphrase = "seven-of-them-have-gone-to-sea";
    home.run_with("account export -t acme -o all.age --passphrase-file -", passphrase).done();
    let identity = age::scrypt::Identity::new(SecretString::from(passphrase.to_owned()));
    assert!(decrypted(&home, "all.age", &identity).contains("\"ada@example.com\""));
}

/// What Debian calls `age` decrypts what we write, where it is installed.
#[test]
fn other_tools_decrypt_an_export() {
    let home = Home::production();
    home.make_tenant("acme", 5);
    home.make_account("acme", "ada@example.com", "MANAGER", "Correct-horse-7");
    let identity = age::x25519::Identity::generate();
    home.run(&format!("account export -t acme -o all.age -r {}", identity.to_public())).done();
    let mut key = fs::File::create(home.path("key")).unwrap();
    writeln!(key, "{}", identity.to_string().expose_secret()).unwrap();
    let ran = Command::new("age").args(["-d", "-i", "key", "all.age"]).current_dir(home.path("")).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
    assert!(String::from_utf8(ran.stdout).unwrap().contains("\"email\":\"ada@example.com\""));
}
