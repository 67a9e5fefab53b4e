//! A hash that another system made proves its password once, and is ours from then on.

use std::time::Duration;

use countersign_domain::{AccountId, Email, ImportedCost, PasswordHash, Secret, Settings};
use countersign_flows::hasher::{Cost, PhcHash};
use countersign_flows::{Fault, Login, Refusal};
use tokio::time::Instant;

use crate::support::{ADA, PASSWORD, World, next, on_both};

/// One of each scheme, as its own system writes it, of the password of the documentation.
const FOREIGN: [&str; 14] = [
    "$argon2id$v=19$m=64,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw$6cjg+YYfYCI3HUJRRIEWaYVTxqj8+rRm+PKqVbPRS6c",
    "argon2$argon2id$v=19$m=64,t=1,p=2$YzI5dFpYTmhiSFJ6WVd4MA$G0RWmIGzpECXyXyM0nDMpi580Z5Umr7DWaALdM7U1mw",
    "$argon2i$v=16$m=64,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw$5lMlceqQUbmefkOD7+VSarqNfcDavh2HIy3kpZAX7O0",
    "$2a$04$R9//3sZt2E.Ax8PR37eRA.HoIzSoM2stoV.LWsuMlwRpUApKdzbym",
    "$2y$04$L7GQCOGRz.HBdAW9Vuk/2.Z6J8WnQOAmgfpNaXZym/glhIT/AOfSS",
    "bcrypt_sha256$$2b$04$bBqVaG.k/b2TbZGxPZHQe.DF9g/gfm0Q.9yT02NfmaHShfnjkMfaC",
    "$scrypt$ln=4,r=8,p=2$c2l4dGVlbiBieXRlcyBvaw$Tte2OJqNsgb/IWBFR0/7+z+MT8tnSHacCXceUuZHHBY",
    "scrypt$16$Rm5fGm0bGv7w$8$5$4XSvOR+SpVgFBGEzLuvLzzLZjluiG08z//d0XjU0gh46nhcmTTy6V9wg1pUEHdXQi3vSRrfPwxFzM1ykjmH29A==",
    "$pbkdf2$1000$C6G0lrI2hvAe41wLAWBMKQ$1jzh.HnDdKA0lDuI7BpNmMfrTlU",
    "pbkdf2_sha256$1000$Rm5fGm0bGv7w$ctl01voElxrBBsJwzDO0PdZiwi3FOOEX3pI3sIvLE1g=",
    "$pbkdf2-sha512$i=1000,l=64$c2l4dGVlbiBieXRlcyBvaw$xrMqIE+xdOdwugpmijDWCxEt5dJt5XHBqa5qzgttPMy7IUCX39/2/G1vVwGgKIsLJlwtAswLHUp+o5BCQQoiTw",
    "$5$rounds=1000$16uR/vWnUhgRcqQ6$rptrZ5Ai3mocO1ynW5WijPBYYdSP4yZVCUJV3au4d29",
    "$6$mJq8XbIJHB1zHJvz$3nOKhzGnzoq./lqxq51BhgiQzir3ivC0/vbBuQHIVWWGzdvffXetc2tb0JV2WsmfFTcOCj/zWbOsTMBcIk1SO1",
    "$6$rounds=1000$bpv9/AfA8zaQGDAl$XEjqJ1DB1drDdmjQzizkxPfhpVgA/0IasojjX03F6mS9zzL1DtBG84BDiH5Oo5snVo8yS8uBtxkMSvWWL.CNw/",
];

/// What all of them are hashes of; and the one that Firebase publishes.
const DOCUMENTED: &str = "Password@1";
const FIREBASE: (&str, &str) = (
    "$firescrypt$ln=14,r=8,p=1$sPtDhWcd1MfdAw==$xbSou7FOl6mChCyzpCPIQ7tku7nsQMTFtyOZSXXd7tjBa4NtimOx7v42Gv2SfzPQu1oxM2/k4SsbOu73wlKe1A==$Bw==$YE0dO4bwD4JnJafh6lZZfkp1MtKzuKAXQcDCJNJNyeCHairWHKENOkbh3dzwaCdizzOspwr/FITUVlnOAwPKyw==",
    "8x4WjoDbSxJZdR",
);

/// Makes an account whose stored hash is this one.
async fn with_hash(world: &World, email: &str, stored: &str) -> AccountId {
    let id = world.operator().creates("CUSTOMER", email, PASSWORD).await;
    let account = world.operator().sees(id).await;
    assert!(world.store.tenant(world.tenant.id).rehash(&account, PasswordHash::new(stored)).await.unwrap());
    id
}

async fn stored(world: &World, id: AccountId) -> String {
    world.operator().sees(id).await.password_hash.unwrap().phc().to_owned()
}

/// The renewal follows the answer, so it is waited for.
async fn becomes_ours(world: &World, id: AccountId) -> bool {
    for _ in 0..500 {
        if stored(world, id).await.starts_with("$argon2id$v=19$m=8,t=1,p=1$") {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

async fn every_scheme_is_upgraded_by_its_first_good_login(world: World) {
    for (foreign, password) in FOREIGN.map(|foreign| (foreign, DOCUMENTED)).into_iter().chain([FIREBASE]) {
        let hash = PhcHash::read_foreign(foreign).unwrap().to_string();
        let email = format!("ada{}@example.com", next());
        let id = with_hash(&world, &email, &hash).await;
        let door = world.anonymous();
        assert_eq!(door.guesses(1, &email).await, Refusal::WrongCredentials, "{foreign}");
        assert_eq!(stored(&world, id).await, hash, "a wrong password changes nothing");
        let ada = door.logs_in(&email, password).await;
        assert!(becomes_ours(&world, id).await, "{foreign}");
        assert!(ada.is_let_in().await, "it is no change of password");
        door.logs_in(&email, password).await;
        assert_eq!(door.guesses(1, &email).await, Refusal::WrongCredentials, "{foreign}");
    }
}

/// Another door wrote it, or an earlier version with other caps: nothing is hashed, the operator is told.
async fn a_hash_above_the_caps_is_a_fault_and_no_work(world: World) {
    with_hash(&world, ADA, "$2b$15$L7GQCOGRz.HBdAW9Vuk/2.Z6J8WnQOAmgfpNaXZym/glhIT/AOfSS").await;
    let (before, door) = (world.hashes(), world.anonymous());
    let login =
        Login { email: Email::parse(ADA).unwrap(), password: Secret::new(DOCUMENTED), kind: None, device_mark: None };
    let fault = world.flows.login(&door.request().await, login).await.unwrap_err();
    assert!(matches!(fault, Fault::PasswordHash(_)), "{fault}");
    assert_eq!(world.hashes(), before);
}

/// Of two accounts of one address, the one that cannot be verified keeps out nobody but its own.
async fn a_hash_above_the_caps_leaves_the_other_account_alone(world: World) {
    with_hash(&world, ADA, "$2b$15$L7GQCOGRz.HBdAW9Vuk/2.Z6J8WnQOAmgfpNaXZym/glhIT/AOfSS").await;
    let staff = world.operator().creates("CASHIER", ADA, PASSWORD).await;
    let door = world.anonymous();
    assert_eq!(door.logs_in(ADA, PASSWORD).await.account(), staff);
    assert_eq!(door.guesses(4, ADA).await, Refusal::WrongCredentials);
    assert!(matches!(door.guesses(1, ADA).await, Refusal::Locked(_)), "guesses at it count");
}

/// An address that nobody has, and one with a cheap hash of ours: both as late as two of the dearest.
async fn failures_leave_at_the_step_of_the_dearest_import(world: World) {
    let mut settings = Settings::default();
    assert!(settings.hold_import(ImportedCost::Bcrypt { cost: 8 }));
    let tenant = world.tenant_with(settings).await;
    world.operator_of(&tenant).creates("CUSTOMER", ADA, PASSWORD).await;
    let door = world.anonymous_of(&tenant);
    let dearest = Cost::from(ImportedCost::Bcrypt { cost: 8 });
    door.guesses(1, ADA).await;
    let step = world.flows.hasher().step(&[dearest]).await;
    for email in [ADA, "nobody@example.com"] {
        let began = Instant::now();
        door.guesses(1, email).await;
        assert!(began.elapsed() >= step, "{email} {:?} {step:?}", began.elapsed());
    }
}

on_both! {
    every_scheme_is_upgraded_by_its_first_good_login,
    a_hash_above_the_caps_is_a_fault_and_no_work,
    a_hash_above_the_caps_leaves_the_other_account_alone,
    failures_leave_at_the_step_of_the_dearest_import,
}
