//! How many connections the system's limit on open files leaves room for.

use crate::base::bounds::listener::DESCRIPTORS_RESERVED;

/// At most `wanted`, less where the process may not open that many files.
pub fn affordable(wanted: usize) -> usize {
    match soft_limit().map(|limit| leave_room(wanted, limit)) {
        Some(affordable) if affordable < wanted => {
            tracing::info!(
                wanted,
                affordable,
                "the limit on open files (ulimit -n) allows fewer connections than configured"
            );
            affordable
        }
        _ => wanted,
    }
}

/// The rest of the program keeps a fixed number of descriptors, or half of them where there are few.
fn leave_room(wanted: usize, limit: usize) -> usize {
    wanted.min(limit - DESCRIPTORS_RESERVED.min(limit / 2)).max(1)
}

/// The soft limit on open files; none where the system does not tell (only Linux does so in a file).
fn soft_limit() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{leave_room, soft_limit};

    #[test]
    fn room_is_left_for_the_rest_of_the_program() {
        assert_eq!(leave_room(16_384, 1_024), 896);
        assert_eq!(leave_room(16_384, 64), 32);
        assert_eq!(leave_room(100, 1_048_576), 100);
        assert_eq!(leave_room(100, 0), 1);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn linux_tells_its_limit() {
        assert!(soft_limit().is_some());
    }
}
