//! Other people's cryptography: the code of `docs/encrypted-fields.md`, taken out of the page and run against the program
//! by the JDK, by Node, by OpenSSL and by curl. `./dev/test` installs them.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use countersign_domain::Settings;
use serde_json::Value;

use crate::program::{Engine, House};

const PAGE: &str = include_str!("../../../../docs/encrypted-fields.md");
const EMAIL: &str = "hello@remitjunction.co.uk";
const PASSWORD: &str = "Password@1";

/// What a page of ours leaves to the reader: to call the function.
const RUN_MJS: &str = r#"
import { webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
// Not there before Node 20.
globalThis.crypto ??= webcrypto;
const { encrypt } = await import("./encrypt.mjs");
console.log(await encrypt(process.argv[2], readFileSync(0, "utf8")));
"#;

/// Each way to encrypt: a name, what runs it, a variable for it.
const CLIENTS: [(&str, &[&str], &str); 4] = [
    ("the JDK's default provider", &["java", "Encrypt.java"], ""),
    ("WebCrypto", &["node", "run.mjs"], ""),
    ("OpenSSL, MGF1 with SHA-256", &["sh", "encrypt.sh"], "sha256"),
    ("OpenSSL, MGF1 with SHA-1", &["sh", "encrypt.sh"], "sha1"),
];

/// Writes every piece of code that has a name into the folder; their names.
fn write_code(folder: &Path) -> Vec<&'static str> {
    let mut names = Vec::new();
    // Between two fences there is code, between that and the next there is not.
    for piece in PAGE.split("```").skip(1).step_by(2) {
        let (head, code) = piece.split_once('\n').unwrap();
        let (_, name) = head.split_once(' ').expect("a piece of code without a name");
        fs::write(folder.join(name), code).unwrap();
        names.push(name);
    }
    names
}

struct Shell<'p> {
    folder: &'p Path,
    base: String,
}

impl Shell<'_> {
    /// Runs a command with an argument and a text on its standard input; what it says.
    fn run(&self, command: &[&str], mgf1: &str, argument: &str, input: &str) -> String {
        let mut run = Command::new(command[0]);
        run.args(&command[1..]).arg(argument).current_dir(self.folder);
        run.env("BASE", &self.base).env("EMAIL", EMAIL).env("MGF1", mgf1);
        let child = run.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child =
            child.unwrap_or_else(|why| panic!("{} is needed, and ./dev/test installs it: {why}", command[0]));
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let ended = child.wait_with_output().unwrap();
        assert!(ended.status.success(), "{command:?}: {}", String::from_utf8_lossy(&ended.stderr));
        String::from_utf8(ended.stdout).unwrap().trim().to_owned()
    }

    fn log_in(&self, sent: &str) -> Value {
        serde_json::from_str(&self.run(&["sh", "login.sh"], "", sent, "")).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_of_the_page_logs_in() {
    let folder = tempfile::tempdir().unwrap();
    let names = write_code(folder.path());
    assert_eq!(names, ["fetch.sh", "Encrypt.java", "encrypt.mjs", "encrypt.sh", "login.sh"]);
    fs::write(folder.path().join("run.mjs"), RUN_MJS).unwrap();

    let house = House::of_sandbox(Engine::Sqlite, Settings::default()).await;
    let program = house.start().await;
    let base = format!("http://remitjunction.localhost:{}/api/v6/services", program.address.port());
    let shell = Shell { folder: folder.path(), base };
    let key = shell.run(&["sh", "fetch.sh"], "", "", "");
    assert!(key.starts_with("MIIB"), "{key}");
    for (client, command, mgf1) in CLIENTS {
        let answer = shell.log_in(&shell.run(command, mgf1, &key, PASSWORD));
        assert!(answer["access_token"].is_string(), "{client}: {answer}");
        assert_eq!(answer["user"]["email"], EMAIL, "{client}");
        // What is refused is refused for the text within, so the text within is what is looked at.
        assert_eq!(shell.log_in(&shell.run(command, mgf1, &key, "short"))["code"], "VALIDATION_FAILED", "{client}");
        println!("{client} logs in");
    }
    assert_eq!(shell.log_in(PASSWORD)["code"], "DECRYPTION_FAILED");
}
