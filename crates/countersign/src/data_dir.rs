//! The data folder: made for its owner alone, and refused once others can look into it.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::config::{MasterKey, Unfit, read_key_text};

const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
/// What group and others may have: nothing.
const REFUSED_MODE_BITS: u32 = 0o077;

const DATABASE: &str = "countersign.db";
const MASTER_KEY: &str = "master.key";
/// Says that a sandbox made the folder: `serve` refuses it, and `--fresh` deletes in no other.
const SANDBOX_MARK: &str = "made-by-sandbox";
/// Everything that we ever write there, SQLite's companions included (<https://sqlite.org/tempfiles.html>).
const OURS: [&str; 6] =
    [DATABASE, "countersign.db-wal", "countersign.db-shm", "countersign.db-journal", MASTER_KEY, SANDBOX_MARK];

/// A data folder that was looked at: it and everything in it belongs to its owner alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataDir {
    path: PathBuf,
}

/// That a sandbox runs on a data folder: a lock on its mark, which the system ends with the process.
#[derive(Debug)]
pub struct Claim {
    _locked: File,
}

/// Why a folder does not do as data folder.
#[derive(Debug, thiserror::Error)]
pub enum BadDataDir {
    /// Group or others may look in.
    #[error("{} is open to others (mode {mode:04o}): run `chmod {wanted:04o} {}`", path.display(), path.display())]
    Loose {
        /// The folder, or the file in it.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// What they should be.
        wanted: u32,
    },
    /// Something else stands there.
    #[error("{} is not a folder", .0.display())]
    NotAFolder(PathBuf),
    /// Production was pointed at a sandbox's data.
    #[error("{} was made by the sandbox: production needs a folder of its own", .0.display())]
    MadeBySandbox(PathBuf),
    /// The sandbox was pointed at data that it did not make.
    #[error("{} holds data that the sandbox did not make: give it another folder with --data-dir", .0.display())]
    NotMadeBySandbox(PathBuf),
    /// A sandbox is running on it.
    #[error("a sandbox is running on {}: stop it before it is started over with --fresh", .0.display())]
    Running(PathBuf),
    /// The sandbox's key is damaged.
    #[error("the sandbox's master key: {0}; start over with --fresh")]
    BadKey(String),
    /// The system refuses.
    #[error("{}: {doing}: {source}", path.display())]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// The system's answer.
        source: io::Error,
    },
}

fn io_at(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> BadDataDir {
    move |source| BadDataDir::Io { path: path.to_owned(), doing, source }
}

impl DataDir {
    /// Production's folder: made if it is missing, refused if others can look in or a sandbox made it.
    ///
    /// # Errors
    /// [`BadDataDir`] with what to do about it.
    pub fn production(path: &Path) -> Result<Self, BadDataDir> {
        let dir = Self::ready(path)?;
        if dir.is_sandbox() { Err(BadDataDir::MadeBySandbox(dir.path)) } else { Ok(dir) }
    }

    /// The sandbox's folder: made and marked if it is missing or empty, refused if it holds what the sandbox did not
    /// make. `fresh` deletes what the sandbox made, and nothing else.
    ///
    /// # Errors
    /// [`BadDataDir`] with what to do about it.
    pub fn sandbox(path: &Path, fresh: bool) -> Result<Self, BadDataDir> {
        let dir = Self::ready(path)?;
        if !dir.is_sandbox() {
            if dir.names()?.iter().any(|name| OURS.iter().any(|ours| name == *ours)) {
                return Err(BadDataDir::NotMadeBySandbox(dir.path));
            }
            dir.write_new(SANDBOX_MARK, b"Data of `countersign sandbox`, safe to delete.\n")?;
        } else if fresh {
            // Held while files are deleted: one that runs on them would go on, and lose at its end what it answered.
            let _nobody_runs = dir.claim_alone()?;
            for name in OURS.into_iter().filter(|name| *name != SANDBOX_MARK) {
                dir.remove(name)?;
            }
        }
        Ok(dir)
    }

    /// Says that a sandbox runs on the folder, as long as the claim is kept.
    ///
    /// # Errors
    /// [`BadDataDir::Running`] while another is starting it over.
    pub fn claim(&self) -> Result<Claim, BadDataDir> {
        self.locked(File::try_lock_shared)
    }

    fn claim_alone(&self) -> Result<Claim, BadDataDir> {
        self.locked(File::try_lock)
    }

    fn locked(&self, lock: fn(&File) -> Result<(), TryLockError>) -> Result<Claim, BadDataDir> {
        let path = self.path.join(SANDBOX_MARK);
        let mark = File::open(&path).map_err(io_at(&path, "cannot be opened"))?;
        match lock(&mark) {
            Ok(()) => Ok(Claim { _locked: mark }),
            Err(TryLockError::WouldBlock) => Err(BadDataDir::Running(self.path.clone())),
            Err(TryLockError::Error(error)) => Err(io_at(&path, "cannot be locked")(error)),
        }
    }

    /// The folder of a store that exists already, of either kind, for commands that administer it. Nothing is made.
    ///
    /// # Errors
    /// [`BadDataDir`] with what to do about it.
    pub fn existing(path: &Path) -> Result<Self, BadDataDir> {
        let dir = Self { path: path.to_owned() };
        dir.check()?;
        Ok(dir)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a sandbox made it.
    pub fn is_sandbox(&self) -> bool {
        self.path.join(SANDBOX_MARK).exists()
    }

    /// The embedded database's file, made empty if it is missing: SQLite would give a new one the mode of the umask,
    /// and gives its companions the mode of the database.
    ///
    /// # Errors
    /// [`BadDataDir::Io`] if it cannot be made.
    pub fn database_file(&self) -> Result<PathBuf, BadDataDir> {
        match self.write_new(DATABASE, b"") {
            Err(BadDataDir::Io { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => {}
            made => made?,
        }
        Ok(self.path.join(DATABASE))
    }

    /// The sandbox's master key, made with random bytes from `fill` the first time.
    ///
    /// # Errors
    /// [`BadDataDir`] if the file cannot be made or does not hold a key.
    pub fn sandbox_master_key(&self, fill: impl FnOnce(&mut [u8])) -> Result<MasterKey, BadDataDir> {
        let path = self.path.join(MASTER_KEY);
        if !path.exists() {
            let mut bytes = [0; 32];
            fill(&mut bytes);
            self.put_key(&path, &MasterKey::new(bytes))?;
        }
        self.master_key()
    }

    /// The master key that a sandbox left in its folder.
    ///
    /// # Errors
    /// [`BadDataDir::BadKey`] if there is none.
    pub fn master_key(&self) -> Result<MasterKey, BadDataDir> {
        let text = read_key_text(&self.path.join(MASTER_KEY)).map_err(|unfit: Unfit| bad_key(&unfit))?;
        text.parse().map_err(|not_a_key| bad_key(&not_a_key))
    }

    /// Written beside its place and linked there whole, so that neither a crash nor a second sandbox that starts at
    /// the same moment leaves half a key or replaces one that is in use.
    fn put_key(&self, path: &Path, key: &MasterKey) -> Result<(), BadDataDir> {
        let draft = format!(".{MASTER_KEY}.{}", std::process::id());
        self.remove(&draft)?;
        self.write_new(&draft, key.to_hex().as_bytes())?;
        let linked = fs::hard_link(self.path.join(&draft), path);
        self.remove(&draft)?;
        match linked {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(io_at(path, "cannot be made")(error)),
            _ => Ok(()),
        }
    }

    fn ready(path: &Path) -> Result<Self, BadDataDir> {
        let made = DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(path);
        match made {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(io_at(path, "cannot be made")(error));
            }
            _ => {}
        }
        Self::existing(path)
    }

    fn check(&self) -> Result<(), BadDataDir> {
        let facts = fs::metadata(&self.path).map_err(io_at(&self.path, "cannot be looked at"))?;
        if !facts.is_dir() {
            return Err(BadDataDir::NotAFolder(self.path.clone()));
        }
        check_mode(&self.path, &facts.permissions(), FOLDER_MODE)?;
        for name in self.names()? {
            let path = self.path.join(name);
            // One that vanished meanwhile was a companion of SQLite's; what a link points at is not ours.
            if let Ok(facts) = fs::symlink_metadata(&path)
                && !facts.is_symlink()
            {
                let wanted = if facts.is_dir() { FOLDER_MODE } else { FILE_MODE };
                check_mode(&path, &facts.permissions(), wanted)?;
            }
        }
        Ok(())
    }

    fn names(&self) -> Result<Vec<std::ffi::OsString>, BadDataDir> {
        let entries = fs::read_dir(&self.path).map_err(io_at(&self.path, "cannot be listed"))?;
        let names: io::Result<Vec<_>> = entries.map(|entry| entry.map(|entry| entry.file_name())).collect();
        names.map_err(io_at(&self.path, "cannot be listed"))
    }

    fn write_new(&self, name: &str, contents: &[u8]) -> Result<(), BadDataDir> {
        let path = self.path.join(name);
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(&path)?;
            file.write_all(contents)?;
            file.sync_all()?;
            File::open(&self.path)?.sync_all()
        };
        write().map_err(io_at(&path, "cannot be made"))
    }

    fn remove(&self, name: &str) -> Result<(), BadDataDir> {
        let path = self.path.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_at(&path, "cannot be deleted")(error)),
            _ => Ok(()),
        }
    }
}

fn bad_key(why: &impl std::fmt::Display) -> BadDataDir {
    BadDataDir::BadKey(why.to_string())
}

fn check_mode(path: &Path, permissions: &Permissions, wanted: u32) -> Result<(), BadDataDir> {
    let mode = permissions.mode() & 0o777;
    if mode & REFUSED_MODE_BITS == 0 { Ok(()) } else { Err(BadDataDir::Loose { path: path.to_owned(), mode, wanted }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let outer = tempfile::tempdir().unwrap();
        let path = outer.path().join("a/data");
        (outer, path)
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn loosen(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    fn count(bytes: &mut [u8]) {
        (0..).zip(bytes).for_each(|(n, byte)| *byte = n);
    }

    #[test]
    fn what_runs_is_not_started_over() {
        let (_outer, path) = folder();
        let dir = DataDir::sandbox(&path, false).unwrap();
        let database = dir.database_file().unwrap();
        let (one, another) = (dir.claim().unwrap(), dir.claim().unwrap());
        for claim in [one, another] {
            assert!(matches!(DataDir::sandbox(&path, true), Err(BadDataDir::Running(_))));
            assert!(database.exists());
            drop(claim);
        }
        DataDir::sandbox(&path, true).unwrap();
        assert!(!database.exists());
    }

    #[test]
    fn a_new_folder_and_its_files_are_the_owners_alone() {
        let (_outer, path) = folder();
        let dir = DataDir::sandbox(&path, false).unwrap();
        dir.sandbox_master_key(count).unwrap();
        let database = dir.database_file().unwrap();
        assert_eq!(mode(&path), 0o700);
        for file in [database, path.join(MASTER_KEY), path.join(SANDBOX_MARK)] {
            assert_eq!(mode(&file), 0o600, "{}", file.display());
        }
        assert!(dir.names().unwrap().iter().all(|name| OURS.iter().any(|ours| name == *ours)), "no draft is left");
        assert!(DataDir::existing(&path).is_ok());
    }

    #[test]
    fn a_loose_folder_or_file_is_refused_with_the_command_that_repairs_it() {
        let (_outer, path) = folder();
        let dir = DataDir::production(&path).unwrap();
        let database = dir.database_file().unwrap();
        loosen(&path, 0o750);
        let shown = path.display();
        let told = DataDir::production(&path).unwrap_err().to_string();
        assert_eq!(told, format!("{shown} is open to others (mode 0750): run `chmod 0700 {shown}`"));
        loosen(&path, 0o700);
        loosen(&database, 0o644);
        let told = DataDir::production(&path).unwrap_err().to_string();
        let shown = database.display();
        assert_eq!(told, format!("{shown} is open to others (mode 0644): run `chmod 0600 {shown}`"));
    }

    #[test]
    fn sandbox_and_production_refuse_each_others_folder() {
        let (_outer, path) = folder();
        DataDir::sandbox(&path, false).unwrap();
        assert!(matches!(DataDir::production(&path), Err(BadDataDir::MadeBySandbox(_))));

        let (_outer, path) = folder();
        DataDir::production(&path).unwrap().database_file().unwrap();
        for fresh in [false, true] {
            assert!(matches!(DataDir::sandbox(&path, fresh), Err(BadDataDir::NotMadeBySandbox(_))));
        }
        assert!(path.join(DATABASE).exists(), "--fresh never deletes what the sandbox did not make");
    }

    #[test]
    fn fresh_starts_over_and_leaves_what_is_not_ours() {
        let (_outer, path) = folder();
        let dir = DataDir::sandbox(&path, false).unwrap();
        dir.sandbox_master_key(count).unwrap();
        dir.database_file().unwrap();
        dir.write_new("notes.txt", b"mine").unwrap();
        let dir = DataDir::sandbox(&path, true).unwrap();
        let mut left = dir.names().unwrap();
        left.sort();
        assert_eq!(left, [SANDBOX_MARK, "notes.txt"]);
    }

    #[test]
    fn the_sandbox_keeps_its_key() {
        let (_outer, path) = folder();
        let dir = DataDir::sandbox(&path, false).unwrap();
        assert!(matches!(dir.master_key(), Err(BadDataDir::BadKey(_))), "there is none yet");
        let first = dir.sandbox_master_key(count).unwrap();
        let again = dir.sandbox_master_key(|_| unreachable!()).unwrap();
        assert_eq!(first.expose(), again.expose());
        fs::write(path.join(MASTER_KEY), "half a k").unwrap();
        assert!(matches!(dir.sandbox_master_key(count), Err(BadDataDir::BadKey(_))));
    }

    #[test]
    fn two_sandboxes_that_start_at_once_share_one_key() {
        let (_outer, path) = folder();
        let dir = DataDir::sandbox(&path, false).unwrap();
        let key = path.join(MASTER_KEY);
        dir.put_key(&key, &MasterKey::new([1; 32])).unwrap();
        dir.put_key(&key, &MasterKey::new(std::array::from_fn(|n| n as u8))).unwrap();
        assert_eq!(fs::read_to_string(&key).unwrap().trim(), "01".repeat(32));
    }

    #[test]
    fn a_file_in_the_folders_place_is_told() {
        let (outer, _) = folder();
        let path = outer.path().join("file");
        fs::write(&path, "").unwrap();
        assert!(matches!(DataDir::production(&path), Err(BadDataDir::NotAFolder(_))));
        let below = path.join("below");
        assert!(matches!(DataDir::production(&below), Err(BadDataDir::Io { .. })));
        assert!(matches!(DataDir::existing(&outer.path().join("none")), Err(BadDataDir::Io { .. })));
    }
}
