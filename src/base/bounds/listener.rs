//! Bounds of the listener that no operator needs to turn.

use std::time::Duration;

/// Connections the system holds for us while we do not accept.
pub const BACKLOG: u32 = 1024;
/// Bytes of a request head.
pub const HEAD_BYTES: usize = 32 * 1024;
/// Bytes of room for a request head that an idle connection keeps.
pub const HEAD_BYTES_KEPT: usize = 1024;
/// Time a finished answer may take to be fetched by its client.
pub const ANSWER_TIME: Duration = Duration::from_mins(1);
/// Bytes of answers that clients of HTTP/2 have not fetched, of all of them together, beyond which they get less time.
pub const ANSWER_BYTES_WAITING: usize = 64 * 1024 * 1024;
/// Time an answer may take to be fetched while that many wait, or while connections are scarce.
pub const ANSWER_TIME_WHEN_SCARCE: Duration = Duration::from_secs(1);
/// How often it is looked whether they do.
pub const ANSWER_LOOK_EVERY: Duration = Duration::from_secs(1);
/// Time a connection may lie idle while connections are scarce.
pub const IDLE_WHEN_SCARCE: Duration = Duration::from_secs(1);
/// First wait after the system refuses to accept; doubled up to the last.
pub const ACCEPT_FIRST_WAIT: Duration = Duration::from_millis(50);
/// Longest wait after the system refuses to accept.
pub const ACCEPT_LAST_WAIT: Duration = Duration::from_secs(1);
/// File descriptors left to the store, the mail and the logs.
pub const DESCRIPTORS_RESERVED: usize = 128;
/// Requests running at one time on one HTTP/2 connection.
pub const H2_STREAMS: u32 = 100;
/// Bytes one HTTP/2 stream may have on the way before it is read.
pub const H2_STREAM_WINDOW: u32 = 65_535;
/// Bytes all streams of one HTTP/2 connection may have on the way.
pub const H2_CONNECTION_WINDOW: u32 = 1024 * 1024;
/// Bytes of answers kept for one HTTP/2 stream whose client does not read.
pub const H2_SEND_BUFFER: usize = 256 * 1024;
/// Streams an HTTP/2 client may open and reset unseen before the connection ends.
pub const H2_RESETS: usize = 20;
/// Silence after which an HTTP/2 client is pinged.
pub const H2_PING_AFTER: Duration = Duration::from_secs(20);
/// Time the client has to answer the ping.
pub const H2_PING_TIME: Duration = Duration::from_secs(10);
