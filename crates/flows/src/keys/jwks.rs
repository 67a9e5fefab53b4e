use countersign_domain::signing_key::SigningKeyRecord;
use serde_json::json;

use super::{BadKey, PublicKey};

/// The published keys of one tenant, and the document that publishes them (RFC 7517 section 5).
#[derive(Clone, Debug)]
pub struct Jwks {
    keys: Vec<PublicKey>,
    document: String,
}

impl Jwks {
    /// The set of these keys, in their order.
    pub fn new(keys: Vec<PublicKey>) -> Self {
        let published: Vec<_> = keys.iter().map(PublicKey::jwk).collect();
        let document = json!({ "keys": published }).to_string();
        Self { keys, document }
    }

    /// The set that `signing_key::choose` publishes.
    ///
    /// # Errors
    /// What is wrong with a row.
    pub fn from_records(published: &[&SigningKeyRecord]) -> Result<Self, BadKey> {
        let keys: Result<_, _> = published.iter().map(|record| PublicKey::from_record(record)).collect();
        keys.map(Self::new)
    }

    /// The key of this name.
    pub fn find(&self, kid: &str) -> Option<&PublicKey> {
        self.keys.iter().find(|key| key.kid() == kid)
    }

    /// The keys, in the order in which they came into use.
    pub fn keys(&self) -> &[PublicKey] {
        &self.keys
    }

    /// The document, `application/jwk-set+json`. May be kept for `signing_key::JWKS_MAX_AGE`.
    pub fn document(&self) -> &str {
        &self.document
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use countersign_domain::signing_key::{Algorithm, PUBLISH_AHEAD, choose, rotate};
    use countersign_domain::{TenantId, Timestamp};
    use uuid::Uuid;

    use super::*;
    use crate::keys::KeyPair;
    use crate::random::Random;
    use crate::vault::{MasterKey, Vault};

    #[test]
    fn the_document_holds_what_is_published_and_nothing_private() {
        let random = Random::seeded(1);
        let vault = Vault::new(&MasterKey::generate(&random)).unwrap();
        let tenant = TenantId::from_uuid(Uuid::from_u128(1));
        let mut now = Timestamp::from_unix_seconds(1_800_000_000);
        let mut records = Vec::new();
        for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::EdDsa] {
            let pair = KeyPair::generate(algorithm, &random).unwrap();
            records.push(pair.record(&vault, &random, tenant, rotate(&records, now).unwrap()).unwrap());
            now = now.plus(PUBLISH_AHEAD);
        }
        let chosen = choose(&records, now.plus(Duration::from_secs(3600)));
        let jwks = Jwks::from_records(&chosen.published).unwrap();
        assert_eq!(jwks.keys().len(), 2, "the first is gone");
        assert!(jwks.find(&records[0].kid).is_none());
        assert!(jwks.find(&records[2].kid).is_some());

        let document: serde_json::Value = serde_json::from_str(jwks.document()).unwrap();
        let names: Vec<BTreeSet<&str>> = document["keys"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key.as_object().unwrap().keys().map(String::as_str).collect())
            .collect();
        let edwards = BTreeSet::from(["alg", "crv", "kid", "kty", "use", "x"]);
        let of_the_curve = edwards.iter().copied().chain(["y"]).collect();
        assert_eq!(names, [of_the_curve, edwards]);
    }

    #[test]
    fn a_tenant_without_keys_has_an_empty_document() {
        assert_eq!(Jwks::new(Vec::new()).document(), r#"{"keys":[]}"#);
    }

    #[test]
    fn a_row_that_disagrees_with_itself_is_refused() {
        let random = Random::seeded(1);
        let vault = Vault::new(&MasterKey::generate(&random)).unwrap();
        let tenant = TenantId::from_uuid(Uuid::from_u128(1));
        let schedule = rotate(&[], Timestamp::default()).unwrap();
        let [one, two] = [1, 2].map(|_| {
            let pair = KeyPair::generate(Algorithm::EdDsa, &random).unwrap();
            pair.record(&vault, &random, tenant, schedule).unwrap()
        });
        let other_name = SigningKeyRecord { kid: two.kid.clone(), ..one.clone() };
        assert_eq!(Jwks::from_records(&[&other_name]).unwrap_err(), BadKey::Kid);
        let other_algorithm = SigningKeyRecord { algorithm: Algorithm::Es256, ..one };
        assert_eq!(Jwks::from_records(&[&other_algorithm]).unwrap_err(), BadKey::Shape(Algorithm::Es256));
    }
}
