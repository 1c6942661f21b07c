//! The HTTP layer above the connection (HTT). What happens on the wire is tested with the listener.

use std::time::{Duration, Instant};

use doorward::endpoint::ROWS;
use doorward::endpoint::cors::Cors;
use doorward::endpoint::mount::Row;
use doorward::endpoint::reply::ErrorForm;
use poem::Endpoint as _;
use poem::http::Method;

use crate::support::browser::{Browser, Page};
use crate::support::relying_party::{authorize_path, usual_world};
use crate::support::world::{ISSUER, World};

async fn send(world: &World, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Page {
    let mut request = poem::Request::builder().method(method).uri(path.parse().unwrap());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Page::of(world.send(request.body(body.to_owned())).await, path).await
}

#[tokio::test(flavor = "multi_thread")]
async fn htt_01_every_address_takes_its_methods_and_no_other() {
    let world = usual_world().await;
    for row in ROWS.iter().filter(|row| (row.when)(&world.context.features)) {
        let own: Vec<&str> = row.methods.iter().map(|(method, _)| method.as_str()).collect();
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "get"] {
            let headers = [("x-echo", "echoed")];
            let answer = send(&world, method.parse().unwrap(), row.path, &headers, "echoed").await;
            assert!(!answer.body.contains("echoed"), "{method} {}", row.path);
            if own.contains(&method) {
                assert_ne!(answer.status, 405, "{method} {}", row.path);
            } else {
                assert_eq!(answer.status, 405, "{method} {}", row.path);
                let allow = answer.header("allow").unwrap();
                assert!(own.iter().all(|own| allow.contains(own)), "{method} {}: {allow}", row.path);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn htt_07_guards_hold_for_every_spelling_and_no_header_opens_doors() {
    let world = usual_world().await;
    for path in [
        "/account",
        "/account/",
        "//account",
        "/account//profile",
        "/./account",
        "/x/../account",
        "/%61ccount",
        "/Account",
        "/ACCOUNT/profile",
        "/account;x=1",
        "/account/profile/",
        "/account%2fprofile",
        "/account/.",
        "/account?x=/../login",
        "/account%00",
    ] {
        for headers in [
            &[][..],
            &[("x-original-url", "/account"), ("x-rewrite-url", "/account"), ("x-forwarded-prefix", "/account")],
            &[
                ("x-forwarded-user", "ada@example.com"),
                ("remote-user", "ada@example.com"),
                ("x-forwarded-for", "127.0.0.1"),
            ],
            &[("authorization", "Basic YWRhQGV4YW1wbGUuY29tOng=")],
        ] {
            let answer = send(&world, Method::GET, path, headers, "").await;
            assert!(matches!(answer.status.as_u16(), 303 | 404), "{path} {headers:?}: {}", answer.status);
            assert!(!answer.body.contains("ada@example.com"), "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn htt_08_nothing_takes_long_to_be_read() {
    let world = usual_world().await;
    let long = 60_000;
    for body in [
        "a=".repeat(long / 2),
        "&".repeat(long),
        "%".repeat(long),
        format!("username={}", "a.".repeat(4_000)),
        format!("username={}@example.com", "(".repeat(8_000)),
        format!("scope={}", "openid+".repeat(1_100)),
        format!("claims={}", "[".repeat(8_000)),
        format!("grant_type=refresh_token&refresh_token={}", "._-".repeat(2_600)),
    ] {
        for path in ["/oauth2/authorize", "/oauth2/token", "/oauth2/introspect", "/login?interaction=x"] {
            let started = Instant::now();
            let headers = [("content-type", "application/x-www-form-urlencoded")];
            let status = send(&world, Method::POST, path, &headers, &body).await.status;
            assert!(status.is_client_error(), "{path}: {status}");
            assert!(started.elapsed() < Duration::from_secs(5), "{path}: {:?}", started.elapsed());
        }
    }
    for (name, value) in [
        ("accept-language", "a;q=0.1,".repeat(3_000)),
        ("cookie", "a=b; ".repeat(5_000)),
        ("cookie", format!("doorward-sessions={}", ".".repeat(20_000))),
        ("user-agent", "(".repeat(20_000)),
        ("x-forwarded-for", "1.1.1.1,".repeat(3_000)),
        ("authorization", format!("Basic {}", "A".repeat(20_000))),
        ("authorization", format!("Bearer {}", "a.".repeat(10_000))),
    ] {
        let started = Instant::now();
        for path in ["/account", "/oauth2/userinfo", "/login"] {
            let status = send(&world, Method::GET, path, &[(name, &value)], "").await.status;
            assert!(!status.is_server_error(), "{name}: {status}");
        }
        assert!(started.elapsed() < Duration::from_secs(5), "{name}: {:?}", started.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn htt_09_many_parameters_and_deep_json_are_refused() {
    let world = usual_world().await;
    let many = (0..2_000).map(|number| format!("&p{number}=x")).collect::<Vec<_>>().concat();
    let page = Browser::new(&world).visit(&format!("{}{many}", authorize_path(&[]))).await;
    assert_eq!(page.status, 400);
    let deep = format!("{}{}", "{\"a\":".repeat(500), "}".repeat(500));
    let page = Browser::new(&world).visit(&authorize_path(&[("claims", &deep)])).await;
    assert!(page.answer()["error"].starts_with("invalid_request"));
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    assert!(send(&world, Method::POST, "/oauth2/token", &headers, &many).await.status.is_client_error());
}

#[tokio::test(flavor = "multi_thread")]
async fn htt_10_a_compressed_body_is_not_a_form() {
    let world = usual_world().await;
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("content-encoding", "gzip")];
    let answer = send(&world, Method::POST, "/oauth2/token", &headers, "\u{1f}\u{8}").await;
    assert!(answer.status.is_client_error());
}

#[tokio::test(flavor = "multi_thread")]
async fn htt_11_no_answer_is_built_from_the_host() {
    let world = usual_world().await;
    for host in ["evil.example", "localhost:8080@evil.example", "evil.example:443", ""] {
        let headers =
            [("host", host), ("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example;proto=https")];
        for path in ["/.well-known/openid-configuration", "/account", "/login", "/nowhere", &authorize_path(&[])] {
            let answer = send(&world, Method::GET, path, &headers, "").await;
            assert!(!answer.body.contains("evil.example"), "{path}");
            for value in answer.headers.values() {
                assert!(!value.to_str().unwrap_or_default().contains("evil.example"), "{path}: {value:?}");
            }
        }
    }
    let metadata = send(&world, Method::GET, "/.well-known/openid-configuration", &[("host", "x")], "").await.json();
    assert_eq!(metadata["issuer"], ISSUER);
}

#[tokio::test(flavor = "multi_thread")]
async fn htt_13_no_versions_debug_pages_or_files_are_public() {
    let world = usual_world().await;
    for path in [
        "/debug",
        "/debug/pprof",
        "/server-status",
        "/actuator",
        "/env",
        "/.well-known/",
        "/api",
        "/api/v1/openapi.json",
        "/docs",
        "/swagger",
        "/openapi.json",
        "/openapi.yaml",
        "/version",
        "/dev/inbox",
        "/dev/app",
        "/dev/google/switches",
        "/dev/github/switches",
        "/Cargo.toml",
        "/Cargo.lock",
        "/README.md",
        "/favicon.ico",
        "/robots.txt",
        "/metrics",
    ] {
        let answer = send(&world, Method::GET, path, &[("x-forwarded-for", "203.0.113.9")], "").await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.header("server").is_none() && !answer.body.contains(env!("CARGO_PKG_VERSION")), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn htt_14_nothing_overrides_the_method() {
    let world = usual_world().await;
    for name in ["x-http-method-override", "x-method-override", "x-http-method"] {
        let read = send(&world, Method::GET, "/oauth2/token", &[(name, "POST")], "").await;
        assert_eq!(read.status, 405, "{name}");
        let form = [("content-type", "application/x-www-form-urlencoded"), (name, "GET")];
        let written = send(&world, Method::POST, "/.well-known/jwks.json", &form, "_method=GET").await;
        assert_eq!(written.status, 405, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn head_is_get_without_a_body() {
    let world = usual_world().await;
    for row in ROWS.iter().filter(|row| row.methods.iter().any(|(method, _)| method == Method::GET)) {
        let (get, head) =
            (send(&world, Method::GET, row.path, &[], "").await, send(&world, Method::HEAD, row.path, &[], "").await);
        assert_eq!(get.status, head.status, "{}", row.path);
        assert!(head.body.is_empty(), "{}", row.path);
        assert_eq!(get.header("content-type"), head.header("content-type"), "{}", row.path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f_04_a_panic_costs_its_own_request_and_is_told_with_an_id() {
    const PANICS: Row = Row {
        path: "/panic",
        methods: &[(Method::GET, |_| Box::pin(async { panic!("an endpoint that fails") }))],
        errors: ErrorForm::Page,
        cors: Cors::Closed,
        when: |_| true,
        state: None,
    };
    let world = usual_world().await;
    let router = doorward::endpoint::routes(&world.context, &[PANICS]);
    let get = async |path: &str| {
        let request = poem::Request::builder().uri(path.parse().unwrap()).finish();
        Page::of(router.get_response(request).await, path).await
    };
    for _ in 0..3 {
        let page = get("/panic").await;
        assert_eq!(page.status, 500);
        assert!(page.has("error-request"), "{}", page.body);
        assert!(!page.body.contains("an endpoint that fails"), "{}", page.body);
        assert!(page.header("content-security-policy").is_some());
        assert_eq!(get("/ready").await.status, 200, "others are unaffected");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_front_door_leads_to_the_account() {
    let world = usual_world().await;
    assert_eq!(Browser::new(&world).visit("/").await.location().as_deref(), Some("/account"));
}
