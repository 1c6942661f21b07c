//! Requests that are no sound HTTP are refused before an endpoint sees them (RFC 9110, RFC 9112).

use crate::client::{Client, ask, body, status};
use crate::{limits, start};

#[tokio::test]
async fn a_plain_request_is_answered() {
    let server = start(limits());
    let answer = ask(server.address, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    assert_eq!((status(&answer), body(&answer)), (200, "hello"));
}

#[tokio::test]
async fn one_connection_carries_many_requests() {
    let server = start(limits());
    let mut client = Client::connect(server.address).await;
    for _ in 0..3 {
        assert_eq!(body(&client.get("/").await), "hello");
    }
    assert_eq!(server.open.count(), 1);
}

#[tokio::test]
async fn http_2_without_tls_is_answered() {
    let server = start(limits());
    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let answer = client.post(format!("http://{}/echo", server.address)).body("two").send().await.unwrap();
    assert_eq!(answer.version(), reqwest::Version::HTTP_2);
    assert_eq!(answer.text().await.unwrap(), "two");
}

#[tokio::test]
async fn htt_01_what_is_no_request_for_us_is_refused_and_nothing_is_echoed() {
    let server = start(limits());
    for method in ["CONNECT", "G\u{e9}T", "G(T"] {
        let target = if method == "CONNECT" { "localhost:80" } else { "/" };
        let answer =
            ask(server.address, format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\nX-Secret: marker\r\n\r\n"))
                .await;
        assert!([400, 501].contains(&status(&answer)), "{method}: {answer}");
        assert!(!answer.contains("marker"), "{method}: {answer}");
    }
}

#[tokio::test]
async fn htt_02_ambiguous_framing_is_refused() {
    let server = start(limits());
    let heads = [
        "Content-Length: 4\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 4",
        "transfer-encoding: chunked\r\ncontent-length: 4",
        "Content-Length: 4\r\nContent-Length: 5",
        "Content-Length: 4, 5",
        "Content-Length: +4",
        "Content-Length: 4x",
        "Content-Length: -4",
        "Content-Length: 0x4",
        "Content-Length : 4",
        "Content-Length: 99999999999999999999999",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding: chunked\r\n folded: x",
        "X: a\r\n Transfer-Encoding: chunked\r\nContent-Length: 4",
        "X: a\rTransfer-Encoding: chunked\r\nContent-Length: 4",
        "X: a\0b\r\nContent-Length: 4",
        "No colon\r\nContent-Length: 4",
    ];
    for head in heads {
        let request = format!(
            "POST /echo HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
        );
        let answer = ask(server.address, request).await;
        assert_eq!(status(&answer), 400, "{head:?}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{head:?}: {answer}");
    }
}

#[tokio::test]
async fn htt_02_a_transfer_coding_in_http_1_0_is_refused() {
    let server = start(limits());
    let answer = ask(server.address, "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").await;
    assert_eq!(status(&answer), 400, "{answer}");
}

#[tokio::test]
async fn htt_02_framing_is_judged_though_the_head_arrives_in_pieces() {
    let server = start(limits());
    let mut client = Client::connect(server.address).await;
    assert_eq!(status(&client.get("/").await), 200);
    for piece in [
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nConte",
        "nt-Length: 4\r\nTransfer-Enc",
        "oding: chunked\r\n\r\n0\r\n\r\n",
    ] {
        client.send(piece).await;
    }
    assert_eq!(status(&client.rest().await), 400);
}

#[tokio::test]
async fn htt_02_a_chunked_body_is_read_and_the_connection_closed_after_it() {
    let server = start(limits());
    let request = "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n\
                   3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let answer = ask(server.address, request).await;
    assert_eq!((status(&answer), body(&answer)), (200, "abc"));
    assert!(answer.contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn htt_03_large_heads_are_refused() {
    let server = start(limits());
    let large = format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "a".repeat(40_000));
    assert_eq!(status(&ask(server.address, large).await), 431);
    let many = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "X: a\r\n".repeat(150));
    assert_eq!(status(&ask(server.address, many).await), 431);
    let long = format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "a".repeat(70_000));
    assert!([414, 431].contains(&status(&ask(server.address, long).await)));
}

#[tokio::test]
async fn htt_03_a_head_within_bounds_is_taken() {
    let server = start(limits());
    let filler = "X: a\r\n".repeat(90);
    let request =
        format!("GET /?q={} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{filler}\r\n", "a".repeat(8_000));
    assert_eq!(status(&ask(server.address, request).await), 200);
}

#[tokio::test]
async fn htt_04_an_announced_large_body_is_refused_before_it_is_sent() {
    let server = start(limits());
    let answer = ask(server.address, "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 70000\r\n\r\n").await;
    assert_eq!(status(&answer), 413);
}

#[tokio::test]
async fn htt_04_a_large_chunked_body_is_cut_off_early() {
    let server = start(limits());
    let mut client = Client::connect(server.address).await;
    client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    let chunk = format!("4000\r\n{}\r\n", "a".repeat(0x4000));
    let mut sent = 0;
    // The endpoint would take a megabyte; a gigabyte is never swallowed.
    while sent < 65_536 && client.send(&chunk).await {
        sent += 1;
    }
    assert!(sent < 65_536, "a gigabyte was taken");
}

#[tokio::test]
async fn htt_04_the_endpoint_is_told_that_a_chunked_body_is_too_large() {
    let server = start(limits());
    let mut request = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    request.extend(format!("10001\r\n{}\r\n", "a".repeat(0x1_0001)).into_bytes());
    assert_eq!(status(&ask(server.address, request).await), 413);
}

#[tokio::test]
async fn htt_04_a_body_as_large_as_allowed_is_taken() {
    let server = start(limits());
    let mut client = Client::connect(server.address).await;
    client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65536\r\n\r\n").await;
    client.send("a".repeat(65_536)).await;
    let answer = client.answer().await;
    assert_eq!((status(&answer), body(&answer).len()), (200, 65_536));
}

#[tokio::test]
async fn htt_10_compressed_bodies_are_not_inflated() {
    let server = start(limits());
    for coding in ["gzip", "deflate", "br", "zstd", "identity, gzip", "GZIP", "x-gzip"] {
        let request = format!(
            "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: {coding}\r\nContent-Length: 2\r\n\r\n\x1f\u{b}"
        );
        assert_eq!(status(&ask(server.address, request).await), 415, "{coding}");
    }
    let plain = "POST /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Encoding: identity\r\nContent-Length: 1\r\n\r\na";
    assert_eq!(status(&ask(server.address, plain).await), 200);
}

#[tokio::test]
async fn htt_11_a_request_names_one_host() {
    let server = start(limits());
    let wrong = [
        "",
        "Host: a\r\nHost: b\r\n",
        "Host: a\r\nHost: a\r\n",
        "Host: a b\r\n",
        "Host: a/b\r\n",
        "Host: \r\n",
        "Host: u@a\r\n",
        "Host: a:b\r\n",
        "Host: <script>\r\n",
    ];
    for host in wrong {
        let answer = ask(server.address, format!("GET / HTTP/1.1\r\nConnection: close\r\n{host}\r\n")).await;
        assert_eq!(status(&answer), 400, "{host:?}: {answer}");
    }
    assert_eq!(status(&ask(server.address, "GET / HTTP/1.0\r\n\r\n").await), 200, "HTTP/1.0 knows no hosts");
}

#[tokio::test]
async fn refusals_tell_nothing_and_are_not_kept() {
    let server = start(limits());
    let answer =
        ask(server.address, "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n").await.to_ascii_lowercase();
    for header in
        ["x-content-type-options: nosniff", "cache-control: no-store", "content-type: text/plain; charset=utf-8"]
    {
        assert!(answer.contains(header), "{answer}");
    }
    assert!(!answer.contains("server:"), "{answer}");
}

#[tokio::test]
async fn garbage_is_answered_by_400_or_silence() {
    let server = start(limits());
    let garbage: [&[u8]; 6] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\0\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\xff\xfe\xfd\r\n\r\n",
        b"GET / HTTP/1.1\nHost localhost\n\n",
    ];
    for bytes in garbage {
        let mut client = Client::connect(server.address).await;
        client.send(bytes).await;
        client.send("\r\n\r\n").await;
        assert!([0, 400].contains(&status(&client.rest().await)), "{bytes:?}");
    }
    assert_eq!(body(&Client::connect(server.address).await.get("/").await), "hello");
}
