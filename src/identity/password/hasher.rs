//! Hashing and checking, on threads of their own. Each keeps its memory and uses it again, so that a flood of logins
//! neither grows the process nor delays anybody else; what waits is bounded, and beyond that the answer is
//! [`Fault::Busy`] (PWD-14, F-41).

use std::sync::Arc;
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use subtle::ConstantTimeEq;
use tokio::sync::oneshot;

use super::stored::{Argon2Hash, HashParameters, StoredHash};
use super::text::Password;
use super::threads::{Job, Queue, Way, work};
use crate::base::bounds::settings;
use crate::base::{Draw, Fault};
use crate::model::PasswordHash;

/// RFC 9106 §3.1: sixteen bytes of salt are enough for every password to have its own.
pub(super) const SALT_BYTES: usize = 16;
/// The length of the hashes made here.
pub(super) const HASH_BYTES: usize = 32;

/// How passwords are hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HasherSettings {
    /// What a new hash costs.
    pub parameters: HashParameters,
    /// How many passwords are hashed at once; each holds the memory of one hash.
    pub threads: usize,
    /// How many more may wait.
    pub queue: usize,
}

impl Default for HasherSettings {
    /// Small: one thread, a dozen waiting. The operator's settings say what a machine can bear.
    fn default() -> Self {
        Self { parameters: HashParameters::default(), threads: 1, queue: 12 }
    }
}

/// What came of comparing a password with a stored hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Whether it is the password.
    pub ok: bool,
    /// Whether it is, and a new hash of it would be stronger than the stored one.
    pub needs_rehash: bool,
}

/// A handle on the hashing threads; they end when the last handle is dropped.
#[derive(Clone)]
pub struct PasswordHasher(Arc<Handle>);

struct Handle {
    queue: Arc<Queue>,
    parameters: HashParameters,
}

impl PasswordHasher {
    /// Starts the threads. They take no memory worth mentioning until the first password comes.
    pub fn start(chosen: HasherSettings) -> Result<Self, Fault> {
        let queue = Arc::new(Queue::new(chosen.queue));
        let handle = Self(Arc::new(Handle { queue, parameters: chosen.parameters }));
        let keep = chosen.parameters.argon2().params().block_count();
        for number in 0..chosen.threads.clamp(1, *settings::HASH_THREADS.end() as usize) {
            let queue = Arc::clone(&handle.0.queue);
            thread::Builder::new()
                .name(format!("hash-{number}"))
                .spawn(move || work(&queue, keep))
                .map_err(|error| Fault::Unavailable(format!("no thread to hash passwords on: {error}")))?;
        }
        Ok(handle)
    }

    /// Hashes `password` for keeping, with a salt of its own from `draw`.
    pub async fn hash(&self, password: &Password, draw: &mut Draw) -> Result<PasswordHash, Fault> {
        let salt = draw.bytes::<SALT_BYTES>();
        let parameters = self.0.parameters;
        let hash = self.compute(argon2_way(parameters, salt.to_vec()), password).await?;
        Ok(PasswordHash::from_stored(format!(
            "$argon2id$v=19${}${}${}",
            parameters.as_phc(),
            STANDARD_NO_PAD.encode(salt),
            STANDARD_NO_PAD.encode(hash),
        )))
    }

    /// Compares `password` with what is stored. A stored text that cannot be read or asks for too much is
    /// [`Fault::Broken`]: [`StoredHash::parse`] keeps such texts from being stored.
    pub async fn verify(&self, stored: &PasswordHash, password: &Password) -> Result<Verified, Fault> {
        let stored = StoredHash::parse(stored).map_err(Fault::broken)?;
        let is_weak = stored.is_weaker_than(self.0.parameters);
        let (way, expected, is_whole) = match stored {
            StoredHash::Argon2(Argon2Hash { context, salt, hash, .. }) => {
                (Way::Argon2 { context, salt, hash_bytes: hash.len() }, hash, true)
            }
            StoredHash::Foreign(foreign) => {
                let (expected, is_whole) = (foreign.expected().to_vec(), foreign.reads_all_of(password.bytes()));
                (Way::Foreign(Box::new(foreign)), expected, is_whole)
            }
        };
        let computed = self.compute(way, password).await?;
        let ok = bool::from(computed.ct_eq(&expected));
        Ok(Verified { ok, needs_rehash: ok && is_weak && is_whole })
    }

    /// Costs what [`PasswordHasher::verify`] costs and says no: for an address without account or an account without
    /// password, so that the time tells nothing (PWD-02).
    pub async fn verify_nothing(&self, password: &Password) -> Result<Verified, Fault> {
        self.compute(argon2_way(self.0.parameters, vec![0; SALT_BYTES]), password).await?;
        Ok(Verified { ok: false, needs_rehash: false })
    }

    async fn compute(&self, way: Way, password: &Password) -> Result<Vec<u8>, Fault> {
        let (answer, answered) = oneshot::channel();
        self.0.queue.push(Job { way, password: password.clone(), answer })?;
        answered.await.map_err(|_| Fault::broken("a password hashing thread ended in the middle of its work"))?
    }
}

fn argon2_way(parameters: HashParameters, salt: Vec<u8>) -> Way {
    Way::Argon2 { context: parameters.argon2(), salt, hash_bytes: HASH_BYTES }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.queue.close();
    }
}

#[cfg(test)]
mod tests {
    use argon2::Argon2;

    use super::*;

    fn hasher(threads: usize, queue: usize) -> PasswordHasher {
        PasswordHasher::start(HasherSettings { threads, queue, ..HasherSettings::default() }).unwrap()
    }

    fn password(text: &str) -> Password {
        Password::parse(text).unwrap()
    }

    fn draw() -> Draw {
        Draw::from_seed([9; 32])
    }

    #[tokio::test]
    async fn pwd_13_a_hash_is_argon2id_with_19_mib_two_passes_and_its_own_salt() {
        let (hasher, mut draw) = (hasher(1, 4), draw());
        let first = hasher.hash(&password("correct horse"), &mut draw).await.unwrap();
        let second = hasher.hash(&password("correct horse"), &mut draw).await.unwrap();
        assert!(first.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", first.as_str());
        assert_ne!(first.as_str(), second.as_str());
        for stored in [first, second] {
            let verified = hasher.verify(&stored, &password("correct horse")).await;
            assert_eq!(verified, Ok(Verified { ok: true, needs_rehash: false }));
        }
    }

    #[tokio::test]
    async fn pwd_09_every_character_counts() {
        let hasher = hasher(2, 64);
        let long = "x".repeat(72);
        for (set, typed) in [
            ("correct horse", "correct horsf"),
            ("correct horse", "Correct horse"),
            ("correct horse", "correct horse "),
            (" correct horse", "correct horse"),
            ("correct\0horse", "correct\0other"),
            ("correct", "correct\0"),
            ("é", "e"),
            (&format!("{long}a"), &format!("{long}b")),
            ("", " "),
        ] {
            let stored = hasher.hash(&password(set), &mut draw()).await.unwrap();
            assert!(hasher.verify(&stored, &password(set)).await.unwrap().ok, "{set:?}");
            assert!(!hasher.verify(&stored, &password(typed)).await.unwrap().ok, "{set:?} {typed:?}");
        }
        let stored = hasher.hash(&password("Zoe\u{308}"), &mut draw()).await.unwrap();
        assert!(hasher.verify(&stored, &password("Zo\u{eb}")).await.unwrap().ok);
    }

    #[tokio::test]
    async fn pwd_13_a_right_password_with_a_weaker_hash_is_to_be_hashed_anew() {
        let strong = HashParameters::new(20_000, 3).unwrap();
        let stored = hasher(1, 4).hash(&password("correct horse"), &mut draw()).await.unwrap();
        let stronger =
            PasswordHasher::start(HasherSettings { parameters: strong, ..HasherSettings::default() }).unwrap();
        let right = stronger.verify(&stored, &password("correct horse")).await;
        assert_eq!(right, Ok(Verified { ok: true, needs_rehash: true }));
        let wrong = stronger.verify(&stored, &password("battery staple")).await;
        assert_eq!(wrong, Ok(Verified { ok: false, needs_rehash: false }));
        let renewed = stronger.hash(&password("correct horse"), &mut draw()).await.unwrap();
        assert!(renewed.as_str().contains("m=20000,t=3,p=1"));
    }

    #[tokio::test]
    async fn hashes_of_others_verify_whatever_their_kind_and_cost() {
        let hasher = hasher(1, 4);
        let context = Argon2::new(
            argon2::Algorithm::Argon2i,
            argon2::Version::V0x13,
            argon2::Params::new(32, 3, 4, Some(24)).unwrap(),
        );
        let mut hash = [0; 24];
        context.hash_password_into(b"password", b"somesaltsomesalt", &mut hash).unwrap();
        let (salt, hash) = (STANDARD_NO_PAD.encode(b"somesaltsomesalt"), STANDARD_NO_PAD.encode(hash));
        let stored = PasswordHash::from_stored(format!("$argon2i$v=19$m=32,t=3,p=4${salt}${hash}"));
        let verified = hasher.verify(&stored, &password("password")).await;
        assert_eq!(verified, Ok(Verified { ok: true, needs_rehash: true }));
        assert!(!hasher.verify(&stored, &password("passwore")).await.unwrap().ok);
    }

    #[tokio::test]
    async fn pwd_13_imported_hashes_are_to_be_hashed_anew_once_the_password_was_right() {
        let hasher = hasher(1, 4);
        for text in [
            "$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm",
            "$scrypt$ln=10,r=8,p=2$c2FsdHNhbHRzYWx0c2FsdA$JLVLEBqEczXzB57zQqjaD5UnF+KXbq/OWUpgSiMAKos",
            "pbkdf2_sha256$1000$saltsalt$E196ZhRPzw+wA84EjzHwJO1cv/MFJdO6C/sxmUeTYqY=",
        ] {
            let stored = PasswordHash::from_stored(text);
            let right = hasher.verify(&stored, &password("password")).await;
            assert_eq!(right, Ok(Verified { ok: true, needs_rehash: true }), "{text}");
            let wrong = hasher.verify(&stored, &password("Password")).await;
            assert_eq!(wrong, Ok(Verified { ok: false, needs_rehash: false }), "{text}");
        }
        let cut_off = PasswordHash::from_stored("$2b$04$abcdefghijklmnopqrstuu0gdhXmQZNipGrLfu/uKEkP3zoj.H5YK");
        let long = hasher.verify(&cut_off, &password(&format!("{}ax", "p".repeat(71)))).await;
        assert_eq!(long, Ok(Verified { ok: true, needs_rehash: false }), "its end was not read");
    }

    #[tokio::test]
    async fn f_41_a_hostile_stored_hash_is_our_fault_and_costs_nothing() {
        let hasher = hasher(1, 4);
        let hostile = PasswordHash::from_stored("$argon2id$v=19$m=4194304,t=1000,p=1$c2FsdHNhbHQ$YWFhYWFhYWFhYWFhYWE");
        let broken = hasher.verify(&hostile, &password("password")).await;
        assert!(matches!(broken, Err(Fault::Broken(_))), "{broken:?}");
    }

    #[tokio::test]
    async fn pwd_02_nothing_is_never_right() {
        let verified = hasher(1, 4).verify_nothing(&password("")).await;
        assert_eq!(verified, Ok(Verified { ok: false, needs_rehash: false }));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn pwd_14_a_flood_is_answered_in_full_or_told_to_come_back() {
        let hasher = hasher(2, 8);
        let attempts: Vec<_> = (0..40)
            .map(|_| {
                let hasher = hasher.clone();
                tokio::spawn(async move { hasher.verify_nothing(&password("flood")).await })
            })
            .collect();
        let (mut answered, mut busy) = (0, 0);
        for attempt in attempts {
            match attempt.await.unwrap() {
                Ok(_) => answered += 1,
                Err(fault) if fault.is_passing() => busy += 1,
                Err(fault) => panic!("{fault}"),
            }
        }
        assert_eq!(answered + busy, 40);
        assert!(answered >= 8, "{answered} answered");
        assert!(hasher.verify_nothing(&password("after it")).await.is_ok());
    }

    #[test]
    fn the_threads_end_with_the_last_handle() {
        let hasher = hasher(2, 8);
        let queue = Arc::downgrade(&hasher.0.queue);
        let copy = hasher.clone();
        drop(hasher);
        assert!(queue.upgrade().is_some());
        drop(copy);
        while queue.upgrade().is_some() {
            thread::yield_now();
        }
    }
}
