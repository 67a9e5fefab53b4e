//! What the seam promises about a job: kept or undone as a whole, on either engine.

use std::future::Future;
use std::task::{Context, Waker};
use std::time::Duration;

use super::world::{id, statement};
use super::{World, on_all};
use crate::fault::{Fault, Result};
use crate::job::Job;
use crate::statement::Value;
use crate::tx::Tx;

/// Writes a secret of this purpose, then ends as it is told.
#[derive(Clone)]
pub(super) struct Put {
    pub(super) purpose: String,
    pub(super) then: Then,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Then {
    Stay,
    Fail,
    Panic,
    WaitForEver,
}

pub(super) fn put(purpose: impl Into<String>, then: Then) -> Put {
    Put { purpose: purpose.into(), then }
}

/// Writes one secret inside a job.
pub(super) async fn insert(tx: &Tx<'_>, purpose: &str) -> Result<()> {
    let values = [Value::text(purpose), Value::Int(1), Value::Id(id()), Value::bytes(&[1; 16]), Value::Int(1)];
    tx.exec(statement("SECRET_INSERT"), &values).await.map(|_| ())
}

impl Job for Put {
    type Out = ();

    async fn run(&self, tx: &Tx<'_>) -> Result<()> {
        insert(tx, &self.purpose).await?;
        match self.then {
            Then::Stay => Ok(()),
            Then::Fail => Err(Fault::Contended),
            Then::Panic => panic!("a mistake in a job"),
            Then::WaitForEver => std::future::pending().await,
        }
    }
}

/// What is kept, by purpose.
pub(super) async fn purposes(world: &World) -> Vec<String> {
    world.store.secrets().await.unwrap().into_iter().map(|secret| secret.purpose).collect()
}

async fn what_fails_or_panics_is_undone_alone(world: World) {
    let ends = [Then::Stay, Then::Fail, Then::Stay, Then::Panic];
    let tasks: Vec<_> = (0..40)
        .map(|n| {
            let store = world.store.clone();
            tokio::spawn(async move { (n, store.write(put(format!("{n:02}"), ends[n % 4])).await) })
        })
        .collect();
    let mut expected = Vec::new();
    for task in tasks {
        let (n, out) = task.await.unwrap();
        match ends[n % 4] {
            Then::Stay => expected.push(format!("{n:02}")),
            Then::Fail => assert!(matches!(out, Err(Fault::Contended))),
            _ => assert!(matches!(out, Err(Fault::Broken(told)) if told.contains("panicked"))),
        }
    }
    assert_eq!(purposes(&world).await, expected);
}

async fn a_caller_that_hangs_up_does_not_stop_its_write(world: World) {
    let mut writing = Box::pin(world.store.write(put("hung up", Then::Stay)));
    let _ = writing.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    drop(writing);
    while purposes(&world).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Reads what it has just written.
struct PutAndCount;

impl Job for PutAndCount {
    type Out = usize;

    async fn run(&self, tx: &Tx<'_>) -> Result<usize> {
        insert(tx, "a").await?;
        insert(tx, "b").await?;
        Ok(tx.rows(statement("SECRETS"), &[], |row| row.text(0)).await?.len())
    }
}

async fn a_job_sees_its_own_writes(world: World) {
    assert_eq!(world.store.write(PutAndCount).await.unwrap(), 2);
}

/// A statement of it fails, and it says that all is well.
struct Careless;

impl Job for Careless {
    type Out = ();

    async fn run(&self, tx: &Tx<'_>) -> Result<()> {
        insert(tx, "careless").await?;
        let _ = tx.exec(statement("ROLE_INSERT"), &[Value::Id(id()), Value::text("X"), Value::text("staff")]).await;
        Ok(())
    }
}

async fn a_job_that_overlooks_a_failure_is_never_half_kept(world: World) {
    let answer = world.store.write(Careless).await;
    // SQLite undoes the one statement, PostgreSQL the transaction: either way the answer says what is kept.
    assert_eq!(answer.is_ok(), purposes(&world).await == ["careless"], "{answer:?}");
}

/// Two statements that fly together, of which the first cannot even be sent.
struct BadParameter;

impl Job for BadParameter {
    type Out = ();

    async fn run(&self, tx: &Tx<'_>) -> Result<()> {
        insert(tx, "half").await?;
        let (bad, good) = ([Value::Int(1), Value::Int(1)], [Value::Id(id()), Value::Id(id())]);
        let (event, listed) = tokio::join!(biased;
            tx.exec(statement("HOST_INSERT"), &bad), tx.last(statement("UNSEALED_INSERT"), &good));
        event.and(listed).map(|_| ())
    }
}

async fn what_cannot_be_sent_takes_its_whole_job_with_it(world: World) {
    assert!(world.store.write(BadParameter).await.is_err());
    assert!(purposes(&world).await.is_empty());
    assert_eq!(world.number("SELECT count(*) FROM event_unsealed WHERE tenant <> id").await, 1);
    world.store.write(put("next", Then::Stay)).await.unwrap();
}

async fn a_taken_value_is_told_from_a_mistake(world: World) {
    let host = |tenant| Host(tenant);
    world.store.write(host(world.tenant.uuid())).await.unwrap();
    assert!(matches!(world.store.write(host(world.tenant.uuid())).await, Err(Fault::Taken)));
    let mistake = world.store.write(host(id())).await;
    // On PostgreSQL the host is found taken before the tenant is missed.
    assert!(matches!(mistake, Err(Fault::Broken(_) | Fault::Taken)), "{mistake:?}");
}

/// Gives a tenant a host.
struct Host(uuid::Uuid);

impl Job for Host {
    type Out = u64;

    async fn run(&self, tx: &Tx<'_>) -> Result<u64> {
        tx.last(statement("HOST_INSERT"), &[Value::Id(self.0), Value::text("a.example")]).await
    }
}

on_all! {
    what_fails_or_panics_is_undone_alone,
    a_caller_that_hangs_up_does_not_stop_its_write,
    a_job_sees_its_own_writes,
    a_job_that_overlooks_a_failure_is_never_half_kept,
    what_cannot_be_sent_takes_its_whole_job_with_it,
    a_taken_value_is_told_from_a_mistake,
}
