use std::time::Duration;

use countersign_domain::{AccountId, Letter};
use countersign_store::{Attempted, Clock, Location, NewLetter, Store, Which};

use super::home::Home;

/// The outbox as the service leaves it: two letters that a mail server refused for good, and one that waits.
fn fill(home: &Home) -> [String; 3] {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let file = home.path("data").join("countersign.db");
        let store = Store::open(&Location::File(file, 1), Clock::system()).await.unwrap();
        let tenant = store.find_tenant(Which::Slug("acme".parse().unwrap())).await.unwrap().unwrap();
        let ids = [1, 2, 3].map(|n| uuid::Uuid::from_u128(u128::MAX / 2 + n));
        for id in ids {
            let account = AccountId::from_uuid(id);
            let letter = Letter::PasswordChanged { account };
            let letter = NewLetter { id, tenant: tenant.id, name_hash: [1; 32], letter, language: None };
            store.tenant(tenant.id).post_letter(letter).await.unwrap();
        }
        for taken in store.take_letters(2, Duration::from_secs(60)).await.unwrap() {
            store.settle_letter(&taken, Attempted::Dead("the mail server said 550 5.1.1".into())).await.unwrap();
        }
        ids.map(|id| id.to_string())
    })
}

#[test]
fn letters_are_listed_and_sent_again() {
    let home = Home::production();
    home.make_tenant("acme", 5);
    home.make_tenant("other", 5);
    let [first, second, third] = fill(&home);
    let listed = |line: &str| {
        let list = home.json(line);
        let ids = list.as_array().unwrap().iter().map(|letter| letter["id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(listed("mail list"), [&third[..], &second, &first]);
    assert_eq!(listed("mail list -t acme --state dead"), [&second[..], &first]);
    assert_eq!(listed("mail list --state due"), [&third[..]]);
    assert_eq!(listed("mail list -t other"), [""; 0]);
    assert_eq!(listed("mail list -t acme --limit 1"), [&third[..]]);
    assert_eq!(listed(&format!("mail list -t acme --limit 1 --cursor {third}")), [&second[..]]);
    let dead = home.json("mail list --state dead");
    assert_eq!(dead[0]["kind"], "password_changed");
    assert_eq!(dead[0]["lastError"], "the mail server said 550 5.1.1");
    assert_eq!((&dead[0]["tenant"], dead[0]["attempts"].as_i64()), (&"acme".into(), Some(1)));

    assert_eq!(home.json(&format!("mail retry {first}"))[0]["outcome"], "due");
    let again = home.run(&format!("mail retry {first} {third}"));
    assert_eq!(again.status, 1, "{again:?}");
    assert!(again.out.contains("not dead") && again.err.contains("not every one"), "{again:?}");
    assert_eq!(home.run(&format!("mail retry -t other {second}")).status, 1);
    let all = home.json("mail retry --all-dead");
    assert_eq!((all.as_array().unwrap().len(), &all[0]["id"]), (1, &second.as_str().into()));
    assert_eq!(home.json("mail retry --all-dead").as_array().unwrap().len(), 0);
    assert_eq!(listed("mail list --state due").len(), 3);
    assert_eq!(home.run("mail retry").status, 2);
    assert_eq!(home.run("mail list --state lost").status, 2);
}
