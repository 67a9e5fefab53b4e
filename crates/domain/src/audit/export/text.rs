//! How values stand in a line of the export: exact, so that a hash over the value read is the hash over the value
//! written.

/// RFC 3339 with microseconds; a moment that no calendar has (an edited row) as a number followed by `us`.
pub(super) mod moment {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::Timestamp;

    pub(crate) fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(at)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(from)?;
        let micros = text.strip_suffix("us").and_then(|number| number.parse().ok());
        let at = micros.map(Timestamp::from_micros).or_else(|| text.parse().ok());
        at.ok_or_else(|| Error::custom("not a time"))
    }
}

/// Base64url without padding, of a fixed number of bytes.
pub(super) mod bytes {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer, const N: usize>(bytes: &[u8; N], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&written(bytes))
    }

    pub(crate) fn written(bytes: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub(crate) fn parsed<const N: usize>(text: &str) -> Option<[u8; N]> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(from: D) -> Result<[u8; N], D::Error> {
        read(&String::deserialize(from)?)
    }

    pub(super) fn read<E: Error, const N: usize>(text: &str) -> Result<[u8; N], E> {
        parsed(text).ok_or_else(|| E::custom(format_args!("not Base64url of {N} bytes")))
    }
}

/// The same, or absent.
pub(super) mod maybe_bytes {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer, const N: usize>(bytes: &Option<[u8; N]>, to: S) -> Result<S::Ok, S::Error> {
        match bytes {
            Some(bytes) => super::bytes::serialize(bytes, to),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(from: D) -> Result<Option<[u8; N]>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| super::bytes::read(&text)).transpose()
    }
}

/// A hash as its text.
pub(super) mod hash {
    use serde::{Deserializer, Serializer};

    use crate::audit::Sha256;

    pub(crate) fn serialize<S: Serializer>(hash: &Sha256, to: S) -> Result<S::Ok, S::Error> {
        super::bytes::serialize(hash.as_bytes(), to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Sha256, D::Error> {
        super::bytes::deserialize(from).map(Sha256::from_bytes)
    }
}

/// The same, or absent.
pub(super) mod maybe_hash {
    use serde::{Deserializer, Serializer};

    use crate::audit::Sha256;

    pub(crate) fn serialize<S: Serializer>(hash: &Option<Sha256>, to: S) -> Result<S::Ok, S::Error> {
        super::maybe_bytes::serialize(&hash.map(|hash| *hash.as_bytes()), to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Sha256>, D::Error> {
        super::maybe_bytes::deserialize(from).map(|bytes| bytes.map(Sha256::from_bytes))
    }
}
