//! Which PostgreSQL is started, and as which user.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Names a folder with `initdb` and `postgres`, to run the tests on another version than the machine's own.
const BIN_VARIABLE: &str = "COUNTERSIGN_POSTGRES_BIN";

/// Where Debian puts them, one folder per major version, none of them on the `PATH`.
const DEBIAN_ROOT: &str = "/usr/lib/postgresql";

/// The user that Debian's package makes. PostgreSQL refuses to run as root.
const SERVER_USER: &str = "postgres";

/// The folder of the binaries: the one asked for, or the newest of Debian's, or the one on the `PATH`.
#[expect(clippy::disallowed_methods, reason = "a tool of the tests has no configuration to ask")]
pub(crate) fn folder() -> Result<PathBuf> {
    if let Some(asked) = std::env::var_os(BIN_VARIABLE) {
        let asked = PathBuf::from(asked);
        if !complete(&asked) {
            bail!("{BIN_VARIABLE} is {}, which has no initdb and postgres", asked.display());
        }
        return Ok(asked);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    newest_of_debian()
        .or_else(|| std::env::split_paths(&path).find(|folder| complete(folder)))
        .context("no PostgreSQL found: install the package `postgresql`")
}

fn newest_of_debian() -> Option<PathBuf> {
    fs::read_dir(DEBIAN_ROOT)
        .ok()?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            let bin = entry.path().join("bin");
            complete(&bin).then_some((version, bin))
        })
        .max()
        .map(|(_, bin)| bin)
}

fn complete(folder: &Path) -> bool {
    folder.join("initdb").is_file() && folder.join("postgres").is_file()
}

/// Whom the server runs as.
#[derive(Clone, Copy)]
pub(crate) enum User {
    /// Whoever runs the test.
    Same,
    /// The test runs as root, so somebody else.
    Other { user_id: u32, group_id: u32 },
}

impl User {
    pub(crate) fn find() -> Result<Self> {
        let own = fs::metadata("/proc/self").context("asking who we are")?;
        if own.uid() != 0 {
            return Ok(Self::Same);
        }
        let accounts = fs::read_to_string("/etc/passwd").context("reading the users")?;
        let (user_id, group_id) = entry_of(&accounts, SERVER_USER).with_context(|| {
            format!(
                "PostgreSQL refuses to run as root and there is no user `{SERVER_USER}`: \
                 install the package `postgresql`, or run the tests as another user"
            )
        })?;
        Ok(Self::Other { user_id, group_id })
    }

    /// A command that runs as the user, with an environment in which no `PG…` variable of the caller has a say.
    pub(crate) fn command(self, program: &Path) -> Command {
        use std::os::unix::process::CommandExt;

        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .env("TMPDIR", std::env::temp_dir())
            .current_dir("/");
        if let Self::Other { user_id, group_id } = self {
            command.uid(user_id).gid(group_id);
        }
        command
    }
}

/// User and group of one line of `/etc/passwd`.
fn entry_of(accounts: &str, name: &str) -> Option<(u32, u32)> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next() != Some(name) {
            return None;
        }
        let user_id = fields.nth(1)?.parse().ok()?;
        let group_id = fields.next()?.parse().ok()?;
        Some((user_id, group_id))
    })
}

#[cfg(test)]
mod tests {
    use super::entry_of;

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let accounts = "root:x:0:0::/root:/bin/sh\npostgres2:x:7:8::/:/bin/sh\npostgres:x:101:104::/:/bin/sh\n";
        assert_eq!(entry_of(accounts, "postgres"), Some((101, 104)));
        assert_eq!(entry_of(accounts, "nobody"), None);
    }
}
