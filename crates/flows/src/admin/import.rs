mod costs;
mod judge;
mod pour;
mod write;

use std::io::{Read, Seek};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use countersign_domain::{Role, RoleRecord, Tenant};
use countersign_store::ImportPosition;

use super::TenantRefusal;
use crate::import::{Assumptions, BadField, Format, Layout, Position, Unreadable};
use crate::{Fault, Flows};

use judge::Judge;
use pour::{Pour, digest_of};

/// What an operator asks of an import.
#[derive(Clone)]
pub struct ImportOrder {
    /// Whose export the file is.
    pub format: Format,
    /// How its records lie in it.
    pub layout: Layout,
    /// What it does not say.
    pub assumptions: Assumptions,
    /// Only find out what would be refused.
    pub is_dry_run: bool,
    /// Write the good rows though there are others. Else one bad row keeps all of them out.
    pub skips_refused: bool,
    /// No node serves this store, so none has to learn first which hashes come.
    pub is_service_stopped: bool,
}

/// What an import tells while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportStep {
    /// So many rows were looked at, which took so much of the file.
    Judged {
        /// Rows.
        rows: u64,
        /// Bytes of the file.
        bytes: u64,
    },
    /// A row is not taken.
    Refused(RefusedRow),
    /// Whoever is told waits so long before the import goes on: nodes still serve by settings that they read before.
    Wait(Duration),
    /// All up to this row is settled.
    Written {
        /// The row's number.
        row: u64,
        /// Accounts written by this run.
        written: u64,
    },
}

/// A row that is not taken, and everything that speaks against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRow {
    /// Its number, from 1.
    pub number: u64,
    /// The line on which it ends.
    pub line: u64,
    /// What is wrong.
    pub faults: Vec<BadField>,
}

/// What an import did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportReport {
    /// SHA-256 of the file.
    pub file: [u8; 32],
    /// Rows of the file.
    pub rows: u64,
    /// Those that were not taken.
    pub refused: u64,
    /// Accounts that were written now.
    pub written: u64,
    /// Accounts that earlier runs with the same file had written.
    pub written_before: u64,
    /// Whether everything was done that could be; else nothing was written.
    pub is_done: bool,
}

/// Why an import ended early. What was written by then stays.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportRefusal {
    /// There is no next row to be found.
    #[error("the file cannot be read on: {0}")]
    Unreadable(#[from] Unreadable),
    /// Somebody wrote into it.
    #[error("the file was changed while it was read: nobody may write into it meanwhile")]
    Changed,
    /// Another process imports it, or did.
    #[error("another import of this file goes on: let it end")]
    Meanwhile,
    /// A role was deleted after it was looked at.
    #[error("the role {0} was deleted meanwhile: make it again, then start the import again")]
    NoSuchRole(Role),
    /// The tenant's settings do not take what the hashes cost.
    #[error("the tenant's settings cannot be changed to what the hashes need: {0}")]
    Settings(TenantRefusal),
}

type Outcome<T> = Result<Result<T, ImportRefusal>, Fault>;

/// Goes on with what is good; a refusal is what the story ends with.
macro_rules! good {
    ($outcome:expr) => {
        match $outcome {
            Ok(good) => good,
            Err(refusal) => return Ok(Err(refusal.into())),
        }
    };
}
use good;

impl Flows {
    /// Reads a file of accounts to its end and tells every row that it would refuse; then, unless there are any or it is
    /// a dry run, reads it again and writes. A file whose import was stopped goes on where it was.
    ///
    /// # Errors
    /// [`Fault`] where the store or the hasher fails.
    pub async fn import_accounts<F: Read + Seek + Send + 'static>(
        &self,
        tenant: &Tenant,
        order: &ImportOrder,
        file: F,
        told: &mut impl AsyncFnMut(ImportStep),
    ) -> Outcome<ImportReport> {
        let (file, digest) = good!(digest_of(file).await?);
        let plan = plan_of(&digest, order, &self.roles(tenant).await?);
        let before = self.store.tenant(tenant.id).import_position(&plan).await?;
        let before = before.unwrap_or(ImportPosition { row: 0, written: 0 });
        let from = Position { plan, row: before.row };
        let judge = Judge::new(self, tenant, from).await?;

        let mut rows = Pour::begin(order, file, digest);
        let judged = judge.all(&mut rows, told).await?;
        let file = good!(rows.end().await?);
        let mut report = ImportReport {
            file: digest,
            rows: judged.rows,
            refused: judged.refused,
            written: 0,
            written_before: before.written,
            is_done: false,
        };
        if order.is_dry_run || (judged.refused > 0 && !order.skips_refused) {
            return Ok(Ok(report));
        }
        good!(self.hold_costs(tenant, &judged.costs, order, told).await?);

        let mut rows = Pour::begin(order, file, digest);
        good!(judge.write(&judged.taken, order.is_service_stopped, &mut rows, &mut report, told).await?);
        good!(rows.end().await?);
        report.is_done = true;
        Ok(Ok(report))
    }
}

/// What a position belongs to: the file, and all that says which of its rows are good. With another order, or roles that the
/// tenant did not have, rows that were refused may be good now, so the import begins anew; what it had written is taken.
fn plan_of(file: &[u8; 32], order: &ImportOrder, roles: &[RoleRecord]) -> [u8; 32] {
    let names = |roles: &[Role]| roles.iter().map(|role| role.as_str().to_owned()).collect::<Vec<_>>().join(" ");
    let theirs: Vec<Role> = roles.iter().map(|record| record.role.clone()).collect();
    let Assumptions { roles: assumed, takes_unverified, firebase, .. } = &order.assumptions;
    let words = format!(
        "{} {:?}; {}; {takes_unverified}; {}; {}; {}",
        order.format.name(),
        order.layout,
        names(assumed),
        firebase.is_some(),
        order.skips_refused,
        names(&theirs),
    );
    digest(&SHA256, &[file.as_slice(), words.as_bytes()].concat()).as_ref().try_into().unwrap_or(*file)
}
