//! Clients and their secrets.

use doorward::base::{Digest, Timestamp};
use doorward::model::audit::AuditAction;
use doorward::model::client::{Client, ClientMetadata};
use doorward::store::{PutClient, PutOutcome};

use crate::world::{CLIENT, NOW, World, count_of, race};

fn put(world: &World, name: &str, secret: Option<&str>, now: Timestamp) -> PutClient {
    PutClient {
        client_id: "shop".to_owned(),
        metadata: ClientMetadata { client_name: Some(name.to_owned()), ..ClientMetadata::default() },
        new_secret: secret.map(Digest::of),
        sealed_secret: None,
        older_secrets_until: now.plus_seconds(3_600),
        now,
        audit: world.event(AuditAction::ClientChanged),
    }
}

async fn find(world: &World) -> Client {
    world.store.find_client("shop").await.expect("a read").expect("it is there")
}

/// The secrets, newest first, each with its end.
async fn secrets(world: &World) -> Vec<(Digest, Option<Timestamp>)> {
    find(world).await.secrets.into_iter().map(|secret| (secret.digest, secret.expires_at)).collect()
}

on_both_engines! {
    async fn a_client_comes_back_as_it_was_put(world: World) {
        let wanted = PutClient { metadata: everything(), ..put(&world, "Shop", Some("one"), NOW) };
        assert_eq!(world.store.put_client(wanted.clone()).await, Ok(PutOutcome::Created));
        let found = find(&world).await;
        assert_eq!((found.client_id.as_str(), &*found.metadata), ("shop", &wanted.metadata));
        assert_eq!((found.created_at, found.updated_at, found.disabled_at), (NOW, NOW, None));
        assert_eq!(secrets(&world).await, [(Digest::of("one"), None)]);
        assert_eq!(world.store.find_client("SHOP").await, Ok(None), "letter case counts");
    }

    async fn putting_a_client_twice_changes_nothing_the_second_time(world: World) {
        let once = put(&world, "Shop", Some("one"), NOW);
        assert_eq!(world.store.put_client(once).await, Ok(PutOutcome::Created));
        let before = world.contents().await;
        let twice = put(&world, "Shop", Some("one"), NOW.plus_seconds(9));
        assert_eq!(world.store.put_client(twice).await, Ok(PutOutcome::Unchanged));
        assert_eq!(world.contents().await, before);
        let renamed = put(&world, "Store", Some("one"), NOW.plus_seconds(9));
        assert_eq!(world.store.put_client(renamed).await, Ok(PutOutcome::Updated));
        let found = find(&world).await;
        assert_eq!((found.created_at, found.updated_at), (NOW, NOW.plus_seconds(9)));
    }

    async fn cli_14_a_new_secret_lets_the_older_ones_live_for_a_while(world: World) {
        for (number, secret) in ["one", "two", "three"].into_iter().enumerate() {
            let now = NOW.plus_seconds(60 * i64::try_from(number).expect("small"));
            let rotate = put(&world, "Shop", Some(secret), now);
            assert_ne!(world.store.put_client(rotate).await, Ok(PutOutcome::Unchanged));
        }
        let expected = [
            (Digest::of("three"), None),
            (Digest::of("two"), Some(NOW.plus_seconds(120 + 3_600))),
            (Digest::of("one"), Some(NOW.plus_seconds(60 + 3_600))),
        ];
        assert_eq!(secrets(&world).await, expected);
    }

    async fn cli_14_an_older_secret_that_is_given_again_is_the_newest_once_more(world: World) {
        for (number, secret) in ["one", "two", "one"].into_iter().enumerate() {
            let now = NOW.plus_seconds(60 * i64::try_from(number).expect("small"));
            let rotate = put(&world, "Shop", Some(secret), now);
            assert_ne!(world.store.put_client(rotate).await, Ok(PutOutcome::Unchanged));
        }
        let expected = [(Digest::of("one"), None), (Digest::of("two"), Some(NOW.plus_seconds(120 + 3_600)))];
        assert_eq!(secrets(&world).await, expected);
    }

    async fn racing_puts_of_one_client_make_it_once(world: World) {
        let outcomes = race(12, |_| {
            let (store, put) = (world.store.clone(), put(&world, "Shop", Some("one"), NOW));
            async move { store.put_client(put).await.expect("a lost race is an answer") }
        }).await;
        assert_eq!(count_of(&outcomes, &PutOutcome::Created), 1);
        assert_eq!(count_of(&outcomes, &PutOutcome::Unchanged), 11);
        assert_eq!(secrets(&world).await.len(), 1);
    }

    async fn clients_are_listed_in_pages(world: World) {
        for id in ["b", "a", "c"] {
            world.client(id).await;
        }
        let page = async |after: &str| {
            let page = world.store.list_clients(after, 2).await.expect("a read");
            page.into_iter().map(|client| client.client_id).collect::<Vec<_>>()
        };
        assert_eq!(page("").await, ["a", "acme"]);
        assert_eq!(page("acme").await, ["b", "c"]);
        assert!(page("c").await.is_empty());
    }

    async fn ref_09_disabling_a_client_revokes_its_grants_and_enabling_brings_none_back(world: World) {
        world.client("other").await;
        let issue = world.issued_to("ada@example.com").await;
        let account = world.reload(&issue.grant.account_id).await;
        let session = world.session(&account).await;
        let mut elsewhere = world.issue_of(&session, "openid");
        "other".clone_into(&mut elsewhere.grant.client_id);
        world.store.issue_code(elsewhere.clone()).await.expect("a write");
        for disabled in [true, false] {
            let event = world.event(AuditAction::ClientChanged);
            assert_eq!(world.store.set_client_disabled(CLIENT, disabled, NOW, event).await, Ok(true));
            let client = world.store.find_client(CLIENT).await.expect("a read").expect("it is there");
            assert_eq!(client.disabled_at.is_some(), disabled);
            assert!(world.is_revoked(&issue.grant.id).await);
        }
        assert!(!world.is_revoked(&elsewhere.grant.id).await);
        let event = world.event(AuditAction::ClientChanged);
        assert_eq!(world.store.set_client_disabled("nobody", true, NOW, event).await, Ok(false));
    }

    async fn putting_a_disabled_client_leaves_it_disabled(world: World) {
        let event = world.event(AuditAction::ClientChanged);
        assert_eq!(world.store.put_client(put(&world, "Shop", None, NOW)).await, Ok(PutOutcome::Created));
        assert_eq!(world.store.set_client_disabled("shop", true, NOW, event).await, Ok(true));
        let renamed = put(&world, "Store", None, NOW.plus_seconds(1));
        assert_eq!(world.store.put_client(renamed).await, Ok(PutOutcome::Updated));
        assert_eq!(find(&world).await.disabled_at, Some(NOW));
    }

    async fn removing_a_client_removes_everything_issued_to_it(world: World) {
        let issue = world.issued_to("ada@example.com").await;
        let redeem = world.redeem_of(&issue);
        world.store.redeem_code(redeem).await.expect("a write");
        let secret = PutClient { client_id: CLIENT.to_owned(), ..put(&world, "Acme", Some("one"), NOW) };
        world.store.put_client(secret).await.expect("a write");
        let event = world.event(AuditAction::ClientChanged);
        assert_eq!(world.store.delete_client(CLIENT, event.clone()).await, Ok(true));
        assert_eq!(world.store.delete_client(CLIENT, event).await, Ok(false));
        let contents = world.contents().await;
        for table in ["clients", "client_secrets", "grants", "authorization_codes", "refresh_tokens", "consents"] {
            assert!(contents[table].is_empty(), "{table}");
        }
        assert_eq!((contents["accounts"].len(), contents["sessions"].len()), (1, 1));
    }
}

/// Metadata with a value in every kind of member.
fn everything() -> ClientMetadata {
    let text = r#"{
        "client_name": "Shop \"é\"", "redirect_uris": ["https://shop.example/callback", "com.example.shop:/back"],
        "post_logout_redirect_uris": ["https://shop.example/bye"], "application_type": "native",
        "token_endpoint_auth_method": "none", "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"], "scope": "openid email", "contacts": ["ops@shop.example"],
        "client_uri": "https://shop.example", "id_token_signed_response_alg": "ES256", "default_max_age": 60,
        "require_auth_time": true, "default_acr_values": ["1"],
        "doorward": {"first_party": true, "require_pkce": true, "resources": ["https://api.example"],
            "access_token_alg": "EdDSA", "access_token_seconds": 300, "claims_in_id_token": true}
    }"#;
    serde_json::from_str(text).expect("metadata")
}
