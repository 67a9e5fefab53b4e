//! Where the country code of a number ends: the contract keeps it apart, other systems do not.

/// Country codes of two digits. Those that begin with 1 or 7 have one, all others three; none is the beginning of another
/// (ITU-T E.164, list of assigned codes).
const TWO_DIGITS: [&str; 44] = [
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49", "51",
    "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84", "86", "90",
    "91", "92", "93", "94", "95", "98",
];

/// The digits after `+` as country code and national number; nothing where they are too few for both.
pub(super) fn split(digits: &str) -> Option<(&str, &str)> {
    let code_digits = match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        _ if TWO_DIGITS.iter().any(|code| digits.starts_with(code)) => 2,
        _ => 3,
    };
    digits.split_at_checked(code_digits)
}
