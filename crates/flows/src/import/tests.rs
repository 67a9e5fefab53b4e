use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use countersign_domain::{Language, Secret, TenantId};
use uuid::Uuid;

use super::*;
use crate::hasher::{Hasher, HasherConfig, Params};

/// The password of every sample.
const PASSWORD: &str = "Password@1";

fn sample(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/import").join(name)
}

fn assumptions() -> Assumptions {
    Assumptions {
        roles: vec!["CUSTOMER".parse().unwrap()],
        takes_unverified: false,
        firebase: None,
        now: "2026-11-24T10:00:00Z".parse().unwrap(),
    }
}

fn rows_of(format: Format, layout: Layout, input: impl Read, assumptions: &Assumptions) -> Vec<ReadRow> {
    let mut rows = Vec::new();
    read(format, layout, input, assumptions, &mut |row| {
        rows.push(row);
        true
    })
    .unwrap();
    rows
}

fn rows(format: Format, text: &str) -> Vec<ReadRow> {
    rows_of(format, format.layout("x"), text.as_bytes(), &assumptions())
}

/// What is wrong with each row, in words: `2 line 3: email is missing`.
fn told(rows: &[ReadRow]) -> Vec<String> {
    let told = rows.iter().flat_map(|row| {
        let bad = row.outcome.as_ref().err().cloned().unwrap_or_default();
        bad.into_iter().map(|bad| format!("{} line {}: {} {}", row.number, row.line, bad.field, bad.why))
    });
    told.collect()
}

fn good(row: ReadRow) -> ImportRow {
    *row.outcome.unwrap()
}

async fn sample_rows(format: Format, name: &str, count: usize) -> Vec<ImportRow> {
    let config = std::fs::read_to_string(sample("firebase-config.json")).unwrap();
    let assumptions = Assumptions { firebase: Some(firebase_keys(&config).unwrap()), ..assumptions() };
    let rows = rows_of(format, format.layout(name), File::open(sample(name)).unwrap(), &assumptions);
    assert_eq!(told(&rows), [""; 0], "{name}");
    let rows: Vec<ImportRow> = rows.into_iter().map(good).collect();
    assert_eq!(rows.len(), count, "{name}");
    let usual = Params::new(8, 1, 1).unwrap();
    let hasher = Hasher::start(HasherConfig { threads: 1, usual, ..HasherConfig::new([0; 32]) }).unwrap();
    for row in &rows {
        let Some(hash) = row.password.clone() else { continue };
        let place = hasher.place(TenantId::from_uuid(Uuid::from_u128(1)), false).unwrap();
        let verified = place.verify(Secret::new(PASSWORD), vec![hash.clone()], usual).await.unwrap();
        assert_eq!(verified.matched, Some(0), "{name} {} {hash:?}", row.email.typed());
        assert!(hash.is_outdated(Params::DEFAULT));
    }
    rows
}

fn phone(row: &ImportRow) -> Option<String> {
    row.person.phone.as_ref().map(countersign_domain::Phone::e164)
}

fn hashes(rows: &[ImportRow]) -> Vec<String> {
    rows.iter().map(|row| row.password.as_ref().map_or("none".to_owned(), |hash| hash.cost().to_string())).collect()
}

#[tokio::test]
async fn our_own_samples_say_the_same_in_both_layouts() {
    let lines = sample_rows(Format::Native, "native.jsonl", 4).await;
    assert_eq!(hashes(&lines), ["bcrypt 10", "sha512-crypt 5120", "scrypt ln=14,r=8,p=1", "none"]);
    let [ada, bob, ..] = &lines[..] else { panic!() };
    assert_eq!((ada.first_name.as_deref(), phone(ada).as_deref()), (Some("Ada"), Some("+447700900101")));
    assert_eq!(ada.person.dob.map(|dob| dob.to_string()).as_deref(), Some("1990-02-28"));
    assert_eq!(ada.person.language, Some(Language::English), "a region makes no other letters");
    assert_eq!(ada.created_at.unwrap().to_string(), "2024-05-01T10:00:00.000000Z");
    assert_eq!((bob.kind, bob.standing, bob.must_change_password), (Kind::Staff, Standing::Deactivated, true));
    let table = sample_rows(Format::Native, "native.csv", 4).await;
    let written = |rows: &[ImportRow]| rows.iter().map(line).collect::<Vec<_>>();
    assert_eq!(written(&lines), written(&table));
}

#[test]
fn what_is_known_of_a_person_survives_its_line() {
    let text = r#"{"email":"ada@example.com","phone":"+15551234567","dob":"1990-05-17","address":"1 High St\nLondon",
        "customerType":"COMPANY","dynamicFields":{"vat":"GB1"},"language":"ar"}"#
        .replace('\n', " ");
    let row = good(rows(Format::Native, &text).remove(0));
    assert_eq!(row.person.address.as_ref().unwrap().as_str(), "1 High St\nLondon");
    let again = good(rows(Format::Native, &line(&row)).remove(0));
    assert_eq!(again.person, row.person);
    assert_eq!(line(&again), line(&row));
    let bad = r#"{"email":"ada@example.com","address":"","customerType":"SHOP","dynamicFields":{"a":1}}"#;
    let why = ["1 line 1: dynamicFields must hold texts", "1 line 1: customerType must be INDIVIDUAL or COMPANY"];
    assert_eq!(told(&rows(Format::Native, bad)), why);
}

#[tokio::test]
async fn the_samples_of_other_systems_are_read_and_their_passwords_match() {
    let keycloak = sample_rows(Format::Keycloak, "keycloak.json", 3).await;
    assert_eq!(
        hashes(&keycloak),
        ["argon2 m=7168,t=5,p=1", "pbkdf2-sha512 i=229376", "pbkdf2-sha256 i=28672"],
        "the account of a client is none"
    );
    assert_eq!(keycloak[1].standing, Standing::Deactivated);
    assert!(keycloak[2].must_change_password && keycloak[2].person.language == Some(Language::English));

    let kratos = sample_rows(Format::Kratos, "kratos.json", 4).await;
    let expected = ["bcrypt 12", "argon2 m=65536,t=3,p=2", "scrypt ln=14,r=8,p=1", "pbkdf2-sha256 i=655360"];
    assert_eq!(hashes(&kratos), expected);
    assert_eq!((kratos[0].first_name.as_deref(), kratos[1].standing), (Some("Ada"), Standing::Deactivated));

    let supabase = sample_rows(Format::Supabase, "supabase.csv", 3).await;
    assert_eq!(hashes(&supabase), ["bcrypt 10", "bcrypt 10", "none"]);
    assert_eq!((phone(&supabase[0]).as_deref(), supabase[1].standing), (Some("+447700900101"), Standing::Deactivated));

    let firebase = sample_rows(Format::Firebase, "firebase.json", 2).await;
    assert_eq!(hashes(&firebase), ["scrypt ln=14,r=8,p=1"; 2]);
    assert_eq!((firebase[0].last_name.as_deref(), firebase[1].standing), (Some("Example"), Standing::Deactivated));

    let django = sample_rows(Format::Django, "django.json", 5).await;
    let expected = ["pbkdf2-sha256 i=1048576", "argon2 m=102400,t=2,p=8", "bcrypt 12", "scrypt ln=14,r=8,p=5", "none"];
    assert_eq!(hashes(&django), expected);
    assert_eq!((django[0].external_id.as_deref(), django[1].standing), (Some("1"), Standing::Deactivated));
    let table = sample_rows(Format::Django, "django.csv", 2).await;
    assert_eq!(table.iter().map(line).collect::<Vec<_>>(), django[..2].iter().map(line).collect::<Vec<_>>());
}

#[test]
fn an_exported_line_is_read_back() {
    let text = std::fs::read_to_string(sample("native.jsonl")).unwrap();
    let lines: Vec<String> = rows(Format::Native, &text).into_iter().map(|row| line(&good(row))).collect();
    let again: Vec<String> = rows(Format::Native, &lines.join("\n")).into_iter().map(|row| line(&good(row))).collect();
    assert_eq!(lines, again);
    assert!(lines[0].contains(r#""passwordHash":"$2b$10$"#));
}

#[test]
fn every_bad_field_of_every_row_is_told_with_its_line() {
    let text = r#"{"email":"ada@example.com"}

{"email":"nobody","roles":["CUSTOMER","AGENT"],"dob":"1990-02-30","phone":"07700","language":"en_GB"}
not json
{"email":"bob@example.com","passwordHash":"$2b$31$L7GQCOGRz.HBdAW9Vuk/2.Z6J8WnQOAmgfpNaXZym/glhIT/AOfSS"}
{"email":"cleo@example.com","passwordHash":"5f4dcc3b5aa765d61d8327deb882cf99","standing":"gone","mustChangePassword":"yes"}
{"roles":["customer"],"createdAt":"yesterday","firstName":"a\tb"}
["email"]
{"email":"ADA@example.com"}
{"email":"ada@example.com","roles":["AGENT"]}
{"email":"dan@example.com","emailVerified":false}"#;
    assert_eq!(
        told(&rows(Format::Native, text)),
        [
            "2 line 3: email must be an email address such as name@example.com",
            "2 line 3: roles must be all CUSTOMER or all staff roles, and at least one",
            "2 line 3: language must be a language tag such as en-GB",
            "2 line 3: phone must be an E.164 number such as +447700900123",
            "2 line 3: dob must be a day such as 2001-12-31",
            "3 line 4: row is no JSON object: column 2",
            "4 line 5: passwordHash has a cost that is not verified here: it must be at most 14 for bcrypt",
            "5 line 6: standing must be active or deactivated",
            "5 line 6: mustChangePassword must be true or false",
            "5 line 6: passwordHash is not of the form of a password hash",
            "6 line 7: createdAt must be a moment such as 2024-05-01T10:00:00Z",
            "6 line 7: email is missing",
            "6 line 7: roles must be the name of a role: capital letters, digits and _, at most 40, such as CASHIER",
            "6 line 7: firstName must be at most 100 characters, none of control",
            "7 line 8: row is no JSON object: column 0",
            "8 line 9: email names a customer account that an earlier row names too",
            "10 line 11: emailVerified was never proved there",
        ]
    );
}

#[test]
fn what_other_systems_never_proved_or_cannot_prove_is_refused() {
    let keycloak = r#"{"users":[{"email":"ada@example.com","emailVerified":false},
        {"email":"bob@example.com","emailVerified":true,"credentials":[{"type":"password","secretData":"{}","credentialData":"{}"}]}]}"#;
    let kratos = r#"{"traits":{"email":"ada@example.com"},"verifiable_addresses":[{"value":"ada@example.com","verified":false}]}"#;
    let supabase = r#"{"email":"ada@example.com","deleted_at":"2024-05-01"}"#;
    let firebase =
        r#"{"users":[{"email":"ada@example.com","emailVerified":true,"passwordHash":"AAAA","salt":"AAAA"}]}"#;
    let expected: [(_, _, &[&str]); 4] = [
        (
            Format::Keycloak,
            keycloak,
            &["1 line 1: emailVerified was never proved there", "2 line 2: credentials has an unusable salt"],
        ),
        (Format::Kratos, kratos, &["1 line 1: verifiable_addresses was never proved there"]),
        (
            Format::Supabase,
            supabase,
            &[
                "1 line 1: deleted_at says that the user was deleted",
                "1 line 1: email_confirmed_at was never proved there",
            ],
        ),
        (
            Format::Firebase,
            firebase,
            &["1 line 1: passwordHash needs the hash parameters of the project (--firebase-config)"],
        ),
    ];
    for (format, text, refusals) in expected {
        assert_eq!(told(&rows(format, text)), refusals, "{}", format.name());
    }
    let trusting = Assumptions { takes_unverified: true, ..assumptions() };
    assert!(rows_of(Format::Kratos, Layout::JsonLines, kratos.as_bytes(), &trusting)[0].outcome.is_ok());
}

#[test]
fn rows_have_a_bounded_length_and_a_realm_has_not() {
    let long = "x".repeat(usize::try_from(ROW_BYTES_MAX).unwrap());
    let text = format!("{{\"email\":\"{long}\"}}\n{{\"email\":\"ada@example.com\"}}");
    let read_rows = rows(Format::Native, &text);
    assert_eq!(told(&read_rows), ["1 line 1: row is longer than 65536 bytes"]);
    assert!(read_rows[1].outcome.is_ok());
    let realm = format!(
        r#"{{"a":"{long}{long}","users":[{{"email":"ada@example.com","emailVerified":true}}],"b":"{long}{long}"}}"#
    );
    assert!(rows(Format::Keycloak, &realm)[0].outcome.is_ok());
    for (layout, text) in [
        (Layout::JsonUsers, format!(r#"{{"users":[{{"email":"{long}"}}]}}"#)),
        (Layout::JsonArrayOrLines, format!(r#"[{{"email":"{long}"}}]"#)),
        (Layout::Csv, format!("email\n\"{long}{long}{long}\"\n")),
    ] {
        let fault = read(Format::Native, layout, text.as_bytes(), &assumptions(), &mut |_| true).unwrap_err();
        assert!(fault.to_string().contains("longer than 65536 bytes"), "{fault}");
    }
}

#[test]
fn a_broken_file_says_where() {
    for (layout, text, why) in [
        (Layout::JsonUsers, "{\"users\":[\n{\"email\":\"a\"},\n{", "line 3: "),
        (Layout::JsonUsers, "{\"people\":[]}", "line 1: there is no array `users`"),
        (Layout::JsonUsers, "{\"users\":{}}", "line 1: invalid type: map, expected an array of objects"),
        (Layout::JsonArrayOrLines, "[{}\n,,", "line 2: "),
        (Layout::JsonArrayOrLines, "[{}]\n[{}]", "line 2: "),
    ] {
        let fault = read(Format::Native, layout, text.as_bytes(), &assumptions(), &mut |_| true).unwrap_err();
        assert!(fault.to_string().starts_with(why), "{fault}");
    }
    let ragged =
        rows_of(Format::Native, Layout::Csv, "email,id\nada@example.com\n\"a\nb\",1\n".as_bytes(), &assumptions());
    assert_eq!(
        told(&ragged),
        [
            "1 line 2: row has 1 columns where the first line has 2",
            "2 line 3: email must be an email address such as name@example.com",
        ]
    );
}

#[test]
fn reading_stops_when_told() {
    for (layout, text) in [
        (Layout::JsonLines, "{}\n{}\n{}"),
        (Layout::JsonArrayOrLines, "[{},{},{}]"),
        (Layout::JsonUsers, r#"{"users":[{},{},{}]}"#),
        (Layout::Csv, "id\n1\n2\n3\n"),
    ] {
        let mut seen = 0;
        read(Format::Native, layout, text.as_bytes(), &assumptions(), &mut |_| {
            seen += 1;
            seen < 2
        })
        .unwrap();
        assert_eq!(seen, 2, "{layout:?}");
    }
}

#[test]
fn batches_go_on_where_they_stopped() {
    let text: String = (1..=1_203)
        .map(
            |number| {
                if number % 3 == 0 { "{}\n".to_owned() } else { format!("{{\"email\":\"p{number}@example.com\"}}\n") }
            },
        )
        .collect();
    let progress: Arc<AtomicU64> = Arc::default();
    let mut input = Digesting::new(text.as_bytes(), Arc::clone(&progress));
    rows_of(Format::Native, Layout::JsonLines, &mut input, &assumptions());
    assert_eq!(progress.load(Ordering::Relaxed), text.len() as u64);
    let begin = Position { plan: input.digest(), row: 0 };

    let written = |from: Position| {
        let (mut batches, mut all) = (Batches::from(from, BATCH_ROWS_MAX), Vec::new());
        for row in rows(Format::Native, &text) {
            all.extend(batches.push(row));
        }
        all.extend(batches.rest());
        assert!(batches.rest().is_none());
        all.into_iter().map(|(rows, position)| (rows.len(), position.row)).collect::<Vec<_>>()
    };
    assert_eq!(written(begin), [(500, 749), (302, 1_203)]);
    assert_eq!(written(Position { row: 749, ..begin }), [(302, 1_203)]);
    assert_eq!(written(Position { row: 1_202, ..begin }), [(0, 1_203)], "a refused row is settled too");
    assert_eq!(written(Position { row: 1_203, ..begin }), []);
}

#[test]
fn hash_parameters_of_a_project_are_read_strictly() {
    let good = std::fs::read_to_string(sample("firebase-config.json")).unwrap();
    for (text, why) in [
        (good.replace("SCRYPT", "BCRYPT"), BadFirebaseConfig::Algorithm),
        (good.replace("rounds", "round"), BadFirebaseConfig::Form),
        (good.replace("Bw==", "!"), BadFirebaseConfig::Base64),
        (String::new(), BadFirebaseConfig::Form),
    ] {
        assert_eq!(firebase_keys(&text).err(), Some(why), "{text}");
    }
}

#[test]
fn names_of_formats_read_back() {
    for format in FORMATS {
        assert_eq!(format.name().parse(), Ok(format));
        assert_eq!(format.layout("People.CSV"), Layout::Csv);
    }
}

#[test]
fn the_page_names_every_sample_and_every_cap() {
    use countersign_domain::imported_cost as caps;
    let page = std::fs::read_to_string(sample("../import.md")).unwrap();
    for file in std::fs::read_dir(sample("")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(page.contains(&format!("[{name}](import/{name})")), "{name}");
    }
    let with_commas = |number: u64| {
        let digits = number.to_string();
        let groups: Vec<&str> =
            digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).unwrap()).collect();
        groups.join(",")
    };
    for cap in [
        format!("cost {}:", caps::BCRYPT_COST_MAX),
        format!("N · r · p = {},", with_commas(caps::SCRYPT_BLOCKS_MAX)),
        format!("{} iterations", with_commas(caps::PBKDF2_ITERATIONS_MAX.into())),
        format!("SHA-512 {}:", with_commas(caps::PBKDF2_SHA512_ITERATIONS_MAX.into())),
        format!("{} rounds", with_commas(caps::SHA_CRYPT_ROUNDS_MAX.into())),
    ] {
        assert!(page.contains(&cap), "{cap}");
    }
}
