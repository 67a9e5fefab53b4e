//! A server comes up, keeps what was committed through a crash, and leaves nothing behind however its owner ends.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where, by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use scratch::{Durability, Postgres, Setup};
use tokio_postgres::{Client, NoTls};

/// Set for the copy of this program that is killed: the file in which it says where its server lives.
const VICTIM_VARIABLE: &str = "SCRATCH_TEST_VICTIM";

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(async {
        let _ = connection.await;
    });
    client
}

async fn setting(client: &Client, name: &str) -> String {
    let row = client.query_one("SELECT current_setting($1)", &[&name]).await;
    row.unwrap().get(0)
}

#[tokio::test]
async fn each_database_is_new_and_a_copy_holds_what_its_original_held() {
    let server = Postgres::shared().unwrap();
    let first = server.database().unwrap();
    let client = connect(&first).await;
    client.batch_execute("CREATE TABLE seen (n int)").await.unwrap();
    let copy = connect(&server.copy_of(&first).unwrap()).await;
    copy.batch_execute("INSERT INTO seen VALUES (1)").await.unwrap();
    let other = connect(&server.database().unwrap()).await;
    assert!(other.batch_execute("SELECT * FROM seen").await.is_err());
    assert_eq!(setting(&other, "fsync").await, "off");
    assert_eq!(setting(&other, "synchronous_commit").await, "on");
}

#[tokio::test]
async fn a_commit_outlives_a_crash_of_the_server() {
    let server = Postgres::start_with(Setup {
        durability: Durability::Full,
        tcp: true,
        settings: vec![("work_mem".into(), "1MB".into())],
    })
    .unwrap();
    let url = server.database().unwrap();
    let client = connect(&server.tcp_url(&url).unwrap()).await;
    assert_eq!(setting(&client, "fsync").await, "on");
    assert_eq!(setting(&client, "work_mem").await, "1MB");
    client.batch_execute("CREATE TABLE kept (n int)").await.unwrap();
    server.crash().unwrap();
    assert!(client.batch_execute("SELECT 1").await.is_err());
    assert!(server.database().is_err());
    server.restart().unwrap();
    // The port may be another one now.
    let client = connect(&server.tcp_url(&url).unwrap()).await;
    client.batch_execute("SELECT * FROM kept").await.unwrap();
    assert!(server.log().contains("not properly shut down"));
}

#[test]
fn a_dropped_server_leaves_nothing() {
    let server = Postgres::start().unwrap();
    let (folder, process_id) = (server.data_folder(), server.process_id().unwrap());
    assert!(folder.is_dir());
    drop(server);
    assert!(!folder.exists());
    assert!(!Path::new(&format!("/proc/{process_id}")).exists());
}

/// Not a test of its own: the program that the next one kills.
#[test]
#[expect(clippy::disallowed_methods, reason = "told by the test that starts it, and waits to be killed by it")]
fn victim() {
    let Some(file) = std::env::var_os(VICTIM_VARIABLE) else {
        return;
    };
    let server = Postgres::start().unwrap();
    let said = format!("{}\n{}\n", server.data_folder().display(), server.process_id().unwrap());
    let (file, part) = (PathBuf::from(&file), PathBuf::from(&file).with_extension("part"));
    std::fs::write(&part, said).unwrap();
    std::fs::rename(part, file).unwrap();
    std::thread::sleep(Duration::from_secs(60));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "watches other processes, which tell nobody that they have ended")]
fn a_killed_owner_leaves_nothing() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("said");
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "victim", "--nocapture"])
        .env(VICTIM_VARIABLE, &file)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let until = |done: &dyn Fn() -> bool| {
        (0..3_000).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            done()
        })
    };
    assert!(until(&|| file.exists()), "the owner did not start its server");
    let said = std::fs::read_to_string(&file).unwrap();
    let (folder, process_id) = said.trim().split_once('\n').unwrap();
    assert!(Path::new(folder).is_dir());
    owner.kill().unwrap();
    owner.wait().unwrap();
    let server = format!("/proc/{process_id}");
    assert!(until(&|| !Path::new(folder).exists() && !Path::new(&server).exists()));
}
