use serde_json::{Value, json};

use super::home::Home;

const PASSWORD: &str = "Correct-horse-7";

#[test]
fn an_account_shows_who_it_is_and_why_it_can_log_in() {
    let home = Home::production();
    home.make_tenant("acme", 5);
    let line =
        "--json account create -t acme Ada@acme.example --role AGENT --role CASHIER --first-name Ada --password-file -";
    let text = home.run_with(line, &format!("{PASSWORD}\n")).done();
    let made: Value = serde_json::from_str(&text).unwrap();
    let members: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("  \"")?.split('"').next()).collect();
    assert_eq!(
        members,
        [
            "id",
            "kind",
            "email",
            "firstName",
            "lastName",
            "roles",
            "standing",
            "hasPassword",
            "mustChangePassword",
            "generation",
            "passwordVersion",
            "createdAt",
            "livingSessions",
            "canLogIn",
            "why",
            "remedies",
            "notes",
            "counters"
        ]
    );
    assert_eq!(
        (&made["kind"], &made["email"], &made["roles"]),
        (&json!("staff"), &json!("Ada@acme.example"), &json!(["AGENT", "CASHIER"]))
    );
    assert_eq!(home.json("account show -t acme ada@ACME.example"), made);
    assert_eq!(home.json(&format!("account show -t acme {}", made["id"].as_str().unwrap())), made);
}

#[test]
fn an_address_with_two_accounts_needs_the_kind() {
    let home = Home::production();
    home.make_tenant("acme", 5);
    let staff = home.make_account("acme", "ada@acme.example", "CASHIER", PASSWORD);
    home.make_account("acme", "ada@acme.example", "CUSTOMER", PASSWORD);
    let told = home.run("account show -t acme ada@acme.example").refused();
    assert!(told.contains("say which with --kind customer or --kind staff"), "{told}");
    assert_eq!(home.json("account show -t acme ada@acme.example --kind staff")["id"], staff);
    home.run("account deactivate -t acme ada@acme.example --kind customer").done();
    assert_eq!(home.json("account show -t acme ada@acme.example --kind staff")["standing"], "active");
}

#[test]
fn a_link_is_sent_to_the_accounts_own_address_and_printed_nowhere() {
    let home = Home::production();
    home.make_tenant("acme", 5);
    home.make_account("acme", "ada@acme.example", "CASHIER", PASSWORD);
    let send = "account send-reset -t acme ada@acme.example";
    for _ in 0..3 {
        let sent = home.run(send);
        assert!(sent.err.contains("waits for a running service"), "{sent:?}");
        assert!(!sent.done().contains("token"));
    }
    let waiting = home.json("mail list -t acme --state due");
    assert_eq!((waiting.as_array().unwrap().len(), &waiting[0]["kind"]), (3, &json!("reset")));
    assert!(home.run(send).refused().contains("enough links were sent to this address"));
    home.run("account deactivate -t acme ada@acme.example").done();
    assert!(home.run(send).refused().contains("activate it first"));
}

#[test]
fn what_cannot_be_made_is_refused_with_its_reason() {
    let home = Home::production();
    home.make_tenant("acme", 5);
    home.make_account("acme", "ada@acme.example", "AGENT", PASSWORD);
    for (line, password, status, said) in [
        ("-t acme ada@acme.example --role MANAGER", PASSWORD, 1, "has a staff account with this address"),
        ("-t acme bob@acme.example --role TELLER", PASSWORD, 1, "has no role TELLER"),
        ("-t acme bob@acme.example --role MANAGER --role CUSTOMER", PASSWORD, 1, "all CUSTOMER or all staff"),
        ("-t acme bob@acme.example --role MANAGER", "brief", 1, "the password "),
        ("-t acme bob@acme.example --role MANAGER", "Password@1", 1, "published sandbox passwords"),
        ("-t acme bob@acme.example --role MANAGER", "two\nlines", 1, "on one line"),
        (
            "-t acme bobby@acme.example --role MANAGER",
            "bobby12345",
            1,
            "the password must have a capital letter\nthe password must have a special character",
        ),
        ("-t acme bobby@acme.example --role MANAGER", "I-am-Bobby-1", 1, "must not contain the email address"),
        ("-t nobody bob@acme.example --role MANAGER", PASSWORD, 1, "there is no tenant nobody"),
        ("-t acme bob --role MANAGER", PASSWORD, 2, "email address"),
        ("-t acme bob@acme.example", PASSWORD, 2, "--role"),
        ("-t acme bob@acme.example --role MANAGER --password Secret@12", "", 2, "--password"),
    ] {
        let ran = home.run_with(&format!("account create {line} --password-file -"), password);
        assert_eq!(ran.status, status, "{line}: {ran:?}");
        assert!(ran.out.is_empty() && ran.err.contains(said), "{line}: {ran:?}");
        assert!(!ran.err.contains(PASSWORD), "{ran:?}");
    }
    assert_eq!(
        home.run("account show -t acme bob@acme.example").refused(),
        "countersign: the tenant acme has no such account\n"
    );
    let asked = home.run("account create -t acme bob@acme.example --role MANAGER");
    assert!(asked.status == 1 && asked.err.contains("there is no terminal"), "{asked:?}");
}
