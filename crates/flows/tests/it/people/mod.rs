//! People come in, lose passwords, are helped, leave: each story, and many of them at once.

mod customers;
mod passwords;
mod races;
mod send_reset;
mod staff;

use std::sync::Arc;

use countersign_domain::{Account, AccountId, Email, Kind, Person, PersonName, Secret};
use countersign_flows::mail::{Content, Dispatch};
use countersign_flows::{Caller, Confirmed, Flows, PasswordChanged, PasswordSetByLink, Register, Registered, Request};

use crate::mail::Bag;
use crate::support::{Anonymous, SignedIn, World};

/// What the people of these tests choose next.
const NEW: &str = "Battery-staple-2";

/// Takes what is in the outbox.
pub(crate) async fn letters(world: &World) -> Vec<Dispatch> {
    let bag = Arc::new(Bag::default());
    while world.flows.mail_once(bag.clone()).await.unwrap() > 0 {}
    bag.letters()
}

/// The tokens that a letter carries, with the kind of account where it tells.
pub(crate) fn tokens(letter: &Dispatch) -> Vec<(Option<Kind>, Secret)> {
    match &letter.content {
        Content::Confirmation(link) | Content::Invitation(link) => vec![(None, link.token.clone())],
        Content::Reset(links) => links.iter().map(|(kind, link)| (Some(*kind), link.token.clone())).collect(),
        _ => Vec::new(),
    }
}

/// The one token of the one letter.
async fn mailed_token(world: &World) -> Secret {
    let letters = letters(world).await;
    assert_eq!(letters.len(), 1, "{letters:?}");
    tokens(&letters[0]).remove(0).1
}

fn name(text: &str) -> PersonName {
    text.parse().unwrap()
}

fn secret(text: &str) -> Secret {
    Secret::new(text)
}

fn registering(email: &str, password: &str) -> Register {
    Register {
        email: Email::parse(email).unwrap(),
        first_name: name("Ada"),
        last_name: name("Byron"),
        person: Person { dob: "1990-05-17".parse().ok(), ..Person::default() },
        password: secret(password),
    }
}

/// What the actors of these stories do besides.
struct Door<'w> {
    flows: &'w Arc<Flows>,
    who: Anonymous,
}

impl<'w> Door<'w> {
    fn of(world: &'w World) -> Self {
        Self { flows: &world.flows, who: world.anonymous() }
    }

    async fn registers(&self, email: &str, password: &str) -> Registered {
        self.flows.register(&self.who.request().await, registering(email, password)).await.unwrap()
    }

    async fn confirms(&self, token: &Secret, password: &str) -> Confirmed {
        self.flows.confirm_email(&self.who.request().await, token.expose(), secret(password)).await.unwrap()
    }

    async fn forgets(&self, email: &str) {
        let email = Email::parse(email).unwrap();
        self.flows.forgot_password(&self.who.request().await, &email).await.unwrap();
    }

    async fn sets(&self, token: &Secret, password: &str) -> PasswordSetByLink {
        self.flows.reset_password(&self.who.request().await, token.expose(), &secret(password)).await.unwrap()
    }
}

/// Somebody who is let in, as doors hand them to stories.
pub(crate) async fn caller(signed_in: &SignedIn) -> (Request, Caller) {
    let request = signed_in.who.request().await;
    match signed_in.who.shows(signed_in.access_token()).await {
        countersign_flows::Admission::Session(caller) => (request, *caller),
        other => panic!("{other:?}"),
    }
}

async fn changes(world: &World, signed_in: &SignedIn, current: &str, new: &str) -> PasswordChanged {
    let (request, caller) = caller(signed_in).await;
    world.flows.change_password(&request, &caller, secret(current), &secret(new)).await.unwrap()
}

async fn account(world: &World, id: AccountId) -> Account {
    world.flows.account(&world.tenant, id).await.unwrap().unwrap()
}
