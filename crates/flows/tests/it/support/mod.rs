//! What the tests of the stories start from: a world on one of the engines, and actors in it who do things.

mod actors;
mod chance;
mod turns;
mod world;

pub(crate) use actors::{Anonymous, Operator, SignedIn};
pub(crate) use chance::{Seeded, is_whole};
pub(crate) use turns::{freely, let_one_through, next_to_come};
pub(crate) use world::{
    ADA, CONNECTIONS, PASSWORD, WRONG, World, make_tenant, migrated_database, next, node, trail, words,
};

/// Makes one test of each function for SQLite and one for PostgreSQL.
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test($crate::support::World::on_sqlite().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test($crate::support::World::on_postgres().await).await;
            })+
        }
    };
}
pub(crate) use on_both;
