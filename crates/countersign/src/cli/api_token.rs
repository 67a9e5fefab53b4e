use clap::{Args, Subcommand};
use countersign_domain::{ApiToken, ApiTokenId, Timestamp};
use countersign_flows::{ApiTokenRefusal, Doer};

use super::desk::Desk;
use super::tenant::InTenant;
use super::{Cell, Failure, Output};

/// `api-token …`: managers make and rotate them over the API, where they are shown their secrets.
#[derive(Subcommand, Clone, Debug)]
pub enum ApiTokenCommand {
    /// List a tenant's API tokens, dead ones among them
    List(InTenant),
    /// End API tokens; they stay in the list
    Invalidate(ApiTokens),
    /// End API tokens and take them out of the list
    Delete(ApiTokens),
}

/// Some API tokens of a tenant.
#[derive(Args, Clone, Debug)]
pub struct ApiTokens {
    /// The tenant.
    #[command(flatten)]
    pub tenant: InTenant,
    /// The tokens' ids
    #[arg(value_name = "ID", required = true)]
    pub ids: Vec<ApiTokenId>,
}

/// Does what an `api-token` command says.
pub(super) async fn act(command: &ApiTokenCommand, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    match command {
        ApiTokenCommand::List(tenant) => list(tenant, desk, output).await,
        ApiTokenCommand::Invalidate(tokens) => end(tokens, false, desk, output).await,
        ApiTokenCommand::Delete(tokens) => end(tokens, true, desk, output).await,
    }
}

async fn list(tenant: &InTenant, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let tenant = desk.tenant(&tenant.tenant).await?;
    let (tokens, now) = (desk.flows.list_api_tokens(&tenant).await?, desk.flows.now());
    let columns =
        ["id", "name", "hint", "state", "roles", "maker", "createdAt", "rotatedAt", "expiresAt", "lastUsedAt"];
    Ok(output.rows(&columns, &tokens.iter().map(|token| row(token, now)).collect::<Vec<_>>())?)
}

fn row(token: &ApiToken, now: Timestamp) -> Vec<Cell> {
    let roles: Vec<&str> = token.roles.iter().map(countersign_domain::Role::as_str).collect();
    vec![
        token.id.to_string().into(),
        token.name.as_str().into(),
        token.hint.as_str().into(),
        token.state(now).name().into(),
        roles.join(" ").into(),
        token.maker.to_string().into(),
        token.created_at.into(),
        token.rotated_at.into(),
        token.expires_at.into(),
        token.last_used_at.into(),
    ]
}

async fn end(tokens: &ApiTokens, deletes: bool, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let tenant = desk.tenant(&tokens.tenant.tenant).await?;
    let (mut rows, mut unknown) = (Vec::new(), false);
    for id in &tokens.ids {
        let ended = match deletes {
            true => desk.flows.delete_api_token(Doer::Operator, &tenant, *id).await?,
            false => desk.flows.invalidate_api_token(Doer::Operator, &tenant, *id).await?,
        };
        match ended {
            Ok(()) => rows.push(vec![id.to_string().into(), true.into()]),
            Err(ApiTokenRefusal::NoSuchToken) => {
                unknown = true;
                rows.push(vec![id.to_string().into(), false.into()]);
            }
            Err(other) => return Err(Failure::Refused(other.to_string())),
        }
    }
    output.rows(&["id", "ended"], &rows)?;
    match unknown {
        true => Err(Failure::Refused("not every one of them is an API token of the tenant".to_owned())),
        false => Ok(()),
    }
}
