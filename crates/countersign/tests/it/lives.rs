//! The lives that the pages tell, run line by line against the program in its sandbox.

use std::process::Command;

use countersign_domain::Settings;

use crate::program::{Engine, House};

const CUSTOMER: &str = include_str!("../../../../docs/customer.md");
const SERVER: &str = include_str!("../../../../docs/server.md");
const CASHIER: &str = include_str!("../../../../docs/cashier.md");

/// Every piece of shell in a page, in order.
fn pieces(page: &str) -> Vec<&str> {
    page.split("```").skip(1).step_by(2).map(|piece| piece.strip_prefix("sh\n").unwrap()).collect()
}

async fn live(script: String) {
    let house = House::of_sandbox(Engine::Sqlite, Settings::default()).await;
    let program = house.start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("life.sh");
    std::fs::write(&file, script).unwrap();
    let base = format!("http://remitjunction.localhost:{}", program.address.port());
    let ended =
        Command::new("sh").arg("-eux").arg(&file).env("BASE", base).current_dir(folder.path()).output().unwrap();
    assert!(
        ended.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&ended.stderr).lines().rev().take(12).collect::<Vec<_>>().join("\n"),
        String::from_utf8_lossy(&ended.stdout).lines().rev().take(12).collect::<Vec<_>>().join("\n"),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_lives_as_the_page_tells() {
    let all = pieces(CUSTOMER);
    assert_eq!(all.len(), 5);
    live(all.concat()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cashier_lives_as_the_page_tells() {
    let (first, all) = (pieces(CUSTOMER)[0], pieces(CASHIER));
    assert_eq!(all.len(), 3);
    live(format!("{first}{}", all.concat())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_lives_as_the_page_tells() {
    let (first, all) = (pieces(CUSTOMER)[0], pieces(SERVER));
    assert_eq!(all.len(), 6);
    live(format!("{first}{}", all.concat())).await;
}
