//! Other providers by the JSON interface: which there are, which open the account, and cutting one off.

use doorward::base::AccountId;
use doorward::model::account::{Account, StandardClaims};
use doorward::model::audit::{AuditAction, AuditEvent};
use doorward::model::upstream::{
    ActOnIdentity, IdentityAct, IdentityActOutcome, LinkIdentity, LinkOutcome, LinkedIdentity,
};
use poem::http::Method;
use serde_json::json;

use crate::support::browser::{Browser, Page};
use crate::support::relying_party::{tokens, usual_world};
use crate::support::script::{by_cookie, by_token, call, signed_in, signed_in_as};
use crate::support::upstream::Upstream;
use crate::support::world::World;

const IDENTITIES: &str = "/api/v1/identities";
const ADA: &str = "ada@example.com";

fn tie_of(account: &AccountId, provider: &str, subject: &str, world: &World) -> LinkedIdentity {
    LinkedIdentity {
        provider: provider.parse().unwrap(),
        subject: subject.to_owned(),
        account: account.clone(),
        shown_as: Some("ada@elsewhere.example".to_owned()),
        taken: StandardClaims { name: Some("Ada Elsewhere".to_owned()), ..StandardClaims::default() },
        linked_at: world.now(),
        last_used_at: world.now(),
        blocked_at: None,
        sealed_tokens: Some("sealed and secret".to_owned()),
    }
}

/// Ties a provider's person to an account, as the journey through the provider does.
pub async fn link(world: &World, account: &Account, provider: &str, subject: &str) {
    link_tie(world, account, tie_of(&account.id, provider, subject, world)).await;
}

async fn link_tie(world: &World, account: &Account, identity: LinkedIdentity) {
    let notice = doorward::model::outbox::OutboxMail {
        id: doorward::base::OutboxId::generate_at(world.now(), &mut world.context.entropy.draw().unwrap()),
        to: account.email.clone(),
        kind: "identity-linked",
        locale: "en".to_owned(),
        sealed_content: String::new(),
        created_at: world.now(),
        expires_at: world.now(),
    };
    let link = LinkIdentity {
        identity,
        generation: account.generation,
        interaction: None,
        notice,
        audit: AuditEvent::new(AuditAction::IdentityLinked, world.now(), "test"),
    };
    assert_eq!(world.context.store.link_identity(link).await, Ok(LinkOutcome::Linked));
}

async fn account(world: &World, email: &str) -> Account {
    world.context.store.find_account_by_email(&email.parse().unwrap()).await.unwrap().unwrap()
}

fn refusal(page: &Page) -> (u16, String) {
    (page.status.as_u16(), page.json()["code"].as_str().unwrap_or_default().to_owned())
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn anybody_learns_which_providers_there_are_and_where_they_begin() {
    let upstream = Upstream::shared();
    let world = World::with(|settings| settings.providers = upstream.providers(|_| ())).await;
    let page = call(&world, Method::GET, "/api/v1/providers", &[], None).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let issuer = world.context.issuer.to_string();
    let listed = |id: &str, name: &str| json!({ "id": id, "name": name, "start": format!("{issuer}/federation/{id}") });
    assert_eq!(page.json(), json!({ "providers": [listed("google", "Google"), listed("github", "GitHub")] }));
    let mut browser = Browser::new(&world);
    let start = browser.open("/federation/google").await;
    assert!(start.status == 303 && !start.location().unwrap().starts_with(&issuer), "{:?}", start.location());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_sees_and_cuts_their_own_ties_and_no_others() {
    let world = usual_world().await;
    let ada = account(&world, ADA).await;
    // A provider's name of a person may hold anything that is printed.
    let odd = "a/b c%2F?ü";
    link(&world, &ada, "elsewhere", odd).await;
    let eve = world.person("eve@example.com").await;
    link(&world, &eve, "elsewhere", "eve").await;
    let browser = signed_in(&world).await;
    let listed = by_cookie(&world, &browser, Method::GET, IDENTITIES, None).await;
    assert_eq!(listed.header("cache-control"), Some("no-store"));
    assert!(!listed.body.contains("secret"), "{}", listed.body);
    let now = world.now().seconds();
    let wanted = json!({ "provider": "elsewhere", "name": "elsewhere", "subject": odd,
        "shown_as": "ada@elsewhere.example", "linked_at": now, "last_used_at": now });
    assert_eq!(listed.json(), json!({ "identities": [wanted] }));
    for path in ["elsewhere/eve", "elsewhere/nobody", "other/eve", "Not%20A%20Name/eve", "elsewhere/%00"] {
        let page = by_cookie(&world, &browser, Method::DELETE, &format!("{IDENTITIES}/{path}"), None).await;
        assert_eq!(refusal(&page), refused(404, "not_found"), "{path}");
    }
    let path = format!("{IDENTITIES}/elsewhere/a%2Fb%20c%252F%3F%C3%BC");
    assert_eq!(by_cookie(&world, &browser, Method::DELETE, &path, None).await.status, 204);
    assert_eq!(refusal(&by_cookie(&world, &browser, Method::DELETE, &path, None).await), refused(404, "not_found"));
    assert!(world.context.store.list_identities(&ada.id).await.unwrap().is_empty());
    assert_eq!(world.context.store.list_identities(&eve.id).await.unwrap().len(), 1);
    let log = world.context.store.list_audit("", 50).await.unwrap();
    let entry = log.iter().find(|entry| entry.action == "identity.unlinked").unwrap();
    assert_eq!((entry.actor.as_str(), entry.account.as_ref()), ("person", Some(&ada.id)));
    assert!(world.last_mail_to(ADA).await.subject.contains("gone"));
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_6_by_a_program_a_tie_is_cut_only_after_a_recent_sign_in() {
    let world = usual_world().await;
    let ada = account(&world, ADA).await;
    link(&world, &ada, "elsewhere", "101").await;
    let issued = tokens(&world).await;
    let token = issued["access_token"].as_str().unwrap();
    let path = format!("{IDENTITIES}/elsewhere/101");
    for (method, path) in [(Method::GET, IDENTITIES), (Method::DELETE, path.as_str())] {
        assert_eq!(call(&world, method.clone(), path, &[], None).await.status, 401, "{method}");
        let page = by_token(&world, method.clone(), path, token, None).await;
        assert_eq!(refusal(&page), refused(403, "forbidden"), "{method}");
    }
    world.client("acme", |client| client.doorward.first_party = true).await;
    let browser = signed_in(&world).await;
    let cookies: Vec<String> = browser.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let bare = call(&world, Method::DELETE, &path, &[("cookie", &cookies.join("; "))], None).await;
    assert_eq!(refusal(&bare), refused(403, "cross_site"));
    world.pass(301);
    let page = by_token(&world, Method::DELETE, &path, token, None).await;
    // RFC 9470 §3: a program is told how to get a token that will do.
    assert_eq!(refusal(&page), refused(401, "sign_in_too_old"));
    let page = by_cookie(&world, &browser, Method::DELETE, &path, None).await;
    assert_eq!(refusal(&page), refused(403, "sign_in_too_old"));
    assert_eq!(world.context.store.list_identities(&ada.id).await.unwrap().len(), 1);
    let again = signed_in(&world).await;
    assert_eq!(by_cookie(&world, &again, Method::DELETE, &path, None).await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_7_by_a_program_the_last_way_in_stays_also_for_an_administrator() {
    const KERSTIN: &str = "1906";
    const ADDRESS: &str = "kerstin@home.example";
    let upstream = Upstream::shared();
    let world = World::with(|settings| {
        settings.providers = upstream.providers(|_| ());
        settings.codes.sign_in = false;
    })
    .await;
    let boss = crate::administration::administrator(&world, "boss@example.com").await;
    let mut browser = Browser::new(&world);
    let login = browser.open("/login").await;
    let page = browser.come_by(upstream, &login, "github", KERSTIN).await;
    let page = browser.submit(&page, "address-form", &[("username", ADDRESS)]).await;
    let code = world.last_code_to(ADDRESS).await;
    browser.submit(&page, "code-form", &[("code", &code)]).await;
    let kerstin = account(&world, ADDRESS).await;
    let own = format!("{IDENTITIES}/github/{KERSTIN}");
    let page = by_cookie(&world, &browser, Method::DELETE, &own, None).await;
    assert_eq!(refusal(&page), refused(409, "last_way_in"));
    let bosses = signed_in_as(&world, boss.email.as_str()).await;
    let of_kerstin = format!("/api/v1/admin/accounts/{}/identities", kerstin.id);
    let path = format!("{of_kerstin}/github/{KERSTIN}");
    let page = by_cookie(&world, &bosses, Method::DELETE, &path, None).await;
    assert_eq!(refusal(&page), refused(409, "last_way_in"));
    let listed = by_cookie(&world, &bosses, Method::GET, &of_kerstin, None).await.json();
    assert_eq!(
        (&listed["identities"][0]["name"], &listed["identities"][0]["subject"]),
        (&json!("GitHub"), &json!(KERSTIN))
    );
    assert_eq!(listed["identities"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_2_8_by_a_program_another_providers_word_alone_is_no_recent_sign_in() {
    const INES: &str = "100000000000000000101";
    let upstream = Upstream::shared();
    let world = World::with(|settings| settings.providers = upstream.providers(|_| ())).await;
    let mut browser = Browser::new(&world);
    let login = browser.open("/login").await;
    browser.come_by(upstream, &login, "google", INES).await;
    let own = format!("{IDENTITIES}/google/{INES}");
    let page = by_cookie(&world, &browser, Method::DELETE, &own, None).await;
    assert_eq!(refusal(&page), refused(403, "sign_in_too_old"));
    let change = json!({ "email": "somebody@else.example" });
    let page = by_cookie(&world, &browser, Method::POST, "/api/v1/email", Some(change)).await;
    assert_eq!(refusal(&page), refused(403, "sign_in_too_old"), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_2_13_an_administrator_opens_a_blocked_tie_again_and_starts_no_reset_before() {
    let world = usual_world().await;
    let boss = crate::administration::administrator(&world, "boss@example.com").await;
    let ada = account(&world, ADA).await;
    link(&world, &ada, "elsewhere", "101").await;
    let as_mailbox = tie_of(&ada.id, "gmail", "202", &world);
    link_tie(&world, &ada, LinkedIdentity { shown_as: Some(ADA.to_owned()), ..as_mailbox }).await;
    for (provider, subject) in [("elsewhere", "101"), ("gmail", "202")] {
        let act = ActOnIdentity {
            provider: provider.parse().unwrap(),
            jti: subject.to_owned(),
            acts: vec![(subject.to_owned(), IdentityAct::Block)],
            audit: AuditEvent::new(AuditAction::SecurityEvent, world.now(), "test"),
        };
        assert_eq!(world.context.store.act_on_identity(act).await, Ok(IdentityActOutcome::Done));
    }
    let bosses = signed_in_as(&world, boss.email.as_str()).await;
    let of_ada = format!("/api/v1/admin/accounts/{}", ada.id);
    let reset = by_cookie(&world, &bosses, Method::POST, &format!("{of_ada}/reset"), None).await;
    assert_eq!(refusal(&reset), refused(409, "mailbox_reported"));
    let unblock = format!("{of_ada}/identities/gmail/202/unblock");
    for path in [unblock.replace("gmail", "elsewhere"), unblock.replace("202", "%00")] {
        let page = by_cookie(&world, &bosses, Method::POST, &path, None).await;
        assert_eq!(refusal(&page), refused(404, "not_found"), "{path}");
    }
    assert_eq!(by_cookie(&world, &bosses, Method::POST, &unblock, None).await.status, 204);
    let again = by_cookie(&world, &bosses, Method::POST, &unblock, None).await;
    assert_eq!(refusal(&again), refused(404, "not_found"));
    assert!(world.last_mail_to(ADA).await.subject.contains("Another way"));
    let log = world.context.store.list_audit("", 50).await.unwrap();
    let entry = log.iter().find(|entry| entry.action == "identity.unblocked").unwrap();
    assert_eq!((entry.actor_id.as_ref(), entry.account.as_ref()), (Some(&boss.id), Some(&ada.id)));
    let reset = by_cookie(&world, &bosses, Method::POST, &format!("{of_ada}/reset"), None).await;
    assert_eq!(reset.status, 202, "{}", reset.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn api_09_an_administrator_cuts_a_tie_and_is_named_for_it() {
    let world = usual_world().await;
    let boss = crate::administration::administrator(&world, "boss@example.com").await;
    let ada = account(&world, ADA).await;
    link(&world, &ada, "elsewhere", "101").await;
    let bosses = signed_in_as(&world, boss.email.as_str()).await;
    // Not only those who signed in just now: what they do to others asks no password either.
    world.pass(301);
    let of = |id: &AccountId| format!("/api/v1/admin/accounts/{id}/identities");
    for path in [
        format!("{}/elsewhere/101", of(&boss.id)),
        format!("{}/elsewhere/nobody", of(&ada.id)),
        "/api/v1/admin/accounts/x/identities/elsewhere/101".to_owned(),
    ] {
        let page = by_cookie(&world, &bosses, Method::DELETE, &path, None).await;
        assert_eq!(refusal(&page), refused(404, "not_found"), "{path}");
    }
    let path = format!("{}/elsewhere/101", of(&ada.id));
    assert_eq!(by_cookie(&world, &bosses, Method::DELETE, &path, None).await.status, 204);
    assert!(world.context.store.list_identities(&ada.id).await.unwrap().is_empty());
    let log = world.context.store.list_audit("", 50).await.unwrap();
    let entry = log.iter().find(|entry| entry.action == "identity.unlinked").unwrap();
    assert_eq!((entry.actor.as_str(), entry.actor_id.as_ref()), ("administrator", Some(&boss.id)));
    assert_eq!(entry.account.as_ref(), Some(&ada.id));
    let mail = world.last_mail_to(ADA).await;
    assert!(mail.subject.contains("gone") && !mail.text.contains("198.51.100.4"), "{}", mail.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_copy_holds_their_ties_and_no_token_of_a_provider() {
    let world = usual_world().await;
    let ada = account(&world, ADA).await;
    link(&world, &ada, "elsewhere", "101").await;
    let eve = world.person("eve@example.com").await;
    link(&world, &eve, "elsewhere", "202").await;
    let browser = signed_in(&world).await;
    let page = by_cookie(&world, &browser, Method::GET, "/api/v1/export", None).await;
    let ties = page.json()["identities"].clone();
    assert_eq!(ties.as_array().unwrap().len(), 1, "{ties}");
    let tie = &ties[0];
    assert_eq!((&tie["provider"], &tie["subject"]), (&json!("elsewhere"), &json!("101")));
    assert_eq!((&tie["shown_as"], &tie["keeps_tokens"]), (&json!("ada@elsewhere.example"), &json!(true)));
    assert_eq!(tie["taken_over"], json!({ "name": "Ada Elsewhere" }));
    assert!(!page.body.contains("sealed and secret") && !page.body.contains("202\""), "{}", page.body);
}
