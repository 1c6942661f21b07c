//! Initiating a login from a third party (OpenID Connect Core §4): the list of connected applications opens them.

use doorward::model::client::ClientMetadata;

use crate::support::browser::Browser;
use crate::support::example::Example;
use crate::support::relying_party::{authorize_path, sign_in_and_consent, usual_world};
use crate::support::world::{ISSUER, World};

const ADA: &str = "ada@example.com";

async fn link(world: &World, scope: &str, change: impl FnOnce(&mut ClientMetadata)) -> Option<String> {
    world.client("acme", change).await;
    let mut browser = Browser::new(world);
    let answer = sign_in_and_consent(&mut browser, ADA, &authorize_path(&[("scope", scope)])).await;
    assert!(answer.answer().contains_key("code"));
    browser.open("/account/apps").await.link("app-open-1")
}

#[tokio::test(flavor = "multi_thread")]
async fn core_4_the_account_page_opens_an_application_at_its_login_address() {
    let world = usual_world().await;
    let login = |metadata: &mut ClientMetadata| {
        metadata.initiate_login_uri = Some("https://acme.example/begin?from=list".to_owned());
    };
    let link = link(&world, "openid email", login).await.unwrap();
    let address = url::Url::parse(&link).unwrap();
    assert_eq!((address.host_str(), address.path()), (Some("acme.example"), "/begin"));
    let fields: Vec<(String, String)> = address.query_pairs().into_owned().collect();
    let mut example = Example::new();
    example.say("The link in the list, as the browser follows it:");
    let pairs: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    example.ask("GET /begin", &[("Host", "acme.example")], &pairs);
    example.keep("third_party_login");
    let expected = [("from", "list"), ("iss", ISSUER), ("login_hint", ADA)];
    assert_eq!(fields, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn core_4_an_application_that_may_not_know_the_address_gets_no_hint() {
    let world = usual_world().await;
    let login = |metadata: &mut ClientMetadata| {
        metadata.initiate_login_uri = Some("https://acme.example/begin".to_owned());
    };
    let link = link(&world, "openid", login).await.unwrap();
    assert!(link.contains("iss=") && !link.contains("login_hint") && !link.contains("ada"), "{link}");
}

#[tokio::test(flavor = "multi_thread")]
async fn core_4_an_application_without_a_login_address_has_no_link() {
    let world = usual_world().await;
    assert_eq!(link(&world, "openid email", |_| ()).await, None);
}
