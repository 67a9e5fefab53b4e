//! Who may what: every call of the description, asked by every role, by somebody who owes a new password, by a token of
//! another tenant, and by nobody. A call that is added without a line in the table fails here.

use std::collections::BTreeMap;

use countersign_domain::{Email, Secret, Settings};
use countersign_flows::admin::NewPerson;
use serde_json::{Value, json};

use crate::program::{Engine, House};

/// Who gets past the gate of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opens {
    /// It asks for no token.
    Anybody,
    /// It takes any token that ends its session, and refuses what is none.
    Logout,
    /// Whoever is logged in, though a new password is due.
    LoggedIn,
    /// Whoever is logged in and owes no new password.
    Settled,
    /// These roles.
    Roles(&'static [&'static str]),
}

const MANAGERS: Opens = Opens::Roles(&["MANAGER"]);
const WHO_READ_CUSTOMERS: Opens = Opens::Roles(&["MANAGER", "AGENT"]);

/// The one table: a call, and whom it opens to.
const TABLE: &[(&str, &str, Opens)] = &[
    ("PUT", "securitymanagement/login", Opens::Anybody),
    ("PUT", "securitymanagement/refresh-token", Opens::Anybody),
    ("PUT", "securitymanagement/logout", Opens::Logout),
    ("POST", "securitymanagement/forgot-password", Opens::Anybody),
    ("GET", "securitymanagement/reset-password/{email}", Opens::Anybody),
    ("PUT", "securitymanagement/reset-password", Opens::Anybody),
    ("GET", "securitymanagement/encryption-key", Opens::Anybody),
    ("PUT", "securitymanagement/change-password", Opens::LoggedIn),
    ("GET", "securitymanagement/sessions", Opens::Settled),
    ("DELETE", "securitymanagement/sessions", Opens::Settled),
    ("DELETE", "securitymanagement/sessions/{id}", Opens::Settled),
    ("GET", "securitymanagement/sessions?account={id}", MANAGERS),
    ("DELETE", "securitymanagement/sessions?account={id}", MANAGERS),
    ("DELETE", "securitymanagement/sessions/{id}?account={id}", MANAGERS),
    ("PUT", "securitymanagement/unlock-user-account/{id}", MANAGERS),
    ("GET", "securitymanagement/audit-events", MANAGERS),
    ("GET", "securitymanagement/audit-events/export", MANAGERS),
    ("POST", "usermanagement/register-customer", Opens::Anybody),
    ("PUT", "usermanagement/confirm-email", Opens::Anybody),
    ("GET", "usermanagement/profile", Opens::LoggedIn),
    ("PUT", "usermanagement/profile", Opens::Settled),
    ("GET", "usermanagement/activate-user-account/{id}", MANAGERS),
    ("PUT", "usermanagement/activate-user-account/{id}", MANAGERS),
    ("GET", "usermanagement/deactivate-user-account/{id}", MANAGERS),
    ("PUT", "usermanagement/deactivate-user-account/{id}", MANAGERS),
    ("GET", "usermanagement/accounts/{id}/access", MANAGERS),
    ("GET", "usermanagement/customers", WHO_READ_CUSTOMERS),
    ("GET", "usermanagement/customers/{id}", WHO_READ_CUSTOMERS),
    ("GET", "usermanagement/employees", MANAGERS),
    ("POST", "usermanagement/employees", MANAGERS),
    ("GET", "usermanagement/employees/{id}", MANAGERS),
    ("PUT", "usermanagement/employees/{id}", MANAGERS),
    ("GET", "usermanagement/invitations", MANAGERS),
    ("PUT", "usermanagement/invitations/{id}", MANAGERS),
    ("DELETE", "usermanagement/invitations/{id}", MANAGERS),
];

const ROLES: [&str; 4] = ["MANAGER", "AGENT", "CASHIER", "CUSTOMER"];
const PASSWORD: &str = "Correct-horse-1";
const SERVICES: &str = "/api/v6/services/";
/// Somebody with a good token who must change the password first; a good token of another tenant; no token.
const DUE: &str = "new password due";
const FOREIGN: &str = "other tenant";
const NOBODY: &str = "nobody";

async fn people(house: &House) -> BTreeMap<&'static str, (&'static str, String)> {
    let (flows, mut people) = (house.flows().await, BTreeMap::new());
    let here = house.tenant.clone().unwrap();
    let there = flows.create_tenant(
        "there".parse().unwrap(),
        "There".to_owned(),
        Settings::default(),
        countersign_domain::signing_key::Algorithm::EdDsa,
    );
    there.await.unwrap().unwrap();
    let there = flows.tenant(&"there".parse().unwrap()).await.unwrap().unwrap();
    let who = ROLES.into_iter().map(|role| (role, role, &here, "here"));
    for (name, role, tenant, slug) in
        who.chain([(DUE, "MANAGER", &here, "here"), (FOREIGN, "MANAGER", &there, "there")])
    {
        let email = format!("{}@example.com", name.replace(' ', "-").to_lowercase());
        let person = NewPerson {
            email: Email::parse(&email).unwrap(),
            roles: vec![role.parse().unwrap()],
            first_name: None,
            last_name: None,
            password: Secret::new(PASSWORD),
            must_change_password: name == DUE,
        };
        flows.create_account(tenant, person).await.unwrap().unwrap();
        people.insert(name, (slug, email));
    }
    people
}

struct Asker {
    client: reqwest::Client,
    base: String,
}

impl Asker {
    async fn ask(
        &self,
        host: &str,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<Value>,
    ) -> (u16, Value) {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        request =
            request.header("Host", format!("{host}.localhost")).header("platform", "fincode").header("uuid", "200");
        if let Some(token) = token {
            request = request.header("X-Auth-Token", token);
        }
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or(Value::Null))
    }

    async fn token(&self, host: &str, email: &str) -> String {
        let body = json!({ "email": email, "currentPassword": PASSWORD });
        let path = format!("{SERVICES}securitymanagement/login");
        let (status, answer) = self.ask(host, "PUT", &path, None, Some(body)).await;
        assert_eq!(status, 200, "{email}: {answer}");
        answer["access_token"].as_str().unwrap().to_owned()
    }
}

/// What the gate must say to somebody: nothing (what the call says then is its own business), or a status with a code.
fn verdict(opens: Opens, who: &str) -> Option<(u16, &'static str)> {
    let is_out = who == NOBODY || who == FOREIGN;
    match opens {
        Opens::Anybody => None,
        _ if is_out => Some((401, "INVALID_TOKEN")),
        Opens::Logout | Opens::LoggedIn => None,
        _ if who == DUE => Some((403, "FORBIDDEN")),
        Opens::Settled => None,
        Opens::Roles(roles) => (!roles.contains(&who)).then_some((403, "FORBIDDEN")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_opens_to_whom_the_table_says() {
    let house = House::of_sandbox(Engine::Sqlite, Settings::default()).await;
    let people = people(&house).await;
    let program = house.start().await;
    let asker = Asker { client: reqwest::Client::new(), base: format!("http://{}", program.address) };
    let (_, described) = asker.ask("here", "GET", "/openapi.json", None, None).await;
    every_call_is_in_the_table(&described);

    // An id of nobody: whoever gets past the gate is told that there is none, and nothing changes meanwhile.
    let nobody = uuid::Uuid::from_u128(7).to_string();
    let (mut tried, mut refused) = (0, 0);
    println!("{:55} {}", "call", [&ROLES[..], &[DUE, FOREIGN, NOBODY]].concat().join(" | "));
    for (method, template, opens) in TABLE {
        let path = format!("{SERVICES}{}", template.replace("{id}", &nobody).replace("{email}", "x@example.com"));
        let mut line = Vec::new();
        for who in [&ROLES[..], &[DUE, FOREIGN, NOBODY]].concat() {
            // Anew each time: some of the calls end sessions.
            let token = match people.get(who) {
                Some((host, email)) => Some(asker.token(host, email).await),
                None => None,
            };
            let body = (*method != "GET" && *method != "DELETE").then(|| json!({}));
            let (status, answer) = asker.ask("here", method, &path, token.as_deref(), body).await;
            let code = answer["code"].as_str().unwrap_or("-");
            match verdict(*opens, who) {
                Some(must) => {
                    assert_eq!((status, code), must, "{method} {template} by {who}: {answer}");
                    refused += 1;
                }
                // With an empty body a call is refused by its form, and with nobody's id it finds nobody.
                None => assert!(
                    *opens == Opens::Anybody || !matches!(code, "INVALID_TOKEN" | "FORBIDDEN"),
                    "{method} {template} by {who}: {answer}"
                ),
            }
            tried += 1;
            line.push(status.to_string());
        }
        println!("{:55} {}", format!("{method} {template}"), line.join(" | "));
    }
    println!("{tried} pairs of a call and somebody, {refused} of them refused by the gate");
}

fn every_call_is_in_the_table(described: &Value) {
    for (path, item) in described["paths"].as_object().unwrap() {
        let Some(path) = path.strip_prefix(SERVICES) else { continue };
        for method in item.as_object().unwrap().keys() {
            let method = method.to_uppercase();
            let known = TABLE.iter().any(|(known, template, _)| *known == method && *template == path);
            assert!(known, "{method} {path} is in no line of the table");
        }
    }
}
