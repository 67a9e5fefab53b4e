use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use age::secrecy::SecretString;
use age::stream::StreamWriter;
use age::{Encryptor, x25519};
use clap::Args;
use countersign_flows::admin::AccountExportFault;

use super::desk::Desk;
use super::files::new_file;
use super::prompt::secret_of;
use super::tenant::InTenant;
use super::{Cell, Failure, Output};

/// `account export`
#[derive(Args, Clone, Debug)]
#[group(id = "whom", required = true, multiple = true, args = ["recipients", "passphrase_file"])]
pub struct ExportAccounts {
    /// The tenant.
    #[command(flatten)]
    pub tenant: InTenant,
    /// Write to this new file, for its owner alone
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Who can decrypt it: a public key that age-keygen made (age1…); repeatable
    #[arg(long = "recipient", short = 'r', value_name = "KEY", value_parser = recipient)]
    pub recipients: Vec<x25519::Recipient>,
    /// Whoever knows the passphrase in this file can decrypt it (- is standard input)
    #[arg(long, value_name = "FILE", conflicts_with = "recipients")]
    pub passphrase_file: Option<PathBuf>,
}

/// So many public keys fit into the event that tells who can read the file.
const RECIPIENTS_MAX: usize = 7;

fn recipient(text: &str) -> Result<x25519::Recipient, String> {
    text.parse().map_err(str::to_owned)
}

/// Does what `account export` says. What is written is encrypted from its first byte on.
pub(super) async fn export(export: &ExportAccounts, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let tenant = desk.tenant(&export.tenant.tenant).await?;
    let (encryptor, to_whom) = encryptor(export)?;
    let file = new_file(&export.output)?;
    let written = async {
        let mut stream = encryptor.wrap_output(BufWriter::new(file))?;
        let taken = desk.flows.export_accounts(&tenant, to_whom, |line| writeln!(stream, "{line}")).await;
        let accounts = taken.map_err(|fault| match fault {
            AccountExportFault::Taker(error) => Failure::Unwritten(error),
            AccountExportFault::Fault(fault) => fault.into(),
        })?;
        end(stream)?;
        Ok::<u64, Failure>(accounts)
    };
    let accounts = written.await.inspect_err(|_| {
        // A part of the accounts would look like all of them to whoever finds the file.
        let _ = std::fs::remove_file(&export.output);
    })?;
    Ok(output.record(&[
        ("file", export.output.display().to_string().into()),
        ("accounts", Cell::from(i64::try_from(accounts).unwrap_or(i64::MAX))),
    ])?)
}

/// What encrypts, and to whom, in words for the trail.
fn encryptor(export: &ExportAccounts) -> Result<(Encryptor, String), Failure> {
    if let Some(path) = &export.passphrase_file {
        let passphrase = secret_of(path, "passphrase")?;
        let passphrase = SecretString::from(passphrase.expose().to_owned());
        return Ok((Encryptor::with_user_passphrase(passphrase), "to a passphrase".to_owned()));
    }
    if export.recipients.len() > RECIPIENTS_MAX {
        let told = format!("at most {RECIPIENTS_MAX} recipients: the trail names each of them");
        return Err(Failure::Refused(told));
    }
    let keys: Vec<String> = export.recipients.iter().map(ToString::to_string).collect();
    let recipients = export.recipients.iter().map(|recipient| recipient as &dyn age::Recipient);
    let encryptor = Encryptor::with_recipients(recipients).map_err(anyhow::Error::from)?;
    Ok((encryptor, format!("to {}", keys.join(", "))))
}

/// The end of the stream, which tells whoever decrypts that nothing was cut off, and then the disk.
fn end(stream: StreamWriter<BufWriter<File>>) -> io::Result<()> {
    let mut file = stream.finish()?;
    file.flush()?;
    file.get_ref().sync_all()
}
