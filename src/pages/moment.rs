//! How moments and spans are written on pages and in mails. Always UTC: the server does not know where a reader is.
//! Moments come as Unix seconds; nothing here reads a clock.

use jiff::Timestamp;
use jiff::tz::TimeZone;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The message and the count for a span. Rounded up, so that nobody is told to come back too early.
pub(super) fn coarse_span(seconds: i64) -> (&'static str, i64) {
    let seconds = seconds.max(0);
    if seconds < 2 * MINUTE {
        ("span-seconds", seconds)
    } else if seconds < 2 * HOUR {
        ("span-minutes", up(seconds, MINUTE))
    } else if seconds < 2 * DAY {
        ("span-hours", up(seconds, HOUR))
    } else {
        ("span-days", up(seconds, DAY))
    }
}

fn up(seconds: i64, unit: i64) -> i64 {
    seconds / unit + i64::from(seconds % unit != 0)
}

/// A moment by a `strftime` pattern of the message files. A moment outside the calendar, or a pattern an operator
/// wrote wrongly, gives the machine form.
pub(super) fn written(unix_seconds: i64, pattern: &str) -> String {
    let Ok(timestamp) = Timestamp::from_second(unix_seconds) else { return unix_seconds.to_string() };
    let zoned = timestamp.to_zoned(TimeZone::UTC);
    jiff::fmt::strtime::format(pattern, &zoned).unwrap_or_else(|_| timestamp.to_string())
}

/// A moment for the `datetime` attribute (RFC 3339).
pub(super) fn machine(unix_seconds: i64) -> String {
    Timestamp::from_second(unix_seconds).map_or_else(|_| String::new(), |timestamp| timestamp.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_rounded_up() {
        assert_eq!(coarse_span(-5), ("span-seconds", 0));
        assert_eq!(coarse_span(119), ("span-seconds", 119));
        assert_eq!(coarse_span(121), ("span-minutes", 3));
        assert_eq!(coarse_span(7201), ("span-hours", 3));
        assert_eq!(coarse_span(30 * DAY), ("span-days", 30));
        assert_eq!(coarse_span(i64::MAX).0, "span-days");
    }

    #[test]
    fn moments_follow_the_pattern() {
        assert_eq!(written(1_773_324_120, "%-d %B %Y, %H:%M UTC"), "12 March 2026, 14:02 UTC");
        assert_eq!(written(1_773_324_120, "%Q%!"), "2026-03-12T14:02:00Z");
        assert_eq!(written(i64::MAX, "%H"), i64::MAX.to_string());
    }
}
