//! GitHub and its quirks: who somebody is and which mailbox counts.

use doorward::model::upstream::Mailbox;
use doorward::upstream::{Arrival, Arrived, Departure, Kind, Provider, UpstreamFailure};
use serde_json::{Value, json};

use crate::idp::{
    NOW, REDIRECT_URI, arrival, begin, connector, departure, finish, parameter, pending, provider, unverified,
};
use crate::server::{Reply, Seen, Server};

pub const TOKEN: &str = "/gh/login/oauth/access_token";
pub const USER: &str = "/gh/api/v3/user";
pub const EMAILS: &str = "/gh/api/v3/user/emails";

/// GitHub on loopback, with somebody in it.
pub struct GitHub(pub Server);

impl GitHub {
    pub fn start() -> Self {
        let github = Self(Server::start());
        github.grant("read:user,user:email");
        github.0.answer(USER, Reply::json(&user()));
        github.emails(&[("ada@example.com", true, true)]);
        github
    }

    pub fn grant(&self, scope: &str) {
        let tokens = json!({ "access_token": "gho_16C7e42F292c69", "token_type": "bearer", "scope": scope });
        self.0.answer(TOKEN, Reply::json(&tokens));
    }

    pub fn emails(&self, emails: &[(&str, bool, bool)]) {
        self.0.answer(EMAILS, Reply::json(&list(emails)));
    }

    pub fn provider(&self) -> Provider {
        provider(Kind::GitHub, self.0.at("/gh"))
    }

    pub async fn finish(&self) -> Result<Arrived, UpstreamFailure> {
        finish(&connector(self.provider())).await
    }

    pub async fn mailbox(&self) -> Mailbox {
        self.finish().await.unwrap().identity.mailbox
    }
}

pub fn user() -> Value {
    json!({
        "login": "ada", "id": 583_231, "name": "Ada Lovelace", "email": null,
        "avatar_url": "https://avatars.example/u/583231", "two_factor_authentication": true,
    })
}

pub fn list(emails: &[(&str, bool, bool)]) -> Value {
    let entry = |(email, primary, verified): &(&str, bool, bool)| json!({ "email": email, "primary": primary, "verified": verified, "visibility": null });
    emails.iter().map(entry).collect()
}

#[tokio::test]
async fn fed_1_1_the_person_is_the_number_and_never_the_login() {
    let github = GitHub::start();
    let before = github.finish().await.unwrap().identity;
    assert_eq!((before.subject.as_str(), before.claims.preferred_username.as_deref()), ("583231", Some("ada")));
    let mut renamed = user();
    renamed["login"] = "countess".into();
    github.0.answer(USER, Reply::json(&renamed));
    assert_eq!(github.finish().await.unwrap().identity.subject, before.subject);
    // Somebody else takes the name that was given up.
    let mut successor = user();
    successor["id"] = 99.into();
    github.0.answer(USER, Reply::json(&successor));
    assert_ne!(github.finish().await.unwrap().identity.subject, before.subject);
}

#[tokio::test]
async fn fed_1_1_what_has_no_number_is_nobody() {
    for id in [json!(null), json!("583231"), json!(-1), json!(1.5), json!(0), json!({})] {
        let github = GitHub::start();
        let mut odd = user();
        odd["id"] = id.clone();
        github.0.answer(USER, Reply::json(&odd));
        assert!(matches!(github.finish().await.unwrap_err().label(), "malformed" | "unverified"), "{id}");
    }
}

#[tokio::test]
async fn fed_1_1_there_is_no_nonce_and_no_document() {
    let github = GitHub::start();
    let (address, pending) = begin(&connector(github.provider()), &departure()).await;
    assert!(pending.nonce.is_none());
    assert_eq!(parameter(&address, "nonce"), None);
    assert!(address.as_str().starts_with(&github.0.at("/gh/login/oauth/authorize?")));
    assert!(github.0.seen("/gh/.well-known/openid-configuration").is_empty());
}

#[tokio::test]
async fn fed_1_2_only_the_primary_and_verified_address_of_the_list_counts() {
    let github = GitHub::start();
    let ada = Mailbox::Proven("ada@example.com".parse().unwrap());
    for (emails, expected) in [
        (vec![("x@example.com", false, true), ("ada@example.com", true, true)], ada),
        (vec![("x@example.com", false, true), ("ada@example.com", true, false)], Mailbox::None),
        (vec![("x@example.com", false, true)], Mailbox::None),
        (vec![("ada@example.com", true, false)], Mailbox::None),
        (vec![("not an address", true, true)], Mailbox::None),
        (vec![], Mailbox::None),
    ] {
        github.emails(&emails);
        assert_eq!(github.mailbox().await, expected, "{emails:?}");
    }
}

#[tokio::test]
async fn fed_1_2_the_address_shown_in_public_is_not_taken() {
    let github = GitHub::start();
    let mut public = user();
    public["email"] = "ceo@victim.example".into();
    github.0.answer(USER, Reply::json(&public));
    github.emails(&[]);
    assert_eq!(github.mailbox().await, Mailbox::None);
}

#[tokio::test]
async fn fed_1_3_a_stand_in_is_a_mailbox_that_nobody_reads() {
    let github = GitHub::start();
    for address in ["583231+ada@users.noreply.github.com", "ada@users.noreply.localhost"] {
        github.emails(&[(address, true, true)]);
        let arrived = github.finish().await.unwrap();
        assert_eq!(arrived.identity.mailbox, Mailbox::Unread, "{address}");
    }
    github.emails(&[("ada@users.noreply.github.com.example.net", true, true)]);
    assert!(github.mailbox().await.is_proven());
}

/// One page of addresses, of which the primary one stands on `primary_page`.
fn page(seen: &Seen, pages: usize, primary_page: usize) -> Reply {
    let number: usize = seen.query["page"].parse().unwrap();
    assert_eq!(seen.query["per_page"], "100");
    let emails: Vec<_> = (0..30).map(|entry| format!("p{number}-{entry}@example.com")).collect();
    let is_primary = |entry: usize| number == primary_page && entry == 7;
    let entries: Vec<_> =
        emails.iter().enumerate().map(|(entry, email)| (email.as_str(), is_primary(entry), true)).collect();
    let next = "<http://169.254.169.254/user/emails?page=2>; rel=\"next\", <http://x.example>; rel=\"last\"";
    let reply = Reply::json(&list(&entries));
    if number < pages { reply.with("Link", next) } else { reply }
}

#[tokio::test]
async fn fed_1_3_the_list_is_read_page_by_page() {
    let github = GitHub::start();
    github.0.handle(EMAILS, |seen| page(seen, 4, 3));
    assert_eq!(github.mailbox().await.address().unwrap().as_str(), "p3-7@example.com");
    // Not further than to what is looked for.
    assert_eq!(github.0.seen(EMAILS).len(), 3);
}

#[tokio::test]
async fn fed_1_3_a_list_without_end_is_given_up() {
    let github = GitHub::start();
    github.0.handle(EMAILS, |seen| page(seen, usize::MAX, 0));
    assert_eq!(github.mailbox().await, Mailbox::None);
    assert_eq!(github.0.seen(EMAILS).len(), 10);
}

#[tokio::test]
async fn fed_1_4_pkce_is_always_sent() {
    let github = GitHub::start();
    let connector = connector(github.provider());
    let (address, pending) = begin(&connector, &departure()).await;
    assert_eq!(parameter(&address, "code_challenge_method").as_deref(), Some("S256"));
    assert_eq!(parameter(&address, "code_challenge").unwrap().len(), 43);
    connector.finish(&arrival(), &pending, NOW).await.unwrap();
    assert_eq!(github.0.only(TOKEN).form("code_verifier").as_ref(), Some(pending.verifier.expose()));
}

#[tokio::test]
async fn fed_1_5_errors_come_with_status_200() {
    for code in ["bad_verification_code", "incorrect_client_credentials", "redirect_uri_mismatch"] {
        let github = GitHub::start();
        let error = json!({ "error": code, "error_description": "<b>no</b>", "error_uri": "https://docs.example" });
        github.0.answer(TOKEN, Reply::json(&error));
        assert_eq!(github.finish().await.unwrap_err(), UpstreamFailure::Refused { code: code.to_owned() });
        assert!(github.0.seen(USER).is_empty());
    }
}

#[tokio::test]
async fn fed_1_5_tokens_are_asked_for_as_json() {
    let github = GitHub::start();
    github.finish().await.unwrap();
    assert_eq!(github.0.only(TOKEN).header("accept"), Some("application/json"));
    let form = "access_token=gho_16C7e42F292c69&scope=user%3Aemail&token_type=bearer";
    github.0.answer(TOKEN, Reply::typed(200, "application/x-www-form-urlencoded", form));
    assert_eq!(github.finish().await.unwrap_err().label(), "malformed");
}

#[tokio::test]
async fn fed_1_5_scopes_are_separated_by_commas_and_a_person_may_grant_fewer() {
    for (scope, has_mailbox) in [
        ("read:user,user:email", true),
        ("user:email", true),
        ("user", true),
        ("read:user user:email", true),
        ("read:user", false),
        ("repo,gist", false),
        // GitHub Apps name none.
        ("", true),
    ] {
        let github = GitHub::start();
        github.grant(scope);
        assert_eq!(github.mailbox().await != Mailbox::None, has_mailbox, "{scope}");
        assert_eq!(github.0.seen(EMAILS).is_empty(), !has_mailbox, "{scope}");
    }
    // When the token's answer does not tell, the header does.
    let github = GitHub::start();
    github.grant("");
    github.0.answer(USER, Reply::json(&user()).with("X-OAuth-Scopes", "read:user, gist"));
    assert_eq!(github.mailbox().await, Mailbox::None);
}

#[tokio::test]
async fn fed_1_5_a_token_that_may_not_read_addresses_still_tells_who_it_is() {
    for status in [403, 404] {
        let github = GitHub::start();
        github.0.answer(EMAILS, Reply::status(status, &json!({ "message": "Resource not accessible" })));
        let identity = github.finish().await.unwrap().identity;
        assert_eq!((identity.subject.as_str(), identity.mailbox), ("583231", Mailbox::None));
    }
}

#[tokio::test]
async fn fed_1_6_scopes_are_asked_for_each_time_and_the_person_is_read_anew() {
    let github = GitHub::start();
    let connector = connector(github.provider());
    for visits in 1..=2 {
        let (address, _) = begin(&connector, &departure()).await;
        assert_eq!(parameter(&address, "scope").as_deref(), Some("read:user user:email"));
        finish(&connector).await.unwrap();
        assert_eq!((github.0.seen(USER).len(), github.0.seen(EMAILS).len()), (visits, visits));
    }
}

#[tokio::test]
async fn fed_1_8_an_account_can_be_chosen_and_no_step_up_is_asked_for() {
    let github = GitHub::start();
    let choosing = Departure { select_account: true, login_hint: Some("ada"), ..departure() };
    let (address, _) = begin(&connector(github.provider()), &choosing).await;
    assert_eq!(parameter(&address, "prompt").as_deref(), Some("select_account"));
    assert_eq!(parameter(&address, "login").as_deref(), Some("ada"));
    for absent in ["max_age", "acr_values", "allow_signup"] {
        assert_eq!(parameter(&address, absent), None, "{absent}");
    }
    let mut closed = github.provider();
    closed.allows_sign_up = false;
    let (address, _) = begin(&connector(closed), &departure()).await;
    assert_eq!(parameter(&address, "allow_signup").as_deref(), Some("false"));
    assert_eq!(parameter(&address, "prompt"), None);
}

#[tokio::test]
async fn fed_1_9_the_callback_is_the_providers_own_and_another_issuers_answer_is_refused() {
    let github = GitHub::start();
    let connector = connector(github.provider());
    let (address, _) = begin(&connector, &departure()).await;
    assert_eq!(parameter(&address, "redirect_uri").as_deref(), Some(REDIRECT_URI));
    let foreign = Arrival { iss: Some("https://accounts.google.com"), ..arrival() };
    let refusal = unverified(connector.finish(&foreign, &pending(), NOW).await);
    assert_eq!(refusal, "the answer is another issuer's");
    assert!(github.0.seen(TOKEN).is_empty());
    let own = github.0.at("/gh/login/oauth");
    let own = Arrival { iss: Some(&own), ..arrival() };
    assert!(connector.finish(&own, &pending(), NOW).await.is_ok());
    assert_eq!(github.0.only(TOKEN).form("redirect_uri").as_deref(), Some(REDIRECT_URI));
}
