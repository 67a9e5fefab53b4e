use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use countersign_domain::signing_key::{Algorithm, PUBLISH_AHEAD, State};
use countersign_domain::{KeyId, Tenant};
use countersign_flows::admin::ListedKey;

use super::desk::Desk;
use super::tenant::InTenant;
use super::{Cell, Failure, Output};

/// `key …`
#[derive(Subcommand, Clone, Debug)]
pub enum KeyCommand {
    /// List a tenant's signing keys and their states
    List(InTenant),
    /// Publish a new signing key; it signs once verifiers have had time to fetch it
    Rotate(RotateKey),
    /// Stop signing with a key
    Retire(RetireKey),
}

/// `key rotate`
#[derive(Args, Clone, Debug)]
pub struct RotateKey {
    /// The tenant.
    #[command(flatten)]
    pub tenant: InTenant,
    /// What the new key signs with; the algorithm of the key before if left out
    #[arg(long, value_parser = algorithm())]
    pub algorithm: Option<Algorithm>,
}

/// `key retire`
#[derive(Args, Clone, Debug)]
pub struct RetireKey {
    /// The tenant.
    #[command(flatten)]
    pub tenant: InTenant,
    /// The key's id, or the kid of its tokens
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

/// Does what a `key` command says.
pub(super) async fn act(command: &KeyCommand, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    match command {
        KeyCommand::List(tenant) => list(&desk.tenant(&tenant.tenant).await?, desk, output).await,
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

async fn rotate(rotate: &RotateKey, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let tenant = desk.tenant(&rotate.tenant.tenant).await?;
    let keys = desk.flows.signing_keys(&tenant).await?;
    let signing = keys.iter().find(|key| key.state == State::Active);
    let same = signing.map(|key| key.record.algorithm);
    desk.flows.rotate_key(&tenant, rotate.algorithm.or(same).unwrap_or_default()).await??;
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
        desk.flows.compromise_key(&tenant, id).await??;
        output.say("The key is published no more, and every session of the tenant has ended.");
    } else {
        desk.flows.retire_key(&tenant, id).await??;
    }
    list(&tenant, desk, output).await
}

fn find(keys: &[ListedKey], name: &str) -> Result<KeyId, Failure> {
    let named = keys.iter().find(|key| key.record.kid == name || key.record.id.to_string() == name);
    named.map(|key| key.record.id).ok_or_else(|| Failure::Refused(format!("the tenant has no signing key {name:?}")))
}
