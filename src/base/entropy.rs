//! Randomness, handed in. A request draws one seed from the system and derives everything it needs from it, so that
//! the decisions behind it stay plain functions.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use zeroize::Zeroizing;

use super::fault::Fault;

const SEED_BYTES: usize = 32;

/// A source of seeds.
pub trait Entropy: Send + Sync + 'static {
    /// A fresh stream of random bytes. A source that fails gives [`Fault::Entropy`], never weak values.
    fn draw(&self) -> Result<Draw, Fault>;
}

/// The operating system's source.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn draw(&self) -> Result<Draw, Fault> {
        let mut seed = Zeroizing::new([0; SEED_BYTES]);
        getrandom::fill(seed.as_mut()).map_err(|_| Fault::Entropy)?;
        Ok(Draw::from_seed(*seed))
    }
}

/// A cryptographic stream (ChaCha20) derived from one seed. It cannot fail and cannot be cloned.
pub struct Draw(ChaCha20Rng);

impl Draw {
    /// The stream that belongs to `seed`; equal seeds give equal streams.
    pub fn from_seed(seed: [u8; SEED_BYTES]) -> Self {
        Self(ChaCha20Rng::from_seed(seed))
    }

    /// The next `N` bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// A number below `bound`, every one equally likely (rejection, no modulo bias). A bound of 0 gives 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        let Some(zone) = u32::MAX.checked_rem(bound).map(|rest| u32::MAX - rest) else { return 0 };
        loop {
            let candidate = self.0.next_u32();
            if candidate < zone {
                return candidate % bound;
            }
        }
    }
}

impl std::fmt::Debug for Draw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Draw(..)")
    }
}

/// Repeatable seeds for tests: the n-th draw of equal sources is equal.
#[derive(Debug, Default)]
pub struct SeededEntropy(std::sync::atomic::AtomicU64);

impl SeededEntropy {
    /// A source whose first draw is the `start`-th.
    pub const fn starting_at(start: u64) -> Self {
        Self(std::sync::atomic::AtomicU64::new(start))
    }
}

impl Entropy for SeededEntropy {
    fn draw(&self) -> Result<Draw, Fault> {
        let turn = self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let mut seed = [0; SEED_BYTES];
        seed[..8].copy_from_slice(&turn.to_le_bytes());
        Ok(Draw::from_seed(seed))
    }
}

/// A source that always fails; for the tests of F-35.
#[derive(Debug, Clone, Copy, Default)]
pub struct BrokenEntropy;

impl Entropy for BrokenEntropy {
    fn draw(&self) -> Result<Draw, Fault> {
        Err(Fault::Entropy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_stays_below_and_reaches_every_value() {
        let mut draw = Draw::from_seed([7; 32]);
        let mut seen = [false; 10];
        for _ in 0..1_000 {
            seen[draw.below(10) as usize] = true;
        }
        assert!(seen.iter().all(|hit| *hit));
        assert_eq!(draw.below(0), 0);
    }
}
