use std::collections::{BTreeMap, HashSet};
use std::io::{Read, Seek};

use countersign_domain::audit::Action;
use countersign_domain::{AccountId, PasswordHash};
use countersign_store::{ImportAccounts, Imported, ImportedAccount, NewAccount};
use tokio::time::Instant;

use super::judge::{Judge, taken};
use super::pour::Pour;
use super::{ImportRefusal, ImportReport, ImportStep, Outcome, RefusedRow, good};
use crate::import::{BATCH_ROWS_ALONE_MAX, BATCH_ROWS_MAX, Batches, GoodRow, ImportRow, Position};

/// After a batch the import rests for its time divided by this: on SQLite a writer that waits looks only now and then
/// whether its turn has come, and must not find the next batch there each time.
const REST_SHARE: u32 = 4;

/// Bytes of a file's digest that an event tells: enough to know the file again.
const DIGEST_BYTES_TOLD: usize = 8;

impl Judge<'_> {
    /// Writes what is good of the rows after the position. Rows whose name is taken are told, unless they were before.
    pub(super) async fn write<F: Read + Seek + Send + 'static>(
        &self,
        told_before: &HashSet<u64>,
        is_alone: bool,
        pour: &mut Pour<F>,
        report: &mut ImportReport,
        told: &mut impl AsyncFnMut(ImportStep),
    ) -> Outcome<()> {
        let rows_max = if is_alone { BATCH_ROWS_ALONE_MAX } else { BATCH_ROWS_MAX };
        let (mut batches, mut at) = (Batches::from(self.from, rows_max), self.from);
        loop {
            let rows = pour.next().await;
            let is_end = rows.is_none();
            let mut rows = rows.unwrap_or_default();
            rows.retain(|row| row.number > self.from.row);
            self.refuse(&mut rows).await?;
            let mut full: Vec<_> = rows.into_iter().filter_map(|row| batches.push(row)).collect();
            if is_end {
                full.extend(batches.rest());
            }
            for (rows, to) in full {
                let begun = Instant::now();
                let refused = good!(self.write_batch(at, to, rows, report).await?);
                for row in refused.into_iter().filter(|row| !told_before.contains(&row.number)) {
                    report.refused += 1;
                    told(ImportStep::Refused(row)).await;
                }
                at = to;
                told(ImportStep::Written { row: at.row, written: report.written }).await;
                if !is_alone {
                    tokio::time::sleep(begun.elapsed() / REST_SHARE).await;
                }
            }
            if is_end {
                self.flows.store.tenant(self.tenant.id).end_import(&at.plan).await?;
                return Ok(Ok(()));
            }
        }
    }

    /// One transaction; the rows that it did not take. Accounts get their ids and are written in the order of their
    /// addresses, as an index has them, so that neighbours share a page.
    async fn write_batch(
        &self,
        from: Position,
        to: Position,
        mut rows: Vec<GoodRow>,
        report: &mut ImportReport,
    ) -> Outcome<Vec<RefusedRow>> {
        rows.sort_unstable_by(|one, other| one.row.email.key().as_str().cmp(other.row.email.key().as_str()));
        let file: String = report.file.iter().take(DIGEST_BYTES_TOLD).map(|byte| format!("{byte:02x}")).collect();
        let mut roles: BTreeMap<&str, usize> = BTreeMap::new();
        for role in rows.iter().flat_map(|good| &good.row.roles) {
            *roles.entry(role.as_str()).or_default() += 1;
        }
        let roles = roles.iter().map(|(role, count)| format!("{count} {role}")).collect::<Vec<_>>().join(", ");
        let detail = format!("rows {} to {} of file {file}: {roles}", from.row + 1, to.row);
        let event = self.flows.by_operator(self.tenant.id, Action::AccountsImported, Some(detail));
        let places: Vec<(u64, u64)> = rows.iter().map(|good| (good.number, good.line)).collect();
        let accounts = rows.into_iter().map(|good| self.account(good.row)).collect();
        let batch = ImportAccounts { plan: to.plan, from: from.row, to: to.row, accounts };
        match self.flows.store.tenant(self.tenant.id).import_accounts(batch, event).await? {
            Imported::Yes { taken: untouched } => {
                report.written += (places.len() - untouched.len()) as u64;
                let refused = untouched.into_iter().filter_map(|place| places.get(place));
                let mut refused: Vec<RefusedRow> = refused
                    .map(|(number, line)| RefusedRow { number: *number, line: *line, faults: vec![taken()] })
                    .collect();
                refused.sort_unstable_by_key(|row| row.number);
                Ok(Ok(refused))
            }
            Imported::Meanwhile => Ok(Err(ImportRefusal::Meanwhile)),
            Imported::NoSuchRole(role) => Ok(Err(ImportRefusal::NoSuchRole(role))),
        }
    }

    fn account(&self, row: ImportRow) -> ImportedAccount {
        let account = NewAccount {
            id: AccountId::from_uuid(self.flows.random.id(self.flows.store.now())),
            kind: row.kind,
            email: row.email,
            first_name: row.first_name,
            last_name: row.last_name,
            roles: row.roles,
            password_hash: row.password.map(|hash| PasswordHash::new(hash.to_string())),
            must_change_password: row.must_change_password,
            person: row.person,
        };
        ImportedAccount { account, standing: row.standing, created_at: row.created_at }
    }
}
