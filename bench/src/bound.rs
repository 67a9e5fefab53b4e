//! The bound of a refresh: an empty handler that signs the same access token and does nothing else. What is above it
//! is the product's own work and the store's.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::serve::ListenerExt;
use countersign_domain::signing_key::{ACCESS_TOKEN_LIFE, Algorithm};
use countersign_domain::{AccountId, SessionId, TenantId};
use countersign_flows::Random;
use countersign_flows::keys::KeyPair;
use countersign_flows::tokens::access::{AccessClaims, issue};
use countersign_store::Clock;

/// As long as the product's own, so that both read the same request.
pub(crate) const REFRESH_TOKEN_CHARS: usize = 420;

struct Bound {
    pair: KeyPair,
    clock: Clock,
    random: Random,
}

/// Serves until it is killed, on as many threads as the product.
pub(crate) fn run(address: SocketAddr) -> anyhow::Result<()> {
    let random = Random::system();
    let bound = Bound { pair: KeyPair::generate(Algorithm::Rs256, &random)?, clock: Clock::system(), random };
    let router = Router::new().fallback(sign).with_state(Arc::new(bound));
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = tokio::net::TcpListener::bind(address).await?.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        Ok(axum::serve(listener, router).await?)
    })
}

async fn sign(State(bound): State<Arc<Bound>>) -> String {
    let now = bound.clock.now();
    let claims = AccessClaims {
        account: AccountId::from_uuid(bound.random.id(now)),
        roles: vec!["CUSTOMER".to_owned()],
        tenant: TenantId::from_uuid(bound.random.id(now)),
        session: SessionId::from_uuid(bound.random.id(now)),
        issuer: "https://one.bench.example".to_owned(),
        client: bound.random.id(now).to_string(),
        audience: None,
        id: bound.random.id(now),
        issued_at: now,
        expires_at: now.plus(ACCESS_TOKEN_LIFE),
    };
    issue(&bound.pair, &claims).map(|token| token.expose().to_owned()).unwrap_or_default()
}
