//! Hashes that other programs made: bcrypt, scrypt, PBKDF2. They are only ever verified; a right password is hashed anew
//! with Argon2id at the same sign-in.
//!
//! Each brings its own cost, so each is held against a named bound before anything is computed. RFC 7914 (scrypt),
//! RFC 8018 §5.2 (PBKDF2); bcrypt has no specification but its authors' paper and program.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::stored::StoredHashRefused;
use crate::base::Fault;
use crate::base::bounds::{
    BCRYPT_COST_MAX, FOREIGN_HASH_BYTES_MAX, FOREIGN_HASH_BYTES_MIN, FOREIGN_SALT_BYTES_MAX, PBKDF2_WORK_MAX,
    SCRYPT_WORK_MAX,
};

/// What bcrypt looks at of a password, its closing NUL included.
const BCRYPT_PASSWORD_BYTES: usize = 72;
const BCRYPT_SALT_BYTES: usize = 16;
/// The original program writes 23 of 24 bytes, and so does everybody since.
const BCRYPT_HASH_BYTES: usize = 23;

// What others wrote may lack its padding, or have bits left over at its end.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const BCRYPT_BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::BCRYPT, LENIENT);

/// A hash of another kind than Argon2, read and found affordable.
pub struct ForeignHash {
    scheme: Scheme,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

enum Scheme {
    Bcrypt { cost: u32 },
    Scrypt(scrypt::Params),
    Pbkdf2 { algorithm: pbkdf2::Algorithm, iterations: NonZeroU32 },
}

type Parsed = Result<ForeignHash, StoredHashRefused>;

impl ForeignHash {
    /// Reads one of `$2a$`, `$2b$`, `$2y$`, `$scrypt$`, `$pbkdf2-sha256$`, `$pbkdf2-sha512$`, and Django's
    /// `pbkdf2_sha256$` and its like with SHA-512.
    pub(super) fn parse(text: &str) -> Parsed {
        let parts: Vec<&str> = text.split('$').collect();
        match parts[..] {
            ["", "2a" | "2b" | "2y", cost, salt_and_hash] => parse_bcrypt(cost, salt_and_hash),
            ["", "scrypt", parameters, salt, hash] => parse_scrypt(parameters, &decode(salt)?, &decode(hash)?),
            ["", "pbkdf2-sha256", parameters, salt, hash] => {
                parse_pbkdf2(pbkdf2::PBKDF2_HMAC_SHA256, rounds(parameters)?, &decode(salt)?, &decode(hash)?)
            }
            ["", "pbkdf2-sha512", parameters, salt, hash] => {
                parse_pbkdf2(pbkdf2::PBKDF2_HMAC_SHA512, rounds(parameters)?, &decode(salt)?, &decode(hash)?)
            }
            // The salt is text here.
            ["pbkdf2_sha256", iterations, salt, hash] => {
                parse_pbkdf2(pbkdf2::PBKDF2_HMAC_SHA256, number(iterations)?, salt.as_bytes(), &decode(hash)?)
            }
            ["pbkdf2_sha512", iterations, salt, hash] => {
                parse_pbkdf2(pbkdf2::PBKDF2_HMAC_SHA512, number(iterations)?, salt.as_bytes(), &decode(hash)?)
            }
            _ => Err(StoredHashRefused::UnknownFormat),
        }
    }

    fn new(scheme: Scheme, salt: &[u8], hash: &[u8]) -> Parsed {
        // A hash of no bytes would be everybody's.
        let is_sound = (FOREIGN_HASH_BYTES_MIN..=FOREIGN_HASH_BYTES_MAX).contains(&hash.len())
            && (1..=FOREIGN_SALT_BYTES_MAX).contains(&salt.len());
        if !is_sound {
            return Err(StoredHashRefused::UnknownFormat);
        }
        Ok(Self { scheme, salt: salt.to_vec(), hash: hash.to_vec() })
    }

    /// What the password has to come to.
    pub(super) fn expected(&self) -> &[u8] {
        &self.hash
    }

    /// Whether all of `password` counts here. Of a longer one a wrong end would be taken too, so it must not become the
    /// end of the new hash.
    pub(super) fn reads_all_of(&self, password: &[u8]) -> bool {
        !matches!(self.scheme, Scheme::Bcrypt { .. }) || password.len() < BCRYPT_PASSWORD_BYTES
    }

    /// What `password` comes to.
    pub(super) fn compute(&self, password: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut hash = vec![0; self.hash.len()];
        match &self.scheme {
            Scheme::Bcrypt { cost } => {
                let salt = self.salt.first_chunk::<BCRYPT_SALT_BYTES>();
                let salt = salt.ok_or_else(|| Fault::broken("a bcrypt hash was read without its salt"))?;
                let mut ended = zeroize::Zeroizing::new([password, b"\0"].concat());
                ended.truncate(BCRYPT_PASSWORD_BYTES);
                hash.copy_from_slice(&bcrypt::bcrypt(*cost, *salt, &ended)[..BCRYPT_HASH_BYTES]);
            }
            Scheme::Scrypt(parameters) => {
                scrypt::scrypt(password, &self.salt, parameters, &mut hash).map_err(Fault::broken)?;
            }
            Scheme::Pbkdf2 { algorithm, iterations } => {
                pbkdf2::derive(*algorithm, *iterations, &self.salt, password, &mut hash);
            }
        }
        Ok(hash)
    }
}

fn parse_bcrypt(cost: &str, salt_and_hash: &str) -> Parsed {
    const SALT_CHARS: usize = 22;
    const HASH_CHARS: usize = 31;
    let unknown = StoredHashRefused::UnknownFormat;
    let cost = number(cost)?;
    if salt_and_hash.len() != SALT_CHARS + HASH_CHARS || !salt_and_hash.is_ascii() || cost < 4 {
        return Err(unknown);
    }
    if cost > BCRYPT_COST_MAX {
        return Err(StoredHashRefused::TooCostly);
    }
    let (salt, hash) = salt_and_hash.split_at(SALT_CHARS);
    let salt = BCRYPT_BASE64.decode(salt).map_err(|_| unknown)?;
    let hash = BCRYPT_BASE64.decode(hash).map_err(|_| unknown)?;
    ForeignHash::new(Scheme::Bcrypt { cost }, &salt, &hash)
}

fn parse_scrypt(parameters: &str, salt: &[u8], hash: &[u8]) -> Parsed {
    let unknown = StoredHashRefused::UnknownFormat;
    let value = |name| named(parameters, name).ok_or(unknown).and_then(number);
    let (log_n, r, p) = (value("ln")?, value("r")?, value("p")?);
    let work = 1_u64.checked_shl(log_n).and_then(|n| n.checked_mul(r.into())?.checked_mul(p.into()));
    if log_n >= u64::BITS || work.is_none_or(|work| work > SCRYPT_WORK_MAX) {
        return Err(StoredHashRefused::TooCostly);
    }
    let log_n = u8::try_from(log_n).map_err(|_| unknown)?;
    let parameters = scrypt::Params::new(log_n, r, p).map_err(|_| unknown)?;
    ForeignHash::new(Scheme::Scrypt(parameters), salt, hash)
}

fn parse_pbkdf2(algorithm: pbkdf2::Algorithm, iterations: u32, salt: &[u8], hash: &[u8]) -> Parsed {
    // Each block of the longer hash function costs all iterations anew.
    const BLOCK_BYTES: usize = 32;
    let blocks = u64::try_from(hash.len().div_ceil(BLOCK_BYTES)).unwrap_or(u64::MAX);
    if blocks.saturating_mul(iterations.into()) > PBKDF2_WORK_MAX {
        return Err(StoredHashRefused::TooCostly);
    }
    let iterations = NonZeroU32::new(iterations).ok_or(StoredHashRefused::UnknownFormat)?;
    ForeignHash::new(Scheme::Pbkdf2 { algorithm, iterations }, salt, hash)
}

/// `i=600000,l=32`, or the bare number that Python's passlib writes.
fn rounds(parameters: &str) -> Result<u32, StoredHashRefused> {
    number(named(parameters, "i").unwrap_or(parameters))
}

fn named<'t>(parameters: &'t str, name: &str) -> Option<&'t str> {
    parameters
        .split(',')
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(own, value)| (own == name).then_some(value))
}

/// A plain number; one that does not fit is too much of whatever it counts.
fn number(text: &str) -> Result<u32, StoredHashRefused> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(StoredHashRefused::UnknownFormat);
    }
    text.parse().map_err(|_| StoredHashRefused::TooCostly)
}

/// Base64 with or without padding; passlib writes `.` for `+`.
fn decode(text: &str) -> Result<Vec<u8>, StoredHashRefused> {
    BASE64.decode(text.replace('.', "+")).map_err(|_| StoredHashRefused::UnknownFormat)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_hash_of(text: &str, password: &str) -> bool {
        let parsed = ForeignHash::parse(text).unwrap_or_else(|refused| panic!("{text}: {refused}"));
        parsed.compute(password.as_bytes()).unwrap() == parsed.expected()
    }

    fn refused(text: &str) -> Option<StoredHashRefused> {
        ForeignHash::parse(text).err()
    }

    // Made by libxcrypt (bcrypt) and Python's hashlib in the forms of the programs named.
    const OF_PASSWORD: [&str; 6] = [
        "$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm",
        "$scrypt$ln=10,r=8,p=2$c2FsdHNhbHRzYWx0c2FsdA$JLVLEBqEczXzB57zQqjaD5UnF+KXbq/OWUpgSiMAKos",
        // The string format, passlib, Django.
        "$pbkdf2-sha256$i=1000,l=32$c2FsdHNhbHQ$E196ZhRPzw+wA84EjzHwJO1cv/MFJdO6C/sxmUeTYqY",
        "$pbkdf2-sha512$1000$c2FsdHNhbHQ$Q6v4xwJ8a9nWPp2BeEoAYYhHSo2xRmPWART17vTpSxt2q6iNp7BOozW557qqa95eNjUO4gKs0CyvJbYGGku1tA",
        "pbkdf2_sha256$1000$saltsalt$E196ZhRPzw+wA84EjzHwJO1cv/MFJdO6C/sxmUeTYqY=",
        "pbkdf2_sha512$1000$saltsalt$Q6v4xwJ8a9nWPp2BeEoAYYhHSo2xRmPWART17vTpSxt2q6iNp7BOozW557qqa95eNjUO4gKs0CyvJbYGGku1tA==",
    ];

    #[test]
    fn hashes_of_other_programs_are_verified() {
        for text in OF_PASSWORD {
            assert!(is_hash_of(text, "password"), "{text}");
            assert!(!is_hash_of(text, "passwore"), "{text}");
            assert!(!is_hash_of(text, ""), "{text}");
        }
        for name in ["2a", "2y"] {
            assert!(is_hash_of(&OF_PASSWORD[0].replace("2b", name), "password"), "{name}");
        }
        assert!(is_hash_of("$2y$05$abcdefghijklmnopqrstuuswA33yoMnZGpR19xZsEtO3kbxoJzKsW", "pä"));
        let dots = OF_PASSWORD[2].replace('+', ".");
        assert!(is_hash_of(&dots, "password"), "as passlib writes it");
    }

    #[test]
    fn pwd_09_bcrypt_does_not_read_a_long_password_to_its_end() {
        let long = "p".repeat(71);
        let text = "$2b$04$abcdefghijklmnopqrstuu0gdhXmQZNipGrLfu/uKEkP3zoj.H5YK";
        for end in ["ab", "ax", "a"] {
            assert!(is_hash_of(text, &format!("{long}{end}")), "{end}");
        }
        let parsed = ForeignHash::parse(text).unwrap();
        assert!(parsed.reads_all_of(long.as_bytes()));
        assert!(!parsed.reads_all_of(format!("{long}a").as_bytes()));
        assert!(ForeignHash::parse(OF_PASSWORD[1]).unwrap().reads_all_of(&[b'p'; 300]));
    }

    #[test]
    fn f_41_a_hash_that_costs_too_much_is_refused_before_it_is_computed() {
        let bcrypt = |cost: &str| OF_PASSWORD[0].replace("$04$", &format!("${cost}$"));
        let scrypt = |parameters: &str| OF_PASSWORD[1].replace("ln=10,r=8,p=2", parameters);
        let pbkdf2 = |rounds: &str| OF_PASSWORD[3].replace("1000", rounds);
        for text in [
            bcrypt("15"),
            bcrypt("31"),
            bcrypt("99999999999"),
            scrypt("ln=30,r=8,p=1"),
            scrypt("ln=18,r=8,p=2"),
            scrypt("ln=10,r=8,p=400000000"),
            scrypt("ln=255,r=1,p=1"),
            pbkdf2("4000000"),
            pbkdf2("4294967295"),
        ] {
            assert_eq!(refused(&text), Some(StoredHashRefused::TooCostly), "{text}");
        }
        for text in [bcrypt("14"), scrypt("ln=17,r=8,p=1"), scrypt("ln=18,r=8,p=1"), pbkdf2("1000000")] {
            assert_eq!(refused(&text), None, "{text}");
        }
    }

    #[test]
    fn what_is_not_whole_is_an_unknown_format() {
        for text in [
            "$2x$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm",
            "$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzd",
            "$2b$03$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm",
            "$2b$-4$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm",
            "$scrypt$ln=10,r=8$c2FsdA$JLVLEBqEczXzB57zQqjaD5UnF",
            "$scrypt$ln=10,r=0,p=1$c2FsdHNhbHQ$JLVLEBqEczXzB57zQqjaD5UnF+KXbq/OWUpgSiMAKos",
            "$pbkdf2-sha256$i=1000$c2FsdHNhbHQ$",
            "$pbkdf2-sha256$i=1000$$E196ZhRPzw+wA84EjzHwJO1cv/MFJdO6C/sxmUeTYqY",
            "pbkdf2_sha256$0$saltsalt$E196ZhRPzw+wA84EjzHwJO1cv/MFJdO6C/sxmUeTYqY=",
            "pbkdf2_sha1$1000$saltsalt$E196ZhRPzw+wA84EjzHwJO1cv/MFJdO6C/sxmUeTYqY=",
            "{SSHA}c2FsdHNhbHQ",
            "5f4dcc3b5aa765d61d8327deb882cf99",
        ] {
            assert_eq!(refused(text), Some(StoredHashRefused::UnknownFormat), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\$?(2b|scrypt|pbkdf2-sha256|pbkdf2_sha256)\\$[a-z0-9=,]{0,20}\\$\\PC{0,60}") {
            let _ = ForeignHash::parse(&text);
        }
    }
}
