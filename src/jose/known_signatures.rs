//! Tokens whose signatures were made or checked here before, so that one that comes again is not checked again: an
//! ES256 check takes three times as long as the signature did, and the same token is asked about many times.
//!
//! A signature that is right stays right: the fingerprint covers every byte of the token, the name of its key among
//! them, and that name is the key's thumbprint. Whether the key is still published, and everything that changes with
//! time, is looked at each time by the caller.

use std::collections::HashSet;
use std::fmt;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};

use crate::base::bounds::KNOWN_SIGNATURES_MAX;

/// What is kept of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; SHA256_OUTPUT_LEN]);

impl Fingerprint {
    /// The fingerprint of a compact JWS.
    pub fn of(token: &str) -> Self {
        let mut bytes = [0; SHA256_OUTPUT_LEN];
        bytes.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        Self(bytes)
    }
}

/// The tokens known, up to a bound; those not asked about for the longest time are forgotten.
#[derive(Default)]
pub struct KnownSignatures(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    young: HashSet<Fingerprint>,
    old: HashSet<Fingerprint>,
}

impl KnownSignatures {
    /// Whether the token's signature is known to be right.
    pub fn hold(&self, token: Fingerprint) -> bool {
        let mut generations = self.lock();
        if generations.young.contains(&token) {
            return true;
        }
        let held = generations.old.contains(&token);
        if held {
            generations.keep(token);
        }
        held
    }

    /// Keeps a token whose signature is right.
    pub fn keep(&self, token: Fingerprint) {
        self.lock().keep(token);
    }

    fn lock(&self) -> MutexGuard<'_, Generations> {
        // Whatever panicked, each set is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Generations {
    fn keep(&mut self, token: Fingerprint) {
        if self.young.len() >= KNOWN_SIGNATURES_MAX / 2 {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(token);
    }
}

impl fmt::Debug for KnownSignatures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KnownSignatures(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(number: usize) -> Fingerprint {
        Fingerprint::of(&number.to_string())
    }

    #[test]
    fn what_was_kept_is_known_and_nothing_else() {
        let known = KnownSignatures::default();
        known.keep(token(1));
        assert!(known.hold(token(1)));
        assert!(!known.hold(token(2)));
    }

    #[test]
    fn the_number_is_bounded_and_tokens_in_use_stay() {
        let known = KnownSignatures::default();
        for number in 0..3 * KNOWN_SIGNATURES_MAX {
            known.keep(token(number));
            assert!(known.hold(token(0)), "asked about all the time");
        }
        let generations = known.lock();
        assert!(generations.young.len() + generations.old.len() <= KNOWN_SIGNATURES_MAX);
        assert!(!generations.young.contains(&token(1)) && !generations.old.contains(&token(1)));
    }
}
