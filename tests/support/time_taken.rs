//! How long works take, held against each other on a machine that others use as well.

use std::time::{Duration, Instant};

/// A fair look at each, even where the first one is close.
const ROUNDS_MIN: usize = 4;
/// With each round the fastest times come nearer to what the works cost by themselves; by then they are there.
const ROUNDS_MAX: usize = 40;

/// Does each of the `works` works in turn, so that whatever else the machine does meets all of them, until the fastest
/// time of none is more than `times` that of another. `work` is told which; it gives how long it took.
///
/// # Panics
/// If they do not come that close.
pub async fn take_alike(works: usize, times: u32, mut work: impl AsyncFnMut(usize) -> Duration) {
    let mut fastest = vec![Duration::MAX; works];
    for round in 0..ROUNDS_MAX {
        for (which, best) in fastest.iter_mut().enumerate() {
            *best = work(which).await.min(*best);
        }
        let (least, most) = (*fastest.iter().min().unwrap(), *fastest.iter().max().unwrap());
        if round + 1 >= ROUNDS_MIN && most <= least * times {
            return;
        }
    }
    panic!("not within {times} times of each other: {fastest:?}");
}

/// How long `work` took, and what came of it.
pub async fn timed<T>(work: impl Future<Output = T>) -> (Duration, T) {
    let started = Instant::now();
    let came = work.await;
    (started.elapsed(), came)
}
