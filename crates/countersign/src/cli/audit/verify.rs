use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{ArgGroup, Args};
use countersign_domain::audit::{Anchor, ExportReader, KeyLine, Report, SealKeys, Trust, retention_of_days};
use countersign_domain::{Slug, TenantId};
use countersign_store::Clock;
use serde_json::json;

use super::file::{Earlier, Lines, keys_in, unreadable};
use crate::cli::desk::Desk;
use crate::cli::{Cell, Failure, Form, Output};

/// `audit verify`
#[derive(Args, Clone, Debug)]
#[command(group = ArgGroup::new("trail").args(["file", "tenant"]).required(true))]
pub struct VerifyTrail {
    /// An export of the trail; - is standard input. Needs no store, no configuration and no master key
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// The tenant, to read its trail from the store instead
    #[arg(long, short, value_name = "SLUG")]
    pub tenant: Option<Slug>,
    /// The end of the trail as an earlier verification told it: finds out whether it was cut off since
    #[arg(long, value_name = "NUMBER:HASH")]
    pub known: Option<Anchor>,
    /// An earlier export of this trail; its last seal is then the known end. For a file its keys and its tenant are known, too
    #[arg(long, value_name = "FILE", alias = "export", conflicts_with = "known")]
    pub earlier: Option<PathBuf>,
    /// How long events must be kept, whatever the tenant's settings say now; 0 for ever
    #[arg(long, value_name = "DAYS")]
    pub retention_days: Option<u32>,
    /// Whose trail it must be
    #[arg(long, value_name = "ID", conflicts_with = "tenant", help_heading = "For a file")]
    pub tenant_id: Option<TenantId>,
    /// A key that seals may be signed with, as `audit keys` prints it; repeatable. Without any the file vouches for itself
    #[arg(long = "key", value_name = "ID:KEY", conflicts_with = "tenant", help_heading = "For a file")]
    pub each_key: Vec<KeyLine>,
    /// A file with such keys, one a line
    #[arg(long, value_name = "FILE", conflicts_with = "tenant", help_heading = "For a file")]
    pub keys: Option<PathBuf>,
}

/// Verifies a trail in the store.
pub(super) async fn in_store(
    verify: &VerifyTrail,
    slug: &Slug,
    desk: &Desk,
    output: &mut Output,
) -> Result<(), Failure> {
    let tenant = desk.tenant(slug).await?;
    let known = match &verify.earlier {
        Some(path) => Some(Earlier::read(path)?.end_of(path, Some(tenant.id))?),
        None => verify.known,
    };
    let report = desk.flows.verify_trail(&tenant, known, verify.retention_days).await?;
    judge(Vec::new(), &report, output)
}

/// Verifies an exported trail. Nothing is opened but the files that the line names.
pub(in crate::cli) fn in_file(verify: &VerifyTrail, path: &Path, output: &mut Output) -> Result<(), Failure> {
    let mut reader = ExportReader::new(trust(verify)?);
    let are_keys_known = reader.are_keys_known();
    let mut lines = Lines::open(path)?;
    while let Some(line) = lines.next()? {
        reader.line(line).map_err(|why| unreadable(path, &why))?;
    }
    let trail = reader.trail().map(|trail| (trail.tenant.to_string(), trail.exported_at));
    let (tenant, exported_at) = trail.unzip();
    let keys: Vec<_> = reader.keys().iter().map(|(id, public)| KeyLine { id, public: *public }.to_string()).collect();
    let report = reader.finish().map_err(|why| unreadable(path, &why))?;
    let about = vec![
        ("tenant", tenant.into()),
        ("exportedAt", exported_at.into()),
        ("keys", keys.into()),
        ("keysKnown", are_keys_known.into()),
    ];
    if !are_keys_known {
        output.say(
            "the file vouches for its own keys: compare them with what `countersign audit keys` prints where the trail \
             is kept, or say with --key which ones are right",
        );
    }
    judge(about, &report, output)
}

fn trust(verify: &VerifyTrail) -> Result<Trust, Failure> {
    let mut keys = SealKeys::new();
    let mut known = verify.known;
    let mut tenant = verify.tenant_id;
    if let Some(path) = &verify.earlier {
        let earlier = Earlier::read(path)?;
        known = Some(earlier.end_of(path, tenant)?);
        tenant = earlier.tenant;
        earlier.keys.iter().for_each(|(id, public)| keys.insert(id, *public));
    }
    let listed = verify.keys.as_deref().map(keys_in).transpose()?.unwrap_or_default();
    for key in verify.each_key.iter().chain(&listed) {
        keys.insert(key.id, key.public);
    }
    Ok(Trust {
        tenant,
        keys: (keys != SealKeys::new()).then_some(keys),
        known,
        retention: verify.retention_days.map(|days| retention_of_days(days).unwrap_or(Duration::MAX)),
        now: Some(Clock::system().now()),
    })
}

fn judge(about: Vec<(&'static str, Cell)>, report: &Report, output: &mut Output) -> Result<(), Failure> {
    tell(about, report, output)?;
    if report.events_removed > 0 && !report.is_retention_known {
        output.say(
            "the tenant's own settings excuse what was removed, and whoever can edit the trail can edit them: \
             say with --retention-days how long events must be kept",
        );
    }
    if report.is_clean() { Ok(()) } else { Err(Failure::Refused("the trail is not as it was sealed".to_owned())) }
}

fn tell(about: Vec<(&'static str, Cell)>, report: &Report, output: &mut Output) -> io::Result<()> {
    let count = |count: u64| Cell::from(i64::try_from(count).unwrap_or(i64::MAX));
    let mut fields = vec![("clean", report.is_clean().into())];
    fields.extend(about);
    fields.extend([
        ("seals", count(report.seals)),
        ("events", count(report.events)),
        ("eventsRemoved", count(report.events_removed)),
        ("eventsUnsealed", count(report.events_unsealed)),
        ("head", report.head.map(|head| head.to_string()).into()),
    ]);
    let found = report.findings.iter();
    if output.form() == Form::Json {
        let findings = found.map(|found| json!({ "code": found.code(), "what": found.to_string() })).collect();
        fields.push(("findings", Cell::Value(findings)));
        fields.push(("findingsOmitted", count(report.findings_omitted)));
        return output.record(&fields);
    }
    fields.extend(found.map(|found| (found.code(), found.to_string().into())));
    fields.extend((report.findings_omitted > 0).then(|| ("findingsOmitted", count(report.findings_omitted))));
    output.record(&fields)
}
