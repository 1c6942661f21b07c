//! What the operator decides about a client, and what holds when its requests say nothing.

use super::address::{is_origin, is_resource};
use super::descriptions::is_label;
use super::{Found, Problem, is_client_id};
use crate::base::bounds::{ACCESS_TOKEN_SECONDS_MAX, ACCESS_TOKEN_SECONDS_MIN, DEFAULT_MAX_AGE_SECONDS_MAX};
use crate::model::client::ClientMetadata;
use crate::protocol::acr;

pub(super) fn check_defaults(found: &mut Found, metadata: &ClientMetadata) {
    let max_ages = 0..=DEFAULT_MAX_AGE_SECONDS_MAX;
    found.check("default_max_age", metadata.default_max_age.is_none_or(|age| max_ages.contains(&age)), Problem::MaxAge);
    found.check_list("default_acr_values", &metadata.default_acr_values, Problem::AuthenticationContext, |value| {
        acr::SUPPORTED.contains(&value.as_str())
    });
}

pub(super) fn check_own(found: &mut Found, metadata: &ClientMetadata) {
    let own = &metadata.doorward;
    found.check_list("doorward.resources", &own.resources, Problem::Resource, |uri| is_resource(uri));
    found.check_list("doorward.allowed_origins", &own.allowed_origins, Problem::Origin, |origin| is_origin(origin));
    let audiences = &own.token_exchange_audiences;
    found.check_list("doorward.token_exchange_audiences", audiences, Problem::Resource, |name| {
        is_client_id(name) || is_resource(name)
    });
    found.check_list("doorward.decided", &own.decided, Problem::Text, |name| is_label(name));
    let lives = ACCESS_TOKEN_SECONDS_MIN..=ACCESS_TOKEN_SECONDS_MAX;
    let is_right = own.access_token_seconds.is_none_or(|seconds| lives.contains(&seconds));
    found.check("doorward.access_token_seconds", is_right, Problem::AccessTokenSeconds);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::client_metadata::tests::{one, wrong};

    #[test]
    fn tok_08_lifetimes_and_ages_stay_in_range() {
        for (age, is_right) in [(0, true), (DEFAULT_MAX_AGE_SECONDS_MAX, true), (-1, false), (i64::MAX, false)] {
            assert_eq!(wrong(|own| own.default_max_age = Some(age)).is_empty(), is_right, "{age}");
        }
        for (seconds, is_right) in [(30, true), (3_600, true), (29, false), (3_601, false), (-5, false)] {
            let found = wrong(|own| own.doorward.access_token_seconds = Some(seconds));
            assert_eq!(found.is_empty(), is_right, "{seconds}");
        }
        let gold = wrong(|own| own.default_acr_values = vec!["1".into(), "gold".into()]);
        assert_eq!(gold, one("default_acr_values[1]", Problem::AuthenticationContext));
    }

    #[test]
    fn rfc8707_2_resources_and_origins_are_what_they_are_called() {
        for refused in ["/api", "https://api.example/#x", "a b:c", ""] {
            let found = wrong(|own| own.doorward.resources = vec![refused.into()]);
            assert_eq!(found, one("doorward.resources[0]", Problem::Resource), "{refused}");
        }
        assert!(
            wrong(|own| own.doorward.resources = vec!["https://api.example/v1".into(), "urn:x:y".into()]).is_empty()
        );
        for refused in
            ["*", "null", "https://app.example/", "https://*.app.example", "http://app.example", "app.example"]
        {
            let found = wrong(|own| own.doorward.allowed_origins = vec![refused.into()]);
            assert_eq!(found, one("doorward.allowed_origins[0]", Problem::Origin), "{refused}");
        }
        assert!(wrong(|own| own.doorward.allowed_origins = vec!["http://localhost:5173".into()]).is_empty());
    }
}
