//! How long the texts of a person may be on the wire. The domain's own bounds are shorter; these only bound what it has
//! to look at.

/// An email address.
pub(crate) const EMAIL_BYTES_MAX: usize = 1_024;
/// Fifty characters of any script.
pub(crate) const NAME_BYTES_MAX: usize = 400;
/// 256 code points of four bytes each; twice the Base64 of a ciphertext under a key of 3072 bits.
pub(crate) const PASSWORD_BYTES_MAX: usize = 1_024;
/// Three hundred characters of any script.
pub(crate) const ADDRESS_BYTES_MAX: usize = 1_500;
/// Codes, digits, days and names of a closed list.
pub(crate) const SHORT_BYTES_MAX: usize = 64;
/// Longer than any role's name.
pub(crate) const ROLE_BYTES_MAX: usize = 64;
