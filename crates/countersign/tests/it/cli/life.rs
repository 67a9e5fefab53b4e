//! The life of a tenant and of its people by the command line, beside the service that serves them.

use serde_json::{Value, json};

use super::home::Home;
use super::service::Service;

const HOST: &str = "acme.auth.example.com";
const ADA: &str = "ada@acme.example";
const PASSWORD: &str = "Correct-horse-7";
const ANOTHER: &str = "Battery-staple-8";
const WRONG: &str = "Wrong-horse-9";

#[test]
fn a_tenant_and_its_people_on_sqlite() {
    live(&Home::production());
}

#[test]
fn a_tenant_and_its_people_on_postgres() {
    live(&Home::on_postgres());
}

fn live(home: &Home) {
    home.make_tenant("acme", 2);
    let id = home.make_account("acme", ADA, "MANAGER", PASSWORD);
    let service = Service::start(home);
    let (access, refresh) = service.tokens(HOST, ADA, PASSWORD);
    assert_eq!(service.profile(HOST, &access), 200);
    let shown = home.json(&format!("account show -t acme {ADA}"));
    assert_eq!((shown["livingSessions"].as_i64(), shown["canLogIn"].as_bool()), (Some(1), Some(true)), "{shown}");
    locked_and_unlocked(home, &service);
    refused_as_the_last_manager(home);
    home.make_account("acme", "grace@acme.example", "MANAGER", PASSWORD);
    closed_and_opened(home, &service, &access, &refresh);
    another_password(home, &service, &id);
    sessions(home, &service);
    suspended_and_resumed(home, &service);
    trail(home, &id);
}

fn locked_and_unlocked(home: &Home, service: &Service) {
    assert_eq!(service.refused_login(HOST, ADA, WRONG), "401 INVALID_CREDENTIALS");
    assert_eq!(service.refused_login(HOST, ADA, WRONG), "403 ACCOUNT_LOCKED");
    let shown = home.json(&format!("account show -t acme {ADA}"));
    assert_eq!(shown["canLogIn"], false);
    let why = shown["why"][0].as_str().unwrap();
    assert!(why.starts_with("new devices are locked out until 2"), "{why}");
    let counter = &shown["counters"][0];
    assert_eq!((&counter["device"], &counter["failures"], &counter["shut"]), (&Value::Null, &json!(2), &json!(false)));
    assert!(home.run(&format!("account show -t acme {ADA}")).done().contains("2 failures, 2 in a row, locked until 2"));
    let unlocked = home.json(&format!("account unlock -t acme {ADA}"));
    assert_eq!((&unlocked["canLogIn"], &unlocked["counters"]), (&json!(true), &json!([])));
    let again = home.run(&format!("account unlock -t acme {ADA}"));
    assert!(again.status == 0 && again.err.contains("it is so already"), "{again:?}");
    assert_eq!(service.log_in(HOST, ADA, PASSWORD).0, 200);
}

fn refused_as_the_last_manager(home: &Home) {
    let refused = home.run(&format!("account deactivate -t acme {ADA}"));
    assert!(refused.status == 1 && refused.err.contains("without a manager who can log in"), "{refused:?}");
}

fn closed_and_opened(home: &Home, service: &Service, access: &str, refresh: &str) {
    let closed = home.json(&format!("account deactivate -t acme {ADA}"));
    assert_eq!((closed["standing"].as_str(), closed["livingSessions"].as_i64()), (Some("deactivated"), Some(0)));
    assert_eq!(closed["why"], json!(["the account is deactivated"]));
    assert_eq!(service.profile(HOST, access), 401);
    let body = json!({ "refresh_token": refresh });
    let (status, _) = service.call(HOST, "PUT", "/api/v6/services/securitymanagement/refresh-token", None, &body);
    assert_eq!(status, 401);
    assert_eq!(service.refused_login(HOST, ADA, PASSWORD), "403 ACCOUNT_DEACTIVATED");
    assert_eq!(home.json(&format!("account activate -t acme {ADA}"))["standing"], "active");
    assert_eq!(service.log_in(HOST, ADA, PASSWORD).0, 200);
}

fn another_password(home: &Home, service: &Service, id: &str) {
    home.write("new.password", &format!("{ANOTHER}\n"), 0o600);
    let set = home.run(&format!("account set-password -t acme {id} --password-file new.password"));
    assert!(set.err.starts_with("The password is set;"), "{set:?}");
    set.done();
    assert_eq!(service.refused_login(HOST, ADA, PASSWORD), "401 INVALID_CREDENTIALS");
    assert_eq!(service.log_in(HOST, ADA, ANOTHER).0, 200);
}

fn sessions(home: &Home, service: &Service) {
    let (first, _) = service.tokens(HOST, ADA, ANOTHER);
    let list = || home.json(&format!("session list -t acme {ADA}")).as_array().unwrap().clone();
    let listed = list();
    assert_eq!(listed.len(), 2, "{listed:?}");
    assert_eq!((&listed[0]["network"], &listed[0]["refreshes"]), (&json!("127.0.0.1"), &json!(0)));
    let newest = listed[0]["id"].as_str().unwrap();
    assert_eq!(home.json(&format!("session end -t acme {newest}")), json!([{ "id": newest, "ended": true }]));
    assert_eq!(service.profile(HOST, &first), 401);
    let again = home.run(&format!("session end -t acme {newest}"));
    assert!(again.status == 1 && again.err.contains("not every one"), "{again:?}");
    assert_eq!(home.json(&format!("session end -t acme --account {ADA}")).as_array().unwrap().len(), 1);
    assert!(list().is_empty());
}

fn suspended_and_resumed(home: &Home, service: &Service) {
    assert_eq!(home.json("tenant suspend acme"), json!({ "slug": "acme", "state": "suspended" }));
    // A node's view of the tenant may be a minute old; what is judged in a transaction is not.
    assert_eq!(service.refused_login(HOST, ADA, ANOTHER), "403 TENANT_SUSPENDED");
    assert_eq!(home.json(&format!("account show -t acme {ADA}"))["why"], json!(["the tenant is suspended"]));
    home.run("tenant resume acme").done();
    assert_eq!(home.run("tenant resume acme").status, 0);
    assert_eq!(service.log_in(HOST, ADA, ANOTHER).0, 200);
}

fn trail(home: &Home, id: &str) {
    let about = home.json(&format!("audit list -t acme --account {ADA} --limit 200"));
    let by_operator: Vec<&str> = about
        .as_array()
        .unwrap()
        .iter()
        .inspect(|event| assert_eq!(event["subject"], id))
        .filter(|event| event["actor"] == "operator")
        .map(|event| event["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        by_operator,
        [
            "session_ended",
            "session_ended",
            "password_set",
            "account_activated",
            "account_deactivated",
            "account_unlocked",
            "account_created"
        ]
    );
    let locks = home.json("audit list -t acme --action lockout_started");
    assert_eq!(locks.as_array().unwrap().len(), 1);
    assert_eq!(home.json("audit verify -t acme")["clean"], true);
}
