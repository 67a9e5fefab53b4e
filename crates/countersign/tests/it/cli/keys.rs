use serde_json::Value;

use super::home::Home;
use super::service::Service;

const HOST: &str = "acme.auth.example.com";
const ADA: &str = "ada@acme.example";
const PASSWORD: &str = "Correct-horse-7";

fn states(keys: &Value) -> Vec<String> {
    let key = |key: &Value| format!("{} {}", key["algorithm"].as_str().unwrap(), key["state"].as_str().unwrap());
    keys.as_array().unwrap().iter().map(key).collect()
}

fn id(keys: &Value, at: usize, name: &str) -> String {
    keys[at][name].as_str().unwrap().to_owned()
}

#[test]
fn keys_come_and_go_by_their_moves() {
    let home = Home::production();
    home.make_tenant("acme", 5);
    let first = home.json("key list -t acme");
    assert_eq!(states(&first), ["ES256 active"]);
    let rotated = home.json("key rotate -t acme --algorithm RS256");
    assert_eq!(states(&rotated), ["ES256 active", "RS256 next"]);
    assert!(home.run("key rotate -t acme").refused().contains("already waits for its first use"));
    let active = id(&first, 0, "id");
    assert!(home.run(&format!("key retire -t acme {active}")).refused().contains("rotate instead"));
    // A key goes by its id or by the kid of its tokens.
    let withdrawn = home.json(&format!("key retire -t acme {}", id(&rotated, 1, "kid")));
    assert_eq!(states(&withdrawn), ["ES256 active", "RS256 retired"]);
    assert!(home.run("key retire -t acme nothing").refused().contains("no signing key"));
    assert_eq!(home.run("key rotate -t acme --algorithm HS256").status, 2);
    // The same algorithm as the key that signs.
    assert_eq!(states(&home.json("key rotate -t acme"))[2], "ES256 next");
}

#[test]
fn a_stolen_key_is_replaced_at_once_and_the_running_service_takes_the_new_one() {
    let home = Home::production();
    home.make_tenant("acme", 5);
    home.make_account("acme", ADA, "MANAGER", PASSWORD);
    let (one, two) = (Service::start(&home), Service::start(&home));
    let (before, _) = one.tokens(HOST, ADA, PASSWORD);
    assert_eq!((one.profile(HOST, &before), two.profile(HOST, &before)), (200, 200));
    let listed = || home.json(&format!("session list -t acme {ADA}")).as_array().unwrap().len();
    assert_eq!(listed(), 1);
    let stolen = id(&home.json("key list -t acme"), 0, "id");
    let keys = home.json(&format!("key retire -t acme {stolen} --compromised"));
    assert_eq!(states(&keys), ["ES256 compromised", "ES256 active"]);
    // Every session ended; what the old key signed opens nothing.
    assert_eq!((one.profile(HOST, &before), two.profile(HOST, &before)), (401, 401));
    assert_eq!(listed(), 0);
    // A node that reads the tenant now signs with the new key, which the others have never seen and look for.
    let third = Service::start(&home);
    let (after, _) = third.tokens(HOST, ADA, PASSWORD);
    assert_eq!((third.profile(HOST, &after), two.profile(HOST, &after)), (200, 200));
    let told = home.json("audit list -t acme --action key_compromised");
    assert_eq!(told[0]["detail"], stolen.as_str());
}

#[test]
fn the_encryption_key_is_one_of_its_own_and_rotates_at_once() {
    let home = Home::production();
    home.make_tenant("acme", 5);
    assert_eq!(home.json("key list -t acme --encryption"), Value::Array(Vec::new()), "none before it is asked for");
    let service = Service::start(&home);
    let fetch = || {
        let path = "/api/v6/services/securitymanagement/encryption-key";
        let (status, key) = service.call(HOST, "GET", path, None, &Value::Null);
        assert_eq!(status, 200, "{key}");
        key["keyId"].as_str().unwrap().to_owned()
    };
    let first = fetch();
    assert_eq!(fetch(), first);
    let keys = home.json("key list -t acme --encryption");
    assert_eq!((states(&keys), id(&keys, 0, "id")), (vec!["RSA-OAEP-256 active".to_owned()], first.clone()));
    let keys = home.json("key rotate -t acme --encryption --bits 3072");
    assert_eq!(states(&keys), ["RSA-OAEP-256 retired", "RSA-OAEP-256 active"]);
    assert_eq!((keys[0]["bits"].as_i64(), keys[1]["bits"].as_i64()), (Some(2048), Some(3072)));
    assert_eq!(fetch(), id(&keys, 1, "id"), "the running service has it");
    // The size of the key before; and what signs has not changed.
    assert_eq!(home.json("key rotate -t acme --encryption")[2]["bits"], 3072);
    assert_eq!(states(&home.json("key list -t acme")), ["ES256 active"]);
    let told = |action: &str| home.json(&format!("audit list -t acme --action {action}")).as_array().unwrap().len();
    assert_eq!((told("encryption_key_created"), told("encryption_key_rotated")), (1, 2));
}
