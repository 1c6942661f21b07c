//! Authorization responses as signed JWTs (JARM).

use doorward::model::key::SigningAlgorithm;
use serde_json::{Value, json};

use crate::support::browser::{Browser, Page};
use crate::support::example::Example;
use crate::support::relying_party::{
    REDIRECT, authorize_path, claims, jwt_header, redeem, sign_in_and_consent, usual_world,
};
use crate::support::world::{BEGIN, ISSUER, World};

const ADA: &str = "ada@example.com";

async fn answered(world: &World, mode: &str) -> Page {
    let path = authorize_path(&[("response_mode", mode)]);
    sign_in_and_consent(&mut Browser::new(world), ADA, &path).await
}

/// The claims of a response that is nothing but a JWT.
#[track_caller]
fn response(page: &Page) -> Value {
    let answer = page.answer();
    assert_eq!(answer.keys().collect::<Vec<_>>(), ["response"]);
    claims(&answer["response"])
}

#[tokio::test(flavor = "multi_thread")]
async fn jarm_2_1_and_2_3_the_answer_is_one_jwt_and_says_who_made_it_for_whom() {
    let world = usual_world().await;
    let mut example = Example::new();
    let page = answered(&world, "jwt").await;
    example.say("The answer to a request with `response_mode=jwt`:");
    example.answer(&page, &["location"]);
    assert!(page.location().unwrap().starts_with(&format!("{REDIRECT}?response=")));
    let said = response(&page);
    example.say("The JWT says:");
    example.show(&said);
    example.keep("jarm");
    assert_eq!((&said["iss"], &said["aud"], &said["state"]), (&json!(ISSUER), &json!("acme"), &json!("a state")));
    let life = said["exp"].as_i64().unwrap() - BEGIN;
    assert!((1..=600).contains(&life), "{life}");
    assert_eq!(said.as_object().unwrap().len(), 5);
    assert_eq!(redeem(&world, said["code"].as_str().unwrap()).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn jarm_2_3_each_carrier_is_served() {
    let world = usual_world().await;
    let by_query = answered(&world, "query.jwt").await;
    assert!(by_query.location().unwrap().starts_with(&format!("{REDIRECT}?response=")));
    let by_fragment = answered(&world, "fragment.jwt").await;
    assert!(by_fragment.location().unwrap().starts_with(&format!("{REDIRECT}#response=")));
    let by_form = answered(&world, "form_post.jwt").await;
    assert_eq!(by_form.status, 200);
    let form = by_form.form("form-post");
    assert_eq!(form.action, REDIRECT);
    assert_eq!(form.fields.len(), 1, "{:?}", form.fields);
    assert_eq!(form.fields[0].0, "response");
    assert!(claims(&form.fields[0].1)["code"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn jarm_2_4_errors_are_signed_too() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let silent = browser.visit(&authorize_path(&[("response_mode", "jwt"), ("prompt", "none")])).await;
    let said = response(&silent);
    assert_eq!((&said["error"], &said["state"]), (&json!("login_required"), &json!("a state")));
    assert!(said.get("code").is_none() && said["error_description"].is_string());
    let malformed = browser.visit(&authorize_path(&[("response_mode", "fragment.jwt"), ("max_age", "x")])).await;
    assert!(malformed.location().unwrap().starts_with(&format!("{REDIRECT}#response=")));
    assert_eq!(response(&malformed)["error"], "invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn jarm_3_it_is_signed_as_the_client_is_registered() {
    let world = usual_world().await;
    let header = jwt_header(&answered(&world, "jwt").await.answer()["response"]);
    assert_eq!((&header["alg"], header.get("jwk")), (&json!("RS256"), None));
    let keys = Browser::new(&world).visit("/.well-known/jwks.json").await.json();
    assert!(keys["keys"].as_array().unwrap().iter().any(|key| key["kid"] == header["kid"]));
    world.client("acme", |own| own.authorization_signed_response_alg = Some(SigningAlgorithm::EdDSA)).await;
    assert_eq!(jwt_header(&answered(&world, "jwt").await.answer()["response"])["alg"], "EdDSA");
}

#[tokio::test(flavor = "multi_thread")]
async fn jwt_12_a_response_is_no_id_token_and_no_access_token() {
    let world = usual_world().await;
    let jwt = answered(&world, "jwt").await.answer()["response"].clone();
    let hinted = authorize_path(&[("id_token_hint", &jwt), ("prompt", "none")]);
    assert_eq!(Browser::new(&world).visit(&hinted).await.answer()["error"], "invalid_request");
    assert_eq!(crate::support::relying_party::userinfo(&world, &jwt).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn jarm_4_it_is_advertised_and_answered_only_where_it_is_on() {
    let world = usual_world().await;
    let metadata = Browser::new(&world).visit("/.well-known/openid-configuration").await.json();
    let modes = json!(["query", "fragment", "form_post", "jwt", "query.jwt", "fragment.jwt", "form_post.jwt"]);
    assert_eq!(metadata["response_modes_supported"], modes);
    assert!(metadata["authorization_signing_alg_values_supported"].to_string().contains("RS256"));
    for unknown in [".jwt", "JWT", "jwt.query", "query.jwt.jwt"] {
        let refused = Browser::new(&world).visit(&authorize_path(&[("response_mode", unknown)])).await.answer();
        assert_eq!(refused["error"], "invalid_request", "{unknown}");
    }
    let off = World::with(|settings| settings.protocol.signed_responses = false).await;
    off.client("acme", |_| ()).await;
    let refused = Browser::new(&off).visit(&authorize_path(&[("response_mode", "jwt")])).await.answer();
    assert_eq!(refused["error"], "invalid_request");
    let metadata = Browser::new(&off).visit("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["response_modes_supported"], json!(["query", "fragment", "form_post"]));
    assert!(metadata.get("authorization_signing_alg_values_supported").is_none());
}
