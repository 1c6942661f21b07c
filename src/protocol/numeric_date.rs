//! Moments in the claims of JWTs (RFC 7519 §2): seconds since 1970, perhaps with a fraction.

use serde_json::{Map, Value};

use crate::base::Timestamp;

/// A claim that should be a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumericDate {
    /// It is not there.
    Absent,
    /// It is.
    At(Timestamp),
    /// It is there and is no moment that anybody lives in.
    Malformed,
}

/// The year 9999: what lies beyond is nobody's clock.
const FURTHEST_SECONDS: i64 = 253_402_300_799;

/// Reads the moment `name` of `claims`; a fraction of a second is left out.
pub fn read(claims: &Map<String, Value>, name: &str) -> NumericDate {
    let Some(value) = claims.get(name) else { return NumericDate::Absent };
    #[expect(clippy::cast_possible_truncation, reason = "what does not fit saturates and is then out of range")]
    let seconds = value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64));
    match seconds {
        Some(seconds) if (0..=FURTHEST_SECONDS).contains(&seconds) => NumericDate::At(Timestamp::from_seconds(seconds)),
        _ => NumericDate::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_moment_is_a_number_of_seconds_in_our_time() {
        // RFC 7519 §2: NumericDate.
        let of = |value: Value| read(json!({ "exp": value }).as_object().unwrap(), "exp");
        assert_eq!(of(json!(5)), NumericDate::At(Timestamp::from_seconds(5)));
        assert_eq!(of(json!(5.9)), NumericDate::At(Timestamp::from_seconds(5)));
        for wrong in [json!("5"), json!(null), json!(-1), json!(1e300), json!(-1e300), json!(u64::MAX), json!([5])] {
            assert_eq!(of(wrong.clone()), NumericDate::Malformed, "{wrong}");
        }
        assert_eq!(read(&Map::new(), "exp"), NumericDate::Absent);
    }
}
