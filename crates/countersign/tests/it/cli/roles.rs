//! Roles and the first manager, by the command line.

use serde_json::{Value, json};

use super::home::Home;
use super::service::Service;

const HOST: &str = "acme.auth.example.com";

#[test]
fn a_role_opens_what_it_is_told_to() {
    let home = Home::production();
    home.make_tenant("acme", 5);
    let made = home.json("role create -t acme AUDITOR --permission audit.read --permission staff.read");
    let of = |listed: &Value, role: &str| {
        let rows = listed.as_array().unwrap().iter();
        rows.clone().find(|row| row["role"] == role).map(|row| row["permissions"].clone())
    };
    assert_eq!(of(&made, "AUDITOR"), Some(json!("staff.read audit.read")));
    assert_eq!(of(&made, "AGENT"), Some(json!("customers.read")));
    let again = home.run("role create -t acme AUDITOR");
    assert!(again.status == 1 && again.err.contains("the tenant has a role AUDITOR"), "{again:?}");
    assert_eq!(of(&home.json("role set -t acme AUDITOR"), "AUDITOR"), Some(json!("")));
    for fixed in ["MANAGER", "CUSTOMER"] {
        let refused = home.run(&format!("role set -t acme {fixed}"));
        assert!(refused.status == 1 && refused.err.contains("stays as it is"), "{refused:?}");
    }
    home.make_account("acme", "ada@acme.example", "AUDITOR", "Correct-horse-7");
    let held = home.run("role delete -t acme AUDITOR");
    assert!(held.status == 1 && held.err.contains("is held by somebody"), "{held:?}");
    home.run("role create -t acme TEMPORARY").done();
    assert_eq!(of(&home.json("role delete -t acme TEMPORARY"), "TEMPORARY"), None);
}

#[test]
fn the_first_manager_sets_a_password_by_the_link_that_is_printed() {
    let home = Home::production();
    let made = home.json("tenant create acme --manager ada@acme.example");
    let link = made["invitation"].as_str().unwrap();
    let (page, token) = link.split_once("#token=").unwrap();
    assert!(page.ends_with("/accept-invitation"), "{page}");
    let service = Service::start(&home);
    let body = json!({ "token": token, "newPassword": "Correct-horse-7" });
    let path = "/api/v6/services/securitymanagement/reset-password";
    assert_eq!(service.call(HOST, "PUT", path, None, &body).0, 200);
    assert_eq!(service.log_in(HOST, "ada@acme.example", "Correct-horse-7").0, 200);
    assert_eq!(service.call(HOST, "PUT", path, None, &body).0, 401, "once");
}
