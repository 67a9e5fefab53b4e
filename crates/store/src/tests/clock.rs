use std::time::Duration;

use countersign_domain::Timestamp;

use super::world::START;
use crate::Clock;

#[test]
fn a_manual_clock_moves_only_by_hand() {
    let clock = Clock::manual(START);
    let shared = clock.clone();
    clock.advance(Duration::from_millis(1500));
    assert_eq!((shared.now(), shared.offset_micros()), (Timestamp::from_micros(START.micros() + 1_500_000), 0));
    clock.adjust(clock.machine_micros(), 0);
    assert_eq!(clock.now().since(START), Duration::from_millis(1500));
}

#[test]
fn the_machines_clock_is_shifted_by_what_a_database_says() {
    let clock = Clock::system();
    clock.advance(Duration::from_secs(3600));
    assert!((clock.now().micros() - clock.machine_micros()).abs() < 1_000_000, "it is not ours to move");
    let asked = clock.machine_micros();
    clock.adjust(asked, asked + 7_200_000_000);
    assert!((clock.offset_micros() - 7_200_000_000).abs() < 1_000_000);
    let ahead = clock.now().micros() - clock.machine_micros();
    assert!((ahead - clock.offset_micros()).abs() < 1_000_000);
}

mod postgres {
    use countersign_domain::Kind;

    use super::*;
    use crate::tests::World;
    use crate::tests::world::{connect, make_tenant};
    use crate::{Location, Store};

    /// Two hours ahead: what the store asks is found before the server's own function.
    const AHEAD: &str = "CREATE SCHEMA shifted; CREATE FUNCTION shifted.clock_timestamp() RETURNS timestamptz \
         LANGUAGE sql AS $$ SELECT pg_catalog.clock_timestamp() + interval '2 hours' $$; \
         DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = shifted, pg_catalog, public', \
         current_database()); END $$";

    #[tokio::test]
    async fn what_is_stored_is_dated_by_the_database() {
        let url = scratch::Postgres::shared().unwrap().database().unwrap();
        connect(&url).await.batch_execute(AHEAD).await.unwrap();
        let clock = Clock::system();
        let store = Store::open(&Location::Postgres(url, 2), clock.clone()).await.unwrap();
        assert!((clock.offset_micros() - 7_200_000_000).abs() < 5_000_000, "{}", clock.offset_micros());
        let tenant = make_tenant(&store, "here").await;
        let made = store.find_tenant(crate::Which::Id(tenant)).await.unwrap().unwrap().created_at;
        assert!(made.since(Timestamp::from_micros(clock.machine_micros())).as_secs() > 7_000);
    }

    #[tokio::test]
    async fn every_statement_of_a_transaction_has_one_moment() {
        let world = World::on_postgres().await;
        let account = world.account(Kind::Customer, "ada@example.com").await;
        world.pass(5);
        let session = world.log_in(&account).await;
        let told = format!("SELECT count(*) FROM event WHERE at = {}", session.created_at.micros());
        assert_eq!((session.created_at, world.number(&told).await), (world.now(), 1));
    }
}
