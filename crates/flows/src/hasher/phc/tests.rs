use countersign_domain::BadCost;
use proptest::prelude::*;

use super::*;
use crate::hasher::engine::Library;

const GOOD: &str = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$cpx6VEQbwTVZvcpxNIxOVUWZ5xnAipUmAe1cg2GMG70";

/// The password of every hash of this file that does not say another.
const PASSWORD: &str = "Password@1";

/// Stored texts, one of each kind, made with the reference implementations of their schemes (argon2-cffi, bcrypt, Django,
/// hashlib, passlib).
const STORED: [&str; 17] = [
    "$argon2id$v=19$m=64,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw$6cjg+YYfYCI3HUJRRIEWaYVTxqj8+rRm+PKqVbPRS6c",
    "$argon2id$v=16$m=64,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw$49Lrpwn+f85Qas0tJLC289zhzGxQlhuqs7G8XPBkw8U",
    "$argon2i$v=19$m=64,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw$DxdGraX/7UWARqjHsU7rOeJa32wjaMUUTNpUhDS+n2M",
    "$argon2i$v=16$m=64,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw$5lMlceqQUbmefkOD7+VSarqNfcDavh2HIy3kpZAX7O0",
    "$2a$04$R9//3sZt2E.Ax8PR37eRA.HoIzSoM2stoV.LWsuMlwRpUApKdzbym",
    "$2b$04$L7GQCOGRz.HBdAW9Vuk/2.Z6J8WnQOAmgfpNaXZym/glhIT/AOfSS",
    "$2y$04$L7GQCOGRz.HBdAW9Vuk/2.Z6J8WnQOAmgfpNaXZym/glhIT/AOfSS",
    "$django-bcrypt-sha256$2b$04$bBqVaG.k/b2TbZGxPZHQe.DF9g/gfm0Q.9yT02NfmaHShfnjkMfaC",
    "$scrypt$ln=4,r=8,p=2$c2l4dGVlbiBieXRlcyBvaw$Tte2OJqNsgb/IWBFR0/7+z+MT8tnSHacCXceUuZHHBY",
    "$pbkdf2-sha1$i=1000,l=20$c2l4dGVlbiBieXRlcyBvaw$SHkrT4Ir5h+yzpmA09ZCz/b+azA",
    "$pbkdf2-sha1$i=1000,l=64$c2l4dGVlbiBieXRlcyBvaw$SHkrT4Ir5h+yzpmA09ZCz/b+azBCa8HsaBwTH+njTc4V8QxCoV82pHK5mtJwadm48IAR6VldhpxmGzWGTlpbKQ",
    "$pbkdf2-sha256$i=1000,l=32$c2l4dGVlbiBieXRlcyBvaw$nMUK+sIxnGcf7gkwi9ICnrqlS+63J3tef2XW2idQp2M",
    "$pbkdf2-sha512$i=1000,l=64$c2l4dGVlbiBieXRlcyBvaw$xrMqIE+xdOdwugpmijDWCxEt5dJt5XHBqa5qzgttPMy7IUCX39/2/G1vVwGgKIsLJlwtAswLHUp+o5BCQQoiTw",
    "$5$rounds=1000$16uR/vWnUhgRcqQ6$rptrZ5Ai3mocO1ynW5WijPBYYdSP4yZVCUJV3au4d29",
    "$5$kI3SnHNDKzUmg43i$evQW2VYeYZ3gA549Nq9GudoCUcZCJnnSEEuSA2usJf2",
    "$6$rounds=1000$bpv9/AfA8zaQGDAl$XEjqJ1DB1drDdmjQzizkxPfhpVgA/0IasojjX03F6mS9zzL1DtBG84BDiH5Oo5snVo8yS8uBtxkMSvWWL.CNw/",
    "$6$mJq8XbIJHB1zHJvz$3nOKhzGnzoq./lqxq51BhgiQzir3ivC0/vbBuQHIVWWGzdvffXetc2tb0JV2WsmfFTcOCj/zWbOsTMBcIk1SO1",
];

fn is_of(hash: &PhcHash, password: &str) -> bool {
    hash.is_of(password.as_bytes(), &mut Engine::new(Library::default())).unwrap()
}

#[test]
fn every_scheme_has_one_text_and_matches_its_password_alone() {
    for text in STORED {
        let hash = PhcHash::parse(text).unwrap();
        assert_eq!(hash.to_string(), text);
        assert!(is_of(&hash, PASSWORD), "{text}");
        for wrong in ["", "Password@2", "password@1", "Password@1 "] {
            assert!(!is_of(&hash, wrong), "{wrong} {text}");
        }
        assert_eq!(PhcHash::read_foreign(text).unwrap().to_string(), text);
    }
}

#[test]
fn both_libraries_verify_every_kind_of_argon2() {
    for text in STORED.iter().filter(|text| text.starts_with("$argon2")) {
        let hash = PhcHash::parse(text).unwrap();
        assert!(hash.is_of(PASSWORD.as_bytes(), &mut Engine::new(Library::Argon2)).unwrap(), "{text}");
    }
}

#[test]
fn texts_of_other_systems_become_ours() {
    for (foreign, starts) in [
        (
            "argon2$argon2id$v=19$m=64,t=1,p=2$YzI5dFpYTmhiSFJ6WVd4MA$G0RWmIGzpECXyXyM0nDMpi580Z5Umr7DWaALdM7U1mw",
            "$argon2id$v=19$m=64,t=1,p=2$",
        ),
        (
            "$argon2i$m=64,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw==$5lMlceqQUbmefkOD7+VSarqNfcDavh2HIy3kpZAX7O0=",
            "$argon2i$v=16$m=64",
        ),
        (
            "bcrypt_sha256$$2b$04$bBqVaG.k/b2TbZGxPZHQe.DF9g/gfm0Q.9yT02NfmaHShfnjkMfaC",
            "$django-bcrypt-sha256$2b$04$bBq",
        ),
        ("bcrypt$$2b$04$SnYdLARPLn10ewNR8AZ8xevmDWwEd2eE4eFBxx7aMwMuCsZFQWkV6", "$2b$04$Sn"),
        // The last character of the salt has bits that belong to no byte.
        ("$2b$04$L7GQCOGRz.HBdAW9Vuk/2/Z6J8WnQOAmgfpNaXZym/glhIT/AOfSS", "$2b$04$L7GQCOGRz.HBdAW9Vuk/2.Z"),
        ("pbkdf2_sha256$1000$Rm5fGm0bGv7w$ctl01voElxrBBsJwzDO0PdZiwi3FOOEX3pI3sIvLE1g=", "$pbkdf2-sha256$i=1000,l=32$"),
        ("pbkdf2_sha1$1000$Rm5fGm0bGv7w$P5bWQ2oEPdUIw95nqZLnafbkMd0=", "$pbkdf2-sha1$i=1000,l=20$"),
        ("$pbkdf2$1000$C6G0lrI2hvAe41wLAWBMKQ$1jzh.HnDdKA0lDuI7BpNmMfrTlU", "$pbkdf2-sha1$i=1000,l=20$"),
        (
            "$pbkdf2-sha256$1000$X8sZI6TUeq81JkQoZWzN2Q$e12qfx.09y0tBe0Fgje1JfLhWnXNV3U7T7bo53BZrZs",
            "$pbkdf2-sha256$i=1000,l=32$X8",
        ),
        (
            "$pbkdf2-sha512$i=1000,l=64$c2l4dGVlbiBieXRlcyBvaw$xrMqIE+xdOdwugpmijDWCxEt5dJt5XHBqa5qzgttPMy7IUCX39/2/G1vVwGgKIsLJlwtAswLHUp+o5BCQQoiTw==",
            "$pbkdf2-sha512$i=1000,l=64$",
        ),
        (
            "scrypt$16$Rm5fGm0bGv7w$8$5$4XSvOR+SpVgFBGEzLuvLzzLZjluiG08z//d0XjU0gh46nhcmTTy6V9wg1pUEHdXQi3vSRrfPwxFzM1ykjmH29A==",
            "$scrypt$ln=4,r=8,p=5$",
        ),
        (
            "$6$rounds=5000$mJq8XbIJHB1zHJvz$3nOKhzGnzoq./lqxq51BhgiQzir3ivC0/vbBuQHIVWWGzdvffXetc2tb0JV2WsmfFTcOCj/zWbOsTMBcIk1SO1",
            "$6$mJq8",
        ),
    ] {
        let hash = PhcHash::read_foreign(foreign).unwrap();
        let text = hash.to_string();
        assert!(text.starts_with(starts), "{foreign} {text}");
        assert!(is_of(&hash, PASSWORD) && !is_of(&hash, "Password@2"), "{foreign}");
        assert_eq!(PhcHash::parse(&text).unwrap().to_string(), text);
    }
}

/// Firebase's published example (the readme of firebase/scrypt), and one that Ory Kratos tests with.
#[test]
fn firebase_hashes_are_those_that_it_publishes() {
    let keys = FirebaseKeys {
        signer_key: base64("jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==")
            .unwrap()
            .into(),
        salt_separator: base64("Bw==").unwrap(),
        rounds: 8,
        mem_cost: 14,
    };
    let salt = base64("42xEC+ixf3L2lw==").unwrap();
    let tag =
        base64("lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==").unwrap();
    let hash = PhcHash::firebase(&keys, &salt, &tag).unwrap();
    assert!(is_of(&hash, "user1password") && !is_of(&hash, "user2password"));
    let text = hash.to_string();
    assert!(text.starts_with("$firebase-scrypt$ln=14,r=8,p=1$42xEC+ixf3L2lwc$"), "{text}");
    assert!(is_of(&PhcHash::parse(&text).unwrap(), "user1password"));
    assert_eq!(PhcHash::firebase(&keys, &salt, &tag[..32]).err(), Some(BadHash::Tag), "as long as the signer key");

    let kratos = "$firescrypt$ln=14,r=8,p=1$sPtDhWcd1MfdAw==$xbSou7FOl6mChCyzpCPIQ7tku7nsQMTFtyOZSXXd7tjBa4NtimOx7v42Gv2Sfz\
        PQu1oxM2/k4SsbOu73wlKe1A==$Bw==$YE0dO4bwD4JnJafh6lZZfkp1MtKzuKAXQcDCJNJNyeCHairWHKENOkbh3dzwaCdizzOspwr/FITUVlnOAwPK\
        yw==";
    assert!(is_of(&PhcHash::read_foreign(kratos).unwrap(), "8x4WjoDbSxJZdR"));
}

/// RFC 7914 section 12, and N where the PHC form has its logarithm.
#[test]
fn scrypt_gives_the_vector_of_its_rfc() {
    let tag = [
        0xfd, 0xba, 0xbe, 0x1c, 0x9d, 0x34, 0x72, 0x00, 0x78, 0x56, 0xe7, 0x19, 0x0d, 0x01, 0xe9, 0xfe, 0x7c, 0x6a,
        0xd7, 0xcb, 0xc8, 0x23, 0x78, 0x30, 0xe7, 0x73, 0x76, 0x63, 0x4b, 0x37, 0x31, 0x62, 0x2e, 0xaf, 0x30, 0xd9,
        0x2e, 0x22, 0xa3, 0x88, 0x6f, 0xf1, 0x09, 0x27, 0x9d, 0x98, 0x30, 0xda, 0xc7, 0x27, 0xaf, 0xb9, 0x4a, 0x83,
        0xee, 0x6d, 0x83, 0x60, 0xcb, 0xdf, 0xa2, 0xcc, 0x06, 0x40,
    ];
    let (salt, tag) = (fields::text(b"NaCl"), fields::text(&tag));
    let kratos = PhcHash::read_foreign(&format!("$scrypt$ln=1024,r=8,p=16${salt}${tag}=")).unwrap();
    assert_eq!(kratos.to_string(), format!("$scrypt$ln=10,r=8,p=16${salt}${tag}"));
    assert!(is_of(&kratos, "password"));
}

#[test]
fn bcrypt_looks_at_72_bytes_and_djangos_at_all() {
    let cut = PhcHash::parse("$2b$04$9jBMHtaMdS4crDbDPXsG.eczz/dkbsLoH9mZq.Jpxco42nUz2wzey").unwrap();
    let long = PASSWORD.repeat(10);
    assert!(is_of(&cut, &long[..72]) && is_of(&cut, &long) && !is_of(&cut, &long[..71]));
    let utf8 = PhcHash::parse("$2b$04$Vl5.pB67dMgvPm9R7dgGteKj/J3dXBXH3JR82XtkiaYRsIBs7TezS").unwrap();
    assert!(is_of(&utf8, "Пароль-пароль1"));
}

#[test]
fn sha_crypt_takes_64_bytes_and_no_longer_password() {
    let (fits, is_too_long) = ("x".repeat(SHA_CRYPT_PASSWORD_BYTES_MAX), "x".repeat(SHA_CRYPT_PASSWORD_BYTES_MAX + 1));
    for (text, password, matches) in [
        ("$5$rounds=1000$UTomeQ0fxlcrzuw6$XTV4sry2F2OwY1ZmEUiF8kuMwiGAPoxDE9VA5U1xPi/", &fits, true),
        (
            "$6$rounds=1000$fBmehtdLSWq4SCQx$bXVOqwW1ORzih08tQqHeA58NgMMP4pHiO3mxww.DdKPLCvaNSfJwYtoVH0KPAF/XsFskPJF6uzuqUAMlA8c1n.",
            &fits,
            true,
        ),
        (
            "$6$rounds=1000$fBmehtdLSWq4SCQx$bXVOqwW1ORzih08tQqHeA58NgMMP4pHiO3mxww.DdKPLCvaNSfJwYtoVH0KPAF/XsFskPJF6uzuqUAMlA8c1n.",
            &is_too_long,
            false,
        ),
        (
            "$6$rounds=1000$bGzwWtc05SN71LnB$poAEMwfYqYwnh0b1ZV1/9PKUBYIvCjpnIw7re/jWJzujHdecW9.yp26KpOMwxWVdigfpEQfFptqzvBPZyySzx/",
            &is_too_long,
            false,
        ),
    ] {
        assert_eq!(is_of(&PhcHash::parse(text).unwrap(), password), matches, "{text} {}", password.len());
    }
}

#[test]
fn debug_shows_neither_salt_nor_tag() {
    let shown: Vec<String> = STORED.iter().map(|text| format!("{:?}", PhcHash::parse(text).unwrap())).collect();
    assert_eq!(shown[0], "PhcHash(argon2 m=64,t=1,p=1)");
    assert_eq!(shown[4], "PhcHash(bcrypt 6)");
    assert_eq!(shown[8], "PhcHash(scrypt ln=10,r=8,p=2)");
    assert_eq!(shown[9], "PhcHash(pbkdf2-sha1 i=4096)");
    assert_eq!(shown[16], "PhcHash(sha512-crypt 5120)");
}

#[test]
fn every_hash_but_a_new_one_of_ours_is_outdated() {
    let wanted = Params::new(64, 1, 1).unwrap();
    assert!(PhcHash::parse(GOOD).unwrap().is_outdated(wanted), "a short salt");
    let new = PhcHash::argon2id(wanted, vec![1; NEW_SALT_BYTES], vec![2; NEW_TAG_BYTES]);
    assert!(!new.is_outdated(wanted) && new.is_outdated(Params::DEFAULT));
    for text in &STORED[1..] {
        assert!(PhcHash::parse(text).unwrap().is_outdated(wanted), "{text}");
    }
}

#[test]
fn a_measured_hash_costs_its_class() {
    for text in &STORED[4..] {
        let Cost::Imported(class) = PhcHash::parse(text).unwrap().cost() else { panic!("{text}") };
        assert_eq!(PhcHash::measure_of(class).cost(), Cost::Imported(class));
    }
}

#[test]
fn every_other_text_is_refused_by_its_reason() {
    let tag = "cpx6VEQbwTVZvcpxNIxOVUWZ5xnAipUmAe1cg2GMG70";
    let dear = BadHash::Params(BadCost::TooDear.into());
    let [_, _, _, _, _, bcrypt, _, django, scrypt, sha1, _, sha256, _, sha256_crypt, ..] = STORED;
    for (text, why) in [
        (String::new(), BadHash::Form),
        ("argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$".to_owned() + tag, BadHash::Form),
        (format!("{GOOD}$"), BadHash::Form),
        ("$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ".to_owned(), BadHash::Form),
        (GOOD.replace("argon2id", "argon2d"), BadHash::Scheme),
        (GOOD.replace("argon2id", "ARGON2ID"), BadHash::Scheme),
        (GOOD.replace("v=19", "v=17"), BadHash::Version),
        (GOOD.replace("$v=19", ""), BadHash::Version),
        (GOOD.replace("m=64", "m=4294967295"), dear),
        (GOOD.replace("t=1", "t=4294967295"), dear),
        (GOOD.replace("p=1", "p=01"), BadHash::Params(BadParams::Form)),
        (GOOD.replace("c29tZXNhbHQ", "c29tZXNhbHQ="), BadHash::Salt),
        (GOOD.replace("c29tZXNhbHQ", "c29tZXNhbHR"), BadHash::Salt),
        (GOOD.replace("c29tZXNhbHQ", "c29tZXM"), BadHash::Salt),
        (GOOD.replace("c29tZXNhbHQ", ""), BadHash::Salt),
        (GOOD.replace(tag, ""), BadHash::Tag),
        (GOOD.replace(tag, "c29tZXNhbHQ"), BadHash::Tag),
        (GOOD.replace(tag, "cpx6VEQbwTVZvcpxNIxOVUWZ5xnAipUmAe1cg2GMG7_"), BadHash::Tag),
        (GOOD.replace("c29tZXNhbHQ", &"A".repeat(88)), BadHash::Salt),
        (format!("{GOOD}{}", "A".repeat(PHC_BYTES_MAX)), BadHash::TooLong),
        (bcrypt.replace("$2b", "$2x"), BadHash::Scheme),
        (bcrypt.replace("$04", "$4"), BadHash::Numbers),
        (bcrypt.replace("$04", "$+4"), BadHash::Numbers),
        (bcrypt.replace("$04", "$003"), BadHash::Numbers),
        (bcrypt.replace("$04", "$03"), BadHash::Cost(BadImportedCost::TooSmall)),
        (bcrypt.replace("$04", "$15"), BadHash::Cost(BadImportedCost::Bcrypt)),
        (bcrypt.replace("2.Z6", "2/Z6"), BadHash::Salt),
        (bcrypt.replace("fSS", "fS"), BadHash::Tag),
        (format!("{bcrypt}$"), BadHash::Form),
        (django.replace("$2b", "$2x"), BadHash::Scheme),
        (scrypt.replace("ln=4", "ln=18"), BadHash::Cost(BadImportedCost::Scrypt)),
        (scrypt.replace("ln=4", "ln=16384"), BadHash::Cost(BadImportedCost::Scrypt)),
        (scrypt.replace("p=2", "p=0"), BadHash::Cost(BadImportedCost::TooSmall)),
        (scrypt.replace("p=2", "p=2,x=1"), BadHash::Numbers),
        (scrypt.replace("r=8", "r=4294967295"), BadHash::Cost(BadImportedCost::Scrypt)),
        (sha1.replace("l=20", "l=21"), BadHash::Tag),
        (sha1.replace("pbkdf2-sha1", "pbkdf2-md5"), BadHash::Scheme),
        (sha256.replace("i=1000", "i=2000001"), BadHash::Cost(BadImportedCost::Pbkdf2)),
        (sha256.replace("i=1000", "i=0"), BadHash::Cost(BadImportedCost::TooSmall)),
        (sha256_crypt.replace("=1000", "=999"), BadHash::Cost(BadImportedCost::TooSmall)),
        (sha256_crypt.replace("=1000", "=1000001"), BadHash::Cost(BadImportedCost::ShaCrypt)),
        (sha256_crypt.replace("=1000", "=5000"), BadHash::Numbers),
        (sha256_crypt.replace("16uR", "16uR0"), BadHash::Salt),
        (sha256_crypt.replace("$rptr", "$$rptr"), BadHash::Tag),
        (sha256_crypt.replace("d29", "d2z"), BadHash::Tag),
        ("$1$abcdefgh$0123456789012345678901".to_owned(), BadHash::Scheme),
    ] {
        assert_eq!(PhcHash::parse(&text).err(), Some(why), "{text}");
    }
}

#[test]
fn foreign_texts_are_refused_by_their_reason_too() {
    for (text, why) in [
        ("", BadHash::Form),
        ("5f4dcc3b5aa765d61d8327deb882cf99", BadHash::Form),
        ("sha1$abc$5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8", BadHash::Scheme),
        ("md5$abc$5f4dcc3b5aa765d61d8327deb882cf99", BadHash::Scheme),
        ("$argon2d$v=19$m=64,t=1,p=1$c29tZXNhbHQ$cpx6VEQbwTVZvcpxNIxOVUWZ5xnAipUmAe1cg2GMG70", BadHash::Scheme),
        ("$y$j9T$salt$hash", BadHash::Scheme),
        (
            "pbkdf2_sha256$1000000000$salt$ctl01voElxrBBsJwzDO0PdZiwi3FOOEX3pI3sIvLE1g=",
            BadHash::Cost(BadImportedCost::Pbkdf2),
        ),
        ("pbkdf2_sha256$1000$salt$ctl0", BadHash::Tag),
        ("pbkdf2_sha256$1000$$ctl01voElxrBBsJwzDO0PdZiwi3FOOEX3pI3sIvLE1g=", BadHash::Salt),
        ("scrypt$15$salt$8$1$ctl01voElxrBBsJwzDO0PdZiwi3FOOEX3pI3sIvLE1g=", BadHash::Numbers),
        (
            "$scrypt$ln=2097152,r=8,p=1$c2FsdHNhbHRzYWx0$ctl01voElxrBBsJwzDO0PdZiwi3FOOEX3pI3sIvLE1g=",
            BadHash::Cost(BadImportedCost::Scrypt),
        ),
        (
            "$firescrypt$ln=31,r=8,p=1$c2FsdA==$ctl01voElxrBBsJwzDO0PdZiwi3FOOEX3pI3sIvLE1g=$Bw==$ctl01voElxrBBsJwzDO0PdZiwi3FOOEX3pI3sIvLE1g=",
            BadHash::Cost(BadImportedCost::Scrypt),
        ),
    ] {
        assert_eq!(PhcHash::read_foreign(text).err(), Some(why), "{text}");
    }
    assert_eq!(PhcHash::read_foreign(&"$".repeat(FOREIGN_BYTES_MAX + 1)).err(), Some(BadHash::TooLong));
}

proptest! {
    #[test]
    fn a_written_hash_reads_back(
        lanes in 1_u32..=4, per_lane in 8_u32..=4096, passes in 1_u32..=16,
        salt in prop::collection::vec(any::<u8>(), 8..=64), tag in prop::collection::vec(any::<u8>(), 16..=64),
    ) {
        let params = Params::new(lanes * per_lane, passes, lanes).unwrap();
        let text = PhcHash::argon2id(params, salt.clone(), tag.clone()).to_string();
        let Scheme::Argon2(read) = PhcHash::parse(&text).unwrap().0 else { panic!("{text}") };
        prop_assert_eq!((read.params, read.salt, read.tag), (params, salt, tag));
        prop_assert!(text.len() <= PHC_BYTES_MAX);
    }

    /// Edits of real texts, so that some are accepted.
    #[test]
    fn what_is_accepted_is_what_is_written(which in 0..STORED.len(), at in 0_usize..120, to in "[A-Za-z0-9+/=,.$]{0,2}") {
        let mut text = STORED[which].to_owned();
        let at = at.min(text.len() - 1);
        text.replace_range(at..=at, &to);
        if let Ok(hash) = PhcHash::parse(&text) {
            prop_assert_eq!(hash.to_string(), text);
        } else if let Ok(hash) = PhcHash::read_foreign(&text) {
            let stored = hash.to_string();
            prop_assert!(stored.len() <= PHC_BYTES_MAX);
            prop_assert_eq!(PhcHash::parse(&stored).unwrap().to_string(), stored);
        }
    }

    #[test]
    fn no_text_breaks_it(text in ".{0,300}") {
        let _ = (PhcHash::parse(&text), PhcHash::read_foreign(&text));
    }
}
