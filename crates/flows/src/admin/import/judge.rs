use std::collections::HashSet;
use std::io::{Read, Seek};

use countersign_domain::{Role, Tenant};
use countersign_store::Origin;

use super::pour::Pour;
use super::{ImportStep, RefusedRow};
use crate::hasher::Cost;
use crate::import::{BadField, Position, ReadRow};
use crate::{Fault, Flows};

/// Refuses what the file alone does not tell.
pub(super) struct Judge<'f> {
    pub(super) flows: &'f Flows,
    pub(super) tenant: &'f Tenant,
    /// Where an import of the file was stopped: rows up to here are settled.
    pub(super) from: Position,
    roles: HashSet<Role>,
}

/// What was found in the whole file.
pub(super) struct Judged {
    pub(super) rows: u64,
    pub(super) refused: u64,
    /// The numbers of rows whose name is taken.
    pub(super) taken: HashSet<u64>,
    /// What verifying the hashes costs.
    pub(super) costs: HashSet<Cost>,
}

impl<'f> Judge<'f> {
    pub(super) async fn new(flows: &'f Flows, tenant: &'f Tenant, from: Position) -> Result<Self, Fault> {
        let roles = flows.roles(tenant).await?.into_iter().map(|record| record.role).collect();
        Ok(Self { flows, tenant, from, roles })
    }

    /// Reads to the end and tells every row that is refused.
    pub(super) async fn all<F: Read + Seek + Send + 'static>(
        &self,
        pour: &mut Pour<F>,
        told: &mut impl AsyncFnMut(ImportStep),
    ) -> Result<Judged, Fault> {
        let mut judged = Judged { rows: 0, refused: 0, taken: HashSet::new(), costs: HashSet::new() };
        while let Some(mut rows) = pour.next().await {
            self.refuse(&mut rows).await?;
            judged.taken.extend(self.refuse_taken(&mut rows).await?);
            for ReadRow { number, line, outcome } in rows {
                judged.rows = number;
                match outcome {
                    Ok(good) => judged.costs.extend(good.password.map(|hash| hash.cost())),
                    Err(faults) => {
                        judged.refused += 1;
                        told(ImportStep::Refused(RefusedRow { number, line, faults })).await;
                    }
                }
            }
            told(ImportStep::Judged { rows: judged.rows, bytes: pour.bytes() }).await;
        }
        Ok(judged)
    }

    /// Refuses rows whose roles the tenant lacks, and in a production the sandbox's users.
    pub(super) async fn refuse(&self, rows: &mut [ReadRow]) -> Result<(), Fault> {
        for row in rows {
            let Ok(good) = &row.outcome else { continue };
            let missing = good.roles.iter().filter(|role| !self.roles.contains(role));
            let mut faults: Vec<BadField> =
                missing.map(|role| fault("roles", format!("name {role}, which the tenant does not have"))).collect();
            if self.flows.origin == Origin::Production
                && let Some(hash) = &good.password
                && self.flows.is_published(self.tenant, &good.email, hash).await?
            {
                faults.push(fault("passwordHash", "is of the password that the sandbox publishes for this address"));
            }
            if !faults.is_empty() {
                row.outcome = Err(faults);
            }
        }
        Ok(())
    }

    /// Refuses rows whose name has an account; their numbers. Those of settled rows are there by this very import.
    async fn refuse_taken(&self, rows: &mut [ReadRow]) -> Result<Vec<u64>, Fault> {
        let from = self.from.row;
        let mut good: Vec<&mut ReadRow> =
            rows.iter_mut().filter(|row| row.number > from && row.outcome.is_ok()).collect();
        let name = |row: &&mut ReadRow| row.outcome.as_ref().ok().map(|row| (row.kind, row.email.key().clone()));
        let names = good.iter().filter_map(name).collect();
        let mut numbers = Vec::new();
        for place in self.flows.store.tenant(self.tenant.id).names_taken(names).await? {
            if let Some(row) = good.get_mut(place) {
                numbers.push(row.number);
                row.outcome = Err(vec![taken()]);
            }
        }
        Ok(numbers)
    }
}

/// What is said against a name that the tenant has.
pub(super) fn taken() -> BadField {
    fault("email", "is the address of an account that the tenant has already")
}

fn fault(field: &str, why: impl Into<String>) -> BadField {
    BadField { field: field.to_owned(), why: why.into() }
}
