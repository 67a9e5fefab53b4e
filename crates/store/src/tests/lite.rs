//! SQLite: jobs share commits, and a commit that fails fails them all.

mod sqlite {
    use std::path::Path;
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::sync::{Mutex, PoisonError};

    use countersign_domain::Kind;
    use tokio::task::JoinHandle;

    use crate::fault::{Fault, Result};
    use crate::job::Job;
    use crate::statement::{Statement, Value};
    use crate::tests::World;
    use crate::tests::jobs::{Then, purposes, put};
    use crate::tests::world::{id, leak, statement};
    use crate::tx::Tx;
    use crate::{Location, Store};

    /// Keeps the writer busy until it is let go.
    struct Hold(Mutex<Receiver<()>>, Sender<()>);

    impl Job for Hold {
        type Out = ();

        async fn run(&self, _: &Tx<'_>) -> Result<()> {
            self.1.send(()).unwrap();
            let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).recv();
            Ok(())
        }
    }

    /// Stops the writer; what is queued meanwhile is one group. Dropping the sender lets it go.
    fn hold(store: &Store) -> Sender<()> {
        let ((go, wait), (here, arrived)) = (channel(), channel());
        let store = store.clone();
        tokio::spawn(async move { store.write(Hold(Mutex::new(wait), here)).await.unwrap() });
        arrived.recv().unwrap();
        go
    }

    /// Queues a job now, so that its place in the group is known.
    async fn queue<J: Job>(store: &Store, job: J) -> JoinHandle<Result<J::Out>> {
        let store = store.clone();
        let (polled, queued) = tokio::sync::oneshot::channel();
        let task = tokio::spawn(async move {
            let mut writing = Box::pin(store.write(job));
            // The first poll puts the job into the queue.
            let first = std::future::poll_fn(|cx| std::task::Poll::Ready(writing.as_mut().poll(cx))).await;
            let _ = polled.send(());
            match first {
                std::task::Poll::Ready(out) => out,
                std::task::Poll::Pending => writing.await,
            }
        });
        queued.await.unwrap();
        task
    }

    /// Commits in the write-ahead log: the frames that tell the size of the database (its file format, section 4.1).
    fn commits(store: &Path) -> usize {
        let log = std::fs::read(store.with_file_name("store.db-wal")).unwrap();
        let number = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().unwrap());
        let (page, salts) = (number(8) as usize, (number(16), number(20)));
        let frames = (32..log.len()).step_by(24 + page);
        frames.filter(|at| (number(at + 8), number(at + 12)) == salts && number(at + 4) != 0).count()
    }

    fn file(world: &World) -> &Path {
        let Location::File(file, _) = &world.location else { unreachable!() };
        file
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn jobs_that_wait_share_one_commit() {
        let world = World::in_a_file().await;
        let go = hold(&world.store);
        let before = commits(file(&world));
        let mut tasks = Vec::new();
        for n in 0..100 {
            let then = if n % 10 == 9 { Then::Fail } else { Then::Stay };
            tasks.push(queue(&world.store, put(format!("{n:03}"), then)).await);
        }
        assert!(purposes(&world).await.is_empty());
        drop(go);
        for (n, task) in tasks.into_iter().enumerate() {
            assert_eq!(task.await.unwrap().is_ok(), n % 10 != 9);
        }
        assert_eq!(purposes(&world).await.len(), 90);
        assert_eq!(commits(file(&world)) - before, 1);
    }

    #[tokio::test]
    async fn a_job_that_waits_for_anything_else_is_a_fault() {
        let world = World::in_memory().await;
        let answer = world.store.write(put("waits", Then::WaitForEver)).await;
        assert!(matches!(answer, Err(Fault::Broken(told)) if told.contains("waited")));
        assert!(purposes(&world).await.is_empty());
    }

    /// Defers the check that a role has a tenant to the commit, and breaks it.
    struct FailsAtCommit(&'static Statement);

    impl Job for FailsAtCommit {
        type Out = ();

        async fn run(&self, tx: &Tx<'_>) -> Result<()> {
            tx.exec(self.0, &[]).await?;
            let values = [Value::Id(id()), Value::text("X"), Value::text("staff")];
            tx.exec(statement("ROLE_INSERT"), &values).await.map(|_| ())
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_commit_that_fails_fails_every_job_of_its_group_and_no_other() {
        let world = World::in_a_file().await;
        let go = hold(&world.store);
        let mut tasks = Vec::new();
        for n in 0..5 {
            tasks.push(queue(&world.store, put(format!("before {n}"), Then::Stay)).await);
        }
        let breaks = queue(&world.store, FailsAtCommit(leak("PRAGMA defer_foreign_keys = ON"))).await;
        tasks.push(queue(&world.store, put("after", Then::Stay)).await);
        let fails = queue(&world.store, put("fails", Then::Fail)).await;
        drop(go);
        assert!(breaks.await.unwrap().is_err());
        for task in tasks {
            let answer = task.await.unwrap();
            assert!(matches!(answer, Err(Fault::Unavailable(_))), "{answer:?}");
        }
        // Who failed before the commit did is told its own fault.
        assert!(matches!(fails.await.unwrap(), Err(Fault::Contended)));
        assert!(purposes(&world).await.is_empty());
        world.store.write(put("next", Then::Stay)).await.unwrap();
        assert_eq!(purposes(&world).await, ["next"]);
        assert_eq!(world.number("SELECT count(*) FROM role WHERE name = 'X'").await, 0);
    }

    /// Asks for a number.
    struct Pragma(&'static Statement);

    impl Job for Pragma {
        type Out = i64;

        async fn run(&self, tx: &Tx<'_>) -> Result<i64> {
            Ok(tx.row(self.0, &[], |row| row.int(0)).await?.unwrap())
        }
    }

    /// Asks whether its commit waits for the disk; its own may be one that does not.
    struct HowItCommits<const FLUSHED: bool>;

    impl<const FLUSHED: bool> Job for HowItCommits<FLUSHED> {
        type Out = i64;

        const IS_FLUSHED: bool = FLUSHED;

        async fn run(&self, tx: &Tx<'_>) -> Result<i64> {
            Pragma(leak("PRAGMA synchronous")).run(tx).await
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_commit_waits_for_the_disk_if_any_job_of_its_group_asks() {
        const NORMAL: i64 = 1;
        const FULL: i64 = 2;
        let world = World::in_a_file().await;
        assert_eq!(world.store.write(HowItCommits::<true>).await.unwrap(), FULL);
        assert_eq!(world.store.write(HowItCommits::<false>).await.unwrap(), NORMAL);
        assert_eq!(world.store.write(HowItCommits::<true>).await.unwrap(), FULL);
        let go = hold(&world.store);
        let begun = queue(&world.store, HowItCommits::<false>).await;
        let settled = queue(&world.store, HowItCommits::<true>).await;
        drop(go);
        assert_eq!((begun.await.unwrap().unwrap(), settled.await.unwrap().unwrap()), (FULL, FULL));
    }

    /// Writes more than there is room for.
    struct PutMuch;

    impl Job for PutMuch {
        type Out = ();

        async fn run(&self, tx: &Tx<'_>) -> Result<()> {
            let much = vec![7; 1 << 20];
            let values = [Value::text("much"), Value::Int(1), Value::Id(id()), Value::bytes(&much), Value::Int(1)];
            tx.exec(statement("SECRET_INSERT"), &values).await.map(|_| ())
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_full_disk_loses_nothing_that_was_answered() {
        let world = World::in_a_file().await;
        let pages = world.store.write(Pragma(leak("PRAGMA page_count"))).await.unwrap();
        let limit = leak(&format!("PRAGMA max_page_count = {}", pages + 8));
        world.store.write(Pragma(limit)).await.unwrap();
        world.store.write(put("fits", Then::Stay)).await.unwrap();
        let go = hold(&world.store);
        let mut tasks = vec![queue(&world.store, put("beside", Then::Stay)).await];
        let much = queue(&world.store, PutMuch).await;
        tasks.push(queue(&world.store, put("behind", Then::Stay)).await);
        drop(go);
        assert!(matches!(much.await.unwrap(), Err(Fault::Unavailable(_))));
        let mut answered = vec!["fits".to_owned()];
        for (name, task) in ["beside", "behind"].into_iter().zip(tasks) {
            answered.extend(task.await.unwrap().is_ok().then(|| name.to_owned()));
        }
        answered.sort();
        assert_eq!(purposes(&world).await, answered);
        world.store.write(Pragma(leak("PRAGMA max_page_count = 100000"))).await.unwrap();
        world.store.write(PutMuch).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_queue_that_is_full_refuses_at_once() {
        let world = World::in_memory().await;
        let go = hold(&world.store);
        let mut waiting = Vec::new();
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        let refused = loop {
            let mut writing = Box::pin(world.store.write(put("x", Then::Fail)));
            match writing.as_mut().poll(&mut cx) {
                std::task::Poll::Ready(answer) => break answer,
                std::task::Poll::Pending => waiting.push(writing),
            }
        };
        assert!(matches!(refused, Err(Fault::Unavailable(_))));
        assert!(waiting.len() >= 1_000);
        drop(go);
        for writing in waiting {
            assert!(matches!(writing.await, Err(Fault::Contended)));
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_reading_job_cannot_write() {
        let world = World::in_a_file().await;
        assert!(world.store.read(put("written by a reader", Then::Stay)).await.is_err());
        assert!(purposes(&world).await.is_empty());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_reader_sees_what_was_answered_before_it_asked() {
        let world = World::in_a_file().await;
        for n in 0..200 {
            world.store.write(put(format!("{n:03}"), Then::Stay)).await.unwrap();
            assert_eq!(purposes(&world).await.len(), n + 1);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn another_process_on_the_file_waits_for_its_turn() {
        let world = World::in_a_file().await;
        let other = world.another_node().await;
        world.account(Kind::Customer, "ada@example.com").await;
        let writes: Vec<_> = (0..60)
            .map(|n| {
                let store = if n % 2 == 0 { world.store.clone() } else { other.clone() };
                tokio::spawn(async move { store.write(put(format!("{n:02}"), Then::Stay)).await.unwrap() })
            })
            .collect();
        for write in writes {
            write.await.unwrap();
        }
        assert_eq!(purposes(&world).await.len(), 60);
    }

    /// How often the log was begun anew (the file format, section 4.1).
    fn beginnings(store: &Path) -> u32 {
        let log = std::fs::read(store.with_file_name("store.db-wal")).unwrap();
        u32::from_be_bytes(log[12..16].try_into().unwrap())
    }

    /// Rewrites one large row again and again, so that the log grows and the database does not.
    struct Churn(&'static Statement);

    impl Job for Churn {
        type Out = ();

        async fn run(&self, tx: &Tx<'_>) -> Result<()> {
            tx.exec(self.0, &[]).await.map(|_| ())
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_log_under_steady_writing_begins_anew_and_no_foreign_reader_stops_the_writer() {
        let world = World::in_a_file().await;
        world.store.write(put("large", Then::Stay)).await.unwrap();
        let churns = leak("UPDATE secret SET sealed = randomblob(1048576)");
        let reader = rusqlite::Connection::open(file(&world)).unwrap();
        reader.execute_batch("BEGIN").unwrap();
        reader.query_row("SELECT count(*) FROM secret", [], |row| row.get::<_, i64>(0)).unwrap();
        let first = beginnings(file(&world));
        let mut longest = std::time::Duration::ZERO;
        let mut churn = async || {
            let begun = crate::stopwatch::start();
            world.store.write(Churn(churns)).await.unwrap();
            longest = longest.max(begun.elapsed());
        };
        let much = || std::fs::metadata(file(&world).with_file_name("store.db-wal")).unwrap().len() > 80 << 20;
        while !much() {
            churn().await;
        }
        // Long enough for the checkpointer to have met the reader.
        for _ in 0..4 {
            tokio::time::sleep(std::time::Duration::from_millis(150)).await;
            churn().await;
        }
        assert_eq!(beginnings(file(&world)), first);
        drop(reader);
        while beginnings(file(&world)) == first {
            churn().await;
        }
        assert!(longest < std::time::Duration::from_secs(2), "{longest:?}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_log_that_a_bulk_of_writing_made_large_is_given_back() {
        let world = World::in_a_file().await;
        world.store.write(put("large", Then::Stay)).await.unwrap();
        let bulk = leak("UPDATE secret SET sealed = randomblob(160 * 1048576)");
        let churns = leak("UPDATE secret SET sealed = randomblob(1048576)");
        let bytes = || std::fs::metadata(file(&world).with_file_name("store.db-wal")).unwrap().len();
        world.store.write(Churn(bulk)).await.unwrap();
        assert!(bytes() > 160 << 20);
        let first = beginnings(file(&world));
        while beginnings(file(&world)) == first {
            world.store.write(Churn(churns)).await.unwrap();
        }
        assert_eq!(bytes(), 128 << 20, "what lies beyond is cut off when the log begins anew");
    }
}
