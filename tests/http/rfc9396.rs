//! Rich authorization requests (RFC 9396), by a type that the operator described.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::support::browser::{Browser, Page};
use crate::support::example::Example;
use crate::support::relying_party::{
    REDIRECT, VERIFIER, authorize_path, basic, claims, post, redeem, refresh, sign_in_and_consent, token,
};
use crate::support::requests::{begin, push, reference};
use crate::support::world::{PASSWORD, SECRET, World};

const ADA: &str = "ada@example.com";

/// A world in which payments can be asked for.
async fn world() -> World {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let payment = json!({
        "type": "payment_initiation",
        "description": {"en": "Make a payment", "de": "Eine Zahlung ausführen"},
        "schema": {
            "type": "object",
            "required": ["amount", "creditor"],
            "additionalProperties": false,
            "properties": {
                "amount": {"type": "integer", "minimum": 1, "maximum": 100_000},
                "creditor": {"type": "string", "maxLength": 70},
                "purpose": {"enum": ["rent", "goods"]},
            },
        },
    });
    file.write_all(payment.to_string().as_bytes()).unwrap();
    let path = file.path().to_owned();
    let world = World::with(|settings| settings.protocol.authorization_details = vec![path]).await;
    world.client("acme", |own| own.authorization_details_types = vec!["payment_initiation".to_owned()]).await;
    world.person(ADA).await;
    world
}

fn payment(amount: i64) -> Value {
    json!({"type": "payment_initiation", "amount": amount, "creditor": "Merchant <b>A</b>"})
}

async fn ask(world: &World, details: &Value) -> Page {
    Browser::new(world).open(&authorize_path(&[("authorization_details", &details.to_string())])).await
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9396_2_to_9_what_is_asked_for_is_shown_agreed_to_and_told() {
    // RFC 9396 §7, §9.1, §9.2: in the answer, in the token, at introspection.
    let world = world().await;
    let mut example = Example::new();
    let wanted = json!([payment(1200), payment(50)]);
    let mut browser = Browser::new(&world);
    example.say("`authorization_details` of the authorization request:");
    example.show(&wanted);
    let path = authorize_path(&[("authorization_details", &wanted.to_string())]);
    let page = browser.open(&path).await;
    let page = browser.sign_in(&page, ADA, PASSWORD).await;
    let shown = page.text();
    assert!(
        shown.contains("Make a payment") && shown.contains("1200") && shown.contains("Merchant <b>A</b>"),
        "{shown}"
    );
    assert!(!page.body.contains("<b>A</b>"), "what a client says is escaped");
    let answer = browser.submit(&page, "consent-form", &[("decision", "allow")]).await.answer();
    let response = redeem(&world, &answer["code"]).await;
    let tokens = response.json();
    assert_eq!(tokens["authorization_details"], wanted);
    let access_token = tokens["access_token"].as_str().unwrap();
    assert_eq!(claims(access_token)["authorization_details"], wanted);
    let headers = [("authorization", basic("acme", SECRET))];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let told = post(&world, "/oauth2/introspect", &[("token", access_token)], &headers).await.json();
    assert_eq!(told["authorization_details"], wanted);
    example
        .say("After the person agreed, the token response, the access token and introspection say what was granted:");
    example.show(&json!({"authorization_details": tokens["authorization_details"]}));
    example.keep("rfc9396");
    let again = refresh(&world, tokens["refresh_token"].as_str().unwrap()).await.json();
    assert_eq!(again["authorization_details"], wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9396_13_they_are_agreed_to_each_time_and_never_silently() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    sign_in_and_consent(&mut browser, ADA, &authorize_path(&[])).await;
    let details = json!([payment(1)]).to_string();
    for _ in 0..2 {
        let page = browser.open(&authorize_path(&[("authorization_details", &details)])).await;
        assert!(page.has("consent-allow"), "{}", page.text());
        let answer = browser.submit(&page, "consent-form", &[("decision", "allow")]).await;
        assert!(answer.answer().contains_key("code"));
    }
    let silent = [("authorization_details", details.as_str()), ("prompt", "none")];
    assert_eq!(browser.visit(&authorize_path(&silent)).await.answer()["error"], "consent_required");
    assert!(browser.visit(&authorize_path(&[("prompt", "none")])).await.answer().contains_key("code"));
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9396_6_1_a_token_request_narrows_and_never_widens() {
    let world = world().await;
    let wanted = json!([payment(1), payment(2)]).to_string();
    let path = authorize_path(&[("authorization_details", &wanted)]);
    let answer = sign_in_and_consent(&mut Browser::new(&world), ADA, &path).await.answer();
    let one = json!([payment(2)]).to_string();
    let more = json!([payment(3)]).to_string();
    let by_code = |details: &str| {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", answer["code"].as_str()),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
            ("authorization_details", details),
        ];
        fields.map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let ask = async |details: &str| {
        let fields = by_code(details);
        token(&world, &fields.each_ref().map(|(name, value)| (name.as_str(), value.as_str()))).await
    };
    let refused = ask(&more).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["error"]), (400, &json!("invalid_authorization_details")));
    let tokens = ask(&one).await.json();
    assert_eq!(tokens["authorization_details"], json!([payment(2)]));
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("authorization_details", &more)];
    assert_eq!(token(&world, &fields).await.json()["error"], "invalid_authorization_details");
    let all = refresh(&world, refresh_token).await.json();
    assert_eq!(all["authorization_details"], json!([payment(1), payment(2)]), "the grant keeps what was agreed to");
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9396_5_unknown_types_and_members_and_hostile_json_are_refused() {
    let world = world().await;
    let nested = format!("[{}1{}]", "{\"type\":".repeat(200), "}".repeat(200));
    let mut wrong: Vec<String> = [
        json!([{"type": "other"}]),
        json!([{"amount": 1}]),
        json!(payment(1)),
        json!([payment(0)]),
        json!([payment(100_001)]),
        json!([{"type": "payment_initiation", "amount": 1}]),
        json!([{"type": "payment_initiation", "amount": "1", "creditor": "x"}]),
        json!([{"type": "payment_initiation", "amount": 1, "creditor": "x", "purpose": "bribe"}]),
        json!([{"type": "payment_initiation", "amount": 1, "creditor": "x", "locations": ["https://x"]}]),
        json!([{"type": "payment_initiation", "amount": 1, "creditor": "x".repeat(71)}]),
        Value::Array(vec![payment(1); 17]),
        json!("x"),
        json!(null),
    ]
    .iter()
    .map(Value::to_string)
    .collect();
    wrong.extend([nested, "[".to_owned(), "[{}".to_owned(), "[1e999]".to_owned()]);
    for details in wrong {
        let page = Browser::new(&world).visit(&authorize_path(&[("authorization_details", &details)])).await;
        assert_eq!(page.answer()["error"], "invalid_authorization_details", "{details}");
    }
    let pushed = push(&world, &[("authorization_details", "[{\"type\":\"other\"}]")]).await;
    assert_eq!((pushed.status.as_u16(), &pushed.json()["error"]), (400, &json!("invalid_authorization_details")));
    let right = push(&world, &[("authorization_details", &json!([payment(1)]).to_string())]).await;
    let page = Browser::new(&world).open(&begin(&reference(&right))).await;
    assert!(page.has("login-submit"));
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9396_10_types_are_advertised_and_registered() {
    let world = world().await;
    let metadata = Browser::new(&world).visit("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["authorization_details_types_supported"], json!(["payment_initiation"]));
    world.client("acme", |_| ()).await;
    assert_eq!(ask(&world, &json!([payment(1)])).await.answer()["error"], "invalid_authorization_details");
    let off = World::new().await;
    off.client("acme", |own| own.authorization_details_types = vec!["payment_initiation".to_owned()]).await;
    assert_eq!(ask(&off, &json!([payment(1)])).await.answer()["error"], "invalid_authorization_details");
    let metadata = Browser::new(&off).visit("/.well-known/openid-configuration").await.json();
    assert!(metadata.get("authorization_details_types_supported").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9396_2_where_no_person_is_asked_they_are_refused_and_not_passed_over() {
    let world = World::with(|settings| settings.protocol.ciba = true).await;
    world.client("acme", |_| ()).await;
    world.person(ADA).await;
    let details = json!([payment(1)]).to_string();
    let header = basic("acme", SECRET);
    let ask = async |path: &str, form: &[(&str, &str)]| {
        let form = [form, &[("authorization_details", details.as_str())]].concat();
        let page = post(&world, path, &form, &[("authorization", &header)]).await;
        (page.status.as_u16(), page.json()["error"].clone())
    };
    let refused = (400, json!("invalid_authorization_details"));
    let grant = |name: &str| format!("urn:ietf:params:oauth:grant-type:{name}");
    for grant in [
        "client_credentials".to_owned(),
        grant("device_code"),
        grant("token-exchange"),
        "urn:openid:params:grant-type:ciba".to_owned(),
    ] {
        let form = [
            ("grant_type", grant.as_str()),
            ("device_code", "x"),
            ("auth_req_id", "x"),
            ("subject_token", "x"),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ];
        assert_eq!(ask("/oauth2/token", &form).await, refused, "{grant}");
    }
    assert_eq!(ask("/oauth2/device", &[("scope", "openid")]).await, refused);
    assert_eq!(ask("/oauth2/backchannel", &[("scope", "openid"), ("login_hint", ADA)]).await, refused);
    assert!(world.mails().await.is_empty());
}
