//! GitHub's REST interface: organisations, ending grants, headers, limits, places.

use doorward::base::Sensitive;
use doorward::model::upstream::UpstreamTokens;
use doorward::upstream::{Connector, Kind, UpstreamFailure};
use serde_json::{Value, json};

use crate::github::{EMAILS, GitHub, TOKEN, USER, list, user};
use crate::idp::{
    CLIENT_ID, NOW, begin, connector, connector_within, departure, finish, parameter, patience_for, provider,
};
use crate::server::Reply;

const ORGANIZATIONS: &str = "/gh/api/v3/user/memberships/orgs";
const GRANT: &str = "/gh/api/v3/applications/doorward-at-up/grant";

fn restricted(github: &GitHub) -> Connector {
    let mut restricted = github.provider();
    restricted.restrictions.organizations = vec!["acme".to_owned()];
    connector(restricted)
}

#[tokio::test]
async fn fed_1_7_a_grant_is_ended_with_our_credentials() {
    let github = GitHub::start();
    let tokens = UpstreamTokens { access_token: Sensitive::new("gho_1".to_owned()), refresh_token: None };
    for status in [204, 404, 422] {
        github.0.answer(GRANT, Reply::Answer(status, vec![], vec![]));
        connector(github.provider()).revoke(&tokens, NOW).await.unwrap();
    }
    let asked = &github.0.seen(GRANT)[0];
    assert_eq!(asked.method, "DELETE");
    // doorward-at-up:client-secret
    assert_eq!(asked.header("authorization"), Some("Basic ZG9vcndhcmQtYXQtdXA6Y2xpZW50LXNlY3JldA=="));
    assert_eq!(serde_json::from_str::<Value>(&asked.body).unwrap(), json!({ "access_token": "gho_1" }));
    github.0.answer(GRANT, Reply::status(401, &json!({ "message": "Bad credentials" })));
    let refused = connector(github.provider()).revoke(&tokens, NOW).await.unwrap_err();
    assert_eq!(refused, UpstreamFailure::Refused { code: "status 401".to_owned() });
    github.0.answer(GRANT, Reply::status(503, &json!({})));
    assert_eq!(connector(github.provider()).revoke(&tokens, NOW).await.unwrap_err().label(), "unreachable");
}

#[tokio::test]
async fn fed_1_7_a_name_of_ours_cannot_lead_to_another_address() {
    let github = GitHub::start();
    let mut odd = github.provider();
    odd.client_id = "../../user?x=".to_owned();
    let tokens = UpstreamTokens { access_token: Sensitive::new("gho_1".to_owned()), refresh_token: None };
    connector(odd).revoke(&tokens, NOW).await.unwrap();
    let path = "/gh/api/v3/applications/..%2F..%2Fuser%3Fx=/grant";
    assert_eq!(github.0.seen(path).len(), 1);
}

#[tokio::test]
async fn fed_1_10_organisations_are_asked_for_only_where_they_decide() {
    let github = GitHub::start();
    github.finish().await.unwrap();
    assert!(github.0.seen(ORGANIZATIONS).is_empty());
    let restricted = restricted(&github);
    let (address, _) = begin(&restricted, &departure()).await;
    assert_eq!(parameter(&address, "scope").as_deref(), Some("read:user user:email read:org"));
    github.grant("read:user,user:email,read:org");
    let member = |login: &str, state: &str| json!({ "state": state, "organization": { "login": login, "id": 1 } });
    let memberships = json!([member("Acme", "active"), member("Other", "active"), member("Pending", "pending")]);
    github.0.answer(ORGANIZATIONS, Reply::json(&memberships));
    for visits in 1..=2 {
        assert_eq!(finish(&restricted).await.unwrap().identity.organizations, ["acme", "other"]);
        assert_eq!(github.0.seen(ORGANIZATIONS).len(), visits);
    }
}

#[tokio::test]
async fn fed_1_10_what_single_sign_on_hides_is_withheld() {
    let github = GitHub::start();
    let restricted = restricted(&github);
    let withheld = |detail| UpstreamFailure::Withheld { detail };
    assert_eq!(finish(&restricted).await.unwrap_err(), withheld("the organisations"));
    github.grant("read:user,user:email,read:org");
    let refusal = Reply::status(403, &json!({ "message": "Resource protected by organization SAML enforcement." }));
    github.0.answer(ORGANIZATIONS, refusal.clone().with("X-GitHub-SSO", "required; url=https://github.example/sso"));
    assert_eq!(finish(&restricted).await.unwrap_err(), withheld("an organisation's single sign-on"));
    github.0.answer(ORGANIZATIONS, refusal);
    assert_eq!(finish(&restricted).await.unwrap_err(), withheld("the organisations"));
    let others = json!([{ "state": "active", "organization": { "login": "other" } }]);
    let partial = |list: &Value| Reply::json(list).with("X-GitHub-SSO", "partial-results; organizations=21955855");
    github.0.answer(ORGANIZATIONS, partial(&others));
    assert_eq!(finish(&restricted).await.unwrap_err(), withheld("an organisation's single sign-on"));
    let ours = json!([{ "state": "active", "organization": { "login": "ACME" } }]);
    github.0.answer(ORGANIZATIONS, partial(&ours));
    assert_eq!(finish(&restricted).await.unwrap().identity.organizations, ["acme"]);
}

#[tokio::test]
async fn fed_1_11_the_interface_gets_its_headers() {
    let github = GitHub::start();
    github.finish().await.unwrap();
    for path in [USER, EMAILS] {
        let asked = github.0.only(path);
        assert_eq!(asked.header("x-github-api-version"), Some("2022-11-28"), "{path}");
        assert_eq!(asked.header("accept"), Some("application/vnd.github+json"));
        assert_eq!(asked.header("authorization"), Some("Bearer gho_16C7e42F292c69"));
        assert!(asked.header("user-agent").unwrap().starts_with("doorward/"));
    }
}

#[tokio::test]
async fn fed_1_11_too_many_requests_are_no_lack_of_rights() {
    for reply in [
        Reply::status(429, &json!({})),
        Reply::status(403, &json!({})).with("Retry-After", "60"),
        Reply::status(403, &json!({})).with("X-RateLimit-Remaining", "0"),
    ] {
        for path in [USER, EMAILS] {
            let github = GitHub::start();
            github.0.answer(path, reply.clone());
            assert_eq!(github.finish().await.unwrap_err().label(), "unreachable");
        }
    }
    let github = GitHub::start();
    github.0.answer(USER, Reply::status(401, &json!({ "message": "Bad credentials" })));
    assert_eq!(github.finish().await.unwrap_err().label(), "refused");
}

#[tokio::test]
async fn fed_1_12_a_server_of_ones_own_has_its_interface_where_it_says() {
    let github = GitHub::start();
    let mut elsewhere = github.provider();
    elsewhere.userinfo_endpoint = Some(github.0.at("/rest/"));
    github.0.answer("/rest/user", Reply::json(&user()));
    github.0.answer("/rest/user/emails", Reply::json(&list(&[])));
    elsewhere.id = "ghes".parse().unwrap();
    let connectors = doorward::upstream::Connectors::new(vec![github.provider(), elsewhere]).unwrap();
    let own = finish(connectors.find("ghes").unwrap()).await.unwrap().identity;
    assert!(github.0.seen(USER).is_empty());
    // The same number elsewhere is another person.
    let other = finish(connectors.find("up").unwrap()).await.unwrap().identity;
    assert_eq!(own.subject, other.subject);
    assert_ne!(own.provider, other.provider);
}

#[tokio::test]
async fn fed_1_12_githubs_own_addresses_are_known() {
    let mut github = provider(Kind::GitHub, String::new());
    github.issuer = None;
    github.allows_private_addresses = false;
    let (address, _) = begin(&connector(github), &departure()).await;
    assert!(address.as_str().starts_with("https://github.com/login/oauth/authorize?"));
    assert_eq!(parameter(&address, "client_id").as_deref(), Some(CLIENT_ID));
}

#[tokio::test]
async fn fed_1_13_what_github_says_of_a_second_factor_is_not_taken() {
    let github = GitHub::start();
    let with = github.finish().await.unwrap().identity;
    let mut without = user();
    without["two_factor_authentication"] = false.into();
    github.0.answer(USER, Reply::json(&without));
    assert_eq!(github.finish().await.unwrap().identity, with);
}

#[tokio::test]
async fn fed_10_answers_that_are_none_are_told_apart() {
    for path in [TOKEN, USER, EMAILS] {
        for (reply, label) in [
            (Reply::typed(200, "text/html", "<!doctype html>"), "malformed"),
            (Reply::typed(200, "application/json", "{"), "malformed"),
            (Reply::typed(302, "text/html", "").with("Location", "http://127.0.0.1/"), "malformed"),
            (Reply::Endless, "malformed"),
            (Reply::typed(502, "text/html", "unicorn"), "unreachable"),
            (Reply::Silence, "unreachable"),
        ] {
            let github = GitHub::start();
            let limits = patience_for(&reply);
            github.0.answer(path, reply);
            let failure = finish(&connector_within(limits, github.provider())).await.unwrap_err();
            assert_eq!(failure.label(), label, "{path}");
        }
    }
}
