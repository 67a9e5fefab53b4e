use std::fmt;

use countersign_domain::{KeyId, TenantId, Timestamp};
use zeroize::Zeroizing;

use super::{CannotOpen, CryptoFault, MAC_BYTES, Place, Purpose, Vault, mac};
use crate::random::Random;

/// The bytes of a symmetric key.
pub const SECRET_KEY_BYTES: usize = 32;

/// One version of a symmetric key.
#[derive(Clone)]
pub struct SecretKey {
    id: KeyId,
    version: u32,
    bytes: Zeroizing<[u8; SECRET_KEY_BYTES]>,
}

impl SecretKey {
    /// Makes a new version.
    pub fn generate(random: &Random, now: Timestamp, version: u32) -> Self {
        Self { id: KeyId::from_uuid(random.id(now)), version, bytes: Zeroizing::new(random.bytes()) }
    }

    /// The row that keeps it.
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Counts from 1 within a purpose; what was made with the key says it.
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// Seals it for its row.
    ///
    /// # Errors
    /// `CryptoFault`.
    pub fn seal(&self, vault: &Vault, random: &Random, purpose: Purpose) -> Result<Vec<u8>, CryptoFault> {
        vault.seal(random, &place(self.id, purpose), self.bytes.as_slice())
    }

    /// Opens it from its row.
    ///
    /// # Errors
    /// `CannotOpen`, also where what was sealed is no key.
    pub fn open(vault: &Vault, purpose: Purpose, id: KeyId, version: u32, sealed: &[u8]) -> Result<Self, CannotOpen> {
        let opened = vault.open(&place(id, purpose), sealed)?;
        let bytes = opened.expose().try_into().map(Zeroizing::new).map_err(|_| CannotOpen)?;
        Ok(Self { id, version, bytes })
    }

    /// The key itself, for the seed of the audit's signing key; all else uses `mac`.
    pub fn expose(&self) -> &[u8; SECRET_KEY_BYTES] {
        &self.bytes
    }

    /// HMAC-SHA-256 over the parts, one after the other; at most the last may vary in length.
    pub fn mac(&self, parts: &[&[u8]]) -> [u8; MAC_BYTES] {
        mac(self.bytes.as_slice(), parts)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({}, version {})", self.id, self.version)
    }
}

const fn place(id: KeyId, purpose: Purpose) -> Place<'static> {
    Place { key: id, tenant: None, column: purpose.column() }
}

/// Why rows do not make a set of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSecrets {
    /// A purpose has no key.
    #[error("there is no {0} key")]
    Missing(Purpose),
    /// A version came twice.
    #[error("version {1} of the {0} key is there twice")]
    Twice(Purpose, u32),
    /// The name-hash key was rotated.
    #[error("there is more than one name-hash key: locks made under the others would have vanished")]
    NameHashRotated,
}

/// The symmetric keys of this installation: of each purpose the newest version for making, any for checking.
#[derive(Clone, Debug)]
pub struct Secrets {
    refresh: Versions,
    device_mark: Versions,
    mailed_token: Versions,
    browser: Versions,
    name_hash: Versions,
    audit_seal: Versions,
}

/// At least one version, the newest apart.
#[derive(Clone, Debug)]
struct Versions {
    newest: SecretKey,
    older: Vec<SecretKey>,
}

impl Secrets {
    /// Sorts the opened rows.
    ///
    /// # Errors
    /// Where a purpose has no key, a version is there twice, or the name-hash key has more than one version.
    pub fn new(keys: Vec<(Purpose, SecretKey)>) -> Result<Self, BadSecrets> {
        let name_hash = versions(&keys, Purpose::NameHash)?;
        if !name_hash.older.is_empty() {
            return Err(BadSecrets::NameHashRotated);
        }
        Ok(Self {
            refresh: versions(&keys, Purpose::Refresh)?,
            device_mark: versions(&keys, Purpose::DeviceMark)?,
            mailed_token: versions(&keys, Purpose::MailedToken)?,
            browser: versions(&keys, Purpose::Browser)?,
            name_hash,
            audit_seal: versions(&keys, Purpose::AuditSeal)?,
        })
    }

    /// The first version of every key, for a store that has none yet.
    pub fn generate(random: &Random, now: Timestamp) -> Vec<(Purpose, SecretKey)> {
        Purpose::ALL.into_iter().map(|purpose| (purpose, SecretKey::generate(random, now, 1))).collect()
    }

    /// The version that makes new things.
    pub const fn newest(&self, purpose: Purpose) -> &SecretKey {
        &self.of(purpose).newest
    }

    /// A version that checks what was made with it.
    pub fn version(&self, purpose: Purpose, version: u32) -> Option<&SecretKey> {
        self.all(purpose).find(|key| key.version == version)
    }

    /// Every version, the newest first.
    pub fn all(&self, purpose: Purpose) -> impl Iterator<Item = &SecretKey> {
        let Versions { newest, older } = self.of(purpose);
        std::iter::once(newest).chain(older)
    }

    /// What a name is kept under in counters: neither the email nor, without the key, a guess at it can be read off.
    pub fn name_hash(&self, tenant: TenantId, email_key: &str) -> [u8; MAC_BYTES] {
        self.name_hash.newest.mac(&[b"name", tenant.uuid().as_bytes(), email_key.as_bytes()])
    }

    const fn of(&self, purpose: Purpose) -> &Versions {
        match purpose {
            Purpose::Refresh => &self.refresh,
            Purpose::DeviceMark => &self.device_mark,
            Purpose::MailedToken => &self.mailed_token,
            Purpose::Browser => &self.browser,
            Purpose::NameHash => &self.name_hash,
            Purpose::AuditSeal => &self.audit_seal,
        }
    }
}

fn versions(keys: &[(Purpose, SecretKey)], purpose: Purpose) -> Result<Versions, BadSecrets> {
    let mut of: Vec<_> = keys.iter().filter(|key| key.0 == purpose).map(|key| key.1.clone()).collect();
    of.sort_by_key(SecretKey::version);
    if let Some(twice) = of.iter().zip(of.iter().skip(1)).find(|(one, next)| one.version == next.version) {
        return Err(BadSecrets::Twice(purpose, twice.0.version));
    }
    let newest = of.pop().ok_or(BadSecrets::Missing(purpose))?;
    of.reverse();
    Ok(Versions { newest, older: of })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::vault::MasterKey;

    fn secrets(seed: u64) -> Vec<(Purpose, SecretKey)> {
        Secrets::generate(&Random::seeded(seed), Timestamp::default())
    }

    fn more(purpose: Purpose, version: u32) -> (Purpose, SecretKey) {
        (purpose, SecretKey::generate(&Random::seeded(u64::from(version) + 100), Timestamp::default(), version))
    }

    #[test]
    fn the_newest_version_makes_and_any_checks() {
        let mut keys = secrets(1);
        keys.push(more(Purpose::Refresh, 3));
        keys.push(more(Purpose::Refresh, 2));
        let secrets = Secrets::new(keys).unwrap();
        assert_eq!(secrets.newest(Purpose::Refresh).version(), 3);
        assert_eq!(secrets.all(Purpose::Refresh).map(SecretKey::version).collect::<Vec<_>>(), [3, 2, 1]);
        assert_eq!(secrets.version(Purpose::Refresh, 2).map(SecretKey::version), Some(2));
        assert!(secrets.version(Purpose::Refresh, 4).is_none());
        for purpose in Purpose::ALL {
            assert!(secrets.version(purpose, 1).is_some());
        }
    }

    #[test]
    fn an_incomplete_or_muddled_set_is_refused() {
        for purpose in Purpose::ALL {
            let keys = secrets(1).into_iter().filter(|key| key.0 != purpose).collect();
            assert_eq!(Secrets::new(keys).unwrap_err(), BadSecrets::Missing(purpose));
        }
        for (extra, refused) in [
            (more(Purpose::Refresh, 1), BadSecrets::Twice(Purpose::Refresh, 1)),
            (more(Purpose::NameHash, 2), BadSecrets::NameHashRotated),
        ] {
            let keys = secrets(1).into_iter().chain([extra]).collect();
            assert_eq!(Secrets::new(keys).unwrap_err(), refused);
        }
    }

    #[test]
    fn a_sealed_key_opens_only_as_itself() {
        let (random, key) = (Random::seeded(1), more(Purpose::Refresh, 1).1);
        let vault = Vault::new(&MasterKey::generate(&random)).unwrap();
        let sealed = key.seal(&vault, &random, Purpose::Refresh).unwrap();
        let opened = SecretKey::open(&vault, Purpose::Refresh, key.id(), 1, &sealed).unwrap();
        assert_eq!(opened.expose(), key.expose());
        let other_row = KeyId::from_uuid(Uuid::from_u128(1));
        assert!(SecretKey::open(&vault, Purpose::Refresh, other_row, 1, &sealed).is_err());
        assert!(SecretKey::open(&vault, Purpose::DeviceMark, key.id(), 1, &sealed).is_err());
        let short = vault.seal(&random, &place(key.id(), Purpose::Refresh), &[1; 31]).unwrap();
        assert!(SecretKey::open(&vault, Purpose::Refresh, key.id(), 1, &short).is_err());
    }

    #[test]
    fn a_name_hash_is_of_one_tenant_one_name_and_one_key() {
        let secrets = Secrets::new(secrets(1)).unwrap();
        let [one, two] = [1, 2].map(|number| TenantId::from_uuid(Uuid::from_u128(number)));
        let hash = secrets.name_hash(one, "a@example.com");
        assert_eq!(hash, secrets.name_hash(one, "a@example.com"));
        assert_ne!(hash, secrets.name_hash(two, "a@example.com"));
        assert_ne!(hash, secrets.name_hash(one, "b@example.com"));
        assert_ne!(hash, Secrets::new(super::tests::secrets(2)).unwrap().name_hash(one, "a@example.com"));
    }

    #[test]
    fn a_key_never_prints() {
        let key = more(Purpose::Refresh, 1).1;
        assert_eq!(format!("{key:?}"), format!("SecretKey({}, version 1)", key.id()));
    }
}
