//! Another provider, nearly: the imitated Google and GitHub of a dev mode that runs on a port of its own, and people who
//! choose there who to be.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, mpsc};

use doorward::app::{App, Parts};
use doorward::base::Timestamp;
use doorward::base::time::ManualClock;
use doorward::config::{Mode, Provider, Settings};
use doorward::dev::imitation::{GITHUB_CLIENT, GOOGLE_CLIENT, ImitationClient};
use reqwest::header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use scraper::{Html, Selector};
use serde_json::{Value, json};

use super::browser::{Browser, Page};
use super::world::{BEGIN, ISSUER};

/// The imitations, on a server of their own.
pub struct Upstream {
    /// Its origin.
    pub origin: String,
    /// Its clock.
    pub clock: Arc<ManualClock>,
}

impl Upstream {
    /// One that all tests of this process share and none changes.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Upstream> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// One of one's own. It lives as long as the process.
    pub fn start() -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_seconds(BEGIN)));
        let (sender, receiver) = mpsc::channel();
        let parts = Parts { clock: clock.clone(), ..Parts::of_this_machine(Mode::Development) };
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            runtime.block_on(async move {
                let folder = tempfile::tempdir().unwrap();
                let settings = Settings::for_dev(folder.path(), "127.0.0.1:0".parse().unwrap());
                let app = App::start(settings, parts).await.unwrap();
                sender.send(app.context.issuer.to_string()).unwrap();
                std::future::pending::<()>().await;
            });
        });
        Self { origin: receiver.recv().unwrap(), clock }
    }

    /// Both providers as an operator would describe them, changed by `change`.
    pub fn providers(&self, change: impl Fn(&mut Provider)) -> Vec<Provider> {
        let described = |id: &str, client: &ImitationClient, more: Value| {
            let mut members = json!({
                "client_id": client.client_id,
                "client_secret": client.client_secret,
                "issuer": format!("{}/dev/{id}", self.origin),
                "allow_private_addresses": true,
            });
            members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let mut provider: Provider = serde_json::from_value(members).unwrap();
            provider.id = id.to_owned();
            change(&mut provider);
            provider
        };
        vec![described("google", &GOOGLE_CLIENT, json!({})), described("github", &GITHUB_CLIENT, json!({}))]
    }

    /// Sets the switches of an imitation; what is not named is off.
    pub async fn switch(&self, provider: &str, switches: Value) {
        let address = format!("{}/dev/{provider}/switches", self.origin);
        let answer = http().put(address).json(&switches).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    /// What Google would send about `person`: the signed token.
    pub async fn security_event(&self, event: &str, person: &str) -> String {
        let body = json!({ "event": event, "person": person });
        let answer = http().post(format!("{}/dev/google/events", self.origin)).json(&body).send().await.unwrap();
        let told: Value = answer.json().await.unwrap();
        told["set"].as_str().unwrap_or_else(|| panic!("a token: {told}")).to_owned()
    }

    /// The status with which an interface of theirs answers a token.
    pub async fn status_with(&self, path: &str, token: &str) -> u16 {
        let request = http().get(format!("{}{path}", self.origin)).bearer_auth(token);
        request.header("user-agent", "doorward-tests").send().await.unwrap().status().as_u16()
    }

    /// Somebody arrives at `address`, chooses to be `person` (or to refuse) and is sent back: where to.
    pub async fn choose(&self, address: &str, person: Option<&str>) -> String {
        let page = http().get(address).send().await.unwrap();
        let cookies: BTreeMap<String, String> = page
            .headers()
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|line| line.to_str().unwrap().split(';').next()?.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let cookies: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let body = page.text().await.unwrap();
        let (action, csrf) = form(&body);
        let mut fields = vec![("csrf", csrf.as_str())];
        fields.push(person.map_or(("decision", "refuse"), |person| ("person", person)));
        let body = serde_urlencoded(&fields);
        let answer = http()
            .post(format!("{}{action}", self.origin))
            .header(COOKIE, cookies.join("; "))
            .header(ORIGIN, &self.origin)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await
            .unwrap();
        let location = answer.headers().get(LOCATION).map(|location| location.to_str().unwrap().to_owned());
        location.unwrap_or_else(|| panic!("no way back from {address}"))
    }
}

fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .tls_certs_only([])
        .build()
        .unwrap()
}

fn serde_urlencoded(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn form(body: &str) -> (String, String) {
    let document = Html::parse_document(body);
    let form = Selector::parse("#imitation-form").unwrap();
    let csrf = Selector::parse("#imitation-form input[name=csrf]").unwrap();
    let form = document.select(&form).next().unwrap_or_else(|| panic!("a choice of people: {body}"));
    let csrf = document.select(&csrf).next().unwrap().value().attr("value").unwrap();
    (form.value().attr("action").unwrap().to_owned(), csrf.to_owned())
}

impl Browser<'_> {
    /// Leaves for a provider by the button on `page`, chooses to be `person` there, and comes back.
    pub async fn come_by(&mut self, upstream: &Upstream, page: &Page, provider: &str, person: &str) -> Page {
        let back = self.visit_provider(upstream, page, provider, Some(person)).await;
        self.open(&back).await
    }

    /// The same without coming back: the address where one would.
    pub async fn visit_provider(
        &mut self,
        upstream: &Upstream,
        page: &Page,
        provider: &str,
        person: Option<&str>,
    ) -> String {
        let button = page.link(&format!("upstream-{provider}")).or_else(|| page.link(&format!("link-{provider}")));
        let button = button.unwrap_or_else(|| panic!("a button for {provider}: {}", page.text()));
        let away = self.visit(&button).await;
        let location = away.location().unwrap_or_else(|| panic!("a way to {provider}: {}", away.text()));
        assert!(location.starts_with(&upstream.origin), "{location}");
        let back = upstream.choose(&location, person).await;
        back.strip_prefix(ISSUER).unwrap_or_else(|| panic!("back to us: {back}")).to_owned()
    }
}
