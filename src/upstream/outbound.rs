//! The one way out to addresses that clients name: their keys, sector documents, metadata, and where they are told of a
//! logout. https to public addresses, unless the operator allows a host or a network; no redirects, no proxies, one
//! deadline, bounded answers, and a bound on the calls under way (DCR-02, DCR-03).
//!
//! Answers of providers that people come from go through `http`. What an answer means is not decided here.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Method};
use tokio::sync::{OnceCell, Semaphore};
use url::{Host, Url};

use super::UpstreamFailure;
use super::address::{OutOfReach, is_public, look_up};
use super::http::{Answer, broken, failed, malformed, misconfigured, out_of_reach, unreachable};
use crate::base::bounds::{
    LOGOUTS_AT_ONCE, OUTBOUND_ANSWER_BYTES_MAX, OUTBOUND_CALL_SECONDS, OUTBOUND_CALLS_MAX,
    UPSTREAM_IDLE_CONNECTIONS_MAX, UPSTREAM_LOOKUPS_MAX,
};

/// What the operator allows beyond https to public addresses.
#[derive(Debug, Clone, Default)]
pub struct OutboundRules {
    /// Names that may lead anywhere, and be called by plain http.
    pub hosts: Vec<String>,
    /// Networks that may be called although they are not public, by plain http, too.
    pub networks: Vec<IpNet>,
    /// Further certificate authorities, in PEM.
    pub authorities: Vec<Vec<u8>>,
}

impl OutboundRules {
    fn allows_host(&self, name: &str) -> bool {
        self.hosts.iter().any(|host| host.eq_ignore_ascii_case(name))
    }

    fn allows_address(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address.to_canonical()))
    }

    /// Judges what can be judged without a lookup.
    fn check(&self, url: &Url) -> Result<(), UpstreamFailure> {
        let address = match url.host() {
            None => return Err(misconfigured("an address has no host")),
            Some(Host::Domain(_)) => None,
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        };
        let is_allowed = match (url.host(), address) {
            (Some(Host::Domain(name)), _) => self.allows_host(name),
            (_, Some(address)) => self.allows_address(address),
            _ => false,
        };
        match url.scheme() {
            "https" if address.is_none_or(is_public) || is_allowed => Ok(()),
            "http" if is_allowed => Ok(()),
            "https" => Err(out_of_reach()),
            _ => Err(misconfigured("an address is not https")),
        }
    }
}

/// Resolves names to addresses that may be called, at the moment of the connection and for that very connection.
struct AllowedNames {
    rules: Arc<OutboundRules>,
    lookups: Arc<Semaphore>,
}

impl Resolve for AllowedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let (rules, lookups) = (self.rules.clone(), self.lookups.clone());
        Box::pin(async move {
            let allows_all = rules.allows_host(name.as_str());
            let found = look_up(name.as_str().to_owned(), lookups).await?;
            let may_be_called = |found: &SocketAddr| is_public(found.ip()) || rules.allows_address(found.ip());
            let within: Vec<SocketAddr> =
                found.into_iter().filter(|found| allows_all || may_be_called(found)).collect();
            if within.is_empty() { Err(OutOfReach.into()) } else { Ok(Box::new(within.into_iter()) as Addrs) }
        })
    }
}

/// A document as it was fetched.
#[derive(Debug, Clone)]
pub struct OutboundDocument {
    /// Its type, without parameters, in lower case.
    pub media_type: String,
    /// Its bytes.
    pub body: Vec<u8>,
    /// How long its headers let it be kept, in seconds, if they say.
    pub fresh_seconds: Option<i64>,
}

/// The way out. Cheap to clone.
#[derive(Clone)]
pub struct Outbound(Arc<Parts>);

struct Parts {
    rules: Arc<OutboundRules>,
    client: OnceCell<Client>,
    lookups: Arc<Semaphore>,
    places: Semaphore,
    /// Of their own: what strangers have fetched keeps nobody from being told of a logout.
    places_to_post: Semaphore,
}

impl Outbound {
    /// A way out under `rules`. Nothing is opened before the first call.
    pub fn new(rules: OutboundRules) -> Self {
        Self(Arc::new(Parts {
            rules: Arc::new(rules),
            client: OnceCell::new(),
            lookups: Arc::new(Semaphore::new(UPSTREAM_LOOKUPS_MAX)),
            places: Semaphore::new(OUTBOUND_CALLS_MAX),
            places_to_post: Semaphore::new(LOGOUTS_AT_ONCE),
        }))
    }

    /// The document at `address`, which must be answered by 200. `accept` says what types are wanted.
    pub async fn get(&self, address: &str, accept: &'static str) -> Result<OutboundDocument, UpstreamFailure> {
        let mut request = reqwest::Request::new(Method::GET, parse(address)?);
        request.headers_mut().insert(ACCEPT, accept.parse().map_err(|_| misconfigured("an accept is no header"))?);
        let answer = self.call(request, &self.0.places).await?.in_order()?;
        if answer.status != 200 {
            return Err(malformed(&format!("status {}", answer.status)));
        }
        let media_type = answer.header(CONTENT_TYPE.as_str()).split(';').next().unwrap_or_default();
        let media_type = media_type.trim().to_ascii_lowercase();
        Ok(OutboundDocument { media_type, fresh_seconds: answer.fresh_seconds(), body: answer.body })
    }

    /// Posts a form and gives the status of the answer.
    pub async fn post_form(&self, address: &str, fields: &[(&str, &str)]) -> Result<u16, UpstreamFailure> {
        let mut request = reqwest::Request::new(Method::POST, parse(address)?);
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let content_type = reqwest::header::HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, content_type);
        *request.body_mut() = Some(form.into());
        Ok(self.call(request, &self.0.places_to_post).await?.status)
    }

    async fn call(&self, request: reqwest::Request, places: &Semaphore) -> Result<Answer, UpstreamFailure> {
        self.0.rules.check(request.url())?;
        let _place = places.try_acquire().map_err(|_| unreachable("too many calls are under way"))?;
        let answered = tokio::time::timeout(Duration::from_secs(OUTBOUND_CALL_SECONDS), self.answered(request)).await;
        answered.unwrap_or_else(|_| Err(unreachable("no answer in time")))
    }

    async fn answered(&self, request: reqwest::Request) -> Result<Answer, UpstreamFailure> {
        let client = self.0.client.get_or_try_init(|| self.make_client()).await?;
        let response = client.execute(request).await.map_err(|error| failed(&error))?;
        Answer::read(response, OUTBOUND_ANSWER_BYTES_MAX).await
    }

    // Reading the machine's certificates takes a while.
    async fn make_client(&self) -> Result<Client, UpstreamFailure> {
        let (rules, lookups) = (self.0.rules.clone(), self.0.lookups.clone());
        let made = tokio::task::spawn_blocking(move || client(&rules, lookups)).await;
        made.unwrap_or_else(|_| Err(unreachable("no client could be made")))
    }
}

fn parse(address: &str) -> Result<Url, UpstreamFailure> {
    Url::parse(address).map_err(|_| misconfigured("an address is not a URL"))
}

fn client(rules: &Arc<OutboundRules>, lookups: Arc<Semaphore>) -> Result<Client, UpstreamFailure> {
    let mut authorities = Vec::new();
    for bundle in &rules.authorities {
        authorities.extend(Certificate::from_pem_bundle(bundle).map_err(|error| broken(&error))?);
    }
    Client::builder()
        .user_agent(concat!("doorward/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .referer(false)
        // A proxy would resolve names itself, behind the back of the check.
        .no_proxy()
        .pool_max_idle_per_host(UPSTREAM_IDLE_CONNECTIONS_MAX)
        .dns_resolver(AllowedNames { rules: rules.clone(), lookups })
        .tls_certs_merge(authorities)
        .build()
        .map_err(|error| broken(&error))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    fn may_call(rules: &OutboundRules, address: &str) -> bool {
        rules.check(&Url::parse(address).unwrap()).is_ok()
    }

    #[tokio::test]
    async fn what_strangers_have_fetched_keeps_nobody_from_being_told() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = [0; 1024];
            let _ = stream.read(&mut asked).await;
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await;
        });
        let networks = vec!["127.0.0.0/8".parse().unwrap()];
        let outbound = Outbound::new(OutboundRules { networks, ..OutboundRules::default() });
        let _all = outbound.0.places.acquire_many(u32::try_from(OUTBOUND_CALLS_MAX).unwrap()).await.unwrap();
        assert!(outbound.get(&address, "application/json").await.is_err());
        assert_eq!(outbound.post_form(&address, &[("logout_token", "told")]).await.unwrap(), 204);
    }

    #[test]
    fn dcr_02_no_address_that_is_written_as_a_number_leads_inside() {
        let rules = OutboundRules::default();
        assert!(may_call(&rules, "https://app.example/jwks") && may_call(&rules, "https://8.8.8.8/"));
        for inside in [
            "https://127.0.0.1/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://017700000001/",
            "https://10.0.0.1/",
            "https://169.254.169.254/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[fe80::1]/",
            "http://app.example/",
            "file:///etc/passwd",
            "ftp://app.example/",
        ] {
            assert!(!may_call(&rules, inside), "{inside}");
        }
    }

    #[test]
    fn an_operator_allows_hosts_and_networks_and_nothing_beside_them() {
        let rules = OutboundRules {
            hosts: vec!["apps.internal".to_owned()],
            networks: vec!["127.0.0.0/8".parse().unwrap()],
            authorities: Vec::new(),
        };
        for allowed in
            ["http://apps.internal/", "https://APPS.internal/", "http://127.0.0.1:8080/", "https://127.1.2.3/"]
        {
            assert!(may_call(&rules, allowed), "{allowed}");
        }
        for refused in ["http://app.example/", "https://10.0.0.1/", "http://x.apps.internal/", "http://[::1]/"] {
            assert!(!may_call(&rules, refused), "{refused}");
        }
    }

    #[tokio::test]
    async fn dcr_03_a_name_that_leads_inside_is_refused_when_it_is_resolved() {
        let failure = Outbound::new(OutboundRules::default()).get("https://localhost:1/", "application/json").await;
        assert!(matches!(failure, Err(UpstreamFailure::Misconfigured { .. })), "{failure:?}");
    }
}
