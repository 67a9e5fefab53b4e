use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// `GET …/securitymanagement/encryption-key`: what the fields of a request with `payloadEncrypted` are encrypted under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EncryptionKeyAnswer {
    /// Another key has another id. Nothing has to be sent with it.
    pub key_id: Uuid,
    /// The public key: Base64 of the DER of a `SubjectPublicKeyInfo`.
    #[schema(example = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA…")]
    pub public_key: String,
    /// Always `RSA-OAEP-256` (RFC 7518 section 4.3): RSAES-OAEP with SHA-256 and an empty label. MGF1 with SHA-1, the
    /// default of the JDK, is taken as well as MGF1 with SHA-256.
    #[schema(example = "RSA-OAEP-256")]
    pub algorithm: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_the_contracts() {
        let answer =
            EncryptionKeyAnswer { key_id: Uuid::nil(), public_key: "MII".to_owned(), algorithm: "A".to_owned() };
        assert_eq!(
            serde_json::to_string(&answer).unwrap(),
            r#"{"keyId":"00000000-0000-0000-0000-000000000000","publicKey":"MII","algorithm":"A"}"#
        );
    }
}
