//! One gate: every call of the description, with the credential that it takes, in every standing that its holder can be
//! in, against one table of what must be refused and what must pass. A lockout refuses the proving of a password and
//! nothing else.
//!
//! Who may what by his role, the table beside this one says.

use std::collections::BTreeMap;
use std::time::Duration;

use countersign_domain::{AccountId, Email, Secret, Settings, Standing, Tenant, TenantState, UnknownEmail};
use countersign_flows::admin::NewPerson;
use countersign_flows::{Doer, Flows};
use serde_json::{Value, json};

use super::matrix::{Asker, Opens, PASSWORD, TABLE, every_call_is_in_the_table, path_of};
use crate::program::{Engine, House, Program, WRONG};

/// What a call is shown to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shown {
    /// An access token.
    Access,
    /// The same, by a call that takes an API token as well: here it is shown one.
    ApiToken,
    /// An API token, by a call that takes nothing else.
    Server,
    /// Email and password.
    Password,
    /// A refresh token.
    Refresh,
    /// Either token of a session, to end it.
    Logout,
    /// A mailed token, with a password that is to be.
    Reset,
    /// Nothing.
    Nothing,
}

/// In what standing the holder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum In {
    Good,
    Locked,
    Deactivated,
    Unconfirmed,
    Suspended,
    OldGeneration,
    ForeignTenant,
    WrongKind,
    Ended,
}

const STANDINGS: [In; 9] = [
    In::Good,
    In::Locked,
    In::Deactivated,
    In::Unconfirmed,
    In::Suspended,
    In::OldGeneration,
    In::ForeignTenant,
    In::WrongKind,
    In::Ended,
];

/// What must become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Must {
    Pass,
    Refuse(u16, &'static str),
    /// There is no such credential.
    None,
}

/// The one table.
fn must(standing: In, shown: Shown) -> Must {
    use Must::{Pass, Refuse};
    const BAD_TOKEN: Must = Refuse(401, "INVALID_TOKEN");
    const BAD_REFRESH: Must = Refuse(401, "INVALID_REFRESH_TOKEN");
    match (standing, shown) {
        (In::Suspended, _) => Refuse(403, "TENANT_SUSPENDED"),
        (In::Good, _) | (_, Shown::Nothing) => Pass,
        // A lockout refuses only the proving of a password.
        (In::Locked, Shown::Password) => Refuse(403, "ACCOUNT_LOCKED"),
        (In::Locked, _) => Pass,
        (In::Deactivated, Shown::Password) => Refuse(403, "ACCOUNT_DEACTIVATED"),
        // Whoever holds a token may always end what it belongs to.
        (In::Deactivated | In::OldGeneration | In::Ended, Shown::Logout) => Pass,
        // A password that was set since is the one that is right; API tokens have a state of their own.
        (In::OldGeneration, Shown::Password | Shown::ApiToken | Shown::Server) => Pass,
        (In::Deactivated | In::OldGeneration | In::Ended | In::ForeignTenant | In::WrongKind, Shown::Refresh) => {
            BAD_REFRESH
        }
        // An account that is not there, here or at all.
        (In::Unconfirmed | In::ForeignTenant, Shown::Password) => Refuse(404, "USER_NOT_FOUND"),
        (In::Unconfirmed, _) | (In::WrongKind | In::Ended, Shown::Password) => Must::None,
        (In::Deactivated | In::OldGeneration | In::ForeignTenant | In::WrongKind | In::Ended, _) => BAD_TOKEN,
    }
}

/// What refuses at a gate; everything else is a call's own answer.
const REFUSALS: [&str; 8] = [
    "INVALID_TOKEN",
    "INVALID_REFRESH_TOKEN",
    "REFRESH_TOKEN_REUSED",
    "ACCOUNT_LOCKED",
    "ACCOUNT_DEACTIVATED",
    "TENANT_SUSPENDED",
    "USER_NOT_FOUND",
    "FORBIDDEN",
];

/// What each call is shown.
fn shown(template: &str, opens: Opens) -> Vec<Shown> {
    match (template, opens) {
        ("securitymanagement/login", _) => vec![Shown::Password],
        ("securitymanagement/refresh-token", _) => vec![Shown::Refresh],
        ("securitymanagement/logout", _) => vec![Shown::Logout],
        ("securitymanagement/reset-password", _) => vec![Shown::Reset],
        (_, Opens::Anybody) => vec![Shown::Nothing],
        (_, Opens::Servers) => vec![Shown::Server],
        (_, Opens::Roles(_)) => vec![Shown::Access, Shown::ApiToken],
        (_, Opens::Logout | Opens::LoggedIn | Opens::Settled | Opens::People(_)) => vec![Shown::Access],
    }
}

/// A manager of one tenant, with a credential.
struct Holder {
    id: AccountId,
    email: String,
    host: &'static str,
    credential: String,
}

struct Stage {
    house: House,
    flows: std::sync::Arc<Flows>,
    program: Option<Program>,
    asker: Asker,
    here: Tenant,
    there: Tenant,
}

impl Stage {
    async fn new() -> Self {
        let settings = Settings { unknown_email: UnknownEmail::Tell, ..Settings::default() };
        let house = House::of_sandbox(Engine::Sqlite, settings.clone()).await;
        let flows = house.flows().await;
        let algorithm = countersign_domain::signing_key::Algorithm::EdDsa;
        let slug: countersign_domain::Slug = "there".parse().unwrap();
        flows.create_tenant(slug.clone(), "There".to_owned(), settings, algorithm).await.unwrap().unwrap();
        let there = flows.tenant(&slug).await.unwrap().unwrap();
        let here = house.tenant.clone().unwrap();
        let program = house.start().await;
        let asker = Asker { client: reqwest::Client::new(), base: format!("http://{}", program.address) };
        Self { house, flows, program: Some(program), asker, here, there }
    }

    async fn starts_again(&mut self) {
        if let Some(program) = self.program.take() {
            program.kill();
        }
        let program = self.house.start().await;
        self.asker.base = format!("http://{}", program.address);
        self.program = Some(program);
    }

    async fn services(&self, host: &str, method: &str, call: &str, token: Option<&str>, body: Value) -> Value {
        let (status, answer) = self.asker.ask(host, method, &path_of(call), token, Some(body)).await;
        assert!(status < 300, "{method} {call}: {answer}");
        answer
    }

    /// Somebody new who holds what a call is shown.
    async fn holder(&self, standing: In, shown: Shown, number: usize) -> Holder {
        let (tenant, host) = match standing {
            In::ForeignTenant => (&self.there, "there"),
            _ => (&self.here, "here"),
        };
        let email = format!("{standing:?}-{number}@example.com").to_lowercase();
        if standing == In::Unconfirmed {
            self.registers(&email).await;
            return Holder { id: AccountId::from_uuid(uuid::Uuid::nil()), email, host, credential: String::new() };
        }
        let person = NewPerson {
            email: Email::parse(&email).unwrap(),
            roles: vec!["MANAGER".parse().unwrap()],
            first_name: None,
            last_name: None,
            password: Secret::new(PASSWORD),
            must_change_password: false,
        };
        let id = self.flows.create_account(tenant, person).await.unwrap().unwrap();
        let login = json!({ "email": email, "currentPassword": PASSWORD });
        let tokens = self.services(host, "PUT", "securitymanagement/login", None, login).await;
        let [access, refresh] = ["access_token", "refresh_token"].map(|name| tokens[name].as_str().unwrap().to_owned());
        let credential = match (standing, shown) {
            (In::WrongKind, Shown::Access | Shown::ApiToken | Shown::Logout) => self.mailed(host, &email).await,
            (In::WrongKind, _) => access,
            (_, Shown::Access) => access,
            (_, Shown::Refresh | Shown::Logout) => refresh,
            (_, Shown::Reset) => self.mailed(host, &email).await,
            (_, Shown::ApiToken | Shown::Server) => {
                let ask = json!({ "name": "job", "expiry": "24h", "roles": ["MANAGER"] });
                let made = self.services(host, "POST", "securitymanagement/api-tokens", Some(&access), ask).await;
                made["token"].as_str().unwrap().to_owned()
            }
            (_, Shown::Password | Shown::Nothing) => String::new(),
        };
        Holder { id, email, host, credential }
    }

    async fn registers(&self, email: &str) {
        let body = json!({
            "firstName": "Ada", "lastName": "Byron", "email": email, "dialingCode": "+44", "phone": "7700900123",
            "dob": "1990-05-17", "password": PASSWORD, "confirmPassword": PASSWORD, "customerType": "INDIVIDUAL",
        });
        self.services("here", "POST", "usermanagement/register-customer", None, body).await;
    }

    async fn mailed(&self, host: &str, email: &str) -> String {
        self.services(host, "POST", "securitymanagement/forgot-password", None, json!({ "email": email })).await;
        for _ in 0..400 {
            let url = format!("{}/sandbox/mail?to={email}", self.asker.base);
            let asked = self.asker.client.get(url).header("Host", format!("{host}.localhost"));
            let letters = asked.header("Accept", "application/json").send().await.unwrap().bytes().await.unwrap();
            let letters: Value = serde_json::from_slice(&letters).unwrap();
            if let Some(link) = letters[0]["links"][0].as_str() {
                return link.rsplit_once("token=").unwrap().1.to_owned();
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("no letter came to {email}");
    }

    /// Brings somebody into a standing.
    async fn bring(&self, holder: &Holder, shown: Shown, standing: In) {
        let account = || async { self.flows.account(&self.here, holder.id).await.unwrap().unwrap() };
        match standing {
            In::Good | In::Unconfirmed | In::Suspended | In::ForeignTenant | In::WrongKind => {}
            In::Locked => {
                for _ in 0..5 {
                    let body = json!({ "email": holder.email, "currentPassword": WRONG });
                    let login = path_of("securitymanagement/login");
                    self.asker.ask(holder.host, "PUT", &login, None, Some(body)).await;
                }
            }
            In::Deactivated => {
                let account = account().await;
                let closed = self.flows.set_standing(Doer::Operator, &self.here, &account, Standing::Deactivated).await;
                closed.unwrap().unwrap();
            }
            In::OldGeneration => {
                let set = self.flows.set_password(&self.here, &account().await, &Secret::new(PASSWORD), false).await;
                set.unwrap().unwrap();
            }
            In::Ended => {
                for session in self.flows.living_sessions(&self.here, &account().await).await.unwrap() {
                    self.flows.end_session(Doer::Operator, &self.here, None, session.id).await.unwrap().unwrap();
                }
                let made = self.flows.list_api_tokens(&self.here).await.unwrap();
                for token in made.iter().filter(|token| token.maker == holder.id) {
                    let ended = self.flows.invalidate_api_token(Doer::Operator, &self.here, token.id).await;
                    ended.unwrap().unwrap();
                }
                if shown == Shown::Reset {
                    let body = json!({ "token": holder.credential, "newPassword": "Another-horse-1" });
                    self.services("here", "PUT", "securitymanagement/reset-password", None, body).await;
                }
            }
        }
    }

    /// Calls with a credential; what came back.
    async fn call(&self, line: (&str, &str), shown: Shown, holder: &Holder) -> (u16, Value) {
        let nobody = uuid::Uuid::from_u128(7).to_string();
        let (method, template) = line;
        let path = path_of(template).replace("{id}", &nobody).replace("{email}", "x@example.com");
        let credential = &holder.credential;
        let (header, body) = match shown {
            Shown::Access | Shown::ApiToken => (Some(credential), json!({})),
            Shown::Server => (Some(credential), json!({ "token": "nonsense" })),
            Shown::Password => (None, json!({ "email": holder.email, "currentPassword": PASSWORD })),
            Shown::Refresh | Shown::Logout => (None, json!({ "refresh_token": credential })),
            Shown::Reset => (None, json!({ "token": credential, "newPassword": "Battery-staple-2" })),
            Shown::Nothing => (None, json!({})),
        };
        let body = (method != "GET" && method != "DELETE").then_some(body);
        self.asker.ask("here", method, &path, header.map(String::as_str), body).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_refuses_and_passes_what_the_table_says() {
    let mut stage = Stage::new().await;
    let (_, described) = stage.asker.ask("here", "GET", "/openapi.json", None, None).await;
    every_call_is_in_the_table(&described);
    let (mut tried, mut refused, mut number) = (0, 0, 0);
    println!("{:65} {}", "call, shown", STANDINGS.map(|standing| format!("{standing:?}")).join(" | "));
    let mut table: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for standing in STANDINGS {
        let mut cells = Vec::new();
        for (method, template, opens) in TABLE {
            for shown in shown(template, *opens) {
                number += 1;
                let must = must(standing, shown);
                let holder = match must {
                    Must::None => None,
                    _ => Some(stage.holder(standing, shown, number).await),
                };
                cells.push(((*method, *template), shown, must, holder));
            }
        }
        if standing == In::Suspended {
            stage.flows.set_tenant_state(&stage.here, TenantState::Suspended).await.unwrap().unwrap();
            // The gate reads it anew each time, whatever is remembered of the tenant.
            for shown in [Shown::Access, Shown::ApiToken] {
                let (line, _, _, holder) = cells.iter().find(|(_, cell, ..)| *cell == shown).unwrap();
                let (_, answer) = stage.call(*line, shown, holder.as_ref().unwrap()).await;
                assert_eq!(answer["code"], "TENANT_SUSPENDED", "{answer}");
            }
            // As it is everywhere a minute later.
            stage.starts_again().await;
        }
        for (line, shown, must, holder) in cells {
            let answered = match &holder {
                None => "-".to_owned(),
                Some(holder) => {
                    stage.bring(holder, shown, standing).await;
                    let (status, answer) = stage.call(line, shown, holder).await;
                    let code = answer["code"].as_str().unwrap_or("-");
                    match must {
                        Must::Refuse(wanted, name) => {
                            assert_eq!((status, code), (wanted, name), "{line:?} {shown:?} {standing:?}: {answer}");
                            refused += 1;
                        }
                        _ => assert!(
                            status < 500 && !REFUSALS.contains(&code),
                            "{line:?} {shown:?} {standing:?}: {answer}"
                        ),
                    }
                    tried += 1;
                    status.to_string()
                }
            };
            table.entry(format!("{} {} {shown:?}", line.0, line.1)).or_default().push(answered);
        }
        if standing == In::Suspended {
            stage.flows.set_tenant_state(&stage.here, TenantState::Active).await.unwrap().unwrap();
            stage.starts_again().await;
        }
    }
    for (line, cells) in &table {
        println!("{line:65} {}", cells.join(" | "));
    }
    println!("{tried} of a call, what it is shown and a standing; {refused} of them refused by the gate");
}
