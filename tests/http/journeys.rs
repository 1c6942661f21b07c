//! Whole ways through the pages, from an app's request to its tokens, on both engines.

use crate::support::browser::Browser;
use crate::support::relying_party::{
    authorize_path, claims, redeem, refresh, sign_in_and_consent, token, tokens, userinfo, usual_world,
};
use crate::support::world::{Engine, ISSUER, PASSWORD, World};

/// Runs a journey on both engines.
macro_rules! on_both_engines {
    ($name:ident, $journey:path) => {
        mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                $journey(World::new().await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgres() {
                if let Some(world) = World::on(Engine::Postgres, |_| ()).await {
                    $journey(world).await;
                }
            }
        }
    };
}

on_both_engines!(a_stranger_signs_up_proves_the_address_consents_and_the_app_holds_tokens, sign_up_journey);
on_both_engines!(a_person_signs_in_by_mailed_code_alone, code_journey);
on_both_engines!(a_forgotten_password_is_replaced_and_everything_old_ends, reset_journey);
on_both_engines!(tokens_are_refreshed_until_somebody_logs_out, refresh_and_logout_journey);

async fn sign_up_journey(world: World) {
    world.client("acme", |_| ()).await;
    let mut browser = Browser::new(&world);
    let login = browser.open(&authorize_path(&[])).await;
    assert!(login.has("login-submit"), "{}", login.text());
    let signup = browser.open(&login.at.replace("/login", "/signup")).await;
    let fill = [("username", "New.Person@Example.com"), ("password", "tomatoes in the greenhouse"), ("name", "Nia")];
    let verify = browser.submit(&signup, "signup-form", &fill).await;
    assert!(verify.at.starts_with("/verify"), "{} {}", verify.at, verify.text());
    let code = world.last_code_to("new.person@example.com").await;
    let consent = browser.submit(&verify, "code-form", &[("code", &code)]).await;
    assert!(consent.has("consent-allow"), "{} {}", consent.at, consent.text());
    assert!(consent.text().contains("new.person@example.com"), "{}", consent.text());
    let answer = browser.submit(&consent, "consent-form", &[("decision", "allow")]).await.answer();
    assert_eq!(answer["state"], "a state");
    assert_eq!(answer["iss"], ISSUER);
    let tokens = redeem(&world, &answer["code"]).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    let tokens = tokens.json();
    let id_token = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(id_token["nonce"], "a nonce");
    assert_eq!(id_token["aud"], "acme");
    let told = userinfo(&world, tokens["access_token"].as_str().unwrap()).await.json();
    assert_eq!(told["sub"], id_token["sub"]);
    assert_eq!(told["email"], "new.person@example.com");
    assert_eq!(told["email_verified"], true);
    assert!(told.get("name").is_none(), "profile was not asked for");
}

async fn code_journey(world: World) {
    world.client("acme", |_| ()).await;
    let ada = world.person("ada@example.com").await;
    let mut browser = Browser::new(&world);
    let login = browser.open(&authorize_path(&[("scope", "openid")])).await;
    let ask = browser.open(&login.at.replace("/login", "/code")).await;
    let enter = browser.submit(&ask, "code-request-form", &[("username", "ada@example.com")]).await;
    let code = world.last_code_to("ada@example.com").await;
    let spaced = format!(" {}-{} ", &code[..3], &code[3..]);
    let consent = browser.submit(&enter, "code-form", &[("code", &spaced)]).await;
    let answer = browser.submit(&consent, "consent-form", &[("decision", "allow")]).await.answer();
    let tokens = redeem(&world, &answer["code"]).await.json();
    let id_token = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(id_token["sub"], ada.id.as_str());
    assert_eq!(id_token["amr"], serde_json::json!(["otp"]));
}

async fn reset_journey(world: World) {
    world.client("acme", |_| ()).await;
    world.person("ada@example.com").await;
    let old = tokens(&world).await;
    let mut browser = Browser::new(&world);
    let login = browser.open(&authorize_path(&[])).await;
    let ask = browser.open(&login.at.replace("/login", "/reset")).await;
    let enter = browser.submit(&ask, "reset-form", &[("username", "ada@example.com")]).await;
    let code = world.last_code_to("ada@example.com").await;
    let choose = browser.submit(&enter, "code-form", &[("code", &code)]).await;
    let new_password = "a different walk in the forest";
    let login = browser.submit(&choose, "reset-password-form", &[("password", new_password)]).await;
    assert!(login.has("login-submit"), "{} {}", login.at, login.text());
    let refused = browser.sign_in(&login, "ada@example.com", PASSWORD).await;
    assert!(refused.has("login-submit"), "the old password is dead");
    let in_again = browser.sign_in(&refused, "ada@example.com", new_password).await;
    assert!(in_again.location().is_some_and(|to| to.contains("code=")), "{}", in_again.text());
    assert_eq!(refresh(&world, old["refresh_token"].as_str().unwrap()).await.json()["error"], "invalid_grant");
    assert_eq!(userinfo(&world, old["access_token"].as_str().unwrap()).await.status, 401);
    let notice = world.last_mail_to("ada@example.com").await;
    assert!(!notice.text.contains(&code), "the notice tells of the change and holds no code");
}

async fn refresh_and_logout_journey(world: World) {
    world.client("acme", |_| ()).await;
    world.person("ada@example.com").await;
    let mut browser = Browser::new(&world);
    let answer = sign_in_and_consent(&mut browser, "ada@example.com", &authorize_path(&[])).await.answer();
    let first = redeem(&world, &answer["code"]).await.json();
    world.pass(120);
    let second = refresh(&world, first["refresh_token"].as_str().unwrap()).await.json();
    let (before, after) = (claims(first["id_token"].as_str().unwrap()), claims(second["id_token"].as_str().unwrap()));
    for claim in ["iss", "sub", "aud", "azp", "auth_time", "sid"] {
        assert_eq!(before[claim], after[claim], "{claim}");
    }
    assert_eq!(after["iat"].as_i64().unwrap(), before["iat"].as_i64().unwrap() + 120);
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    // Silent as long as the session lives.
    let silent = browser.visit(&authorize_path(&[("prompt", "none")])).await.answer();
    assert!(silent.contains_key("code"), "{silent:?}");
    let hint = second["id_token"].as_str().unwrap();
    let bye = "https://acme.example/bye";
    let fields = [("id_token_hint", hint), ("post_logout_redirect_uri", bye), ("state", "s")];
    let path = format!("/oauth2/logout?{}", crate::support::browser::encode(&fields));
    let out = browser.visit(&path).await;
    assert_eq!(out.location().as_deref(), Some("https://acme.example/bye?state=s"));
    let silent = browser.visit(&authorize_path(&[("prompt", "none")])).await.answer();
    assert_eq!(silent["error"], "login_required");
    // offline_access was granted for the time after the session.
    let third = refresh(&world, second["refresh_token"].as_str().unwrap()).await;
    assert_eq!(third.status, 200, "{}", third.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_acts_for_itself() {
    let world = usual_world().await;
    world
        .client("acme", |metadata| {
            metadata.scope = doorward::base::Scope::parse("openid notes.read").unwrap();
        })
        .await;
    let answer = token(&world, &[("grant_type", "client_credentials"), ("scope", "notes.read")]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answer = answer.json();
    assert!(answer.get("refresh_token").is_none() && answer.get("id_token").is_none());
    assert_eq!(claims(answer["access_token"].as_str().unwrap())["sub"], "acme");
}

#[tokio::test(flavor = "multi_thread")]
async fn reg_04_a_mailed_sign_in_code_voids_the_password_that_a_stranger_put_on_the_address() {
    let world = usual_world().await;
    let mut stranger = Browser::new(&world);
    let signup = stranger.open("/signup").await;
    let planted = "the strangers own password";
    let fill = [("username", "victim@example.com"), ("password", planted), ("name", "Not The Victim")];
    stranger.submit(&signup, "signup-form", &fill).await;
    // Sent before the next one is written, so that the last mail is the next one.
    world.mails().await;
    let mut victim = Browser::new(&world);
    let ask = victim.open("/code").await;
    let enter = victim.submit(&ask, "code-request-form", &[("username", "victim@example.com")]).await;
    let code = world.last_code_to("victim@example.com").await;
    let home = victim.submit(&enter, "code-form", &[("code", &code)]).await;
    assert!(home.text().contains("victim@example.com") && !home.text().contains("Not The Victim"), "{}", home.text());
    let login = stranger.open("/login").await;
    let refused = stranger.sign_in(&login, "victim@example.com", planted).await;
    assert!(refused.has("login-submit"), "{} {}", refused.at, refused.text());
}
