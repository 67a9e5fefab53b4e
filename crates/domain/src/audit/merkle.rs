use super::Sha256;

const LEAF_PREFIX: u8 = 0x00;
const NODE_PREFIX: u8 = 0x01;

/// The hash of one leaf (RFC 6962 section 2.1). The prefix keeps a node from being shown as a leaf.
pub(super) fn leaf(data: &[u8]) -> Sha256 {
    let mut bytes = Vec::with_capacity(1 + data.len());
    bytes.push(LEAF_PREFIX);
    bytes.extend_from_slice(data);
    Sha256::of(&bytes)
}

fn node(left: &Sha256, right: &Sha256) -> Sha256 {
    let mut bytes = [NODE_PREFIX; 65];
    bytes[1..33].copy_from_slice(left.as_bytes());
    bytes[33..].copy_from_slice(right.as_bytes());
    Sha256::of(&bytes)
}

/// The Merkle tree head over leaf hashes in their order (RFC 6962 section 2.1).
///
/// Level by level, an odd one out moving up unchanged: the same tree as the RFC's split at the largest power of two.
pub(super) fn root(leaves: &[Sha256]) -> Sha256 {
    let mut level = leaves.to_vec();
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => node(left, right),
                [last] => *last,
                _ => Sha256::ZERO,
            })
            .collect();
    }
    level.first().copied().unwrap_or_else(|| Sha256::of(&[]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The inputs and roots of the reference implementation of RFC 6962 (certificate-transparency, merkle_tree_test).
    const INPUTS: [&str; 8] =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    fn unhex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn roots_are_those_of_rfc_6962() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(root(&[]).as_bytes().to_vec(), unhex(empty));
        let leaves: Vec<_> = INPUTS.iter().map(|input| leaf(&unhex(input))).collect();
        for (count, wanted) in (1..).zip(ROOTS) {
            assert_eq!(root(&leaves[..count]).as_bytes().to_vec(), unhex(wanted), "{count} leaves");
        }
    }

    /// The RFC's own definition, by recursion.
    fn defined(leaves: &[Sha256]) -> Sha256 {
        match leaves {
            [] => Sha256::of(&[]),
            [one] => *one,
            many => {
                let split = many.len().next_power_of_two() / 2;
                node(&defined(&many[..split]), &defined(&many[split..]))
            }
        }
    }

    #[test]
    fn the_levels_give_the_tree_that_the_rfc_defines() {
        let leaves: Vec<_> = (0..130u8).map(|n| leaf(&[n])).collect();
        for count in 0..leaves.len() {
            assert_eq!(root(&leaves[..count]), defined(&leaves[..count]), "{count} leaves");
        }
    }
}
