//! A clock that jumps (F-33): nothing panics, nothing becomes immortal, nothing that was used comes back.

use crate::support::browser::Browser;
use crate::support::relying_party::{
    authorize_path, redeem, refresh, sign_in_and_consent, tokens, userinfo, usual_world,
};
use crate::support::world::{PASSWORD, World};

const HOUR: i64 = 3_600;
const TEN_YEARS: i64 = 10 * 365 * 86_400;

#[tokio::test(flavor = "multi_thread")]
async fn f_33_what_was_used_stays_used_wherever_the_clock_goes() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let code =
        sign_in_and_consent(&mut browser, "ada@example.com", &authorize_path(&[])).await.answer()["code"].clone();
    let first = redeem(&world, &code).await.json();
    let login = browser.open("/login").await;
    let ask = browser.open(&login.at.replace("/login", "/code")).await;
    let enter = browser.submit(&ask, "code-request-form", &[("username", "ada@example.com")]).await;
    let digits = world.last_code_to("ada@example.com").await;
    assert!(browser.submit(&enter, "code-form", &[("code", &digits)]).await.at.starts_with("/account"));
    for jump in [-HOUR, 2 * HOUR, -3 * HOUR, TEN_YEARS, -TEN_YEARS] {
        world.pass(jump);
        assert_eq!(redeem(&world, &code).await.json()["error"], "invalid_grant", "{jump}");
        let again = Browser::clone(&browser).submit(&enter, "code-form", &[("code", &digits)]).await;
        assert!(!again.status.is_server_error() && !again.has("consent-allow"), "{jump}: {}", again.text());
    }
    assert_eq!(
        refresh(&world, first["refresh_token"].as_str().unwrap()).await.json()["error"],
        "invalid_grant",
        "a replay"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn f_33_nothing_made_under_a_clock_that_was_ahead_is_immortal() {
    let world = usual_world().await;
    world.pass(TEN_YEARS);
    let ahead = tokens(&world).await;
    let mut browser = Browser::new(&world);
    let login = browser.open("/login").await;
    browser.sign_in(&login, "ada@example.com", PASSWORD).await;
    world.pass(-TEN_YEARS);
    let told = userinfo(&world, ahead["access_token"].as_str().unwrap()).await;
    assert_eq!(told.status, 401, "a token that would live for ten years");
    let page = browser.visit("/account").await;
    assert!(matches!(page.status.as_u16(), 200 | 303), "{}", page.status);
    assert_eq!(tokens(&world).await["token_type"], "Bearer", "and everything goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn f_33_every_page_answers_wherever_the_clock_goes() {
    for jump in [HOUR, -HOUR, TEN_YEARS, -TEN_YEARS, 90 * TEN_YEARS] {
        let world = usual_world().await;
        let mut browser = Browser::new(&world);
        let login = browser.open(&authorize_path(&[])).await;
        world.pass(jump);
        let page = browser.sign_in(&login, "ada@example.com", PASSWORD).await;
        assert!(!page.status.is_server_error(), "{jump}: {}", page.text());
        for path in ["/account", "/login", "/ready", "/.well-known/jwks.json"] {
            let page = browser.open(path).await;
            assert!(!page.status.is_server_error(), "{jump} {path}: {} {}", page.status, page.body);
        }
        // Whoever is kept waiting by a clock that was ahead does not wait for years.
        assert_wait_is_short(&world).await;
    }
}

async fn assert_wait_is_short(world: &World) {
    for _ in 0..25 {
        let mut browser = Browser::new(world);
        let login = browser.open("/login").await;
        let page = browser.sign_in(&login, "nobody@example.com", "wrong").await;
        if let Some(seconds) = page.header("retry-after") {
            assert!(seconds.parse::<i64>().unwrap() <= 2 * HOUR, "{seconds}");
            return;
        }
    }
    panic!("no limit any more");
}
