//! What a stored hash asks for, and whether we are willing to do it.
//!
//! A hash brings its own parameters, and an imported one may ask for terabytes: everything is held against named
//! limits before a byte of memory is touched. What other programs wrote is read in `foreign`.

use std::fmt;

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, Version};

use super::foreign::ForeignHash;
use crate::base::bounds::settings::{ARGON2_ITERATIONS, ARGON2_MEMORY_KIB};
use crate::base::bounds::{ARGON2_LANES_MAX, STORED_HASH_BYTES_MAX};
use crate::model::PasswordHash;

/// What a new hash costs: RFC 9106 §3.1's memory size and passes, in one lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashParameters {
    memory_kib: u32,
    passes: u32,
}

/// Why hashes may not be made with these parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParametersRefused {
    /// Memory is outside [`ARGON2_MEMORY_KIB`].
    Memory,
    /// Passes are outside [`ARGON2_ITERATIONS`].
    Passes,
}

impl fmt::Display for ParametersRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, range) = match self {
            Self::Memory => ("memory in KiB", &ARGON2_MEMORY_KIB),
            Self::Passes => ("passes", &ARGON2_ITERATIONS),
        };
        write!(f, "{what} must be {} to {}", range.start(), range.end())
    }
}

impl std::error::Error for ParametersRefused {}

impl Default for HashParameters {
    /// PWD-13: 19 MiB, two passes, one lane.
    fn default() -> Self {
        Self { memory_kib: *ARGON2_MEMORY_KIB.start(), passes: *ARGON2_ITERATIONS.start() }
    }
}

impl HashParameters {
    /// Parameters for new hashes, with one lane: never below the recommended floor, never above what a thread may hold.
    pub fn new(memory_kib: u32, passes: u32) -> Result<Self, ParametersRefused> {
        if !ARGON2_MEMORY_KIB.contains(&memory_kib) {
            return Err(ParametersRefused::Memory);
        }
        if !ARGON2_ITERATIONS.contains(&passes) {
            return Err(ParametersRefused::Passes);
        }
        Ok(Self { memory_kib, passes })
    }

    pub(super) fn argon2(self) -> Argon2<'static> {
        let params = Params::new(self.memory_kib, self.passes, 1, None)
            .expect("the least memory and the fewest passes are above the algorithm's own minimum");
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
    }

    /// The part of the string format between the dollars.
    pub(super) fn as_phc(self) -> String {
        format!("m={},t={},p=1", self.memory_kib, self.passes)
    }
}

/// A stored hash, read and found affordable.
pub enum StoredHash {
    /// Argon2 in any of its three kinds.
    Argon2(Argon2Hash),
    /// Another kind, as an import brought it.
    Foreign(ForeignHash),
}

/// An Argon2 hash with what it takes to make it again.
pub struct Argon2Hash {
    pub(super) context: Argon2<'static>,
    pub(super) salt: Vec<u8>,
    pub(super) hash: Vec<u8>,
    is_current_kind: bool,
}

/// Why a stored hash is not worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoredHashRefused {
    /// It is not in a format that we read.
    UnknownFormat,
    /// It asks for more memory, passes or lanes than the limits allow.
    TooCostly,
}

impl fmt::Display for StoredHashRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownFormat => "a stored password hash is in no format that is read here",
            Self::TooCostly => "a stored password hash asks for more work than the limits allow",
        })
    }
}

impl std::error::Error for StoredHashRefused {}

impl StoredHash {
    /// Reads a stored hash and holds it against the limits. An import calls this before it takes a hash in.
    pub fn parse(stored: &PasswordHash) -> Result<Self, StoredHashRefused> {
        let unknown = StoredHashRefused::UnknownFormat;
        if stored.as_str().len() > STORED_HASH_BYTES_MAX {
            return Err(unknown);
        }
        if !stored.as_str().starts_with("$argon2") {
            return ForeignHash::parse(stored.as_str()).map(Self::Foreign);
        }
        let parsed = phc::PasswordHash::new(stored.as_str()).map_err(|_| unknown)?;
        let algorithm = Algorithm::try_from(parsed.algorithm.as_str()).map_err(|_| unknown)?;
        let version = parsed.version.map_or(Ok(Version::V0x10), Version::try_from).map_err(|_| unknown)?;
        let params = Params::try_from(&parsed).map_err(|_| unknown)?;
        let (Some(salt), Some(hash)) = (parsed.salt, parsed.hash) else { return Err(unknown) };
        // A secret key or associated data cannot be supplied here, so such a hash could never be met.
        if !params.keyid().is_empty() || !params.data().is_empty() {
            return Err(unknown);
        }
        if !is_affordable(&params) {
            return Err(StoredHashRefused::TooCostly);
        }
        Ok(Self::Argon2(Argon2Hash {
            context: Argon2::new(algorithm, version, params),
            salt: salt.as_ref().to_vec(),
            hash: hash.as_bytes().to_vec(),
            is_current_kind: algorithm == Algorithm::Argon2id && version == Version::V0x13,
        }))
    }

    /// Whether a hash made with `current` would be stronger (PWD-13).
    pub fn is_weaker_than(&self, current: HashParameters) -> bool {
        match self {
            Self::Foreign(_) => true,
            Self::Argon2(own) => {
                let params = own.context.params();
                !own.is_current_kind
                    || params.m_cost() < current.memory_kib
                    || params.t_cost() < current.passes
                    || own.salt.len() < super::hasher::SALT_BYTES
                    || own.hash.len() < super::hasher::HASH_BYTES
            }
        }
    }
}

fn is_affordable(params: &Params) -> bool {
    params.m_cost() <= *ARGON2_MEMORY_KIB.end()
        && params.t_cost() <= *ARGON2_ITERATIONS.end()
        && params.p_cost() <= ARGON2_LANES_MAX
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SALT_AND_HASH: &str = "c2FsdHNhbHRzYWx0c2FsdA$YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE";

    fn parse(parameters: &str) -> Result<StoredHash, StoredHashRefused> {
        parse_whole(&format!("$argon2id$v=19${parameters}${SALT_AND_HASH}"))
    }

    fn parse_whole(text: &str) -> Result<StoredHash, StoredHashRefused> {
        StoredHash::parse(&PasswordHash::from_stored(text))
    }

    #[test]
    fn f_41_hostile_parameters_are_refused_before_memory_is_touched() {
        for hostile in ["m=4194304,t=1000,p=1", "m=262145,t=2,p=1", "m=19456,t=11,p=1", "m=19456,t=2,p=17"] {
            assert_eq!(parse(hostile).err(), Some(StoredHashRefused::TooCostly), "{hostile}");
        }
        assert!(parse("m=262144,t=10,p=16").is_ok());
    }

    #[test]
    fn what_is_no_hash_is_an_unknown_format() {
        for text in ["", "$2b$10$abc", "plain", "$argon2id$v=19$m=19456,t=2,p=1", "$argon2id$v=99$m=19456,t=2,p=1$a$b"]
        {
            assert_eq!(parse_whole(text).err(), Some(StoredHashRefused::UnknownFormat), "{text}");
        }
        assert_eq!(parse("m=19456,t=2,p=1,keyid=Hj5+dsK0ZQ").err(), Some(StoredHashRefused::UnknownFormat));
    }

    #[test]
    fn pwd_13_a_hash_below_the_present_parameters_is_weaker() {
        let current = HashParameters::default();
        assert!(!parse("m=19456,t=2,p=1").unwrap().is_weaker_than(current));
        assert!(!parse("m=65536,t=3,p=4").unwrap().is_weaker_than(current));
        assert!(parse("m=12288,t=3,p=1").unwrap().is_weaker_than(current));
        assert!(parse("m=47104,t=1,p=1").unwrap().is_weaker_than(current));
        for prefix in ["$argon2i$v=19", "$argon2id$v=16", "$argon2id"] {
            let another_kind = format!("{prefix}$m=19456,t=2,p=1${SALT_AND_HASH}");
            assert!(parse_whole(&another_kind).unwrap().is_weaker_than(current), "{prefix}");
        }
    }

    #[test]
    fn pwd_13_settings_cannot_go_below_the_floor() {
        assert_eq!(HashParameters::new(19_455, 2), Err(ParametersRefused::Memory));
        assert_eq!(HashParameters::new(u32::MAX, 2), Err(ParametersRefused::Memory));
        assert_eq!(HashParameters::new(19_456, 1), Err(ParametersRefused::Passes));
        assert_eq!(HashParameters::new(19_456, 2), Ok(HashParameters::default()));
        assert_eq!(ParametersRefused::Passes.to_string(), "passes must be 2 to 10");
    }

    #[test]
    fn whatever_may_be_set_may_be_stored() {
        for (memory_kib, passes) in [
            (*ARGON2_MEMORY_KIB.start(), *ARGON2_ITERATIONS.start()),
            (*ARGON2_MEMORY_KIB.end(), *ARGON2_ITERATIONS.end()),
        ] {
            let chosen = HashParameters::new(memory_kib, passes).unwrap();
            assert_eq!(chosen.argon2().params().m_cost(), memory_kib);
            assert!(!parse(&chosen.as_phc()).unwrap().is_weaker_than(chosen));
        }
    }

    proptest! {
        #[test]
        fn no_stored_text_panics(
            kind in "\\$?(argon2id|argon2i|bcrypt)?\\$(v=[0-9]{1,12}\\$)?",
            parameters in "(m=[0-9]{1,12},t=[0-9]{1,12},p=[0-9]{1,12})?\\$\\PC{0,40}",
        ) {
            let _ = parse_whole(&format!("{kind}{parameters}"));
        }
    }
}
