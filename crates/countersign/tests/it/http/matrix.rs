//! Who may what: every call of the description, asked by every role, by somebody who owes a new password, by servers with
//! API tokens, by a token of another tenant, and by nobody. A call that is added without a line in the table fails here.

use std::collections::BTreeMap;

use countersign_domain::{Email, Secret, Settings};
use countersign_flows::admin::NewPerson;
use serde_json::{Value, json};

use crate::program::{Engine, House};

/// Who gets past the gate of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opens {
    /// It asks for no token.
    Anybody,
    /// It takes any token that ends its session, and refuses what is none.
    Logout,
    /// Whoever is logged in, though a new password is due.
    LoggedIn,
    /// Whoever is logged in and owes no new password.
    Settled,
    /// These roles, and servers whose API token has one of them.
    Roles(&'static [&'static str]),
    /// These roles, and no server.
    People(&'static [&'static str]),
    /// Servers, whatever their roles.
    Servers,
}

const MANAGERS: Opens = Opens::Roles(&["MANAGER"]);
const MANAGERS_ALONE: Opens = Opens::People(&["MANAGER"]);
const WHO_READ_CUSTOMERS: Opens = Opens::Roles(&["MANAGER", "AGENT"]);

/// The one table: a call, and whom it opens to.
pub(super) const TABLE: &[(&str, &str, Opens)] = &[
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
    ("GET", "securitymanagement/sessions?account={id}", MANAGERS_ALONE),
    ("DELETE", "securitymanagement/sessions?account={id}", MANAGERS_ALONE),
    ("DELETE", "securitymanagement/sessions/{id}?account={id}", MANAGERS_ALONE),
    ("PUT", "securitymanagement/unlock-user-account/{id}", MANAGERS),
    ("GET", "securitymanagement/audit-events", MANAGERS),
    ("GET", "securitymanagement/audit-events/export", MANAGERS),
    ("GET", "securitymanagement/api-tokens", MANAGERS_ALONE),
    ("POST", "securitymanagement/api-tokens", MANAGERS_ALONE),
    ("PUT", "securitymanagement/api-tokens/{id}/rotate", MANAGERS_ALONE),
    ("PUT", "securitymanagement/api-tokens/{id}/invalidate", MANAGERS_ALONE),
    ("DELETE", "securitymanagement/api-tokens/{id}", MANAGERS_ALONE),
    ("POST", "/oauth2/introspect", Opens::Servers),
    ("POST", "/oauth2/revoke", Opens::Servers),
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
    ("POST", "usermanagement/employees", MANAGERS_ALONE),
    ("GET", "usermanagement/employees/{id}", MANAGERS),
    ("PUT", "usermanagement/employees/{id}", MANAGERS_ALONE),
    ("GET", "usermanagement/invitations", MANAGERS),
    ("PUT", "usermanagement/invitations/{id}", MANAGERS_ALONE),
    ("DELETE", "usermanagement/invitations/{id}", MANAGERS_ALONE),
];

const ROLES: [&str; 4] = ["MANAGER", "AGENT", "CASHIER", "CUSTOMER"];
pub(super) const PASSWORD: &str = "Correct-horse-1";
pub(super) const SERVICES: &str = "/api/v6/services/";
/// Somebody with a good token who must change the password first; a good token of another tenant; no token.
const DUE: &str = "new password due";
const FOREIGN: &str = "other tenant";
const NOBODY: &str = "nobody";
/// Servers, by the roles of their API token.
const SERVER: &str = "API token MANAGER";
const SERVER_AGENT: &str = "API token AGENT";
const SERVER_BARE: &str = "API token";

/// Whom every call is asked by.
const ASKING: [&str; 10] =
    ["MANAGER", "AGENT", "CASHIER", "CUSTOMER", DUE, SERVER, SERVER_AGENT, SERVER_BARE, FOREIGN, NOBODY];

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

pub(super) struct Asker {
    pub(super) client: reqwest::Client,
    pub(super) base: String,
}

impl Asker {
    pub(super) async fn ask(
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
            request = match path.starts_with("/oauth2/") {
                true => request.bearer_auth(token),
                false => request.header("X-Auth-Token", token),
            };
        }
        if let Some(body) = body {
            request = match path.starts_with("/oauth2/") {
                true => request.header("Content-Type", "application/x-www-form-urlencoded").body(form(&body)),
                false => request.header("Content-Type", "application/json").body(body.to_string()),
            };
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or(Value::Null))
    }

    pub(super) async fn token(&self, host: &str, email: &str) -> String {
        let body = json!({ "email": email, "currentPassword": PASSWORD });
        let path = format!("{SERVICES}securitymanagement/login");
        let (status, answer) = self.ask(host, "PUT", &path, None, Some(body)).await;
        assert_eq!(status, 200, "{email}: {answer}");
        answer["access_token"].as_str().unwrap().to_owned()
    }
}

fn form(fields: &Value) -> String {
    let fields = fields.as_object().unwrap().iter().map(|(name, value)| (name, value.as_str().unwrap()));
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// What the gate must say to somebody: nothing (what the call says then is its own business), or a status with a code.
fn verdict(opens: Opens, who: &str) -> Option<(u16, &'static str)> {
    const OUT: Option<(u16, &str)> = Some((401, "INVALID_TOKEN"));
    const FORBIDDEN: Option<(u16, &str)> = Some((403, "FORBIDDEN"));
    let server = who.strip_prefix(SERVER_BARE);
    let role = server.map_or(who, str::trim_start);
    match opens {
        Opens::Anybody => None,
        _ if who == NOBODY || who == FOREIGN => OUT,
        Opens::Servers => {
            if server.is_some() {
                None
            } else {
                OUT
            }
        }
        // It has no session to end.
        Opens::Logout => {
            if server.is_some() {
                OUT
            } else {
                None
            }
        }
        Opens::LoggedIn | Opens::Settled | Opens::People(_) if server.is_some() => FORBIDDEN,
        Opens::LoggedIn => None,
        _ if who == DUE => FORBIDDEN,
        Opens::Settled => None,
        Opens::Roles(roles) | Opens::People(roles) => {
            if roles.contains(&role) {
                None
            } else {
                FORBIDDEN
            }
        }
    }
}

/// Where a line of the table leads.
pub(super) fn path_of(template: &str) -> String {
    match template.starts_with('/') {
        true => template.to_owned(),
        false => format!("{SERVICES}{template}"),
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
    let servers = servers(&asker, &people).await;
    let (mut tried, mut refused) = (0, 0);
    println!("{:55} {}", "call", ASKING.join(" | "));
    for (method, template, opens) in TABLE {
        let path = path_of(template).replace("{id}", &nobody).replace("{email}", "x@example.com");
        let mut line = Vec::new();
        for who in ASKING {
            // Anew each time: some of the calls end sessions.
            let token = match (people.get(who), servers.get(who)) {
                (Some((host, email)), _) => Some(asker.token(host, email).await),
                (_, server) => server.cloned(),
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
                    status < 500 && (*opens == Opens::Anybody || !matches!(code, "INVALID_TOKEN" | "FORBIDDEN")),
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

/// API tokens of the manager's.
async fn servers(asker: &Asker, people: &BTreeMap<&str, (&'static str, String)>) -> BTreeMap<&'static str, String> {
    let (host, email) = &people["MANAGER"];
    let manager = asker.token(host, email).await;
    let mut servers = BTreeMap::new();
    for (who, roles) in [(SERVER, vec!["MANAGER"]), (SERVER_AGENT, vec!["AGENT"]), (SERVER_BARE, vec![])] {
        let body = json!({ "name": who, "expiry": "24h", "roles": roles });
        let path = format!("{SERVICES}securitymanagement/api-tokens");
        let (status, answer) = asker.ask(host, "POST", &path, Some(&manager), Some(body)).await;
        assert_eq!(status, 201, "{answer}");
        servers.insert(who, answer["token"].as_str().unwrap().to_owned());
    }
    servers
}

/// Whatever the router leads to; the published keys ask for nothing.
pub(super) fn every_call_is_in_the_table(described: &Value) {
    for (path, item) in described["paths"].as_object().unwrap() {
        if path == "/.well-known/jwks.json" {
            continue;
        }
        for method in item.as_object().unwrap().keys() {
            let method = method.to_uppercase();
            let known = TABLE.iter().any(|(known, template, _)| *known == method && path_of(template) == *path);
            assert!(known, "{method} {path} is in no line of the table");
        }
    }
}
