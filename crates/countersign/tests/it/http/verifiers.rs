//! Introspection and revocation as a client library reads them that nobody here wrote: Debian's Authlib, over HTTP.

use std::path::Path;
use std::process::Command;

use countersign_domain::{Email, Secret, Settings};
use countersign_flows::admin::NewPerson;
use serde_json::json;

use super::matrix::{Asker, PASSWORD, SERVICES};
use crate::program::{Engine, House};

/// Debian's own, for which `python3-authlib` is installed.
const PYTHON: &str = "/usr/bin/python3";

async fn a_library_finds_what_the_rfcs_promise(engine: Engine) {
    let house = House::of_sandbox(engine, Settings::default()).await;
    let manager = NewPerson {
        email: Email::parse("manager@example.com").unwrap(),
        roles: vec!["MANAGER".parse().unwrap()],
        first_name: None,
        last_name: None,
        password: Secret::new(PASSWORD),
        must_change_password: false,
    };
    house.flows().await.create_account(house.tenant.as_ref().unwrap(), manager).await.unwrap().unwrap();
    let program = house.start().await;
    let asker = Asker { client: reqwest::Client::new(), base: format!("http://{}", program.address) };
    let login = json!({ "email": "manager@example.com", "currentPassword": PASSWORD });
    let (_, tokens) = asker.ask("here", "PUT", &format!("{SERVICES}securitymanagement/login"), None, Some(login)).await;
    let [access, refresh] = ["access_token", "refresh_token"].map(|name| tokens[name].as_str().unwrap().to_owned());
    let mut made = Vec::new();
    for name in ["asking", "other"] {
        let ask = json!({ "name": name, "expiry": "1y", "roles": [] });
        let path = format!("{SERVICES}securitymanagement/api-tokens");
        let (status, answer) = asker.ask("here", "POST", &path, Some(&access), Some(ask)).await;
        assert_eq!(status, 201, "{answer}");
        made.push(answer["token"].as_str().unwrap().to_owned());
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/http/verifiers.py");
    let mut python = Command::new(PYTHON);
    python.arg(script).args([asker.base.as_str(), "here.localhost", &access, &refresh, &made[0], &made[1]]);
    let output = tokio::task::spawn_blocking(move || python.output().unwrap()).await.unwrap();
    let (said, faults) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{said}{faults}");
    assert!(output.status.success(), "is python3-authlib installed, as dev/test does it? {said}{faults}");
    assert_eq!(said.lines().last(), Some("all of them"));
}

mod sqlite {
    #[tokio::test(flavor = "multi_thread")]
    async fn a_library_finds_what_the_rfcs_promise() {
        super::a_library_finds_what_the_rfcs_promise(crate::program::Engine::Sqlite).await;
    }
}

mod postgres {
    #[tokio::test(flavor = "multi_thread")]
    async fn a_library_finds_what_the_rfcs_promise() {
        super::a_library_finds_what_the_rfcs_promise(crate::program::Engine::Postgres).await;
    }
}
