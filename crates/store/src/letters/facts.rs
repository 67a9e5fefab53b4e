use countersign_domain::{AccountId, Kind, Language, Letter, OneTimePurpose, TenantId, Timestamp};
use uuid::Uuid;

use super::{LANGUAGE_OF, REGISTRATION_ADDRESSEE, TOKEN_STANDING};
use crate::TenantStore;
use crate::accounts;
use crate::fault::Result;
use crate::job::Job;
use crate::statement::Value;
use crate::tx::Tx;

/// Whether a letter can be sent now, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deliverable {
    /// It can.
    Yes(Addressee),
    /// It is not worth sending.
    No(Moot),
}

/// Who a letter goes to, and what it opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addressee {
    /// The stored address, as typed.
    pub email: String,
    /// Shown to people.
    pub first_name: Option<String>,
    /// The language of the person's profile.
    pub language: Option<Language>,
    /// The tokens it carries, in the order of the letter. None for a notice.
    pub tokens: Vec<MailedToken>,
}

/// A token that a letter carries, which is good now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailedToken {
    /// What it is for.
    pub purpose: OneTimePurpose,
    /// The id that the token is made of.
    pub id: Uuid,
    /// Which account of the address it opens, where there can be two.
    pub kind: Kind,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// Why a letter is not worth sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moot {
    /// Its account or registration is gone.
    Gone,
    /// What it opens is used, void or over.
    Spent,
}

impl Moot {
    /// Told in listings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gone => "its account or registration is gone",
            Self::Spent => "its token is used, void or over",
        }
    }
}

impl TenantStore {
    /// Looks up who a letter goes to now, and which of its tokens are still good.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn deliverable(&self, letter: &Letter) -> Result<Deliverable> {
        self.store.read(LookUp { tenant: self.id, letter: letter.clone() }).await
    }
}

struct LookUp {
    tenant: TenantId,
    letter: Letter,
}

impl Job for LookUp {
    type Out = Deliverable;

    async fn run(&self, tx: &Tx<'_>) -> Result<Deliverable> {
        match &self.letter {
            Letter::Confirmation { registration } => self.registered(tx, *registration).await,
            Letter::Invitation { account, token } => self.opened(tx, &[(*account, *token)]).await,
            Letter::Reset { offers } => {
                let offers: Vec<_> = offers.iter().map(|offer| (offer.account, offer.token)).collect();
                self.opened(tx, &offers).await
            }
            Letter::AddressTaken { account }
            | Letter::PasswordChanged { account }
            | Letter::PasswordReset { account }
            | Letter::RefreshReused { account } => {
                let addressee = self.account(tx, *account).await?;
                Ok(addressee.map_or(Deliverable::No(Moot::Gone), |(_, addressee)| Deliverable::Yes(addressee)))
            }
        }
    }
}

impl LookUp {
    fn key(&self, id: Uuid) -> [Value<'static>; 2] {
        [Value::Id(self.tenant.uuid()), Value::Id(id)]
    }

    async fn account(&self, tx: &Tx<'_>, id: AccountId) -> Result<Option<(Kind, Addressee)>> {
        let key = self.key(id.uuid());
        let (account, language) = tokio::join!(
            biased;
            accounts::by_id(tx, self.tenant, id),
            tx.row(&LANGUAGE_OF, &key, |row| row.maybe_text(0)),
        );
        let language = language?.flatten().and_then(|tag| tag.parse().ok());
        Ok(account?.map(|account| {
            let addressee =
                Addressee { email: account.email, first_name: account.first_name, language, tokens: Vec::new() };
            (account.kind, addressee)
        }))
    }

    async fn registered(&self, tx: &Tx<'_>, id: Uuid) -> Result<Deliverable> {
        let found = tx
            .row(&REGISTRATION_ADDRESSEE, &self.key(id), |row| {
                let expires_at = Timestamp::from_micros(row.int(2)?);
                let token = MailedToken { purpose: OneTimePurpose::Confirmation, id, kind: Kind::Customer, expires_at };
                let (email, first_name) = (row.text(0)?, Some(row.text(1)?));
                Ok((expires_at, Addressee { email, first_name, language: None, tokens: vec![token] }))
            })
            .await?;
        Ok(match found {
            None => Deliverable::No(Moot::Gone),
            Some((expires_at, _)) if expires_at <= tx.now() => Deliverable::No(Moot::Spent),
            Some((_, addressee)) => Deliverable::Yes(addressee),
        })
    }

    /// A letter that opens accounts: those that it still opens are offered, to the address of the first.
    async fn opened(&self, tx: &Tx<'_>, offers: &[(AccountId, Uuid)]) -> Result<Deliverable> {
        let mut to: Option<Addressee> = None;
        let mut moot = Moot::Gone;
        for (account, id) in offers {
            let Some((kind, addressee)) = self.account(tx, *account).await? else { continue };
            moot = Moot::Spent;
            let standing = tx
                .row(&TOKEN_STANDING, &self.key(*id), |row| {
                    Ok(MailedToken {
                        purpose: row.parsed(1)?,
                        id: *id,
                        kind,
                        expires_at: Timestamp::from_micros(row.int(0)?),
                    })
                })
                .await?;
            if let Some(token) = standing.filter(|token| token.expires_at > tx.now()) {
                to.get_or_insert(addressee).tokens.push(token);
            }
        }
        Ok(to.map_or(Deliverable::No(moot), Deliverable::Yes))
    }
}
