//! The `typ` of JWTs that others sign: one that says it is something else is not taken (RFC 8725 §3.11).
//!
//! Ours are told apart in `jose`, where theirs is exact.

/// Whether a JWT with this `typ` may be of one of the kinds `own`. Few say what they are, and `JWT` says nothing.
// RFC 7515 §4.1.9: compared without case, and `application/` may be left out.
pub fn may_be(typ: Option<&str>, own: &[&str]) -> bool {
    let Some(typ) = typ else { return true };
    let typ = typ.strip_prefix("application/").unwrap_or(typ);
    typ.eq_ignore_ascii_case("JWT") || own.iter().any(|own| typ.eq_ignore_ascii_case(own))
}
