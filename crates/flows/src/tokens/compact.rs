//! A signed token's form: the compact JWS (RFC 7515 section 7.1), read as strictly as we write it.
//!
//! The general format knows embedded keys, key addresses, critical extensions and unsigned tokens. We write none of
//! them, so whatever has one is not ours and goes no further than this file.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use countersign_domain::Secret;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::CannotIssue;
use crate::vault::CryptoFault;

/// The longest token that is read or written, in bytes: an RS256-3072 token with 30 roles needs half of it.
pub const TOKEN_BYTES_MAX: usize = 4096;

/// Why a text is no token by its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// Longer than `TOKEN_BYTES_MAX`.
    #[error("the token is too long")]
    TooLong,
    /// Not three parts between dots, or an empty one.
    #[error("the token does not have three parts")]
    Parts,
    /// A part is not Base64url without padding, in the one way to write it.
    #[error("a part of the token is not Base64url")]
    Encoding,
    /// The header is not an object of exactly `typ`, `alg` and `kid`.
    #[error("the token's header is not one of ours")]
    Header,
    /// The claims are not those of its kind.
    #[error("the token's claims are not those of its kind")]
    Claims,
}

/// A token's header. No other member is known, a missing one is not excused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The kind of the token.
    pub typ: String,
    /// What it claims to be signed with; compared with its key's, never obeyed.
    pub alg: String,
    /// The name of its key.
    pub kid: String,
}

/// A token taken apart. Nothing in it is true yet.
#[derive(Clone, Debug)]
pub struct Compact<'t> {
    header: Header,
    signing_input: &'t str,
    claims: Vec<u8>,
    signature: Vec<u8>,
}

/// Takes a token apart.
///
/// # Errors
/// What is wrong with its form.
pub fn parse(token: &str) -> Result<Compact<'_>, BadToken> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(BadToken::TooLong);
    }
    let (signing_input, signature) = token.rsplit_once('.').ok_or(BadToken::Parts)?;
    let (header, claims) = signing_input.split_once('.').ok_or(BadToken::Parts)?;
    if claims.contains('.') || [header, claims, signature].iter().any(|part| part.is_empty()) {
        return Err(BadToken::Parts);
    }
    let header = object(&decode(header)?).ok_or(BadToken::Header)?;
    Ok(Compact { header, signing_input, claims: decode(claims)?, signature: decode(signature)? })
}

impl Compact<'_> {
    /// What the token says about itself.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The bytes that were signed.
    pub const fn signing_input(&self) -> &[u8] {
        self.signing_input.as_bytes()
    }

    /// The signature or MAC.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The claims; to be asked for after the signature was checked.
    ///
    /// A claim that the type does not know is passed over, so that nodes of this version and of the next can serve
    /// together; one that it knows may not come twice.
    ///
    /// # Errors
    /// `BadToken::Claims`.
    pub fn claims<T: DeserializeOwned>(&self) -> Result<T, BadToken> {
        object(&self.claims).ok_or(BadToken::Claims)
    }
}

/// Writes a token; `sign` gets its first two parts as they will be sent.
pub(super) fn write(
    header: &Header,
    claims: &impl Serialize,
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, CryptoFault>,
) -> Result<Secret, CannotIssue> {
    let mut token = String::with_capacity(1024);
    encode(&json(header)?, &mut token);
    token.push('.');
    encode(&json(claims)?, &mut token);
    let signature = sign(token.as_bytes())?;
    token.push('.');
    encode(&signature, &mut token);
    if token.len() > TOKEN_BYTES_MAX {
        return Err(CannotIssue::TooLong);
    }
    Ok(Secret::new(token))
}

/// Base64url without padding. The engine refuses padding and unused bits that are set, so that no token has a
/// second spelling.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, BadToken> {
    BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| BadToken::Encoding)
}

fn encode(bytes: &[u8], to: &mut String) {
    BASE64_URL_SAFE_NO_PAD.encode_string(bytes, to);
}

/// Our own types always have a JSON form; a failure would be the library's.
fn json(value: &impl Serialize) -> Result<Vec<u8>, CryptoFault> {
    serde_json::to_vec(value).map_err(|_| CryptoFault)
}

/// Reads a struct from a JSON object. serde would take an array of its fields too.
fn object<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    json.starts_with(b"{").then(|| serde_json::from_slice(json).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEADER: &str = r#"{"typ":"JWT","alg":"RS256","kid":"a"}"#;

    fn text(part: &str) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(part)
    }

    fn token(header: &str) -> String {
        format!("{}.{}.{}", text(header), text("{}"), text("signature"))
    }

    fn refused(token: &str) -> BadToken {
        parse(token).map(|compact| compact.header).unwrap_err()
    }

    #[test]
    fn a_token_comes_apart() {
        let token = token(HEADER);
        let compact = parse(&token).unwrap();
        let header = Header { typ: "JWT".into(), alg: "RS256".into(), kid: "a".into() };
        assert_eq!(*compact.header(), header);
        assert_eq!(compact.signature(), b"signature");
        assert_eq!(compact.signing_input(), token.rsplit_once('.').unwrap().0.as_bytes());
    }

    #[test]
    fn only_three_full_parts_are_a_token() {
        let good = token(HEADER);
        let (unsigned, signature) = good.rsplit_once('.').unwrap();
        let (header, claims) = unsigned.split_once('.').unwrap();
        for bad in [
            "",
            ".",
            "..",
            "...",
            header,
            unsigned,
            &format!("{unsigned}."),
            &format!(".{claims}.{signature}"),
            &format!("{header}..{signature}"),
            &format!("{good}."),
            &format!("{good}.{signature}"),
            &format!(".{good}"),
            // RFC 7516: an encrypted token has five parts
            &format!("{good}.a.b"),
        ] {
            assert_eq!(refused(bad), BadToken::Parts, "{bad}");
        }
    }

    #[test]
    fn a_part_has_one_spelling() {
        let good = token(HEADER);
        for bad in [
            format!("{good}="),
            format!("{good}=="),
            format!(" {good}"),
            format!("{good} "),
            format!("{good}\n"),
            good.replacen('.', "=.", 1),
            good.replacen('.', "+.", 1),
            good.replacen('e', "ä", 1),
            // "signature" is 9 bytes, 12 characters, no bit unused; "signatur" leaves two, which must be null
            format!("{}.{}.c2lnbmF0dXJ", text(HEADER), text("{}")),
            format!("{}.{}.c2lnbmF0dX", text(HEADER), text("{}")),
            format!("{}.{}.A", text(HEADER), text("{}")),
        ] {
            assert_eq!(refused(&bad), BadToken::Encoding, "{bad}");
        }
    }

    #[test]
    fn a_header_has_three_members_and_no_other() {
        for bad in [
            "",
            "null",
            "[]",
            r#"["JWT","RS256","a"]"#,
            "{}",
            r#"{"typ":"JWT","alg":"RS256"}"#,
            r#"{"typ":"JWT","kid":"a"}"#,
            r#"{"alg":"RS256","kid":"a"}"#,
            r#"{"typ":"JWT","alg":"RS256","kid":null}"#,
            r#"{"typ":"JWT","alg":"RS256","kid":1}"#,
            r#"{"typ":"JWT","alg":["RS256"],"kid":"a"}"#,
            r#"{"typ":"JWT","alg":"none","alg":"RS256","kid":"a"}"#,
            r#"{"typ":"JWT","alg":"RS256","\u0061lg":"none","kid":"a"}"#,
            r#"{"typ":"JWT","alg":"RS256","kid":"a","kid":"a"}"#,
            r#"{"typ":"JWT","alg":"RS256","kid":"a","crit":["exp"]}"#,
            r#"{"typ":"JWT","alg":"RS256","kid":"a","jwk":{"kty":"RSA","n":"AQ","e":"AQAB"}}"#,
            r#"{"typ":"JWT","alg":"RS256","kid":"a","jku":"https://example.com/jwks"}"#,
            r#"{"typ":"JWT","alg":"RS256","kid":"a","x5c":["MIIB"]}"#,
            r#"{"typ":"JWT","alg":"RS256","kid":"a","x5u":"https://example.com"}"#,
            r#"{"typ":"JWT","alg":"RS256","kid":"a","cty":"JWT"}"#,
            r#"{"typ":"JWT","alg":"RS256","kid":"a","b64":false}"#,
            r#"{"typ":"JWT","alg":"RS256","kid":"a","zip":"DEF"}"#,
            r#"{"Typ":"JWT","alg":"RS256","kid":"a"}"#,
            r#"{"typ":"JWT","alg":"RS256","kid":"a",}"#,
            r#"{"typ":"JWT","alg":"RS256","kid":"a"}{}"#,
            r#" {"typ":"JWT","alg":"RS256","kid":"a"}"#,
            r#"{"typ":"JWT","alg":"RS256","kid":"\ud800"}"#,
            &format!("{}{}", "{\"kid\":".repeat(200), "}".repeat(200)),
        ] {
            let expected = if bad.is_empty() { BadToken::Parts } else { BadToken::Header };
            assert_eq!(refused(&token(bad)), expected, "{bad}");
        }
        let not_utf8 = BASE64_URL_SAFE_NO_PAD.encode(b"{\"typ\":\"\xff\",\"alg\":\"RS256\",\"kid\":\"a\"}");
        assert_eq!(refused(&format!("{not_utf8}.e30.e30")), BadToken::Header);
    }

    #[test]
    fn a_token_has_a_longest_length() {
        let shell = token(HEADER).len() - text("{}").len();
        let of = |length: usize| format!("{}.{}.{}", text(HEADER), "A".repeat(length - shell), text("signature"));
        // 4 characters are 3 bytes: take the longest length that is one of Base64
        assert!(parse(&of(TOKEN_BYTES_MAX - (TOKEN_BYTES_MAX - shell) % 4)).is_ok());
        assert_eq!(refused(&of(TOKEN_BYTES_MAX + 1)), BadToken::TooLong);
        assert_eq!(refused(&".".repeat(1_000_000)), BadToken::TooLong);
    }

    proptest! {
        #[test]
        fn any_text_is_taken_apart_or_refused(text in "[A-Za-z0-9_=.{}\" -]{0,300}|.{0,100}") {
            let _ = parse(&text);
        }

        #[test]
        fn a_token_is_the_only_text_that_reads_as_itself(kid in ".{0,40}", claims in ".{0,40}", at: prop::sample::Index, other: char) {
            let header = Header { typ: "JWT".into(), alg: "RS256".into(), kid };
            let written = write(&header, &claims, |input| Ok(input.to_vec())).unwrap();
            let compact = parse(written.expose()).unwrap();
            prop_assert_eq!(compact.header(), &header);
            prop_assert_eq!(compact.signature(), compact.signing_input());
            let mut changed: Vec<char> = written.expose().chars().collect();
            let at = at.index(changed.len());
            prop_assume!(changed[at] != other);
            changed[at] = other;
            let changed: String = changed.into_iter().collect();
            let same = parse(&changed).is_ok_and(|read| {
                read.header == compact.header && read.claims == compact.claims && read.signature == compact.signature
            });
            prop_assert!(!same, "{} reads like {}", changed, written.expose());
        }
    }
}
