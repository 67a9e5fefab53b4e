//! Every refusal of a production to start, and of commands to work in the wrong place.

use super::home::Home;
use super::service::Service;

const LISTEN: &str = "serve --listen 127.0.0.1:0 --ops-listen 127.0.0.1:0";

fn refused(home: &Home, more: &str) -> String {
    home.run(&format!("{LISTEN} {more}")).refused()
}

#[test]
fn production_does_not_start_without_what_it_needs() {
    let home = Home::production();
    for (more, said) in [
        ("--set secrets.master_key_file=", "secrets.master_key is not set"),
        ("--set tenancy.public_url=", "tenancy.public_url is not set"),
        ("--set tenancy.public_url=http://{tenant}.auth.example.com", "passwords would cross the network in clear"),
        ("--set proxy.trusted=", "nobody ends TLS"),
        ("--set hashing.memory_kib=64", "hashing is too cheap"),
        ("--set tls.certificate_file=c.pem --set tls.key_file=k.pem", "tls.certificate_file: c.pem: No such file"),
        ("--set tenancy.base_domains=auth.example.com,localhost", "localhost, which is the sandbox's"),
    ] {
        let told = refused(&home, more);
        assert!(told.starts_with("countersign: production does not start:\n") && told.contains(said), "{more}: {told}");
    }
    let all = refused(&home, "--set secrets.master_key_file= --set tenancy.public_url= --set proxy.trusted=");
    assert_eq!(all.lines().count(), 4, "every reason at once: {all}");
    assert_eq!(home.run("serve --sandbox").status, 2);
    let unknown = home.run("serve --set htpp.platforms=x");
    assert!(unknown.status == 1 && unknown.err.contains("the nearest is http.platforms"), "{unknown:?}");
}

#[test]
fn production_does_not_start_where_others_can_read() {
    let home = Home::production();
    home.make_tenant("acme", 5);
    for (name, loose, good) in
        [("data", 0o750, 0o700), ("data/countersign.db", 0o640, 0o600), ("master.key", 0o644, 0o600)]
    {
        home.set_mode(name, loose);
        let told = home.run(LISTEN).refused();
        assert!(told.contains(&format!("mode {loose:04o}")), "{name}: {told}");
        assert!(home.run("tenant list").refused().contains("chmod"), "{name}");
        home.set_mode(name, good);
    }
    home.run("tenant list").done();
}

#[test]
fn production_does_not_start_over_what_a_sandbox_made() {
    let sandbox = Home::sandbox();
    drop(Service::start(&sandbox));
    let home = Home::production();
    let data = sandbox.path("data/sandbox");
    let told = refused(&home, &format!("--data-dir {}", data.display()));
    assert!(told.contains("was made by the sandbox"), "{told}");
    let told = home.run(&format!("tenant list --data-dir {}", data.display())).refused();
    assert!(told.contains("look after it with --sandbox"), "{told}");
    // The same store, brought into another folder with its key: its own mark tells.
    for file in ["countersign.db", "countersign.db-wal"] {
        let _ = std::fs::copy(data.join(file), home.path("data").join(file));
    }
    std::fs::copy(data.join("master.key"), home.path("master.key")).unwrap();
    let told = home.run(LISTEN).refused();
    assert!(told.contains("this store was made by the sandbox"), "{told}");
    let told = home.run(&format!("--sandbox --data-dir {} tenant list", home.path("data").display())).refused();
    assert!(told.contains("was not made by the sandbox"), "{told}");
}

#[test]
fn production_does_not_start_with_another_master_key() {
    let home = Home::production();
    home.make_tenant("acme", 5);
    home.write("master.key", &"0123456789abcdef".repeat(4), 0o600);
    for line in [LISTEN, "tenant list"] {
        let told = home.run(line).refused();
        assert!(told.contains("the master key does not open the secrets of this store"), "{told}");
        assert!(!told.contains("0123456789abcdef"), "{told}");
    }
}

#[test]
fn production_does_not_start_while_a_sandbox_credential_can_log_in() {
    let sandbox = Home::sandbox();
    drop(Service::start(&sandbox));
    let published: String = rusqlite::Connection::open(sandbox.path("data/sandbox/countersign.db"))
        .unwrap()
        .query_row("SELECT password_hash FROM account WHERE roles LIKE '%MANAGER%'", [], |row| row.get(0))
        .unwrap();
    let home = Home::production();
    home.make_tenant("acme", 5);
    home.make_tenant("bank", 5);
    home.make_account("bank", "hello@remitjunction.co.uk", "AGENT", "Correct-horse-7");
    drop(Service::start(&home));
    let database = rusqlite::Connection::open(home.path("data/countersign.db")).unwrap();
    assert_eq!(database.execute("UPDATE account SET password_hash = ?1", [published]).unwrap(), 1);
    drop(database);
    let told = home.run(LISTEN).refused();
    assert!(told.contains("MANAGER hello@remitjunction.co.uk of tenant bank can log in"), "{told}");
    assert!(told.contains("countersign account set-password"), "{told}");
    let set = "account set-password -t bank hello@remitjunction.co.uk --password-file -";
    home.run_with(set, "Battery-staple-8").done();
    drop(Service::start(&home));
}
