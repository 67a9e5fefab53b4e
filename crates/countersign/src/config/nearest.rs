/// A name longer than this is near to none of ours, and comparing costs its length times theirs.
const COMPARED_CHARS_MAX: usize = 80;

/// The candidate that a mistyped name most likely meant: the fewest slips of the finger away, and right at once where
/// only the section is wrong.
pub(crate) fn nearest(name: &str, candidates: impl Iterator<Item = String>) -> String {
    let name: String = name.chars().take(COMPARED_CHARS_MAX).collect();
    let short = short(&name);
    let distance = |candidate: &String| {
        if self::short(candidate) == short { 1 } else { strsim::osa_distance(&name, candidate) }
    };
    candidates.min_by_key(distance).unwrap_or_default()
}

fn short(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(_, short)| short)
}

#[cfg(test)]
mod tests {
    use super::super::SECTIONS;

    fn nearest(name: &str) -> String {
        let keys = SECTIONS.iter().flat_map(|section| section.keys).map(|key| key.name.to_owned());
        super::nearest(name, keys)
    }

    #[test]
    fn a_slip_of_the_finger_finds_its_key() {
        for (typed, meant) in [
            ("http.stop_second_max", "http.stop_seconds_max"),
            ("htpp.stop_seconds_max", "http.stop_seconds_max"),
            ("stop_seconds_max", "http.stop_seconds_max"),
            ("secrets.masterkey", "secrets.master_key"),
            ("master_key_file", "secrets.master_key_file"),
            ("lsiten", "listen"),
            ("database.url", "store.url"),
        ] {
            assert_eq!(nearest(typed), meant, "{typed}");
        }
        assert!(!nearest(&"x".repeat(1_000_000)).is_empty());
    }
}
