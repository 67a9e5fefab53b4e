use std::fmt;
use std::ops::RangeInclusive;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::Zeroizing;

use super::fields::{self, Fields};
use super::{BadHash, NEW_SALT_BYTES, NEW_TAG_BYTES, TAG_BYTES};
use crate::hasher::HashFault;
use crate::hasher::engine::{Engine, Input};
use crate::hasher::params::Params;

/// An Argon2 hash (RFC 9106).
#[derive(Clone)]
pub(super) struct Argon2Hash {
    pub(super) kind: Kind,
    pub(super) version: Version,
    pub(super) params: Params,
    pub(super) salt: Vec<u8>,
    pub(super) tag: Vec<u8>,
}

/// How memory is addressed. Argon2d is for nobody's passwords.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(in crate::hasher) enum Kind {
    /// By the content only after the first half pass: what we make.
    #[default]
    Id,
    /// Never by the content.
    I,
}

/// The version of the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(in crate::hasher) enum Version {
    /// 1.3, RFC 9106: what we make.
    #[default]
    V19,
    /// 1.0, before it.
    V16,
}

/// A salt of at least 8 bytes is Argon2's own rule; no system in use writes more than 64.
const SALT_BYTES: RangeInclusive<usize> = 8..=64;

impl Argon2Hash {
    /// What follows the name of the kind.
    pub(super) fn parse(kind: Kind, rest: &str) -> Result<Self, BadHash> {
        let mut fields = Fields::of(rest);
        let version = match fields.next()? {
            "v=19" => Version::V19,
            "v=16" => Version::V16,
            _ => return Err(BadHash::Version),
        };
        let params = fields.next()?.parse()?;
        let salt = fields::bytes(fields.next()?, SALT_BYTES).ok_or(BadHash::Salt)?;
        let tag = fields::bytes(fields.next()?, TAG_BYTES).ok_or(BadHash::Tag)?;
        fields.end()?;
        Ok(Self { kind, version, params, salt, tag })
    }

    pub(super) fn is_outdated(&self, wanted: Params) -> bool {
        (self.kind, self.version, self.params) != (Kind::Id, Version::V19, wanted)
            || self.salt.len() < NEW_SALT_BYTES
            || self.tag.len() < NEW_TAG_BYTES
    }

    pub(super) fn is_of(&self, password: &[u8], engine: &mut Engine) -> Result<bool, HashFault> {
        let mut tag = Zeroizing::new(vec![0; self.tag.len()]);
        let input = Input {
            kind: self.kind,
            version: self.version,
            params: self.params,
            password,
            salt: &self.salt,
            secret: &[],
            data: &[],
        };
        engine.tag(&input, &mut tag)?;
        Ok(verify_slices_are_equal(&tag, &self.tag).is_ok())
    }
}

impl fmt::Display for Argon2Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Id => "argon2id",
            Kind::I => "argon2i",
        };
        let version = match self.version {
            Version::V19 => 19,
            Version::V16 => 16,
        };
        let (salt, tag) = (fields::text(&self.salt), fields::text(&self.tag));
        write!(f, "${kind}$v={version}${}${salt}${tag}", self.params)
    }
}
