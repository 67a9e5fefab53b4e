use countersign_domain::Host;

/// A host has one spelling: else one tenant would be two, and a cache in front would keep them apart.
pub(crate) fn holds(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let Ok(host) = Host::parse(text) else { return };
    let name = host.as_str();
    assert!(name.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase()), "{name:?}");
    let again = Host::parse(name).unwrap_or_else(|bad| panic!("the host {name:?} is refused: {bad}"));
    assert!(again == host, "{name:?} reads back as {:?}", again.as_str());
    assert!(Host::of_request([text], Some(text)).is_ok_and(|same| same == host), "{text:?} differs from itself");
}
