//! API tokens under the operator's eyes: seen, ended, gone, beside a service that shows at once.

use serde_json::json;

use super::home::Home;
use super::service::Service;

const HOST: &str = "acme.auth.example.com";
const TOKENS: &str = "/api/v6/services/securitymanagement/api-tokens";
const CUSTOMERS: &str = "/api/v6/services/usermanagement/customers";

#[test]
fn an_operator_sees_and_ends_what_managers_made() {
    let home = Home::production();
    home.make_tenant("acme", 5);
    home.make_account("acme", "ada@acme.example", "MANAGER", "Correct-horse-7");
    let service = Service::start(&home);
    let (_, tokens) = service.log_in(HOST, "ada@acme.example", "Correct-horse-7");
    let manager = tokens["access_token"].as_str().unwrap();
    let ask = json!({ "name": "night job", "expiry": "6m", "roles": ["AGENT"] });
    let (status, made) = service.call(HOST, "POST", TOKENS, Some(manager), &ask);
    assert_eq!(status, 201, "{made}");
    let (id, secret) = (made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
    assert_eq!(service.call(HOST, "GET", CUSTOMERS, Some(secret), &json!(null)).0, 200);

    let listed = home.json("api-token list -t acme");
    assert_eq!(
        (&listed[0]["id"], &listed[0]["state"], &listed[0]["roles"]),
        (&json!(id), &json!("active"), &json!("AGENT"))
    );
    assert!(!listed.to_string().contains(secret), "the secret is shown once");
    assert_eq!(home.json(&format!("api-token invalidate -t acme {id}")), json!([{ "id": id, "ended": true }]));
    assert_eq!(service.call(HOST, "GET", CUSTOMERS, Some(secret), &json!(null)).0, 401);
    assert_eq!(home.json("api-token list -t acme")[0]["state"], "invalidated");
    home.run(&format!("api-token delete -t acme {id}")).done();
    assert_eq!(home.json("api-token list -t acme"), json!([]));
    let again = home.run(&format!("api-token delete -t acme {id}"));
    assert!(again.status == 1 && again.err.contains("not every one of them is an API token"), "{again:?}");
    let told = home.json("audit list -t acme --action api_token_deleted");
    assert_eq!(
        (&told[0]["actor"], &told[0]["detail"]),
        (&json!("operator"), &json!(format!("{id}; roles AGENT; night job")))
    );
}
