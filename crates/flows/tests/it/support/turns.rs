use std::future::Future;

use countersign_store::Turnstile;

/// Does something with every transaction let through as it comes.
pub(crate) async fn freely<T>(turnstile: &Turnstile, work: impl Future<Output = T>) -> T {
    let open = async {
        loop {
            for ticket in turnstile.waiting() {
                turnstile.let_through(ticket).await;
            }
            turnstile.arrival().await;
        }
    };
    tokio::select! {
        done = work => done,
        () = open => unreachable!("it is open for ever"),
    }
}

/// Waits until a transaction waits at the turnstile; its ticket.
pub(crate) async fn next_to_come(turnstile: &Turnstile) -> u64 {
    loop {
        if let Some(ticket) = turnstile.waiting().first() {
            return *ticket;
        }
        turnstile.arrival().await;
    }
}

/// Lets the next transaction through, and waits for it.
pub(crate) async fn let_one_through(turnstile: &Turnstile) {
    assert!(turnstile.let_through(next_to_come(turnstile).await).await);
}
