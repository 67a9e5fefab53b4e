//! The command line on the store of a service that is running and busy.

use std::sync::atomic::{AtomicBool, Ordering};

use super::home::Home;
use super::service::Service;

const HOST: &str = "remitjunction.localhost";
const PASSWORD: &str = "Correct-horse-7";

#[test]
fn commands_and_logins_write_one_sqlite_file_at_once() {
    let home = Home::sandbox();
    let service = Service::start(&home);
    let stop = AtomicBool::new(false);
    let logins = std::thread::scope(|scope| {
        let busy: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut logins = 0;
                    while !stop.load(Ordering::Relaxed) {
                        assert_eq!(service.log_in(HOST, "hello@remitjunction.co.uk", "Password@1").0, 200);
                        logins += 1;
                    }
                    logins
                })
            })
            .collect();
        for number in 0..8 {
            let email = format!("person-{number}@example.com");
            home.make_account("remitjunction", &email, "AGENT", PASSWORD);
            assert_eq!(service.log_in(HOST, &email, PASSWORD).0, 200);
            home.run(&format!("account deactivate -t remitjunction {email}")).done();
            assert_eq!(service.refused_login(HOST, &email, PASSWORD), "403 ACCOUNT_DEACTIVATED");
        }
        stop.store(true, Ordering::Relaxed);
        busy.into_iter().map(|busy| busy.join().unwrap()).sum::<i32>()
    });
    assert!(logins > 0);
    let made = home.json("audit list -t remitjunction --action account_created --limit 200");
    assert_eq!(made.as_array().unwrap().len(), 4 + 8);
    assert_eq!(home.json("audit verify -t remitjunction")["clean"], true);
}

/// A large import writes one transaction after the other, and everybody else still gets their turn.
#[test]
fn an_import_leaves_logins_their_turn() {
    const ROWS: usize = 10_000;
    let home = Home::sandbox();
    let service = Service::start(&home);
    let text: String =
        (0..ROWS).map(|n| format!("{{\"email\":\"p{n}@example.com\",\"roles\":[\"CUSTOMER\"]}}\n")).collect();
    home.write("people.jsonl", &text, 0o600);
    let is_over = AtomicBool::new(false);
    let (sum, logins) = std::thread::scope(|scope| {
        let logging_in = scope.spawn(|| {
            let mut logins = 0;
            while !is_over.load(Ordering::Relaxed) {
                assert_eq!(service.log_in(HOST, "hello@remitjunction.co.uk", "Password@1").0, 200);
                logins += 1;
            }
            logins
        });
        let sum = home.run("--json account import -t remitjunction people.jsonl").done();
        is_over.store(true, Ordering::Relaxed);
        (sum, logging_in.join().unwrap())
    });
    assert!(sum.contains("\"written\":10000") && logins > 3, "{sum} {logins}");
    assert_eq!(home.json("audit verify -t remitjunction")["clean"], true);
}

#[test]
fn a_sandbox_is_looked_after_as_one() {
    let home = Home::sandbox();
    let missing = home.run("tenant list").refused();
    assert!(missing.contains("data/sandbox does not exist: start the service once"), "{missing}");
    drop(Service::start(&home));
    let slugs = home.json("tenant list");
    assert_eq!((&slugs[0]["slug"], &slugs[1]["slug"]), (&"otherjunction".into(), &"remitjunction".into()));
    let made = home.run("tenant create third --algorithm ES256");
    assert!(made.err.contains("account create --sandbox --tenant third"), "{made:?}");
    made.done();
    assert_eq!(home.json("tenant show third")["settings"]["unknown_email"], "tell");
    // In the sandbox anybody may have a published password, and try short locks.
    home.make_account("third", "ada@example.com", "MANAGER", PASSWORD);
    home.run("tenant set third lockout_seconds=1").done();
}
