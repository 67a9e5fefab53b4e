use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use super::home::Home;

#[test]
fn a_new_tenant_is_told_with_what_to_do_next() {
    let home = Home::production();
    let made =
        home.run("--json tenant create acme --name Acme --unknown-email tell --algorithm EdDSA --with audience=api");
    assert_eq!(
        made.err,
        "Make its first manager: countersign account create --tenant acme EMAIL --role MANAGER\n\
         A running service serves it at https://acme.auth.example.com from now on.\n"
    );
    let text = made.done();
    let made: serde_json::Value = serde_json::from_str(&text).unwrap();
    let members: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("  \"")?.split('"').next()).collect();
    assert_eq!(members, ["slug", "id", "name", "url", "algorithm", "invitation"]);
    assert_eq!((&made["url"], &made["algorithm"]), (&json!("https://acme.auth.example.com"), &json!("EdDSA")));
    let shown = home.json("tenant show acme");
    assert_eq!((&shown["id"], &shown["name"], &shown["state"]), (&made["id"], &json!("Acme"), &json!("active")));
    assert_eq!((&shown["settings"]["unknown_email"], &shown["settings"]["audience"]), (&json!("tell"), &json!("api")));
    assert_eq!(home.json("key list -t acme")[0]["algorithm"], "EdDSA");
    let again = home.run("tenant create acme").refused();
    assert_eq!(again, "countersign: acme is taken by another tenant\n");
    home.run("tenant create other").done();
    assert_eq!(home.json("tenant show other")["settings"]["unknown_email"], "conceal");
}

#[test]
fn a_tenant_is_given_a_logo_and_loses_it() {
    let home = Home::production();
    home.make_tenant("acme", 5);
    let grey = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADklEQVR4nGNoaGBoaAAABgYCASzBUNcAAAAASUVORK5CYII=";
    std::fs::write(home.path("logo.png"), BASE64_STANDARD.decode(grey).unwrap()).unwrap();
    home.write("logo.svg", "<svg/>", 0o600);
    home.write("large.png", &"x".repeat(100_000), 0o600);
    let set = home.json("tenant logo acme logo.png");
    assert_eq!(set["logo"].as_str().map(str::len), Some(43), "the hash of what is kept");
    let again = home.run("tenant logo acme logo.png");
    assert!(again.err.contains("it is so already"), "{again:?}");
    for (line, said) in [
        ("acme logo.svg", "the logo must be a PNG"),
        ("acme large.png", "the logo must be a file of at most 64 KiB"),
        ("acme nothing.png", "nothing.png cannot be read"),
        ("nobody logo.png", "there is no tenant nobody"),
    ] {
        let told = home.run(&format!("tenant logo {line}")).refused();
        assert!(told.contains(said), "{told}");
    }
    assert_eq!(home.json("tenant logo acme --remove")["logo"], json!(null));
    for line in ["acme", "acme logo.png --remove"] {
        assert_eq!(home.run(&format!("tenant logo {line}")).status, 2, "{line}");
    }
}

#[test]
fn tenants_are_listed_page_by_page_and_searched() {
    let home = Home::production();
    for slug in ["a-one", "b-two", "c-one"] {
        home.make_tenant(slug, 5);
    }
    let slugs = |line: &str| -> Vec<String> {
        home.json(line).as_array().unwrap().iter().map(|row| row["slug"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(slugs("tenant list"), ["a-one", "b-two", "c-one"]);
    assert_eq!(slugs("tenant list --search one"), ["a-one", "c-one"]);
    assert_eq!(slugs("tenant list --search nobody"), [""; 0]);
    let first = home.run("tenant list --limit 2");
    assert_eq!(first.err, "there are more: --cursor b-two\n");
    let plain = first.done();
    let columns: Vec<&str> = plain.lines().next().unwrap().split('\t').collect();
    assert_eq!(columns, ["slug", "name", "state", "createdAt", "id"]);
    assert_eq!(slugs("tenant list --limit 2 --cursor b-two"), ["c-one"]);
}

#[test]
fn settings_are_set_judged_and_told() {
    let home = Home::production();
    home.make_tenant("acme", 5);
    let set = home.json(
        "tenant set acme lockout_failures_max=3 cors_origins=https://app.example.com \
         hash_cost={memory_kib=47104,iterations=1,parallelism=1}",
    );
    let settings = &set["settings"];
    assert_eq!(
        (&settings["lockout_failures_max"], &settings["cors_origins"][0]),
        (&json!(3), &json!("https://app.example.com"))
    );
    // Stored hashes still have the usual cost.
    let usual = json!({ "memory_kib": 19_456, "iterations": 2, "parallelism": 1 });
    assert_eq!(settings["held_costs"], json!([usual]));
    let back = home.json("tenant set acme hash_cost= lockout_failures_max=");
    let dear = json!({ "memory_kib": 47_104, "iterations": 1, "parallelism": 1 });
    assert_eq!(back["settings"]["held_costs"], json!([usual, dear]));
    assert_eq!((&back["settings"]["hash_cost"], &back["settings"]["lockout_failures_max"]), (&json!(null), &json!(5)));
    let told = home.json("audit list -t acme --action tenant_changed");
    assert_eq!(told[0]["detail"], "hash_cost=, lockout_failures_max=");
    let same = home.run("tenant set acme lockout_failures_max=5");
    assert!(same.status == 0 && same.err.contains("so already"), "{same:?}");
}

#[test]
fn every_bad_setting_is_refused_and_nothing_is_changed() {
    let home = Home::production();
    home.make_tenant("acme", 5);
    let before = home.json("tenant show acme");
    let told = home
        .run(
            "tenant set acme lockout_failures_max=0 lockout_seconds=999999999 session_idle_seconds=1 audience= \
             cors_origins=https://app.example.com/ public_url=http://acme.example \
             hash_cost={memory_kib=64,iterations=1,parallelism=1} audit_retention_days=99999",
        )
        .refused();
    let named: Vec<&str> =
        told.trim_start_matches("countersign: ").lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(
        named,
        [
            "lockout_failures_max",
            "lockout_seconds",
            "session_idle_seconds",
            "audit_retention_days",
            "public_url",
            "cors_origins",
            "hash_cost"
        ]
    );
    let told = home.run("tenant set acme lockout_failure_max=3").refused();
    assert!(told.contains("the nearest is lockout_failures_max"), "{told}");
    assert!(home.run("tenant create cheap --with lockout_failures_max=0").refused().contains("from 1 to 100"));
    assert_eq!(home.json("tenant show acme"), before);
    assert_eq!(home.run("tenant show cheap").refused(), "countersign: there is no tenant cheap\n");
}

#[test]
fn a_host_of_its_own_is_outside_every_base_domain() {
    let home = Home::production();
    home.make_tenant("acme", 5);
    home.make_tenant("other", 5);
    let hosts = |line: &str| home.json(line)["hosts"].clone();
    assert_eq!(
        hosts("tenant set acme --add-host login.acme.example --add-host ACME.example"),
        json!(["acme.example", "login.acme.example"])
    );
    for host in ["other.auth.example.com", "auth.example.com", "a.b.auth.example.com", "localhost"] {
        let told = home.run(&format!("tenant set acme --add-host {host}")).refused();
        assert!(told.contains("is under a base domain"), "{told}");
    }
    let taken = home.run("tenant set other --add-host login.acme.example").refused();
    assert!(taken.contains("login.acme.example is taken by another tenant"), "{taken}");
    assert_eq!(home.run("tenant set acme --add-host acme.example:8443").status, 2);
    assert_eq!(home.run("tenant set acme").status, 2);
    assert_eq!(hosts("tenant set acme --remove-host acme.example"), json!(["login.acme.example"]));
}
