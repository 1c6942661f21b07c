//! Records for the tests of this module.

use super::{CodeRequest, CodeRules, code_record};
use crate::base::{AccountId, CodeId, Digest, Draw, InteractionId, Timestamp};
use crate::model::{CodePurpose, CodeRecord};

pub(super) const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

pub(super) const RULES: CodeRules = CodeRules {
    code_seconds: 600,
    verification_seconds: 600,
    reset_seconds: 1_800,
    attempts: 5,
    resends: 3,
    resend_seconds: 30,
};

/// Bound to everything a record can be bound to; the codes of equal `seed`s are equal.
pub(super) fn record(purpose: CodePurpose, seed: u8) -> CodeRecord {
    let mut draw = Draw::from_seed([seed; 32]);
    let request = CodeRequest {
        id: CodeId::generate_at(NOW, &mut draw),
        purpose,
        account: Some(AccountId::generate(&mut draw)),
        email: "ada@example.com".parse().unwrap(),
        interaction: Some(InteractionId::generate_at(NOW, &mut draw)),
        browser: Some(Digest::of("browser")),
        code_digest: Digest::of("123456"),
        link_digest: Digest::of("link"),
    };
    code_record(request, &CodeRules::default(), NOW)
}
