//! Whose word about a mailbox counts, end to end; the rules one by one stand beside the connectors.

use doorward::model::upstream::Mailbox;
use doorward::upstream::Kind;
use serde_json::json;

use crate::idp::{Idp, connector, finish, provider};
use crate::signer::Signer;

async fn mailbox(kind: Kind, speaks: bool, changes: serde_json::Value) -> Mailbox {
    let idp = Idp::start();
    idp.give(&Signer::Rs256(0).header(), &idp.claims_but(&changes), Signer::Rs256(0));
    let mut provider = provider(kind, idp.issuer.clone());
    provider.speaks_for_mailboxes = speaks;
    finish(&connector(provider)).await.unwrap().identity.mailbox
}

#[tokio::test]
async fn fed_2_4_googles_word_counts_for_gmail_and_workspaces() {
    for (changes, is_proven) in [
        (json!({ "email": "ada@gmail.com" }), true),
        (json!({ "email": "ada@example.com", "hd": "example.com" }), true),
        (json!({ "email": "ada@example.com" }), false),
        (json!({ "email": "ada@gmail.com", "email_verified": false }), false),
        (json!({ "email": "ada@gmail.com", "email_verified": "true" }), false),
    ] {
        // The setting is for generic providers.
        for speaks in [true, false] {
            let mailbox = mailbox(Kind::Google, speaks, changes.clone()).await;
            assert_eq!((mailbox.is_proven(), mailbox.address().is_some()), (is_proven, true), "{changes}");
        }
    }
}

#[tokio::test]
async fn fed_2_5_the_hosted_domain_is_the_signed_one() {
    let idp = Idp::start();
    let google = connector(provider(Kind::Google, idp.issuer.clone()));
    let claims = idp.claims_but(&json!({ "hd": "Example.com", "email": "ada@elsewhere.example" }));
    idp.give(&Signer::Rs256(0).header(), &claims, Signer::Rs256(0));
    assert_eq!(finish(&google).await.unwrap().identity.hosted_domain.as_deref(), Some("example.com"));
    // A generic provider has no such claim, and userinfo is not signed.
    assert_eq!(finish(&idp.connector()).await.unwrap().identity.hosted_domain, None);
    idp.give(&Signer::Rs256(0).header(), &idp.claims_but(&json!({ "name": null })), Signer::Rs256(0));
    let userinfo = json!({ "sub": "248289761001", "name": "Ada", "hd": "example.com" });
    idp.server.answer("/op/userinfo", crate::server::Reply::json(&userinfo));
    assert_eq!(finish(&google).await.unwrap().identity.hosted_domain, None);
}

#[tokio::test]
async fn fed_3_5_a_provider_that_does_not_speak_for_mailboxes_proves_none() {
    assert!(mailbox(Kind::OpenIdConnect, true, json!({})).await.is_proven());
    assert!(matches!(mailbox(Kind::OpenIdConnect, false, json!({})).await, Mailbox::Claimed(_)));
    let unverified = json!({ "email_verified": false });
    assert!(matches!(mailbox(Kind::OpenIdConnect, true, unverified).await, Mailbox::Claimed(_)));
    let unsaid = json!({ "email_verified": null });
    assert!(matches!(mailbox(Kind::OpenIdConnect, true, unsaid).await, Mailbox::Claimed(_)));
}

#[tokio::test]
async fn fed_3_1_an_address_that_changes_leaves_the_key_as_it_is() {
    let idp = Idp::start();
    let before = idp.finish_but(&json!({})).await.unwrap().identity;
    let after = idp.finish_but(&json!({ "email": "ada@elsewhere.example" })).await.unwrap().identity;
    assert_eq!((before.provider, before.subject), (after.provider, after.subject));
    assert_ne!(before.mailbox, after.mailbox);
}
