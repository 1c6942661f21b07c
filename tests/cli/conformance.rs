//! The files for the OpenID Foundation's conformance suite in `examples/conformance`: what they make works as it stands.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use scraper::{Html, Selector};
use serde_json::{Value, json};

use crate::program::{Place, Server};

const CLIENTS: &str = include_str!("../../examples/conformance/clients.toml");
const SETTINGS: &str = include_str!("../../examples/conformance/doorward.toml");
const CALLBACK: &str = "https://localhost.emobix.co.uk:8443/test/a/doorward/callback?dummy1=lorem&dummy2=ipsum";

/// The configurations of plans, by file name.
fn plans() -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/conformance");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|kind| kind == "json"));
    let read = |path: std::path::PathBuf| {
        let document = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        (path.file_stem().unwrap().to_str().unwrap().to_owned(), document)
    };
    files.map(read).collect()
}

struct Answer {
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.find_map(|(own, value)| own.eq_ignore_ascii_case(name).then_some(value))
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}\n{}", self.head, self.body))
    }

    /// Where the form with this button goes, and the fields it has.
    fn form(&self, button: &str) -> (String, Vec<(String, String)>) {
        let document = Html::parse_document(&self.body);
        let (form, input) = (Selector::parse("form").unwrap(), Selector::parse("input[name]").unwrap());
        let button = Selector::parse(&format!("#{button}")).unwrap();
        let found = document.select(&form).find(|form| form.select(&button).next().is_some());
        let found = found.unwrap_or_else(|| panic!("a form: {}\n{}", self.head, self.body));
        let value = |field: scraper::ElementRef<'_>, name: &str| field.value().attr(name).unwrap_or("").to_owned();
        let fields = found.select(&input).map(|field| (value(field, "name"), value(field, "value"))).collect();
        (found.value().attr("action").unwrap().to_owned(), fields)
    }
}

/// A browser without a screen.
struct Browser<'s> {
    server: &'s Server,
    cookies: BTreeMap<String, String>,
}

impl Browser<'_> {
    fn send(&mut self, path: &str, form: Option<&[(String, String)]>, more: &str) -> Answer {
        let port = self.server.address.port();
        let body = form.map(|form| url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish());
        let method = if body.is_some() { "POST" } else { "GET" };
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n{more}");
        write!(head, "Origin: http://localhost:{port}\r\nCookie: {}\r\n", cookies.join("; ")).unwrap();
        let body = body.unwrap_or_default();
        write!(head, "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n", body.len())
            .unwrap();
        let mut stream = self.server.connect();
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        for line in head.lines().filter_map(|line| line.strip_prefix("set-cookie: ")) {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        Answer { head: head.to_owned(), body: body.to_owned() }
    }

    /// Follows redirects as long as they stay here.
    fn follow(&mut self, mut answer: Answer) -> Answer {
        let issuer = format!("http://localhost:{}", self.server.address.port());
        loop {
            let Some(location) = answer.header("location") else { return answer };
            let own = location.strip_prefix(&issuer).unwrap_or(location).to_owned();
            if !own.starts_with('/') {
                return answer;
            }
            answer = self.send(&own, None, "");
        }
    }

    fn press(&mut self, page: &Answer, button: &str, fill: &[(&str, &str)]) -> Answer {
        let (action, mut fields) = page.form(button);
        for (name, value) in fill {
            fields.retain(|(own, _)| own != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        let answer = self.send(&action, Some(&fields), "");
        self.follow(answer)
    }
}

fn encoded(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

#[test]
fn the_settings_for_the_conformance_suite_are_right() {
    let place = Place::empty();
    place.write("doorward.toml", SETTINGS);
    let said = place.output(&["check"]);
    assert!(said.contains("https://host.docker.internal:8444"), "{said}");
}

#[test]
fn the_clients_for_the_conformance_suite_are_those_of_its_plans() {
    let place = Place::empty();
    place.write("clients.toml", CLIENTS);
    let applied = place.json(&["apply", "clients.toml", "--json"]);
    let made: Vec<&str> =
        applied["clients"].as_array().unwrap().iter().map(|client| client["client_id"].as_str().unwrap()).collect();
    let mut named = std::collections::BTreeSet::new();
    for (name, plan) in plans() {
        for client in ["client", "client2", "client_secret_post"].into_iter().filter_map(|part| plan.get(part)) {
            let Some(id) = client["client_id"].as_str() else {
                assert_eq!(name, "dynamic", "only there are no clients named");
                continue;
            };
            named.insert(id.to_owned());
            let there = place.json(&["client", "show", id, "--json"]);
            if let Some(secret) = client["client_secret"].as_str() {
                assert!(CLIENTS.contains(&format!("client_secret = \"{secret}\"")), "{name}: {id}");
            }
            if let Some(key) = client.get("jwks").map(|set| &set["keys"][0]) {
                let mut public = key.clone();
                public.as_object_mut().unwrap().remove("d").expect("the suite signs with it");
                assert_eq!(there["jwks"], json!({ "keys": [public] }), "{name}: {id}");
                assert_eq!(there["doorward"]["profile"], "fapi2");
            }
        }
    }
    assert_eq!(named, made.iter().map(|id| (*id).to_owned()).collect());
    let again = place.json(&["apply", "clients.toml", "--json"]);
    assert!(again["clients"].as_array().unwrap().iter().all(|client| client["outcome"] == "unchanged"), "{again}");
}

#[test]
fn a_client_for_the_conformance_suite_signs_its_person_in_without_a_click_before() {
    let place = Place::empty();
    place.write("clients.toml", CLIENTS);
    place.output(&["apply", "clients.toml", "--data", "data/dev"]);
    let server = place.start(&["dev", "--listen", "127.0.0.1:0"]).ready();
    let mut browser = Browser { server: &server, cookies: BTreeMap::new() };
    let asked = encoded(&[
        ("response_type", "code"),
        ("client_id", "conformance-basic"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid profile email address phone"),
        ("state", "a state"),
        ("nonce", "a nonce"),
    ]);
    let page = browser.send(&format!("/oauth2/authorize?{asked}"), None, "");
    let page = browser.follow(page);
    let person = [("username", "conformance@example.com"), ("password", "only-for-the-conformance-suite")];
    let page = browser.press(&page, "login-submit", &person);
    let answer = browser.press(&page, "consent-allow", &[("decision", "allow")]);
    let location = answer.header("location").unwrap();
    assert!(location.starts_with(&format!("{CALLBACK}&code=")), "{location}");
    let answer: BTreeMap<String, String> = url::Url::parse(location).unwrap().query_pairs().into_owned().collect();
    let plan = &plans()["static"]["client"];
    let secret = plan["client_secret"].as_str().unwrap();
    let authorization = format!("Authorization: Basic {}\r\n", STANDARD.encode(format!("conformance-basic:{secret}")));
    let form = [("grant_type", "authorization_code"), ("code", answer["code"].as_str()), ("redirect_uri", CALLBACK)];
    let form: Vec<(String, String)> = form.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let mut program = Browser { server: &server, cookies: BTreeMap::new() };
    let issued = program.send("/oauth2/token", Some(&form), &authorization).json();
    let token = issued["access_token"].as_str().unwrap_or_else(|| panic!("{issued}"));
    let told = program.send("/oauth2/userinfo", None, &format!("Authorization: Bearer {token}\r\n"));
    assert!(told.header("date").is_some(), "every answer says when it was made");
    let told = told.json();
    let claims = "sub name given_name family_name middle_name nickname preferred_username profile picture website gender \
                  birthdate zoneinfo locale updated_at email email_verified address phone_number phone_number_verified";
    for claim in claims.split_whitespace() {
        assert!(!told[claim].is_null(), "{claim} in {told}");
    }
    assert_eq!((&told["email_verified"], &told["phone_number_verified"]), (&json!(true), &json!(true)));
    assert_eq!(server.stop(), Some(0));
}
