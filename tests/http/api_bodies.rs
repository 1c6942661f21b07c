//! What the operations of the JSON interface that take a body do with bodies and callers that are not right.

use doorward::endpoint::{self, API_DOCUMENTATION};
use poem::Endpoint as _;
use poem::http::Method;
use serde_json::{Value, json};

use crate::support::browser::Page;
use crate::support::program::{Program, assert_refused};
use crate::support::relying_party::usual_world;
use crate::support::world::{ISSUER, PASSWORD, World};

/// Every operation that needs nobody to be signed in, with a body that it would read.
fn anonymous() -> Vec<(&'static str, Value)> {
    vec![
        ("/api/v1/accounts", json!({ "email": "new@example.com", "password": PASSWORD })),
        ("/api/v1/accounts/confirm", json!({ "flow": "x", "code": "000000" })),
        ("/api/v1/accounts/confirm", json!({ "token": "x" })),
        ("/api/v1/accounts/resend", json!({ "flow": "x" })),
        ("/api/v1/codes", json!({ "email": "ada@example.com" })),
        ("/api/v1/sessions", json!({ "email": "ada@example.com", "password": PASSWORD })),
        ("/api/v1/sessions", json!({ "flow": "x", "code": "000000" })),
        ("/api/v1/password/forgot", json!({ "email": "ada@example.com" })),
        ("/api/v1/password/check", json!({ "flow": "x", "code": "000000" })),
        ("/api/v1/password/check", json!({ "token": "x" })),
        ("/api/v1/password/reset", json!({ "flow": "x", "code": "000000", "password": PASSWORD })),
        ("/api/v1/password/reset", json!({ "token": "x", "password": PASSWORD })),
    ]
}

fn errors(page: &Page) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let errors = page.json()["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|error| (text(&error["field"]), text(&error["code"]))).collect()
}

#[track_caller]
fn assert_malformed(page: &Page, field: &str, code: &str) {
    assert_refused(page, 400, "field_malformed");
    assert!(errors(page).contains(&(field.to_owned(), code.to_owned())), "{field} {code}: {}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_11_every_operation_names_what_is_wrong_with_a_body() {
    let world = usual_world().await;
    let mut program = Program::new(&world);
    for (path, body) in anonymous() {
        let mut unknown = body.clone();
        unknown["is_admin"] = true.into();
        assert_malformed(&program.post(path, unknown).await, "is_admin", "field_unknown");
        for name in body.as_object().unwrap().keys() {
            for wrong in [json!(7), json!(true), json!(null), json!(["a"]), json!({ "a": "b" })] {
                let mut body = body.clone();
                body[name] = wrong;
                assert_malformed(&program.post(path, body).await, name, "field_wrong_type");
            }
            let (twice, text) = (body[name].to_string(), body.to_string());
            let twice = format!("{},\"{name}\":{twice}}}", text.strip_suffix('}').unwrap());
            let page = program.call(Method::POST, path, Some(twice)).await;
            assert_malformed(&page, "", "body_malformed");
            assert!(page.body.contains(name), "{}", page.body);
        }
        for text in ["", "null", "[]", "7", "\"x\"", "{", "{}}", "{\"email\":\"\u{0}\"}", "{'a':1}"] {
            assert_refused(&program.call(Method::POST, path, Some(text.to_owned())).await, 400, "field_malformed");
        }
        let page = program.call(Method::POST, path, Some("{}".to_owned())).await;
        assert!(!errors(&page).is_empty() && errors(&page).iter().all(|(_, code)| code == "field_missing"));
        let deep = "{\"a\":".repeat(5_000);
        assert_malformed(&program.call(Method::POST, path, Some(deep)).await, "", "body_malformed");
        let large = format!("{{\"email\":\"{}\"}}", "x".repeat(100_000));
        assert_refused(&program.call(Method::POST, path, Some(large)).await, 413, "body_too_large");
        let mut odd = program.clone();
        odd.extra.push(("x-requested-with".to_owned(), "doorward".to_owned()));
        let request = poem::Request::builder()
            .method(Method::POST)
            .uri(path.parse().unwrap())
            .header("x-requested-with", "doorward")
            .header("content-type", "application/x-www-form-urlencoded")
            .body("email=ada%40example.com");
        assert_refused(&Page::of(world.send(request).await, path).await, 415, "media_type_not_taken");
    }
    assert!(world.mails().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_is_not_said_back() {
    let world = usual_world().await;
    let mut program = Program::new(&world);
    let secret = "a secret that is longer than any word of ours";
    for body in [
        json!({ "email": "ada@example.com", "password": [secret] }),
        json!({ "email": secret, "password": secret }),
        json!({ "flow": secret, "code": secret }),
    ] {
        let page = program.post("/api/v1/sessions", body).await;
        assert!(page.status.is_client_error() && !page.body.contains("longer than any word"), "{}", page.body);
    }
    let page = program.post("/api/v1/sessions", json!({ "x".repeat(5_000): 1 })).await;
    assert!(page.body.len() < 1_500, "{}", page.body);
}

async fn as_sent(world: &World, path: &str, body: &Value, headers: &[(&str, &str)]) -> Page {
    let mut request = poem::Request::builder().method(Method::POST).uri(path.parse().unwrap());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Page::of(world.send(request.body(body.to_string())).await, path).await
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_03_no_other_site_signs_anybody_in_or_up() {
    let world = usual_world().await;
    let kind = ("content-type", "application/json");
    for (path, body) in anonymous() {
        for headers in [
            &[][..],
            &[("content-type", "text/plain")],
            &[("content-type", "application/x-www-form-urlencoded")],
            &[("content-type", "multipart/form-data; boundary=x")],
            &[("content-type", "text/plain; charset=application/json")],
            &[kind, ("origin", "null")],
            &[kind, ("origin", "https://evil.example")],
            &[kind, ("origin", "http://localhost:8080.evil.example")],
            &[kind, ("sec-fetch-site", "cross-site")],
            &[kind, ("sec-fetch-site", "same-site"), ("origin", ISSUER)],
        ] {
            assert_refused(&as_sent(&world, path, &body, headers).await, 403, "cross_site");
        }
        let preflight = poem::Request::builder()
            .method(Method::OPTIONS)
            .uri(path.parse().unwrap())
            .header("origin", "https://evil.example")
            .header("access-control-request-method", "POST")
            .finish();
        let answer = Page::of(world.send(preflight).await, path).await;
        assert!(answer.header("access-control-allow-origin").is_none() && !answer.status.is_success());
    }
    assert!(world.mails().await.is_empty());
    let (path, body) = &anonymous()[5];
    let own = [kind, ("sec-fetch-site", "same-origin"), ("origin", ISSUER)];
    assert_eq!(as_sent(&world, path, body, &own).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_status_that_an_operation_answers_with_is_described() {
    let world = usual_world().await;
    let router = endpoint::routes(&world.context, API_DOCUMENTATION);
    let request = poem::Request::builder().uri("/api/v1/openapi.json".parse().unwrap()).finish();
    let document = Page::of(router.get_response(request).await, "").await.json();
    let mut program = Program::new(&world);
    for (path, body) in anonymous() {
        let described = document["paths"][path]["post"]["responses"].as_object().unwrap();
        for body in [body.clone(), json!({}), json!({ "email": "x", "password": "x" }), json!({ "email": "x" })] {
            let status = program.post(path, body).await.status.as_str().to_owned();
            assert!(described.contains_key(&status), "{path} answers {status}");
        }
        for status in ["400", "403", "413", "415", "422", "429", "503"] {
            let is_described = described.contains_key(status) || (status == "422" && path.ends_with("resend"));
            assert!(is_described, "{path} describes {status}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_forms_of_bodies_are_described_as_closed_and_those_of_answers_as_open() {
    let world = usual_world().await;
    let router = endpoint::routes(&world.context, API_DOCUMENTATION);
    let request = poem::Request::builder().uri("/api/v1/openapi.json".parse().unwrap()).finish();
    let document = Page::of(router.get_response(request).await, "").await.json();
    let schemas = &document["components"]["schemas"];
    for closed in ["Registration", "FlowAndCode", "MailedToken", "EmailAndPassword", "PasswordChange"] {
        assert_eq!(schemas[closed]["additionalProperties"], false, "{closed}");
    }
    for open in ["Problem", "Flow", "CurrentSession"] {
        assert!(schemas[open].is_object() && schemas[open].get("additionalProperties").is_none(), "{open}");
    }
    let forms = schemas["Credentials"]["oneOf"].as_array().unwrap();
    assert_eq!(forms.len(), 2, "{forms:?}");
}
