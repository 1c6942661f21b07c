//! Mailed one-time codes and the links beside them: how they are made, who may try them, when they are sent again.
//!
//! All of it decides over a snapshot; the store makes the decision true with guarded statements:
//!
//! * **try** — one statement counts and consumes, so that parallel guesses do not beat the limit (OTP-07) and of
//!   parallel uses one wins (OTP-01). `$ok` is whether [`check_code`] accepted, and a refusal for which
//!   [`CodeRefused::counts`] is false is not written at all. The answer is given after the commit; a statement that
//!   touched no row means that somebody else used or exhausted the record meanwhile, and the answer is
//!   [`CodeRefused::TooManyAttempts`]:
//!   `UPDATE … SET attempts = attempts + (1 - $ok), consumed_at = CASE WHEN $ok = 1 THEN $now END
//!   WHERE id = $id AND code_digest = $seen AND consumed_at IS NULL AND attempts < $max AND expires_at > $now RETURNING …`
//! * **send again** — [`sent_again`] gives the new record, written `WHERE id = $id AND sends = $seen AND consumed_at IS
//!   NULL`, in the same commit as the mail's outbox row.

mod check;
mod digits;
mod resend;

pub use check::{CodeAttempt, CodeRefused, LinkAttempt, check_code, check_link};
pub use digits::{MalformedCode, OneTimeCode};
pub use resend::{CodeRequest, ResendRefused, code_record, may_send_again, sent_again};
