use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use countersign_domain::encryption_key::{ENCRYPTION_ALGORITHM, EncryptionKeyRecord, EncryptionKeySize};
use countersign_domain::signing_key::{Algorithm, PUBLISH_AHEAD, State};
use countersign_domain::{KeyId, Tenant};
use countersign_flows::Doer;
use countersign_flows::admin::ListedKey;

use super::desk::Desk;
use super::tenant::InTenant;
use super::{Cell, Failure, Output};

/// `key …`
#[derive(Subcommand, Clone, Debug)]
pub enum KeyCommand {
    /// List a tenant's signing keys, or its encryption keys, and their states
    List(ListKeys),
    /// Publish a new signing key, which signs once verifiers have had time to fetch it; or a new encryption key, which is
    /// in use at once
    Rotate(RotateKey),
    /// Stop signing with a key
    Retire(RetireKey),
}

/// `key list`
#[derive(Args, Clone, Debug)]
pub struct ListKeys {
    /// The tenant.
    #[command(flatten)]
    pub tenant: InTenant,
    /// Those that encrypted fields are encrypted under, not those that sign
    #[arg(long)]
    pub encryption: bool,
}

/// `key rotate`
#[derive(Args, Clone, Debug)]
pub struct RotateKey {
    /// The tenant.
    #[command(flatten)]
    pub tenant: InTenant,
    /// What the new key signs with; the algorithm of the key before if left out
    #[arg(long, value_parser = algorithm(), conflicts_with = "encryption")]
    pub algorithm: Option<Algorithm>,
    /// Rotate the encryption key; whatever was encrypted under the one before is refused from now on
    #[arg(long)]
    pub encryption: bool,
    /// Bits of the new encryption key; those of the key before if left out
    #[arg(long, value_parser = bits(), requires = "encryption")]
    pub bits: Option<EncryptionKeySize>,
}

/// `key retire`
#[derive(Args, Clone, Debug)]
pub struct RetireKey {
    /// The tenant.
    #[command(flatten)]
    pub tenant: InTenant,
    /// The key's id, or the kid of its tokens (which may begin with a hyphen)
    #[arg(allow_hyphen_values = true)]
    pub key: String,
    /// It is in wrong hands: unpublish it at once and end every session of the tenant
    #[arg(long)]
    pub compromised: bool,
}

/// Reads the name of an algorithm.
pub(super) fn algorithm() -> impl TypedValueParser<Value = Algorithm> {
    let names = PossibleValuesParser::new(Algorithm::ALL.map(Algorithm::name));
    names.try_map(|name| name.parse::<Algorithm>())
}

/// Reads the size of an encryption key.
fn bits() -> impl TypedValueParser<Value = EncryptionKeySize> {
    let names = PossibleValuesParser::new(EncryptionKeySize::ALL.map(EncryptionKeySize::name));
    names
        .try_map(|name| EncryptionKeySize::ALL.into_iter().find(|size| size.name() == name).ok_or("is no size of ours"))
}

/// Does what a `key` command says.
pub(super) async fn act(command: &KeyCommand, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    match command {
        KeyCommand::List(keys) if keys.encryption => {
            list_encryption(&desk.tenant(&keys.tenant.tenant).await?, desk, output).await
        }
        KeyCommand::List(keys) => list(&desk.tenant(&keys.tenant.tenant).await?, desk, output).await,
        KeyCommand::Rotate(rotate) if rotate.encryption => rotate_encryption(rotate, desk, output).await,
        KeyCommand::Rotate(rotate) => self::rotate(rotate, desk, output).await,
        KeyCommand::Retire(retire) => self::retire(retire, desk, output).await,
    }
}

async fn list(tenant: &Tenant, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let keys = desk.flows.signing_keys(tenant).await?;
    let columns = ["id", "kid", "algorithm", "state", "publishedAt", "activeAt", "retiredAt", "compromisedAt"];
    Ok(output.rows(&columns, &keys.iter().map(row).collect::<Vec<_>>())?)
}

fn row(key: &ListedKey) -> Vec<Cell> {
    let record = &key.record;
    vec![
        record.id.to_string().into(),
        record.kid.as_str().into(),
        record.algorithm.name().into(),
        key.state.name().into(),
        record.published_at.into(),
        record.active_at.into(),
        record.retired_at.into(),
        record.compromised_at.into(),
    ]
}

async fn list_encryption(tenant: &Tenant, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let keys = desk.flows.encryption_keys(tenant).await?;
    let row = |key: &EncryptionKeyRecord| -> Vec<Cell> {
        vec![
            key.id.to_string().into(),
            ENCRYPTION_ALGORITHM.into(),
            i64::from(key.size.bits()).into(),
            (if key.retired_at.is_none() { State::Active } else { State::Retired }).name().into(),
            key.created_at.into(),
            key.retired_at.into(),
        ]
    };
    let columns = ["id", "algorithm", "bits", "state", "createdAt", "retiredAt"];
    Ok(output.rows(&columns, &keys.iter().map(row).collect::<Vec<_>>())?)
}

async fn rotate_encryption(rotate: &RotateKey, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let tenant = desk.tenant(&rotate.tenant.tenant).await?;
    let before = desk.flows.encryption_keys(&tenant).await?.last().map(|key| key.size);
    desk.flows.rotate_encryption_key(Doer::Operator, &tenant, rotate.bits.or(before).unwrap_or_default()).await?;
    if before.is_some() {
        output.say("The new key is in use now; clients that kept the old one are told to fetch it.");
    }
    list_encryption(&tenant, desk, output).await
}

async fn rotate(rotate: &RotateKey, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let tenant = desk.tenant(&rotate.tenant.tenant).await?;
    let keys = desk.flows.signing_keys(&tenant).await?;
    let signing = keys.iter().find(|key| key.state == State::Active);
    let same = signing.map(|key| key.record.algorithm);
    desk.flows.rotate_key(Doer::Operator, &tenant, rotate.algorithm.or(same).unwrap_or_default()).await??;
    if signing.is_some() {
        let minutes = PUBLISH_AHEAD.as_secs() / 60;
        output.say(&format!(
            "The new key is published now and signs {minutes} minutes from now; the old one retires then."
        ));
    }
    list(&tenant, desk, output).await
}

async fn retire(retire: &RetireKey, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let tenant = desk.tenant(&retire.tenant.tenant).await?;
    let id = find(&desk.flows.signing_keys(&tenant).await?, &retire.key)?;
    if retire.compromised {
        desk.flows.compromise_key(Doer::Operator, &tenant, id).await??;
        output.say("The key is published no more, and every session of the tenant has ended.");
    } else {
        desk.flows.retire_key(Doer::Operator, &tenant, id).await??;
    }
    list(&tenant, desk, output).await
}

fn find(keys: &[ListedKey], name: &str) -> Result<KeyId, Failure> {
    let named = keys.iter().find(|key| key.record.kid == name || key.record.id.to_string() == name);
    named.map(|key| key.record.id).ok_or_else(|| Failure::Refused(format!("the tenant has no signing key {name:?}")))
}
