//! A person of a tenant of their own: how they came to be, and what happens to them.

use std::fmt;

use countersign_domain::audit::{Action, Event};
use countersign_domain::{
    Account, AccountId, Email, Kind, PasswordHash, Person, Role, Secret, Settings, Tenant, Timestamp,
};
use countersign_flows::admin::Access;
use countersign_flows::{Caller, Doer, Fault, LoggedIn, Login, NewStaff, Random, Refusal, Request, StaffEdit};
use countersign_store::NewAccount;

use crate::support::{ADA, Anonymous, PASSWORD, Seeded, SignedIn, WRONG, World, next};

/// A stored hash that no door of today writes: beyond the caps.
const UNVERIFIABLE: &str = "$2b$15$L7GQCOGRz.HBdAW9Vuk/2.Z6J8WnQOAmgfpNaXZym/glhIT/AOfSS";
const MANAGER: &str = "manager@example.com";

/// Somebody's life so far.
pub(super) struct Life<'w> {
    pub(super) world: &'w World,
    pub(super) tenant: Tenant,
    pub(super) id: AccountId,
    pub(super) kind: Kind,
    /// The right one; while there is none, one that will do as well as any.
    pub(super) password: String,
    /// The manager who helps.
    pub(super) manager: (Request, Caller),
    /// The links that were mailed, the newest last.
    pub(super) links: Vec<Secret>,
    /// When letters with reset links were asked for.
    pub(super) resets: Vec<Timestamp>,
    mark: Option<Secret>,
    /// For whoever has to understand a failure.
    told: Vec<String>,
}

/// What the door says to the right password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No(Refusal),
    /// Nothing can be said: 500.
    Broken,
}

impl fmt::Display for Life<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.told.join(", "))
    }
}

impl<'w> Life<'w> {
    /// A person who came to be in one of the ways there are.
    pub(super) async fn begin(world: &'w World, chance: &mut Seeded) -> Self {
        let tenant = world.tenant_with(Settings::default()).await;
        let operator = world.operator_of(&tenant);
        operator.creates("MANAGER", MANAGER, PASSWORD).await;
        let manager = crate::people::caller(&world.anonymous_of(&tenant).logs_in(MANAGER, PASSWORD).await).await;
        let how = ["customer", "cashier", "temporary", "both", "invited", "imported"][chance.pick(6)];
        let kind = if matches!(how, "customer" | "imported") { Kind::Customer } else { Kind::Staff };
        let id = match how {
            "customer" => operator.creates("CUSTOMER", ADA, PASSWORD).await,
            "temporary" => operator.creates_temporary("CASHIER", ADA, PASSWORD).await,
            "both" => {
                // With another password: whoever has one for both is let in to the first.
                operator.creates("CUSTOMER", ADA, "Another-horse-1").await;
                operator.creates("CASHIER", ADA, PASSWORD).await
            }
            "invited" => invited(world, &tenant, &manager).await,
            "imported" => imported(world, &tenant).await,
            _ => operator.creates("CASHIER", ADA, PASSWORD).await,
        };
        let (links, resets) = (Vec::new(), Vec::new());
        let (password, told) = (PASSWORD.to_owned(), vec![how.to_owned()]);
        let mut life = Self { world, tenant, id, kind, password, manager, links, resets, mark: None, told };
        life.reads_mail().await;
        life
    }

    /// Something happens.
    pub(super) async fn goes_on(&mut self, chance: &mut Seeded) {
        let operator = self.world.operator_of(&self.tenant);
        let deed = chance.pick(14);
        match deed {
            0 | 1 => self.is_guessed_at(3 + chance.pick(3), false).await,
            2 => self.is_guessed_at(3 + chance.pick(3), true).await,
            // One life in many: it takes a hundred hashes.
            3 if chance.pick(4) == 0 => self.is_shut_out().await,
            3 | 4 => self.remembers_a_device().await,
            5 => drop(operator.deactivates(self.id).await),
            6 => drop(operator.activates(self.id).await),
            7 => self.suspends(true).await,
            8 => self.suspends(false).await,
            9 => self.owes_a_new_password().await,
            10 => self.has_a_hash_of_elsewhere().await,
            11 => self.world.pass([60, 899, 900][chance.pick(3)]),
            // Longer than an invitation is good.
            12 => self.world.pass(73 * 3600),
            _ => drop(operator.unlocks(self.id).await),
        }
        self.told.push(format!("deed {deed}"));
    }

    pub(super) fn tell(&mut self, what: impl fmt::Debug) {
        self.told.push(format!("{what:?}"));
    }

    pub(super) fn now(&self) -> Timestamp {
        self.world.now()
    }

    /// At the tenant's door. A name with two accounts says which it means.
    pub(super) fn door(&self) -> Anonymous {
        let role = if self.kind == Kind::Customer { "CUSTOMER" } else { "CASHIER" };
        self.world.anonymous_of(&self.tenant).exempt().in_role(role)
    }

    pub(super) async fn account(&self) -> Account {
        self.world.operator_of(&self.tenant).sees(self.id).await
    }

    pub(super) async fn password_version(&self) -> i64 {
        self.account().await.password_version
    }

    /// What is said of the person.
    pub(super) async fn access(&self) -> Access {
        self.world.flows.access_of(&self.tenant, &self.account().await).await.unwrap()
    }

    pub(super) fn has_device(&self) -> bool {
        self.mark.is_some()
    }

    /// Sends the right password, from the device that has proved it or from one that has not.
    pub(super) async fn tries(&self, from_device: bool) -> (Answer, Option<SignedIn>) {
        self.sends(&self.password, from_device).await
    }

    async fn sends(&self, password: &str, from_device: bool) -> (Answer, Option<SignedIn>) {
        let who = self.door();
        let device_mark = self.mark.clone().filter(|_| from_device);
        let (email, kind) = (Email::parse(ADA).unwrap(), Some(self.kind));
        let login = Login { email, password: Secret::new(password), kind, device_mark };
        match self.world.flows.login(&who.request().await, login).await {
            Ok(LoggedIn::Yes(tokens)) => (Answer::Yes, Some(SignedIn { who, tokens: *tokens })),
            Ok(LoggedIn::No(refusal)) => (Answer::No(refusal), None),
            Err(Fault::PasswordHash(_)) => (Answer::Broken, None),
            Err(other) => panic!("{other}"),
        }
    }

    async fn is_guessed_at(&self, times: usize, from_device: bool) {
        for _ in 0..times {
            self.sends(WRONG, from_device && self.has_device()).await;
        }
    }

    pub(super) async fn is_shut_out(&self) {
        for _ in 0..20 {
            self.is_guessed_at(5, false).await;
            self.world.pass(900);
        }
    }

    async fn remembers_a_device(&mut self) {
        if self.mark.is_none()
            && let (_, Some(tokens)) = self.tries(false).await
        {
            self.mark = Some(tokens.mark().clone());
        }
    }

    async fn suspends(&mut self, is_wanted: bool) {
        let operator = self.world.operator_of(&self.tenant);
        let is_so = self.access().await.obstacles.contains(&countersign_domain::Obstacle::TenantSuspended);
        match is_wanted {
            true if !is_so => operator.suspends().await,
            false if is_so => operator.resumes().await,
            _ => {}
        }
    }

    async fn owes_a_new_password(&self) {
        let edit = StaffEdit { must_change_password: Some(true), ..StaffEdit::default() };
        drop(self.world.flows.edit_staff(Doer::Operator, &self.tenant, self.id, edit).await.unwrap());
    }

    async fn has_a_hash_of_elsewhere(&self) {
        let account = self.account().await;
        if account.password_hash.is_some() {
            let store = self.world.store.tenant(self.tenant.id);
            assert!(store.rehash(&account, PasswordHash::new(UNVERIFIABLE)).await.unwrap());
        }
    }

    /// Another password is the right one, which the device has proved that set it.
    pub(super) fn has_password(&mut self, password: String, mark: Option<Secret>) {
        (self.password, self.mark) = (password, mark);
    }

    /// Reads what was mailed; letters of other lives are over.
    pub(super) async fn reads_mail(&mut self) {
        for letter in crate::people::letters(self.world).await {
            if letter.tenant == self.tenant.id {
                self.links.extend(
                    crate::people::tokens(&letter)
                        .into_iter()
                        .filter_map(|(kind, token)| kind.is_none_or(|kind| kind == self.kind).then_some(token)),
                );
            }
        }
    }
}

/// Somebody who is invited.
async fn invited(world: &World, tenant: &Tenant, (request, manager): &(Request, Caller)) -> AccountId {
    let new = NewStaff {
        email: Email::parse(ADA).unwrap(),
        first_name: None,
        last_name: None,
        roles: vec!["CASHIER".parse().unwrap()],
    };
    world.flows.invite(Doer::Caller(request, manager), tenant, new).await.unwrap().unwrap().0
}

/// Somebody whose account came from another system without a password.
async fn imported(world: &World, tenant: &Tenant) -> AccountId {
    let (random, now) = (Random::seeded(next()), world.now());
    let id = AccountId::from_uuid(random.id(now));
    let account = NewAccount {
        id,
        kind: Kind::Customer,
        email: Email::parse(ADA).unwrap(),
        first_name: None,
        last_name: None,
        roles: vec![Role::customer()],
        password_hash: None,
        must_change_password: false,
        person: Person::default(),
    };
    let event = Event::done(tenant.id, now, random.seed(now), Action::AccountCreated);
    world.store.tenant(tenant.id).create_account(account, event).await.unwrap();
    id
}
