//! Certificates of a local authority.

use std::time::Duration;

/// How long the local certificate authority is good: ten years, because people have to trust each new one by hand.
pub const LOCAL_AUTHORITY_SECONDS: i64 = 3_650 * 24 * 60 * 60;
/// How long a certificate of it is good; some browsers take no longer one than 398 days.
pub const LOCAL_CERTIFICATE_SECONDS: i64 = 397 * 24 * 60 * 60;
/// How long before its end a certificate is renewed.
pub const LOCAL_RENEWAL_SECONDS: i64 = 30 * 24 * 60 * 60;
/// How far back certificates begin, for machines whose clocks are slow.
pub const LOCAL_BACKDATED_SECONDS: i64 = 24 * 60 * 60;
/// The pause between looks at their ends.
pub const LOCAL_RENEWAL_EVERY: Duration = Duration::from_hours(1);
