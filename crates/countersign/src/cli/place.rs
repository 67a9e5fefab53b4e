use std::fs;
use std::path::Path;

use super::Failure;
use crate::assembly::blocklist;
use crate::config::{Config, Loaded, MasterKey, Mode, Sources, check_mode, refusals};
use crate::data_dir::{Claim, DataDir};

/// Where a command works: the configuration, the data folder and the key, all of them looked at.
#[derive(Debug)]
pub struct Place {
    /// The configuration.
    pub loaded: Loaded,
    /// The data folder; none where everything is in PostgreSQL.
    pub data: Option<DataDir>,
    /// The master key, if there is one.
    pub master_key: Option<MasterKey>,
    /// That a sandbox runs here, so that none is started over meanwhile.
    pub claim: Option<Claim>,
}

impl Place {
    /// For `sandbox`: makes what is missing. `fill` writes random bytes, for the master key of a new sandbox.
    ///
    /// # Errors
    /// [`Failure`] if the configuration is wrong or the folder does not do.
    pub fn sandbox(sources: &Sources, fresh: bool, fill: impl FnOnce(&mut [u8])) -> Result<Self, Failure> {
        let loaded = Config::load(sources)?;
        refuse_strange_store(&loaded)?;
        let data = DataDir::sandbox(&loaded.config.data_dir, fresh)?;
        let master_key = match &loaded.config.secrets.master_key {
            Some(key) => key.clone(),
            None => data.sandbox_master_key(fill)?,
        };
        let claim = Some(data.claim()?);
        Ok(Self { loaded, data: Some(data), master_key: Some(master_key), claim })
    }

    /// For `serve`: refuses everything that production must not start with, all at once. Whether the store was made
    /// by a sandbox, or a sandbox's user can still log in, only the store can tell.
    ///
    /// # Errors
    /// [`Failure`] with every reason.
    pub fn production(sources: &Sources) -> Result<Self, Failure> {
        let loaded = Config::load(sources)?;
        let reasons = obstacles(&loaded.config);
        if !reasons.is_empty() {
            return Err(Failure::Refused(format!("production does not start:\n{}", reasons.join("\n"))));
        }
        let embedded = is_embedded(&loaded.config);
        let data = embedded.then(|| DataDir::production(&loaded.config.data_dir)).transpose()?;
        let master_key = loaded.config.secrets.master_key.clone();
        Ok(Self { loaded, data, master_key, claim: None })
    }

    /// For commands that look after a store that exists.
    ///
    /// # Errors
    /// [`Failure`] if the configuration is wrong or the folder does not do.
    pub fn existing(sources: &Sources) -> Result<Self, Failure> {
        let loaded = Config::load(sources)?;
        let sandbox = sources.mode == Mode::Sandbox;
        let looked_at = sandbox || is_embedded(&loaded.config);
        let data = looked_at.then(|| existing_data(&loaded.config.data_dir, sandbox)).transpose()?;
        let master_key = match (&loaded.config.secrets.master_key, &data) {
            (Some(key), _) => Some(key.clone()),
            (None, Some(data)) if data.is_sandbox() => Some(data.master_key()?),
            _ => None,
        };
        Ok(Self { loaded, data, master_key, claim: None })
    }
}

/// Nothing is made: a mistyped folder must not become a store of its own.
fn existing_data(path: &Path, sandbox: bool) -> Result<DataDir, Failure> {
    let refused = |why: &str| Err(Failure::Refused(format!("{} {why}", path.display())));
    if !path.exists() {
        return refused("does not exist: start the service once, or name its folder with --data-dir");
    }
    let data = DataDir::existing(path)?;
    match (data.is_sandbox(), sandbox) {
        (true, false) => refused("was made by the sandbox: look after it with --sandbox"),
        (false, true) => refused("was not made by the sandbox: leave out --sandbox"),
        _ => Ok(data),
    }
}

/// The sandbox writes users with published passwords into its store, so a database that was meant for something else
/// must not become its store because a variable or a file happened to name it.
fn refuse_strange_store(loaded: &Loaded) -> Result<(), Failure> {
    let meant = ["store.url", "store.url_file"].into_iter().any(|key| loaded.is_on_the_line(key));
    if is_embedded(&loaded.config) || meant {
        return Ok(());
    }
    let origin = loaded.origin("store.url");
    Err(Failure::Refused(format!(
        "store.url comes from {origin}: the sandbox would write its published users there; if that is meant, \
         name it on the command line with --set store.url_file=FILE"
    )))
}

fn is_embedded(config: &Config) -> bool {
    config.store.url.is_none()
}

/// Every reason, as far as it can be seen without the store, for which production does not start.
pub(super) fn obstacles(config: &Config) -> Vec<String> {
    let mut reasons: Vec<String> = refusals(config).iter().map(ToString::to_string).collect();
    for (key, path, private) in
        [("tls.certificate_file", &config.tls.certificate_file, false), ("tls.key_file", &config.tls.key_file, true)]
    {
        let Some(path) = path else { continue };
        match fs::metadata(path) {
            Err(error) => reasons.push(format!("{key}: {}: {error}", path.display())),
            Ok(facts) if private => {
                reasons.extend(check_mode(path, &facts).err().map(|loose| format!("{key}: {loose}")));
            }
            Ok(_) => {}
        }
    }
    reasons.extend(blocklist(&config.passwords).err().map(|why| why.to_string()));
    if is_embedded(config) && config.data_dir.exists() {
        match DataDir::existing(&config.data_dir) {
            Err(bad) => reasons.push(format!("data_dir: {bad}")),
            Ok(data) if data.is_sandbox() => {
                reasons.push(format!("data_dir: {} was made by the sandbox", data.path().display()));
            }
            Ok(_) => {}
        }
    }
    reasons
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn count(bytes: &mut [u8]) {
        (0..).zip(bytes).for_each(|(n, byte)| *byte = n);
    }

    fn sources(mode: Mode, data: &Path, more: &[&str]) -> Sources {
        let mut set = vec![format!("data_dir={}", data.display())];
        set.extend(more.iter().map(|text| (*text).to_owned()));
        Sources { mode, set, ..Sources::default() }
    }

    const GOOD: [&str; 4] = [
        "secrets.master_key=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "tenancy.base_domains=auth.example.com",
        "tenancy.public_url=https://{tenant}.auth.example.com",
        "proxy.trusted=10.0.0.0/8",
    ];

    #[test]
    fn a_sandbox_needs_nothing_and_its_commands_find_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("sandbox");
        let sources = sources(Mode::Sandbox, &data, &[]);
        assert!(Place::existing(&sources).is_err(), "commands make no store");
        let made = Place::sandbox(&sources, false, count).unwrap();
        let found = Place::existing(&sources).unwrap();
        assert_eq!(made.master_key.unwrap().expose(), found.master_key.unwrap().expose());
        assert!(found.data.is_some() && found.loaded.config.store.url.is_none());
    }

    #[test]
    fn a_sandbox_takes_a_database_only_from_its_own_line() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("sandbox");
        let mut sources = sources(Mode::Sandbox, &data, &[]);
        sources.variables.push(("COUNTERSIGN_STORE__URL".into(), "postgres://u:hunter2@h/d".into()));
        let told = Place::sandbox(&sources, false, count).unwrap_err().to_string();
        assert!(told.starts_with("store.url comes from variable COUNTERSIGN_STORE__URL:"), "{told}");
        assert!(!told.contains("hunter2") && !data.exists(), "{told}");
        sources.set.push("store.url=postgres://u:p@h/d".into());
        assert!(Place::sandbox(&sources, false, count).is_ok());
    }

    #[test]
    fn production_tells_every_reason_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("tls.key");
        fs::write(&key, "").unwrap();
        fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
        let data = folder.path().join("data");
        Place::sandbox(&sources(Mode::Sandbox, &data, &[]), false, count).unwrap();
        let tls_key = format!("tls.key_file={}", key.display());
        let tls = ["tls.certificate_file=/nowhere.pem", &tls_key, "passwords.blocklist_file=/nowhere.list"];
        let told = Place::production(&sources(Mode::Production, &data, &tls)).unwrap_err().to_string();
        let told = told.replace(&folder.path().display().to_string(), "DIR");
        insta::assert_snapshot!(told, @r#"
production does not start:
secrets.master_key is not set: name a file in secrets.master_key_file (make one with `openssl rand -hex 32`)
tenancy.public_url is not set: write "https://{tenant}.auth.example.com" with your own domain
tls.certificate_file: /nowhere.pem: No such file or directory (os error 2)
tls.key_file: DIR/tls.key is open to others (mode 0644): run `chmod 0600 DIR/tls.key`
passwords.blocklist_file: /nowhere.list cannot be read: No such file or directory (os error 2)
data_dir: DIR/data was made by the sandbox
"#);
    }

    #[test]
    fn production_needs_a_data_folder_only_for_the_embedded_database() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let mut set = GOOD.to_vec();
        assert!(Place::production(&sources(Mode::Production, &data, &set)).unwrap().data.is_some());
        assert!(Place::existing(&sources(Mode::Production, &data, &set)).unwrap().master_key.is_some());
        set.push("store.url=postgres://u:p@h/d");
        let elsewhere = folder.path().join("elsewhere");
        let place = Place::production(&sources(Mode::Production, &elsewhere, &set)).unwrap();
        assert!(place.data.is_none() && place.loaded.config.store.url.is_some() && !elsewhere.exists());
    }
}
