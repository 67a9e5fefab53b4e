use std::collections::BTreeMap;
use std::path::Path;

use super::error::{ConfigError, ConfigErrors, Problem};
use super::key::Key;
use super::layers::{Assignment, Layer, is_section, key, keys, printable};
use super::nearest::nearest;
use super::secret_file::{check_mode, read_key_text};
use super::value::Given;
use super::{Config, Mail, MailSecurity, Origin};

/// Layers laid over one another, with what was wrong on the way.
#[derive(Default)]
pub(super) struct Merge {
    config: Config,
    chosen: BTreeMap<&'static str, Chosen>,
    errors: ConfigErrors,
}

/// What is kept of the assignment that won.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    pub(super) origin: Origin,
    pub(super) filled: bool,
    /// Never of a secret.
    pub(super) text: Option<String>,
}

impl Merge {
    /// Lays one more layer over the others. A value that a later layer hides must be right all the same: it would
    /// come back the day the later one goes.
    pub(super) fn take(&mut self, layer: Layer) {
        for error in layer.errors {
            self.errors.add(|| error);
        }
        for assignment in layer.assignments {
            match key(&assignment.name) {
                Some(key) => self.assign(key, &assignment.given, assignment.origin),
                None => self.errors.add(|| not_a_key(&assignment)),
            }
        }
    }

    fn assign(&mut self, key: &'static Key, given: &Given, origin: Origin) {
        if (key.read)(&mut self.config, given, key.bounds).is_none() {
            return self.fail(key, origin, wrong(key, given));
        }
        let filled = given.text().is_none_or(|text| !text.is_empty());
        let text = if key.secret { None } else { given.text().map(str::to_owned) };
        self.chosen.insert(key.name, Chosen { origin, filled, text });
    }

    fn fail(&mut self, key: &Key, origin: Origin, problem: Problem) {
        self.errors.add(|| ConfigError { origin, key: key.name.to_owned(), problem });
    }

    /// Reads each secret that a `_file` key names, unless a later layer gave the secret itself.
    pub(super) fn read_secret_files(&mut self) {
        for secret in keys().filter(|key| key.secret) {
            let filled = |chosen: &&Chosen| chosen.filled;
            let twin = format!("{}_file", secret.name);
            let Some(named) = self.chosen.get(twin.as_str()).filter(filled).cloned() else { continue };
            if let Some(direct) = self.chosen.get(secret.name).filter(filled) {
                let origin = direct.origin.clone();
                if origin.layer() == named.origin.layer() {
                    self.fail(secret, origin, Problem::TwinToo { twin });
                    continue;
                }
                if origin.layer() > named.origin.layer() {
                    continue;
                }
            }
            let origin = Origin::Contents(Box::new(named.origin));
            match read_key_text(Path::new(named.text.as_deref().unwrap_or_default())) {
                Ok(text) => self.assign(secret, &Given::Loose(text), origin),
                Err(unfit) => self.fail(secret, origin, Problem::BadFile { reason: unfit.to_string() }),
            }
        }
    }

    /// A configuration file is as private as the most private thing in it.
    pub(super) fn check_files_with_secrets(&mut self) {
        for secret in keys().filter(|key| key.secret) {
            let Some(Chosen { origin, filled: true, .. }) = self.chosen.get(secret.name) else { continue };
            if let Origin::File { path, .. } = origin
                && let Ok(facts) = std::fs::metadata(path)
                && let Err(loose) = check_mode(path, &facts)
            {
                let reason = format!("a secret stands in this file: {loose}");
                self.fail(secret, origin.clone(), Problem::BadFile { reason });
            }
        }
    }

    /// The merged values, if nothing was wrong and they fit together.
    pub(super) fn finish(mut self) -> Result<(Config, BTreeMap<&'static str, Chosen>), ConfigErrors> {
        if self.errors.listed.is_empty() {
            for (name, reason) in conflicts(&self.config) {
                let origin = self.chosen.get(name).map_or(Origin::Default, |chosen| chosen.origin.clone());
                let problem = Problem::Conflict { reason };
                self.errors.add(|| ConfigError { origin, key: name.to_owned(), problem });
            }
        }
        if self.errors.listed.is_empty() { Ok((self.config, self.chosen)) } else { Err(self.errors) }
    }
}

fn not_a_key(assignment: &Assignment) -> ConfigError {
    let problem = if is_section(&assignment.name) {
        let expected = format!("a table of settings, [{}]", assignment.name);
        Problem::WrongValue { expected, found: "something else".to_owned() }
    } else {
        Problem::UnknownKey { nearest: nearest(&assignment.name, keys().map(|key| key.name.to_owned())) }
    };
    ConfigError { origin: assignment.origin.clone(), key: printable(&assignment.name), problem }
}

fn wrong(key: &Key, given: &Given) -> Problem {
    let expected = key.expected();
    if key.secret { Problem::WrongSecret { expected } } else { Problem::WrongValue { expected, found: given.found() } }
}

/// Values that are each right and yet do not fit together: the key to blame, and what to do.
fn conflicts(config: &Config) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    match (&config.tls.certificate_file, &config.tls.key_file) {
        (Some(_), None) => found.push(("tls.certificate_file", "needs tls.key_file beside it".to_owned())),
        (None, Some(_)) => found.push(("tls.key_file", "needs tls.certificate_file beside it".to_owned())),
        _ => {}
    }
    if config.ops_listen == config.listen && config.listen.port() != 0 {
        found.push(("ops_listen", "must differ from listen: tenants must not reach it".to_owned()));
    }
    if let Some(url) = &config.tenancy.public_url
        && !config.tenancy.base_domains.contains(url.base())
    {
        let base = url.base().as_str();
        found.push(("tenancy.public_url", format!("is under {base}, which tenancy.base_domains does not list")));
    }
    if let Err(why) = config.hashing.cost().check() {
        found.push(("hashing.memory_kib", format!("with hashing.iterations and hashing.parallelism {why}")));
    }
    found.extend(mail_conflicts(&config.mail));
    found
}

fn mail_conflicts(mail: &Mail) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    if let Some(host) = &mail.smtp_host {
        if mail.sender.is_none() {
            found.push(("mail.smtp_host", "needs mail.sender beside it: letters come from somebody".to_owned()));
        }
        if mail.smtp_security == MailSecurity::None && !host.is_this_machine() {
            let reason = "must be \"starttls\" or \"tls\" for a mail server beyond this machine: letters open accounts";
            found.push(("mail.smtp_security", reason.to_owned()));
        }
    }
    let has_password = mail.smtp_password.is_some() || mail.smtp_password_file.is_some();
    match (&mail.smtp_user, has_password) {
        (Some(_), false) => found.push(("mail.smtp_user", "needs mail.smtp_password or its file beside it".to_owned())),
        (None, true) => found.push(("mail.smtp_password", "needs mail.smtp_user beside it".to_owned())),
        _ => {}
    }
    found
}
