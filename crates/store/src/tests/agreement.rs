//! The same calls in the same order, on both engines: the same answers and the same rows.

mod postgres {
    use std::fmt::Write;

    use countersign_domain::audit::{Action, Event, Seed};
    use countersign_domain::session::{EndReason, Session};
    use countersign_domain::{Account, DeviceMark, EventId, Kind, PasswordHash, Standing, TenantId, TenantState};
    use uuid::{Builder, Uuid};

    use crate::tests::World;
    use crate::tests::world::{address, client, name_hash, new_account, new_tenant, right};
    use crate::{
        CounterCursor, NewAccount, NewTenant, ReserveAttempt, ReservedKinds, SetPassword, SettleAttempt, TenantChange,
        TenantStore, Verdict,
    };

    const NAMES: [&str; 3] = ["ada@example.com", "bob@example.com", "nobody@example.com"];

    /// Makes the same choices and the same ids for each engine.
    struct Dice {
        state: u64,
        made: u64,
    }

    impl Dice {
        /// The generator splitmix64: a seed and a page of arithmetic, the same everywhere.
        fn below(&mut self, bound: usize) -> usize {
            self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            usize::try_from(mixed >> 33).unwrap() % bound
        }

        fn id(&mut self) -> Uuid {
            self.made += 1;
            Builder::from_unix_timestamp_millis(self.made, &[3; 10]).into_uuid()
        }

        fn event(&mut self, tenant: TenantId, action: Action, world: &World) -> Event {
            Event::done(tenant, world.now(), Seed { id: EventId::from_uuid(self.id()), salt: [7; 16] }, action)
        }
    }

    /// A walk through the store's calls; what they answered, and every row they left.
    struct Walk<'w> {
        world: &'w World,
        here: TenantStore,
        tenant: TenantId,
        dice: Dice,
        accounts: Vec<Account>,
        sessions: Vec<Session>,
        attempts: Vec<(ReserveAttempt, crate::Reservation)>,
        said: String,
    }

    async fn walk(world: &World, seed: u64, steps: usize) -> String {
        let mut dice = Dice { state: seed, made: 0 };
        let tenant = TenantId::from_uuid(dice.id());
        let made = new_tenant("walk");
        let key = countersign_domain::signing_key::SigningKeyRecord {
            tenant,
            id: countersign_domain::KeyId::from_uuid(dice.id()),
            kid: "kid".into(),
            ..made.key.clone()
        };
        let event = dice.event(tenant, Action::TenantCreated, world);
        world.store.create_tenant(NewTenant { id: tenant, key, ..made }, event).await.unwrap();
        let here = world.store.tenant(tenant);
        let (accounts, sessions, attempts, said) = (Vec::new(), Vec::new(), Vec::new(), String::new());
        let mut walk = Walk { world, here, tenant, dice, accounts, sessions, attempts, said };
        for (kind, name) in [(Kind::Customer, 0), (Kind::Staff, 0), (Kind::Customer, 1)] {
            walk.make_account(kind, NAMES[name]).await;
        }
        for _ in 0..steps {
            walk.step().await;
        }
        walk.said + &rows(world).await
    }

    /// Every row of every table that both have, in the order of their keys.
    async fn rows(world: &World) -> String {
        let mut all = String::new();
        for (table, columns) in [
            ("counter", "customer || staff"),
            ("session", "refresh_counter || '/' || rotated_at || '/' || coalesce(end_reason, '')"),
            ("session_due", "due_at || ''"),
            ("event", "action || outcome || coalesce(reason, '') || at"),
            ("account", "email_key || standing || generation || '/' || password_version"),
        ] {
            let sum = format!("SELECT coalesce(sum(length({columns})), 0) + 1000000 * count(*) FROM {table}",);
            // PostgreSQL sums to a wider type.
            let sum = format!("SELECT CAST(({sum}) AS BIGINT)");
            writeln!(all, "{table}: {}", world.number(&sum).await).unwrap();
        }
        all
    }

    impl Walk<'_> {
        fn event(&mut self, action: Action) -> Event {
            self.dice.event(self.tenant, action, self.world)
        }

        async fn make_account(&mut self, kind: Kind, email: &str) {
            let role = if kind == Kind::Customer { "CUSTOMER" } else { "AGENT" };
            let id = countersign_domain::AccountId::from_uuid(self.dice.id());
            let account = NewAccount { id, ..new_account(kind, email, &[role]) };
            let event = self.event(Action::AccountCreated);
            self.here.create_account(account, event).await.unwrap();
            self.accounts.push(self.here.account(id).await.unwrap().unwrap());
        }

        fn says(&mut self, what: impl std::fmt::Debug) {
            writeln!(self.said, "{what:?}").unwrap();
        }

        async fn step(&mut self) {
            match self.dice.below(20) {
                0..=5 => self.reserve().await,
                6..=11 => self.settle().await,
                12..=14 => self.rotate().await,
                15 => self.end().await,
                16 => self.operate().await,
                17 => {
                    let purged = self.world.store.purge_sessions().await.unwrap();
                    let walked = self.world.store.purge_counters(CounterCursor::default()).await.unwrap().0;
                    self.says((purged, walked));
                }
                _ => self.world.pass([1, 1, 2, 3, 8, 12, 31, 31, 400, 901, 901, 5 * 86_400][self.dice.below(12)]),
            }
        }

        async fn reserve(&mut self) {
            let name = NAMES[self.dice.below(3)];
            let account = self.accounts[self.dice.below(3)].clone();
            let version = i64::try_from(self.dice.below(3)).unwrap();
            let mark = DeviceMark { account: account.id, password_version: version, device: [5; 16] };
            let ask = ReserveAttempt {
                email: address(name).key().clone(),
                name_hash: name_hash(name),
                mark: (self.dice.below(3) == 0).then_some(mark),
                kinds: [vec![Kind::Customer], vec![Kind::Staff], vec![Kind::Customer, Kind::Staff]][self.dice.below(3)]
                    .clone(),
                attempt: self.dice.id(),
                policy: crate::tests::world::POLICY,
                lock_event: self.event(Action::LockoutStarted),
            };
            let reserved = self.here.reserve_attempt(ask.clone()).await.unwrap();
            self.says(&reserved);
            if matches!(reserved.attempt, ReservedKinds::Yes(_)) {
                self.attempts.push((ask, reserved));
            }
        }

        async fn settle(&mut self) {
            if self.attempts.is_empty() {
                return;
            }
            let at = self.dice.below(self.attempts.len());
            let (ask, reserved) = self.attempts.swap_remove(at);
            let ReservedKinds::Yes(kinds) = reserved.attempt else { unreachable!() };
            let matches = reserved.accounts.into_iter().find(|account| kinds.contains(&account.kind));
            let verdict = match (self.dice.below(3), matches) {
                (0, Some(account)) => self.right(&account),
                (1, _) => Verdict::Released,
                _ => Verdict::Wrong { event: self.event(Action::Login) },
            };
            let (row, attempt, policy) = (reserved.row, ask.attempt, ask.policy);
            let lock_event = self.event(Action::LockoutStarted);
            let settle = SettleAttempt { row, kinds, attempt, policy, lock_event, verdict };
            let settled = self.here.settle_attempt(settle).await.unwrap();
            self.says(&settled);
            if let crate::Settlement::Opened(session) = settled {
                self.sessions.push(*session);
            }
        }

        fn right(&mut self, account: &Account) -> Verdict {
            let mut right = right(self.tenant, account);
            right.session.id = countersign_domain::SessionId::from_uuid(self.dice.id());
            right.session.secret = *self.dice.id().as_bytes();
            right.event = self.event(Action::Login);
            right.refused_event = self.event(Action::Login);
            Verdict::Right(Box::new(right))
        }

        async fn rotate(&mut self) {
            if self.sessions.is_empty() {
                return;
            }
            let at = self.dice.below(self.sessions.len());
            let session = self.sessions[at].clone();
            let back = i64::try_from(self.dice.below(3)).unwrap();
            let mut token = self.world.token(&session, (session.refresh_counter - back).max(0));
            token.presented.request = Some(self.dice.id());
            token.presented.client = client();
            token.reuse_event = self.event(Action::RefreshReused);
            let rotated = self.here.rotate(token).await.unwrap();
            self.says(&rotated);
            if let crate::Rotated::Yes(next, _) = rotated {
                self.sessions[at] = *next;
            }
            let holder = self.here.holder(session.id).await.unwrap();
            self.says(holder);
        }

        async fn end(&mut self) {
            if self.sessions.is_empty() {
                return;
            }
            let at = self.dice.below(self.sessions.len());
            let session = self.sessions[at].clone();
            let event = self.event(Action::Logout);
            let shown = Some((0, session.token_id(0)));
            let ended = self.here.end_session(session.id, shown, EndReason::Logout, event).await.unwrap();
            self.says(ended);
        }

        async fn operate(&mut self) {
            let account = self.accounts[self.dice.below(3)].clone();
            let event = self.event(Action::AccountActivated);
            let name_hash = name_hash(&account.email);
            match self.dice.below(6) {
                0 => {
                    let standing = [Standing::Active, Standing::Deactivated][self.dice.below(2)];
                    let changed = self.here.set_standing(account.id, standing, event).await.unwrap();
                    self.says(changed);
                }
                1 => {
                    let hash = PasswordHash::new(self.dice.id().to_string());
                    let change = SetPassword { id: account.id, name_hash, hash, must_change: false };
                    let changed = self.here.set_password(change, event).await.unwrap();
                    self.says(changed);
                }
                2 => {
                    let changed = self.here.unlock(account.id, name_hash, event).await.unwrap();
                    self.says(changed);
                }
                3 => {
                    let rehashed = self.here.rehash(&account, PasswordHash::new("dearer")).await.unwrap();
                    self.says(rehashed);
                }
                _ => {
                    let state = if self.dice.below(6) == 0 { TenantState::Suspended } else { TenantState::Active };
                    let changed = self.here.change_tenant(TenantChange::State(state), event).await.unwrap();
                    self.says(changed);
                }
            }
            self.says(self.here.accounts_of(address(&account.email).key()).await.unwrap());
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn both_engines_answer_alike() {
        for seed in 0..4 {
            let (lite, pg) = tokio::join!(World::in_memory(), World::on_postgres());
            let (on_lite, on_pg) = tokio::join!(walk(&lite, seed, 400), walk(&pg, seed, 400));
            let differing = on_lite.lines().zip(on_pg.lines()).enumerate().find(|(_, (lite, pg))| lite != pg);
            assert_eq!(differing, None, "seed {seed}");
            assert_eq!(on_lite.lines().count(), on_pg.lines().count(), "seed {seed}");
        }
    }
}
