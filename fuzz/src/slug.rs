use countersign_domain::Slug;

/// A slug is one label of a host name, and reads back as itself.
pub(crate) fn holds(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let Ok(slug) = text.parse::<Slug>() else { return };
    let label = slug.as_str();
    assert!((1..=63).contains(&label.len()), "a label of {} bytes", label.len());
    assert!(label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'), "{label:?}");
    assert!(label.parse::<Slug>().is_ok_and(|again| again == slug), "{label:?} does not read back");
}
