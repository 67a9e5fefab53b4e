use std::collections::{BTreeMap, HashSet};
use std::io::{Read, Seek};

use countersign_domain::audit::Action;
use countersign_domain::{AccountId, PasswordHash};
use countersign_store::{ImportAccounts, Imported, ImportedAccount, NewAccount};
use tokio::time::Instant;

use super::judge::{Judge, taken};
use super::pour::Pour;
use super::{ImportRefusal, ImportReport, ImportStep, Outcome, RefusedRow, good};
use crate::import::{Batches, GoodRow, ImportRow, Position};

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
        pour: &mut Pour<F>,
        report: &mut ImportReport,
        told: &mut impl AsyncFnMut(ImportStep),
    ) -> Outcome<()> {
        let (mut batches, mut at) = (Batches::from(self.from), self.from);
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
                let refused = good!(self.write_batch(at, to, &rows, report).await?);
                for row in refused.into_iter().filter(|row| !told_before.contains(&row.number)) {
                    report.refused += 1;
                    told(ImportStep::Refused(row)).await;
                }
                at = to;
                told(ImportStep::Written { row: at.row, written: report.written }).await;
                tokio::time::sleep(begun.elapsed() / REST_SHARE).await;
            }
            if is_end {
                self.flows.store.tenant(self.tenant.id).end_import(&at.plan).await?;
                return Ok(Ok(()));
            }
        }
    }

    /// One transaction; the rows that it did not take.
    async fn write_batch(
        &self,
        from: Position,
        to: Position,
        rows: &[GoodRow],
        report: &mut ImportReport,
    ) -> Outcome<Vec<RefusedRow>> {
        let accounts = rows.iter().map(|good| self.account(&good.row)).collect();
        let batch = ImportAccounts { plan: to.plan, from: from.row, to: to.row, accounts };
        let file: String = report.file.iter().take(DIGEST_BYTES_TOLD).map(|byte| format!("{byte:02x}")).collect();
        let mut roles: BTreeMap<&str, usize> = BTreeMap::new();
        for role in rows.iter().flat_map(|good| &good.row.roles) {
            *roles.entry(role.as_str()).or_default() += 1;
        }
        let roles = roles.iter().map(|(role, count)| format!("{count} {role}")).collect::<Vec<_>>().join(", ");
        let detail = format!("rows {} to {} of file {file}: {roles}", from.row + 1, to.row);
        let event = self.flows.by_operator(self.tenant.id, Action::AccountsImported, Some(detail));
        match self.flows.store.tenant(self.tenant.id).import_accounts(batch, event).await? {
            Imported::Yes { taken: places } => {
                report.written += (rows.len() - places.len()) as u64;
                let refused = places.into_iter().filter_map(|place| rows.get(place));
                let refused =
                    refused.map(|row| RefusedRow { number: row.number, line: row.line, faults: vec![taken()] });
                Ok(Ok(refused.collect()))
            }
            Imported::Meanwhile => Ok(Err(ImportRefusal::Meanwhile)),
            Imported::NoSuchRole(role) => Ok(Err(ImportRefusal::NoSuchRole(role))),
        }
    }

    fn account(&self, row: &ImportRow) -> ImportedAccount {
        let account = NewAccount {
            id: AccountId::from_uuid(self.flows.random.id(self.flows.store.now())),
            kind: row.kind,
            email: row.email.clone(),
            first_name: row.first_name.clone(),
            last_name: row.last_name.clone(),
            roles: row.roles.clone(),
            password_hash: row.password.as_ref().map(|hash| PasswordHash::new(hash.to_string())),
            must_change_password: row.must_change_password,
            person: row.person.clone(),
        };
        ImportedAccount { account, standing: row.standing, created_at: row.created_at }
    }
}
