//! PostgreSQL: deadlocks, cut connections, lost answers, a server that crashes, waits for a standby, or leads no more.

mod cutter;

mod postgres {
    use std::collections::BTreeSet;
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
    use std::sync::{Arc, OnceLock};
    use std::time::Duration;

    use countersign_domain::audit::Action;
    use countersign_domain::hourly::Measure;
    use countersign_domain::session::EndReason;
    use countersign_domain::{Account, AccountId, Kind, Letter, PasswordHash, RefreshReplay, Settings, Standing};
    use scratch::{Postgres, Setup};
    use tokio::sync::{Barrier, Notify};
    use tokio::task::JoinHandle;
    use uuid::Uuid;

    use super::cutter::{Cut, Cutter};
    use crate::fault::{Fault, Result};
    use crate::job::{Job, Seen};
    use crate::statement::Value;
    use crate::tests::World;
    use crate::tests::jobs::{Put, Then, insert, purposes, put};
    use crate::tests::letters::letter;
    use crate::tests::world::{connect, name_hash, new_account, statement};
    use crate::tx::Tx;
    use crate::{
        Attempted, Changed, Created, Ended, Location, ReservedKinds, Retried, RotateSession, Rotated, Sealed,
        SetPassword, Settlement, TenantChange, TenantChanged, Verdict, accounts,
    };

    const ADA: &str = "ada@example.com";

    fn url(world: &World) -> &str {
        let Location::Postgres(url, _) = &world.location else { unreachable!() };
        url
    }

    async fn until(fact: impl AsyncFn() -> bool) {
        while !fact().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Locks two accounts, the first of them together with its twin, then writes.
    struct Crossing {
        accounts: [AccountId; 2],
        tenant: Uuid,
        met: Arc<Barrier>,
        runs: Arc<AtomicU32>,
        writes: String,
    }

    impl Job for Crossing {
        type Out = ();

        async fn run(&self, tx: &Tx<'_>) -> Result<()> {
            accounts::lock(tx, self.tenant, self.accounts[0]).await?;
            if self.runs.fetch_add(1, Ordering::Relaxed) < 2 {
                self.met.wait().await;
            }
            accounts::lock(tx, self.tenant, self.accounts[1]).await?;
            insert(tx, &self.writes).await
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_deadlock_is_run_again() {
        let world = World::on_postgres().await;
        let sooner = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = ''20ms''', \
             current_database()); END $$";
        world.meddle(sooner).await;
        let store = world.another_node().await;
        let one = world.account(Kind::Customer, ADA).await.id;
        let two = world.account(Kind::Staff, ADA).await.id;
        let (met, runs) = (Arc::new(Barrier::new(2)), Arc::new(AtomicU32::new(0)));
        let cross = |accounts, writes: &str| {
            let (met, runs, writes) = (Arc::clone(&met), Arc::clone(&runs), writes.to_owned());
            store.write(Crossing { accounts, tenant: world.tenant.uuid(), met, runs, writes })
        };
        let (there, back) = tokio::join!(cross([one, two], "there"), cross([two, one], "back"));
        there.and(back).unwrap();
        assert_eq!(runs.load(Ordering::Relaxed), 3);
        assert_eq!(purposes(&world).await, ["back", "there"]);
    }

    /// Writes, and on its first run waits until its connection is dead before it goes on.
    struct Interrupted {
        runs: Arc<AtomicU32>,
        written: Arc<Notify>,
        killed: Arc<Notify>,
    }

    impl Job for Interrupted {
        type Out = ();

        async fn run(&self, tx: &Tx<'_>) -> Result<()> {
            insert(tx, "before").await?;
            if self.runs.fetch_add(1, Ordering::Relaxed) == 0 {
                self.written.notify_one();
                self.killed.notified().await;
            }
            insert(tx, "after").await
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_connection_that_is_killed_before_commit_is_run_again_once() {
        let world = World::on_postgres().await;
        let (runs, written, killed) = (Arc::<AtomicU32>::default(), Arc::<Notify>::default(), Arc::<Notify>::default());
        let job = Interrupted { runs: Arc::clone(&runs), written: Arc::clone(&written), killed: Arc::clone(&killed) };
        let store = world.store.clone();
        let writing = tokio::spawn(async move { store.write(job).await });
        written.notified().await;
        let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
             WHERE datname = current_database() AND state = 'idle in transaction'";
        assert_eq!(world.number(kill).await, 1);
        killed.notify_one();
        writing.await.unwrap().unwrap();
        assert_eq!((runs.load(Ordering::Relaxed), purposes(&world).await), (2, vec!["after".into(), "before".into()]));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_panic_gives_no_open_transaction_to_the_pool() {
        let world = World::on_postgres().await;
        for _ in 0..30 {
            assert!(world.store.write(put("panics", Then::Panic)).await.is_err());
        }
        let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
             AND state LIKE 'idle in transaction%'";
        until(async || world.number(open).await == 0).await;
        world.store.write(put("next", Then::Stay)).await.unwrap();
        assert_eq!(purposes(&world).await, ["next"]);
        assert!(world.store.connections().unwrap().1 <= 2);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_reader_that_hangs_up_leaves_nothing_behind_and_costs_no_connection() {
        let world = World::on_postgres().await;
        let ours = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'countersign'";
        let (count, oldest) = (
            format!("SELECT count(*) {ours}"),
            format!("SELECT (extract(epoch FROM min(backend_start)) * 1000000)::bigint {ours}"),
        );
        // The connection that migrated ends a moment after it is let go.
        let pooled = i64::try_from(world.store.connections().unwrap().1).unwrap();
        until(async || world.number(&count).await == pooled).await;
        let before = world.number(&oldest).await;
        for _ in 0..20 {
            let reading = world.here().account(AccountId::from_uuid(Uuid::nil()));
            let _ = tokio::time::timeout(Duration::from_micros(50), reading).await;
        }
        world.store.write(put("next", Then::Stay)).await.unwrap();
        assert_eq!(purposes(&world).await, ["next"]);
        assert_eq!(world.number(&oldest).await, before);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_reading_job_cannot_write() {
        let world = World::on_postgres().await;
        assert!(world.store.read(put("written by a reader", Then::Stay)).await.is_err());
        assert!(purposes(&world).await.is_empty());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_commit_that_is_refused_is_undone_and_told() {
        let world = World::on_postgres().await;
        let deferred = "ALTER TABLE role DROP CONSTRAINT role_tenant_fkey; ALTER TABLE role ADD CONSTRAINT later \
             FOREIGN KEY (tenant) REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED";
        world.meddle(deferred).await;
        let before = world.store.connections().unwrap().1;
        for commits_with_the_last in [true, false] {
            let answer = world.store.write(Orphan { commits_with_the_last }).await;
            assert!(matches!(answer, Err(Fault::Broken(_))), "{answer:?}");
        }
        assert!(purposes(&world).await.is_empty());
        assert_eq!(world.store.connections().unwrap().1, before, "the connections are good for more");
    }

    /// A role of no tenant, which only COMMIT finds out.
    struct Orphan {
        commits_with_the_last: bool,
    }

    impl Job for Orphan {
        type Out = ();

        async fn run(&self, tx: &Tx<'_>) -> Result<()> {
            insert(tx, "orphan").await?;
            let values = [Value::Id(Uuid::nil()), Value::text("X"), Value::text("staff")];
            if self.commits_with_the_last {
                tx.last(statement("ROLE_INSERT"), &values).await?;
            } else {
                tx.exec(statement("ROLE_INSERT"), &values).await?;
            }
            Ok(())
        }
    }

    // --- a COMMIT without an answer ---

    /// A world whose connections pass through something that cuts them.
    async fn through_a_cutter() -> (World, Cutter) {
        static SERVER: OnceLock<Postgres> = OnceLock::new();
        let start = || SERVER.get_or_init(|| Postgres::start_with(Setup { tcp: true, ..Setup::default() }).unwrap());
        let server = tokio::task::spawn_blocking(start).await.unwrap();
        let url = server.tcp_url(&server.database().unwrap()).unwrap();
        let (cutter, url) = Cutter::before(&url).await;
        (World::at(url).await, cutter)
    }

    const CUTS: [Cut; 3] = [Cut::BeforeCommit, Cut::WithCommit, Cut::BeforeAnswer];

    #[tokio::test(flavor = "multi_thread")]
    async fn a_rotation_whose_answer_is_lost_happens_once() {
        let (world, cutter) = through_a_cutter().await;
        let account = world.account(Kind::Customer, ADA).await;
        for cut in CUTS {
            let session = world.log_in(&account).await;
            cutter.cut_once(cut);
            let rotated = world.here().rotate(world.token(&session, 0)).await.unwrap();
            let Rotated::Yes(next, _) = rotated else { panic!("{cut:?}: {rotated:?}") };
            assert!(cutter.has_cut());
            assert_eq!(next.refresh_counter, 1, "{cut:?}");
            assert_eq!(world.here().sessions(account.id, 1).await.unwrap(), [*next], "{cut:?}");
        }
    }

    /// A strict tenant's row does not say whose rotation it was, so nobody is let in on a guess.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_strict_rotation_whose_answer_is_lost_is_uncertain() {
        let (world, cutter) = through_a_cutter().await;
        let account = world.account(Kind::Customer, ADA).await;
        let settings = Arc::new(Settings { refresh_replay: RefreshReplay::Strict, ..Settings::default() });
        for cut in CUTS {
            let session = world.log_in(&account).await;
            cutter.cut_once(cut);
            let token = RotateSession { settings: Arc::clone(&settings), ..world.token(&session, 0) };
            let rotated = world.here().rotate(token).await;
            assert!(cutter.has_cut());
            let kept = world.here().sessions(account.id, 1).await.unwrap().remove(0);
            assert_eq!((kept.refresh_counter, kept.ended), (1, None), "{cut:?}");
            match cut {
                Cut::BeforeCommit => assert!(matches!(rotated, Ok(Rotated::Yes(..))), "{rotated:?}"),
                _ => assert!(matches!(rotated, Err(Fault::Uncertain(_))), "{cut:?}: {rotated:?}"),
            }
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_attempt_whose_answers_are_lost_is_counted_once() {
        let (world, cutter) = through_a_cutter().await;
        for (n, cut) in CUTS.into_iter().enumerate() {
            let ask = world.ask(&format!("ada{n}@example.com"));
            cutter.cut_once(cut);
            let reserved = world.reserve(&ask).await;
            assert!(cutter.has_cut());
            assert_eq!(reserved.attempt, ReservedKinds::Yes(ask.kinds.clone()), "{cut:?}");
            cutter.cut_once(cut);
            let settled = world.here().settle_attempt(world.settling(&ask, reserved.row, world.wrong())).await;
            assert!(cutter.has_cut());
            assert!(matches!(settled, Ok(Settlement::Failed(None))), "{cut:?}: {settled:?}");
            assert_eq!(world.told(&Action::Login).await, n as i64 + 1, "{cut:?}");
        }
        let once =
            "SELECT count(*) FROM counter WHERE staff LIKE '{\"failures\":1,%' AND staff LIKE '%\"attempts\":[]}'";
        assert_eq!(world.number(once).await, 3);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_login_whose_answer_is_lost_opens_one_session() {
        let (world, cutter) = through_a_cutter().await;
        let account = world.account(Kind::Customer, ADA).await;
        for (n, cut) in CUTS.into_iter().enumerate() {
            let ask = world.ask(ADA);
            let reserved = world.reserve(&ask).await;
            cutter.cut_once(cut);
            let verdict = Verdict::Right(Box::new(world.right(&account)));
            let settled = world.here().settle_attempt(world.settling(&ask, reserved.row, verdict)).await.unwrap();
            let Settlement::Opened(session) = settled else { panic!("{cut:?}: {settled:?}") };
            assert!(cutter.has_cut());
            let kept = world.here().sessions(account.id, 9).await.unwrap();
            assert_eq!((kept.len(), &kept[0]), (n + 1, &*session), "{cut:?}");
            assert_eq!(world.told(&Action::Login).await, n as i64 + 1, "{cut:?}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_end_whose_answer_is_lost_is_told_once() {
        let (world, cutter) = through_a_cutter().await;
        let account = world.account(Kind::Customer, ADA).await;
        for (n, cut) in CUTS.into_iter().enumerate() {
            let session = world.log_in(&account).await;
            cutter.cut_once(cut);
            let event = world.event(Action::Logout);
            let ended = world.here().end_session(session.id, None, EndReason::Logout, event).await.unwrap();
            assert!(cutter.has_cut());
            assert_eq!(ended, Ended::Now(account.id), "{cut:?}");
            assert_eq!(world.told(&Action::Logout).await, n as i64 + 1, "{cut:?}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_operators_do_is_done_and_told_once_though_the_answer_is_lost() {
        let (world, cutter) = through_a_cutter().await;
        for (n, cut) in CUTS.into_iter().enumerate() {
            let email = format!("ada{n}@example.com");
            let account = new_account(Kind::Customer, &email, &["CUSTOMER"]);
            let (id, name_hash) = (account.id, name_hash(&email));
            cutter.cut_once(cut);
            let made = world.here().create_account(account, world.event(Action::AccountCreated)).await.unwrap();
            assert_eq!((made, cutter.has_cut()), (Created::Yes, true), "{cut:?}");
            world.guess(&world.ask(&email)).await;
            cutter.cut_once(cut);
            let unlocked = world.here().unlock(id, name_hash, world.event(Action::AccountUnlocked)).await.unwrap();
            assert_eq!((unlocked, cutter.has_cut()), (Changed::Yes, true), "{cut:?}");
            cutter.cut_once(cut);
            let change = SetPassword { id, name_hash, hash: PasswordHash::new("new"), must_change: false };
            let set = world.here().set_password(change, world.event(Action::PasswordSet)).await.unwrap();
            assert_eq!((set, cutter.has_cut()), (Changed::Yes, true), "{cut:?}");
            cutter.cut_once(cut);
            let event = world.event(Action::AccountDeactivated);
            let closed = world.here().set_standing(id, Standing::Deactivated, event).await.unwrap();
            assert_eq!((closed, cutter.has_cut()), (Changed::Yes, true), "{cut:?}");
            let account = world.here().account(id).await.unwrap().unwrap();
            assert_eq!((account.generation, account.password_version), (3, 2), "{cut:?}");
            let ask = world.ask(&email);
            let reserved = world.reserve(&ask).await;
            cutter.cut_once(cut);
            let verdict = Verdict::Right(Box::new(world.right(&account)));
            let settled = world.here().settle_attempt(world.settling(&ask, reserved.row, verdict)).await.unwrap();
            assert!(matches!(settled, Settlement::Deactivated) && cutter.has_cut(), "{cut:?}: {settled:?}");
            cutter.cut_once(cut);
            let change = TenantChange::AddHost(format!("{n}.example"));
            let changed = world.here().change_tenant(change, world.event(Action::TenantChanged)).await.unwrap();
            assert_eq!((changed, cutter.has_cut()), (TenantChanged::Yes, true), "{cut:?}");
            let posted = letter(&world, Letter::PasswordChanged { account: id });
            world.here().post_letter(posted.clone()).await.unwrap();
            let taken = world.store.take_letters(8, Duration::from_secs(60)).await.unwrap();
            let taken = taken.iter().find(|taken| taken.id == posted.id).unwrap();
            world.store.settle_letter(taken, Attempted::Dead("550".into())).await.unwrap();
            cutter.cut_once(cut);
            let retried = world.here().retry_letter(posted.id, world.event(Action::LetterRetried)).await.unwrap();
            assert_eq!((retried, cutter.has_cut()), (Retried::Yes, true), "{cut:?}");
        }
        for action in [
            Action::AccountCreated,
            Action::AccountUnlocked,
            Action::PasswordSet,
            Action::AccountDeactivated,
            Action::TenantChanged,
            Action::LetterRetried,
        ] {
            assert_eq!(world.told(&action).await, 3, "{action}");
        }
        assert_eq!(world.number("SELECT count(*) FROM event WHERE reason = 'deactivated'").await, 3);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_seal_whose_answer_is_lost_counts_its_events_once() {
        let (world, cutter) = through_a_cutter().await;
        for (n, cut) in (1..).zip(CUTS) {
            world.store.record(vec![world.event(Action::Login).times(5), world.event(Action::Logout)]).await.unwrap();
            cutter.cut_once(cut);
            assert_eq!((world.seal().await, cutter.has_cut()), (Sealed::Yes, true), "{cut:?}");
            let counted = [(0, Measure::Login, 5 * n), (0, Measure::SessionLogout, n)];
            assert_eq!(world.counted().await, counted, "{cut:?}");
            assert_eq!(world.number("SELECT count(*) FROM event_unsealed").await, 0, "{cut:?}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_letter_whose_end_is_lost_is_counted_once() {
        let (world, cutter) = through_a_cutter().await;
        for (n, cut) in (1..).zip(CUTS) {
            let ends = [Attempted::Sent, Attempted::Dead("550".into()), Attempted::Dropped("gone".into())];
            for attempted in ends {
                let notice = Letter::PasswordChanged { account: AccountId::from_uuid(Uuid::nil()) };
                world.here().post_letter(letter(&world, notice)).await.unwrap();
                let taken = world.store.take_letters(1, Duration::from_secs(60)).await.unwrap();
                cutter.cut_once(cut);
                world.store.settle_letter(&taken[0], attempted).await.unwrap();
                assert!(cutter.has_cut());
            }
            let ended = [Measure::LetterDead, Measure::LetterDropped, Measure::LetterSent];
            assert_eq!(world.counted().await, ended.map(|measure| (0, measure, n)), "{cut:?}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn where_nothing_tells_the_answer_is_uncertain() {
        let (world, cutter) = through_a_cutter().await;
        for cut in CUTS {
            cutter.cut_once(cut);
            let answer = world.store.write(put(format!("{cut:?}"), Then::Stay)).await;
            assert!(matches!(answer, Err(Fault::Uncertain(_))), "{cut:?}: {answer:?}");
        }
        assert!(purposes(&world).await.contains(&"BeforeAnswer".to_owned()));
        assert!(!purposes(&world).await.contains(&"BeforeCommit".to_owned()));
    }

    /// A put that knows itself again.
    struct Known(Put);

    impl Job for Known {
        type Out = ();

        async fn run(&self, tx: &Tx<'_>) -> Result<()> {
            self.0.run(tx).await
        }

        async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<()>> {
            let kept = tx.rows(statement("SECRETS"), &[], |row| row.text(0)).await?;
            Ok(if kept.contains(&self.0.purpose) { Seen::Yes(()) } else { Seen::No })
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn answers_are_lost_under_load_and_every_write_happens_once() {
        let (world, cutter) = through_a_cutter().await;
        let writes: Vec<_> = (0..60)
            .map(|n| {
                let store = world.store.clone();
                tokio::spawn(async move { store.write(Known(put(format!("{n:02}"), Then::Stay))).await })
            })
            .collect();
        for n in 0.. {
            if writes.iter().all(tokio::task::JoinHandle::is_finished) {
                break;
            }
            cutter.cut_once(CUTS[n % 3]);
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        cutter.stop();
        for write in writes {
            // Cut again and again, a job may be given up, but not answered wrongly.
            let answer = write.await.unwrap();
            assert!(matches!(answer, Ok(()) | Err(Fault::Uncertain(_) | Fault::Unavailable(_))), "{answer:?}");
        }
    }

    // --- a server that goes ---

    struct Load {
        stop: AtomicBool,
        answered: AtomicU32,
    }

    /// Rotates one session for ever; an answer other than the one successor is a lost rotation.
    async fn rotate_on(world: Arc<World>, account: Account, load: Arc<Load>) -> bool {
        let session = world.log_in(&account).await;
        let mut counter = 0;
        let mut failed = false;
        while !load.stop.load(Ordering::Relaxed) {
            match world.here().rotate(world.token(&session, counter)).await {
                Ok(Rotated::Yes(next, _)) if next.refresh_counter == counter + 1 => {
                    counter += 1;
                    load.answered.fetch_add(1, Ordering::Relaxed);
                }
                Ok(other) => panic!("{other:?}"),
                Err(_) => failed = true,
            }
        }
        let kept = world.here().sessions(account.id, 9).await.unwrap();
        assert_eq!(kept[0].refresh_counter, counter);
        failed
    }

    /// Writes one secret after another; what was answered, and what was refused for certain.
    async fn put_on(world: Arc<World>, name: String, load: Arc<Load>) -> (Vec<String>, Vec<String>) {
        let (mut kept, mut undone) = (Vec::new(), Vec::new());
        for n in 0.. {
            if load.stop.load(Ordering::Relaxed) {
                break;
            }
            let purpose = format!("{name} {n}");
            match world.store.write(put(purpose.clone(), Then::Stay)).await {
                Ok(()) => kept.push(purpose),
                Err(Fault::Unavailable(_)) => undone.push(purpose),
                Err(Fault::Uncertain(_)) => {}
                Err(other) => panic!("{other}"),
            }
        }
        (kept, undone)
    }

    /// Those who rotate and write, at once.
    struct Crowd {
        world: Arc<World>,
        load: Arc<Load>,
        rotating: Vec<JoinHandle<bool>>,
        writing: Vec<JoinHandle<(Vec<String>, Vec<String>)>>,
    }

    impl Crowd {
        async fn at(world: World) -> Self {
            let world = Arc::new(world);
            let load = Arc::new(Load { stop: AtomicBool::new(false), answered: AtomicU32::new(0) });
            let (mut rotating, mut writing) = (Vec::new(), Vec::new());
            for n in 0..4 {
                let account = world.account(Kind::Customer, &format!("ada{n}@example.com")).await;
                rotating.push(tokio::spawn(rotate_on(Arc::clone(&world), account, Arc::clone(&load))));
                writing.push(tokio::spawn(put_on(Arc::clone(&world), n.to_string(), Arc::clone(&load))));
            }
            Self { world, load, rotating, writing }
        }

        /// Waits for so many more answers.
        async fn answers(&self, count: u32) {
            let more = self.load.answered.load(Ordering::Relaxed) + count;
            until(async || self.load.answered.load(Ordering::Relaxed) >= more).await;
        }

        /// Stops, and checks that all is there that was answered, and nothing that was refused for certain; whether
        /// any rotation was refused.
        async fn refused_anybody(self) -> bool {
            self.load.stop.store(true, Ordering::Relaxed);
            let mut any_refused = false;
            for task in self.rotating {
                any_refused |= task.await.unwrap();
            }
            let mut written = Vec::new();
            for task in self.writing {
                written.push(task.await.unwrap());
            }
            // Looked up when the last write has been answered, not while it is under way.
            let there: BTreeSet<_> = purposes(&self.world).await.into_iter().collect();
            for (kept, undone) in written {
                assert!(kept.iter().all(|purpose| there.contains(purpose)));
                assert!(undone.iter().all(|purpose| !there.contains(purpose)));
            }
            any_refused
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_server_that_crashes_under_load_loses_nothing_that_was_answered() {
        let server = Arc::new(tokio::task::spawn_blocking(|| Postgres::start().unwrap()).await.unwrap());
        let crowd = Crowd::at(World::at(server.database().unwrap()).await).await;
        for _ in 0..3 {
            crowd.answers(50).await;
            let server = Arc::clone(&server);
            let again = move || server.crash().and_then(|()| server.restart()).unwrap();
            tokio::task::spawn_blocking(again).await.unwrap();
        }
        crowd.answers(50).await;
        assert!(!crowd.refused_anybody().await, "a restart of a second is ridden out");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_standby_that_is_promoted_has_all_that_was_answered() {
        let (primary, standby, url) = tokio::task::spawn_blocking(|| {
            let primary = Postgres::start().unwrap();
            let url = primary.database().unwrap();
            let standby = primary.standby().unwrap();
            let both = primary.url_with(&url, &standby).unwrap();
            (primary, standby, both)
        })
        .await
        .unwrap();
        let admin = connect(&url).await;
        admin.batch_execute("ALTER SYSTEM SET synchronous_standby_names = '*'").await.unwrap();
        admin.batch_execute("SELECT pg_reload_conf()").await.unwrap();
        let asked = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
        until(async || admin.query_one(asked, &[]).await.unwrap().get::<_, i64>(0) == 1).await;
        drop(admin);
        let crowd = Crowd::at(World::at(url).await).await;
        crowd.answers(50).await;
        let promoted = tokio::task::spawn_blocking(move || {
            primary.crash().unwrap();
            standby.promote().unwrap();
            (primary, standby)
        });
        let _servers = promoted.await.unwrap();
        crowd.answers(50).await;
        crowd.refused_anybody().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_server_that_is_down_is_told_soon() {
        let server = Arc::new(tokio::task::spawn_blocking(|| Postgres::start().unwrap()).await.unwrap());
        let world = World::at(server.database().unwrap()).await;
        let stopping = Arc::clone(&server);
        tokio::task::spawn_blocking(move || stopping.stop().unwrap()).await.unwrap();
        let answer = tokio::time::timeout(Duration::from_secs(6), world.store.write(put("x", Then::Stay))).await;
        assert!(matches!(answer, Ok(Err(Fault::Unavailable(_)))), "{answer:?}");
    }

    // --- a server that leads no more, or waits for a standby ---

    #[tokio::test(flavor = "multi_thread")]
    async fn a_primary_that_turns_read_only_is_left_and_tried_again() {
        let server = tokio::task::spawn_blocking(|| Postgres::start().unwrap()).await.unwrap();
        let world = World::at(server.database().unwrap()).await;
        world.store.write(put("before", Then::Stay)).await.unwrap();
        let admin = connect(url(&world)).await;
        admin.batch_execute("ALTER SYSTEM SET default_transaction_read_only = on").await.unwrap();
        admin.batch_execute("SELECT pg_reload_conf()").await.unwrap();
        // Sessions take a new setting over a moment later.
        let asked = "SELECT count(*) FROM pg_settings WHERE name = 'default_transaction_read_only' AND setting = 'on'";
        until(async || admin.query_one(asked, &[]).await.unwrap().get::<_, i64>(0) == 1).await;
        let store = world.store.clone();
        let writing = tokio::spawn(async move { store.write(put("meanwhile", Then::Stay)).await });
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(!writing.is_finished());
        admin.batch_execute("ALTER SYSTEM RESET default_transaction_read_only").await.unwrap();
        admin.batch_execute("SELECT pg_reload_conf()").await.unwrap();
        writing.await.unwrap().unwrap();
        assert_eq!(purposes(&world).await, ["before", "meanwhile"]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_commit_that_no_standby_confirmed_is_uncertain() {
        let server = tokio::task::spawn_blocking(|| Postgres::start().unwrap()).await.unwrap();
        let world = World::at(server.database().unwrap()).await;
        let account = world.account(Kind::Customer, ADA).await;
        let session = world.log_in(&account).await;
        let admin = connect(url(&world)).await;
        admin.batch_execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'").await.unwrap();
        admin.batch_execute("SELECT pg_reload_conf()").await.unwrap();
        // Ends one wait for a standby, and returns when it has ended.
        let ends_wait = async |how: &str| {
            let waiting = "(SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' LIMIT 1) w";
            let end = format!("SELECT pid, {how}(pid) FROM {waiting}");
            let pid = loop {
                match admin.query_opt(&end, &[]).await.unwrap() {
                    Some(row) => break row.get::<_, i32>(0),
                    None => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            };
            let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND pid = $1";
            until(async || admin.query_one(waits, &[&pid]).await.unwrap().get::<_, i64>(0) == 0).await;
        };
        // The server's processes take the setting over one after the other, so the first commits may not wait yet.
        let answer = loop {
            let store = world.store.clone();
            let writing = tokio::spawn(async move { store.write(put("cancelled", Then::Stay)).await });
            tokio::select! {
                () = ends_wait("pg_cancel_backend") => break writing.await.unwrap(),
                () = until(async || writing.is_finished()) => {
                    world.meddle("SET synchronous_commit = local; DELETE FROM secret").await;
                }
            }
        };
        assert!(matches!(answer, Err(Fault::Uncertain(_))), "{answer:?}");
        // An attempt is only begun: nothing is answered before it is settled, and that waits.
        let ask = world.ask("bob@example.test");
        let begun = tokio::time::timeout(Duration::from_secs(20), world.reserve(&ask)).await.expect("no wait");
        let settling = world.settling(&ask, begun.row, world.wrong());
        let (settled, ()) = tokio::join!(world.here().settle_attempt(settling), ends_wait("pg_cancel_backend"));
        assert!(matches!(settled, Err(Fault::Uncertain(_))), "{settled:?}");
        // The connection ends with the wait: the rotation is found, but the answer waits for a standby too.
        let (rotated, ()) = tokio::join!(world.here().rotate(world.token(&session, 0)), async {
            ends_wait("pg_terminate_backend").await;
            ends_wait("pg_cancel_backend").await;
        });
        assert!(matches!(rotated, Err(Fault::Uncertain(_))), "{rotated:?}");
        admin.batch_execute("ALTER SYSTEM RESET synchronous_standby_names").await.unwrap();
        admin.batch_execute("SELECT pg_reload_conf()").await.unwrap();
        world.store.write(put("confirmed", Then::Stay)).await.unwrap();
        assert_eq!(purposes(&world).await, ["cancelled", "confirmed"]);
        let rotated = world.here().rotate(world.token(&session, 0)).await.unwrap();
        assert!(matches!(rotated, Rotated::Yes(next, _) if next.refresh_counter == 1));
    }
}
