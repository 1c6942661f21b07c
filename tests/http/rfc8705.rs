//! Certificates of clients (RFC 8705), handed on by a declared proxy. That our own TLS hands them on stands in
//! `tests/listener/tls.rs`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use doorward::config::Settings;
use doorward::model::client::{AuthMethod, ClientMetadata};
use poem::http::header;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256, SanType};
use serde_json::{Value, json};

use crate::support::browser::{Browser, Page};
use crate::support::example::Example;
use crate::support::keys::encode;
use crate::support::relying_party::{REDIRECT, VERIFIER, authorize_path, basic, claims, post, sign_in_and_consent};
use crate::support::world::{SECRET, World};

const MACHINE: &[(&str, &str)] = &[("grant_type", "client_credentials"), ("client_id", "app")];

/// A certificate and its key.
struct Shown {
    pair: KeyPair,
    der: Vec<u8>,
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Acme");
    params.distinguished_name.push(DnType::CommonName, name);
    params.subject_alt_names = vec![SanType::DnsName(format!("{name}.example").try_into().unwrap())];
    params
}

impl Shown {
    fn self_signed(name: &str) -> Self {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let der = params(name).self_signed(&pair).unwrap().der().to_vec();
        Self { pair, der }
    }

    /// As a proxy hands it on (RFC 9440 §2.1).
    fn field(&self) -> String {
        format!(":{}:", STANDARD.encode(&self.der))
    }

    fn jwks(&self) -> Value {
        let point = self.pair.public_key_raw();
        json!({"keys": [{
            "kty": "EC", "crv": "P-256", "x": encode(&point[1..33]), "y": encode(&point[33..]),
            "x5c": [STANDARD.encode(&self.der)],
        }]})
    }

    fn thumbprint(&self) -> String {
        use sha2::Digest as _;
        encode(&sha2::Sha256::digest(&self.der))
    }
}

/// An authority, and certificates by it.
struct Authority {
    pair: KeyPair,
    params: CertificateParams,
}

impl Authority {
    fn new() -> Self {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self { pair, params }
    }

    fn pem(&self) -> String {
        self.params.self_signed(&self.pair).unwrap().pem()
    }

    fn issue(&self, name: &str) -> Shown {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let issuer = Issuer::from_params(&self.params, &self.pair);
        let der = params(name).signed_by(&pair, &issuer).unwrap().der().to_vec();
        Shown { pair, der }
    }
}

fn with_proxy(settings: &mut Settings) {
    settings.protocol.mutual_tls = true;
    settings.proxies.client_certificate_header = Some("Client-Cert".to_owned());
}

fn registered(shown: &Shown) -> impl FnOnce(&mut ClientMetadata) {
    let jwks = shown.jwks();
    move |own| {
        own.token_endpoint_auth_method = AuthMethod::SelfSignedTlsClientAuth;
        own.jwks = Some(jwks);
        own.tls_client_certificate_bound_access_tokens = true;
    }
}

async fn ask(world: &World, shown: Option<&Shown>) -> Page {
    let field = shown.map(Shown::field);
    let headers: Vec<(&str, &str)> = field.iter().map(|field| ("client-cert", field.as_str())).collect();
    post(world, "/oauth2/token", MACHINE, &headers).await
}

fn error(page: &Page) -> (u16, String) {
    (page.status.as_u16(), page.json()["error"].as_str().unwrap_or_default().to_owned())
}

fn invalid_client() -> (u16, String) {
    (401, "invalid_client".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8705_2_2_a_client_is_known_by_a_certificate_with_its_own_key() {
    // RFC 8705 §2.2.2: the key is one of the client's set.
    let (own, other) = (Shown::self_signed("app"), Shown::self_signed("app"));
    let world = World::with(with_proxy).await;
    world.client("app", registered(&own)).await;
    let page = ask(&world, Some(&own)).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(error(&ask(&world, Some(&other)).await), invalid_client(), "the same name with another key");
    assert_eq!(error(&ask(&world, None).await), invalid_client());
    let secret = post(&world, "/oauth2/token", MACHINE, &[("authorization", &basic("app", SECRET))]).await;
    assert_eq!(error(&secret), invalid_client(), "CLI-04: the registered method and no other");
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8705_2_1_a_client_is_known_by_its_name_when_an_authority_vouches() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("clients.pem");
    std::fs::write(&file, authority.pem()).unwrap();
    let world = World::with(|settings| {
        with_proxy(settings);
        settings.tls.client_authorities = Some(file);
    })
    .await;
    let by_subject = |own: &mut ClientMetadata| {
        own.token_endpoint_auth_method = AuthMethod::TlsClientAuth;
        own.tls_client_auth_subject_dn = Some("CN=app,O=Acme".to_owned());
    };
    world.client("app", by_subject).await;
    assert_eq!(ask(&world, Some(&authority.issue("app"))).await.status, 200);
    for wrong in [authority.issue("other"), stranger.issue("app"), Shown::self_signed("app")] {
        assert_eq!(error(&ask(&world, Some(&wrong)).await), invalid_client());
    }
    let by_host = |own: &mut ClientMetadata| {
        own.token_endpoint_auth_method = AuthMethod::TlsClientAuth;
        own.tls_client_auth_san_dns = Some("app.example".to_owned());
    };
    world.client("app", by_host).await;
    assert_eq!(ask(&world, Some(&authority.issue("app"))).await.status, 200);
    assert_eq!(error(&ask(&world, Some(&authority.issue("other"))).await), invalid_client());
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8705_6_3_without_authorities_nobody_is_vouched_for() {
    let world = World::with(with_proxy).await;
    let by_subject = |own: &mut ClientMetadata| {
        own.token_endpoint_auth_method = AuthMethod::TlsClientAuth;
        own.tls_client_auth_subject_dn = Some("CN=app,O=Acme".to_owned());
    };
    world.client("app", by_subject).await;
    assert_eq!(error(&ask(&world, Some(&Authority::new().issue("app"))).await), invalid_client());
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9440_4_a_field_that_no_proxy_wrote_counts_for_nothing() {
    let own = Shown::self_signed("app");
    let stranger = World::with(|settings| {
        with_proxy(settings);
        settings.proxies.trusted.clear();
    })
    .await;
    let unasked = World::with(|settings| settings.protocol.mutual_tls = true).await;
    let off = World::with(|settings| {
        with_proxy(settings);
        settings.protocol.mutual_tls = false;
    })
    .await;
    for world in [stranger, unasked, off] {
        world.client("app", registered(&own)).await;
        assert_eq!(error(&ask(&world, Some(&own)).await), invalid_client());
    }
    let world = World::with(with_proxy).await;
    world.client("app", registered(&own)).await;
    let field = own.field();
    let twice = [("client-cert", field.as_str()), ("client-cert", field.as_str())];
    assert_eq!(error(&post(&world, "/oauth2/token", MACHINE, &twice).await), invalid_client());
    for nonsense in [":AAAA:", "::", ":!:", "nonsense"] {
        let page = post(&world, "/oauth2/token", MACHINE, &[("client-cert", nonsense)]).await;
        assert_eq!(error(&page), invalid_client(), "{nonsense}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_of_another_name_holds_percent_encoded_pem() {
    let own = Shown::self_signed("app");
    let world = World::with(|settings| {
        with_proxy(settings);
        settings.proxies.client_certificate_header = Some("X-SSL-Client-Cert".to_owned());
    })
    .await;
    world.client("app", registered(&own)).await;
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(&own.der));
    let escaped: String = form_urlencoded::byte_serialize(pem.as_bytes()).collect::<String>().replace('+', "%20");
    let page = post(&world, "/oauth2/token", MACHINE, &[("x-ssl-client-cert", &escaped)]).await;
    assert_eq!(page.status, 200, "{}", page.body);
}

async fn token_of_person(world: &World, shown: &Shown) -> String {
    world.person("ada@example.com").await;
    let mut browser = Browser::new(world);
    let path = authorize_path(&[("client_id", "app")]);
    let code = sign_in_and_consent(&mut browser, "ada@example.com", &path).await.answer()["code"].clone();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "app"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    let page = post(world, "/oauth2/token", &form, &[("client-cert", &shown.field())]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    page.json()["access_token"].as_str().unwrap().to_owned()
}

async fn userinfo(world: &World, token: &str, shown: Option<&Shown>) -> Page {
    let mut request = poem::Request::builder()
        .uri("/oauth2/userinfo".parse().unwrap())
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    if let Some(shown) = shown {
        request = request.header("client-cert", shown.field());
    }
    Page::of(world.send(request.finish()).await, "/oauth2/userinfo").await
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8705_3_a_bound_token_is_of_no_use_without_the_certificate() {
    // RFC 8705 §3.2: introspection shows the thumbprint.
    let (own, other) = (Shown::self_signed("app"), Shown::self_signed("app"));
    let world = World::with(with_proxy).await;
    world.client("app", registered(&own)).await;
    let token = token_of_person(&world, &own).await;
    assert_eq!(claims(&token)["cnf"], json!({"x5t#S256": own.thumbprint()}));
    assert_eq!(userinfo(&world, &token, Some(&own)).await.status, 200);
    for shown in [None, Some(&other)] {
        assert_eq!(error(&userinfo(&world, &token, shown).await), (401, "invalid_token".to_owned()));
    }
    let form = [("token", token.as_str()), ("client_id", "app")];
    let told = post(&world, "/oauth2/introspect", &form, &[("client-cert", &own.field())]).await.json();
    assert_eq!((&told["cnf"], &told["token_type"]), (&json!({"x5t#S256": own.thumbprint()}), &json!("Bearer")));
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8705_3_4_a_client_with_a_secret_may_have_bound_tokens_too() {
    let own = Shown::self_signed("app");
    let world = World::with(with_proxy).await;
    world.client("app", |own| own.tls_client_certificate_bound_access_tokens = true).await;
    let authorization = basic("app", SECRET);
    let field = own.field();
    let without = post(&world, "/oauth2/token", MACHINE, &[("authorization", &authorization)]).await;
    assert_eq!(error(&without), (400, "invalid_request".to_owned()));
    let headers = [("authorization", authorization.as_str()), ("client-cert", field.as_str())];
    let with = post(&world, "/oauth2/token", MACHINE, &headers).await.json();
    assert_eq!(claims(with["access_token"].as_str().unwrap())["cnf"]["x5t#S256"], own.thumbprint());
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8705_3_3_what_is_off_is_neither_told_nor_answered() {
    let metadata = async |world: &World| {
        let path = "/.well-known/openid-configuration";
        let request = poem::Request::builder().uri(path.parse().unwrap()).finish();
        Page::of(world.send(request).await, path).await.json()
    };
    let has = |document: &Value| {
        let methods = document["token_endpoint_auth_methods_supported"].as_array().unwrap();
        methods.contains(&json!("tls_client_auth")) && methods.contains(&json!("self_signed_tls_client_auth"))
    };
    let on = metadata(&World::with(with_proxy).await).await;
    assert!(has(&on) && on["tls_client_certificate_bound_access_tokens"] == json!(true));
    let off = metadata(&World::new().await).await;
    assert!(!has(&off) && off["tls_client_certificate_bound_access_tokens"] == json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_of_the_manual() {
    let own = Shown::self_signed("app");
    let world = World::with(with_proxy).await;
    world.client("app", registered(&own)).await;
    let mut example = Example::new();
    example.say("The client connects with its certificate; the proxy hands it on. No secret is sent:");
    let field = own.field();
    example.ask("POST /oauth2/token", &[("Client-Cert", ":MIIBUTCB+KADAgECAhQ…:")], MACHINE);
    let page = post(&world, "/oauth2/token", MACHINE, &[("client-cert", &field)]).await;
    assert_eq!(page.status, 200);
    example.answer(&page, &[]);
    example.say("The access token says which certificate it is bound to:");
    let token = page.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(claims(&token)["cnf"]["x5t#S256"], own.thumbprint());
    example.show(&json!({"cnf": {"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}}));
    example.keep("rfc8705");
}
