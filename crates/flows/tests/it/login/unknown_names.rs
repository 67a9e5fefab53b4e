//! A tenant that tells unknown emails tells few of them.

use countersign_flows::{Limits, Refusal};

use crate::support::{PASSWORD, World, on_both};

fn name(number: usize) -> String {
    format!("nobody-{number}@example.com")
}

async fn a_network_is_told_of_ten_names_an_hour(world: World) {
    let home = world.anonymous();
    for number in 0..10 {
        assert_eq!(home.tries(&name(number), PASSWORD).await, Refusal::UnknownEmail);
    }
    assert_eq!(home.tries(&name(10), PASSWORD).await, Refusal::WrongCredentials);
    assert_eq!(home.tries(&name(0), PASSWORD).await, Refusal::UnknownEmail, "told before: nothing more is learnt");
    let office = home.clone().from("192.0.2.2");
    assert_eq!(office.tries(&name(10), PASSWORD).await, Refusal::UnknownEmail);
    assert_eq!(home.clone().exempt().tries(&name(11), PASSWORD).await, Refusal::UnknownEmail);
    world.pass(3600);
    assert_eq!(home.tries(&name(10), PASSWORD).await, Refusal::UnknownEmail);
}

async fn a_tenant_tells_so_many_names_an_hour_to_everybody_together(world: World) {
    let limits = Limits { unknown_names_per_tenant_max: 3, ..Limits::default() };
    let node = world.node(|setup| setup.limits = limits).await;
    let told = |number: usize| {
        let door = world.anonymous().on(&node).from(&format!("192.0.2.{number}"));
        async move { door.tries(&name(number), PASSWORD).await == Refusal::UnknownEmail }
    };
    assert_eq!([told(1).await, told(2).await, told(3).await, told(4).await], [true, true, true, false]);
}

on_both! {
    a_network_is_told_of_ten_names_an_hour,
    a_tenant_tells_so_many_names_an_hour_to_everybody_together,
}
