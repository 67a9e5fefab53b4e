//! The description against what is served: Schemathesis makes up requests from it, good ones and bad ones, and looks at
//! every answer with all its checks. An answer that the description does not have, valid data that is refused, invalid
//! data that is taken: each fails the test. `./dev/test` installs it, in a virtual environment in the target folder.
#![expect(
    clippy::disallowed_methods,
    reason = "how long a proof is stands in the environment, and another program is waited for"
)]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use countersign_domain::{Email, Secret, Tenant};
use countersign_flows::admin::NewPerson;
use countersign_flows::{Doer, NewStaff};
use serde_json::{Value, json};

use super::start::{Running, start};
use super::world::{MANAGER, PASSWORD};

const CUSTOMER: &str = "customer@example.com";
/// What the tenant's policy takes.
const NEW_PASSWORD: &str = "Wand3rlust!Oak";
/// Made-up requests for each operation, besides the examples and the edges of its schema: in the sample, and in the
/// whole proof.
const EXAMPLES: (u32, u32) = (6, 400);
/// A run that has not ended by then hangs: of the sample, and of the whole proof.
const LONGEST: (Duration, Duration) = (Duration::from_secs(600), Duration::from_secs(3_600));

/// The smaller of two, but for `./dev/prove`.
fn proof<T>((sample, whole): (T, T)) -> T {
    if std::env::var("COUNTERSIGN_PROOF").is_ok_and(|proof| proof == "whole") { whole } else { sample }
}

/// Where `./dev/test` has put it: beside what was built.
fn program() -> PathBuf {
    let built = Path::new(env!("CARGO_BIN_EXE_countersign"));
    let path = built.ancestors().nth(2).unwrap().join("venv/bin/schemathesis");
    assert!(path.exists(), "{} is not there: ./dev/test installs it", path.display());
    path
}

async fn account(running: &Running, tenant: &Tenant, email: &str, role: &str) -> String {
    let person = NewPerson {
        email: Email::parse(email).unwrap(),
        roles: vec![role.parse().unwrap()],
        first_name: None,
        last_name: None,
        password: Secret::new(PASSWORD),
        must_change_password: false,
    };
    running.flows.create_account(tenant, person).await.unwrap().unwrap().to_string()
}

/// People to ask about, none of whom asks, and a secret as it is sent encrypted.
async fn world(running: &Running, email: Option<&str>) -> Value {
    let tenant = running.flows.tenant(&"remitjunction".parse().unwrap()).await.unwrap().unwrap();
    account(running, &tenant, CUSTOMER, "CUSTOMER").await;
    let customer = account(running, &tenant, "other@example.com", "CUSTOMER").await;
    let cashier = account(running, &tenant, "cashier@example.com", "CASHIER").await;
    let mut invited = Vec::new();
    for n in 0..8 {
        let staff = NewStaff {
            email: Email::parse(&format!("invited{n}@example.com")).unwrap(),
            first_name: Some("Ada".parse().unwrap()),
            last_name: Some("Byron".parse().unwrap()),
            roles: vec!["AGENT".parse().unwrap()],
        };
        invited.push(running.flows.invite(Doer::Operator, &tenant, staff).await.unwrap().unwrap().0.to_string());
    }
    let key = running.flows.encryption_key(tenant.id).await.unwrap();
    let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(&key.public).unwrap()).unwrap();
    let encrypted = |text: &str| {
        let mut ciphertext = vec![0; key.ciphertext_size()];
        key.encrypt(&OAEP_SHA256_MGF1SHA256, text.as_bytes(), &mut ciphertext, None).unwrap();
        BASE64_STANDARD.encode(ciphertext)
    };
    let ciphertexts = [PASSWORD, NEW_PASSWORD].map(encrypted);
    json!({
        "address": format!("http://{}", running.address),
        "email": email,
        "makes_tokens": email == Some(MANAGER),
        "passwords": [PASSWORD, NEW_PASSWORD],
        "ciphertexts": ciphertexts,
        "customers": [customer],
        "employees": [cashier],
        "accounts": [customer, cashier],
        "invitations": invited,
    })
}

/// Runs it to its end; its report, and what it said if it found anything.
fn check(world: &Value, folder: &Path) -> Result<Value, String> {
    let hooks = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/http");
    let address = world["address"].as_str().unwrap();
    let said = folder.join("said");
    let mut command = Command::new(program());
    command.args(["run", &format!("{address}/openapi.json"), "--url", address, "--checks", "all", "--seed", "1"]);
    command.args(["--max-examples", &proof(EXAMPLES).to_string(), "--generation-database", "none", "--no-color"]);
    command.args(["--warnings", "off", "--report", "json", "--report-json-path", "report.json"]);
    command.env("SCHEMATHESIS_WORLD", world.to_string()).env("SCHEMATHESIS_HOOKS", "schemathesis_hooks");
    std::fs::copy(hooks.join("schemathesis.py"), folder.join("schemathesis_hooks.py")).unwrap();
    command.env("PYTHONPATH", folder).env("PYTHONDONTWRITEBYTECODE", "1").current_dir(folder);
    let said_to = File::create(&said).unwrap();
    command.stdin(Stdio::null()).stderr(said_to.try_clone().unwrap()).stdout(said_to);
    let mut child = command.spawn().unwrap();
    let begun = Instant::now();
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if begun.elapsed() < proof(LONGEST) => std::thread::sleep(Duration::from_millis(50)),
            None => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("it does not end:\n{}", std::fs::read_to_string(&said).unwrap()));
            }
        }
    };
    let said = std::fs::read_to_string(&said).unwrap();
    if !status.success() {
        return Err(said);
    }
    Ok(serde_json::from_slice(&std::fs::read(folder.join("report.json")).unwrap()).unwrap())
}

async fn the_description_is_true_for(email: Option<&'static str>) {
    let running = start().await;
    let world = world(&running, email).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let checked = tokio::task::spawn_blocking(move || check(&world, &path)).await.unwrap();
    let report = checked.unwrap_or_else(|said| panic!("{said}"));
    let (operations, cases) = (&report["operations"], &report["test_cases"]);
    println!("{operations} {cases} in {} s", report["running_time"]);
    // None was left out, and none of the phases: a run that ended early is a success to the program.
    assert_eq!((&report["complete"], &operations["tested"]), (&json!(true), &operations["total"]), "{report}");
    assert!(cases["generated"].as_u64().unwrap() > 1_000, "{report}");
    for phase in ["examples", "coverage", "fuzzing", "stateful"] {
        assert_eq!(report["phases"][phase]["status"], "success", "{phase}: {report}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_manager_gets_what_is_described() {
    the_description_is_true_for(Some(MANAGER)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_gets_what_is_described() {
    the_description_is_true_for(Some(CUSTOMER)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gets_what_is_described() {
    the_description_is_true_for(None).await;
}
