use countersign_domain::{AccountId, ApiTokenId, TenantId, Timestamp};

use super::{
    API_TOKEN_SECRET_DELETE, API_TOKEN_SECRET_GOOD, API_TOKEN_SECRET_INSERT, API_TOKEN_SECRETS, ApiTokenSecret,
};
use crate::fault::Result;
use crate::statement::Value;
use crate::tx::Tx;

/// The secrets of a token, each with its end: the present one, and for a while the one before.
pub(super) async fn secrets(tx: &Tx<'_>, token: &[Value<'_>]) -> Result<Vec<([u8; 32], Timestamp)>> {
    let (hashes, mut secrets) = (tx.rows(&API_TOKEN_SECRETS, token, |row| row.array::<32>(0)).await?, Vec::new());
    for hash in hashes {
        let key = [tenant_of(token), Value::bytes(&hash)];
        let good_until = tx.row(&API_TOKEN_SECRET_GOOD, &key, |row| row.int(0)).await?;
        secrets.extend(good_until.map(|micros| (hash, Timestamp::from_micros(micros))));
    }
    Ok(secrets)
}

/// Removes every secret of a token, given by tenant and id.
pub(crate) async fn forget_secrets(tx: &Tx<'_>, token: &[Value<'_>]) -> Result<()> {
    for (hash, _) in secrets(tx, token).await? {
        tx.exec(&API_TOKEN_SECRET_DELETE, &[tenant_of(token), Value::bytes(&hash)]).await?;
    }
    Ok(())
}

fn tenant_of<'v>(token: &[Value<'v>]) -> Value<'v> {
    token.first().cloned().unwrap_or(Value::Null)
}

pub(super) async fn put_secret(
    tx: &Tx<'_>,
    tenant: TenantId,
    token: ApiTokenId,
    secret: &ApiTokenSecret,
    good_until: Timestamp,
    maker: AccountId,
) -> Result<()> {
    let values = [
        Value::Id(tenant.uuid()),
        Value::bytes(&secret.hash),
        Value::Id(token.uuid()),
        Value::Int(good_until.micros()),
        Value::Id(maker.uuid()),
    ];
    tx.exec(&API_TOKEN_SECRET_INSERT, &values).await.map(|_| ())
}
