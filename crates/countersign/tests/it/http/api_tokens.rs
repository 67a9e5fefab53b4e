//! What a back-end says of its clients, and what is wrong with what is asked of API tokens; the good way, `docs/server.md`
//! tells and a test runs.

use countersign_domain::{Email, Secret, Settings};
use countersign_flows::admin::NewPerson;
use serde_json::{Value, json};

use super::matrix::{Asker, PASSWORD, SERVICES, path_of};
use crate::program::{Engine, House, Program, WRONG};

const EMAIL: &str = "manager@example.com";

struct Stage {
    _house: House,
    _program: Program,
    asker: Asker,
    person: String,
}

impl Stage {
    async fn new() -> Self {
        let house = House::of_sandbox(Engine::Sqlite, Settings::default()).await;
        let manager = NewPerson {
            email: Email::parse(EMAIL).unwrap(),
            roles: vec!["MANAGER".parse().unwrap()],
            first_name: None,
            last_name: None,
            password: Secret::new(PASSWORD),
            must_change_password: false,
        };
        house.flows().await.create_account(house.tenant.as_ref().unwrap(), manager).await.unwrap().unwrap();
        let program = house.start().await;
        let asker = Asker { client: reqwest::Client::new(), base: format!("http://{}", program.address) };
        let person = asker.token("here", EMAIL).await;
        Self { _house: house, _program: program, asker, person }
    }

    async fn makes(&self, ask: Value) -> (u16, Value) {
        let path = path_of("securitymanagement/api-tokens");
        self.asker.ask("here", "POST", &path, Some(&self.person), Some(ask)).await
    }

    /// A call with headers of its own; its status and what came back.
    async fn sends(&self, method: &str, call: &str, headers: &[(&str, &str)], body: Value) -> (u16, Value) {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.asker.client.request(method, format!("{}{SERVICES}{call}", self.asker.base));
        for (name, value) in
            [("Host", "here.localhost"), ("platform", "fincode"), ("uuid", "200")].iter().chain(headers)
        {
            request = request.header(*name, *value);
        }
        let answer = request.json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

fn fields(answer: &Value) -> Vec<&str> {
    answer["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_field_is_named_at_once() {
    let stage = Stage::new().await;
    let (status, answer) = stage.makes(json!({ "name": " ", "expiry": "2y" })).await;
    assert_eq!((status, fields(&answer)), (400, vec!["roles", "name", "expiry"]), "{answer}");
    let (status, answer) = stage.makes(json!({ "name": "job", "expiry": "1y", "roles": ["GONE"] })).await;
    assert_eq!((status, fields(&answer)), (400, vec!["roles"]), "{answer}");
    let (_, made) = stage.makes(json!({ "name": "job", "expiry": "1y", "roles": [] })).await;
    let rotate = path_of("securitymanagement/api-tokens/{id}/rotate").replace("{id}", made["id"].as_str().unwrap());
    let too_long = json!({ "overlapSeconds": 604_801 });
    let (status, answer) = stage.asker.ask("here", "PUT", &rotate, Some(&stage.person), Some(too_long)).await;
    assert_eq!((status, fields(&answer)), (400, vec!["overlapSeconds"]), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_believed_from_a_server_alone() {
    let stage = Stage::new().await;
    let (_, made) = stage.makes(json!({ "name": "front door", "expiry": "24h", "roles": [] })).await;
    let server = made["token"].as_str().unwrap();
    let bearer = format!("Bearer {server}");
    let login = |headers: Vec<(&'static str, String)>| {
        let stage = &stage;
        async move {
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let body = json!({ "email": EMAIL, "currentPassword": PASSWORD });
            let (status, answer) = stage.sends("PUT", "securitymanagement/login", &headers, body).await;
            (status, answer["code"].as_str().unwrap_or_default().to_owned())
        }
    };
    let address = || ("X-Client-Address", "203.0.113.7".to_owned());
    let shown = |token: &str| ("X-Auth-Token", token.to_owned());
    assert_eq!(login(vec![address()]).await, (401, "INVALID_TOKEN".to_owned()));
    assert_eq!(login(vec![address(), shown("nonsense")]).await, (401, "INVALID_TOKEN".to_owned()));
    assert_eq!(login(vec![address(), shown(&stage.person)]).await, (403, "FORBIDDEN".to_owned()));
    let bad = ("X-Client-Address", "203.0.113.7, 198.51.100.1".to_owned());
    assert_eq!(login(vec![bad, shown(server)]).await, (400, "VALIDATION_FAILED".to_owned()));
    assert_eq!(login(vec![address(), shown(server)]).await.0, 200);
    // The customer's own token beside the back-end's; without an address, two that differ are still refused.
    let both = [("X-Auth-Token", stage.person.as_str()), ("Authorization", bearer.as_str())];
    let wrong = json!({ "currentPassword": WRONG, "newPassword": "Battery-staple-2" });
    let named = [&both[..], &[("X-Client-Address", "203.0.113.8")]].concat();
    let (status, answer) = stage.sends("PUT", "securitymanagement/change-password", &named, wrong.clone()).await;
    assert_eq!((status, &answer["code"]), (401, &json!("INVALID_CREDENTIALS")), "{answer}");
    assert_eq!(stage.sends("PUT", "securitymanagement/change-password", &both, wrong).await.0, 400);
    // The trail says where it came from, and on whose word.
    let trail = path_of("securitymanagement/audit-events?action=password_changed");
    let (_, told) = stage.asker.ask("here", "GET", &trail, Some(&stage.person), None).await;
    let event = &told["items"][0];
    let vouched = format!("address named by API token {}", made["id"].as_str().unwrap());
    assert_eq!((&event["clientAddress"], &event["detail"]), (&json!("203.0.113.8"), &json!(vouched)), "{told}");
}

/// Networks that limits leave out cannot be named: else whoever holds a token would guess without end.
#[tokio::test(flavor = "multi_thread")]
async fn a_named_address_is_counted_though_its_network_is_exempt() {
    let stage = Stage::new().await;
    let (_, made) = stage.makes(json!({ "name": "front door", "expiry": "24h", "roles": [] })).await;
    let headers = [("X-Auth-Token", made["token"].as_str().unwrap()), ("X-Client-Address", "127.0.0.9")];
    let mut refused = 0;
    for name in 0..110 {
        let body = json!({ "email": format!("nobody-{name}@example.com"), "currentPassword": WRONG });
        let (status, answer) = stage.sends("PUT", "securitymanagement/login", &headers, body).await;
        refused += u32::from((status, &answer["code"]) == (429, &json!("TOO_MANY_REQUESTS")));
    }
    assert_eq!(refused, 10);
    assert_eq!(
        stage.asker.ask("here", "GET", &path_of("usermanagement/profile"), Some(&stage.person), None).await.0,
        200
    );
    stage.asker.token("here", EMAIL).await;
}
