//! The visit to GitHub or a GitHub Enterprise Server: OAuth 2.0, and the REST interface in place of an ID token.
//!
//! The person is the numeric id; the login can be renamed and taken by somebody else.

use oauth2::AuthType;
use serde::Deserialize;
use url::Url;

use super::connector::{Arrival, Arrived, Departure, Pending};
use super::discovery::{configured_issuer, page};
use super::exchange::{TokenRequest, challenge, secret};
use super::http::misconfigured;
use super::keys::unverified;
use super::line::Line;
use super::openid_connect::{departing, scopes};
use super::rest::Rest;
use super::{Provider, UpstreamFailure, profile};
use crate::base::bounds::LOGIN_HINT_BYTES_MAX;
use crate::base::{Draw, EmailAddress};
use crate::model::account::StandardClaims;
use crate::model::upstream::{Identity, Mailbox, UpstreamTokens};

/// GitHub, as one visit sees it.
#[derive(Clone, Copy)]
pub(super) struct GitHub<'a> {
    pub(super) provider: &'a Provider,
    pub(super) line: Line<'a>,
}

#[derive(Deserialize)]
struct User {
    id: u64,
    login: String,
    name: Option<String>,
    avatar_url: Option<String>,
}

#[derive(Deserialize)]
struct Listed {
    #[serde(rename = "email")]
    address: String,
    #[serde(default)]
    primary: bool,
    #[serde(default)]
    verified: bool,
}

#[derive(Deserialize)]
struct Membership {
    state: String,
    organization: Organization,
}

#[derive(Deserialize)]
struct Organization {
    login: String,
}

impl GitHub<'_> {
    /// The address to send the browser to.
    pub(super) fn begin(
        &self,
        departure: &Departure<'_>,
        draw: &mut Draw,
    ) -> Result<(String, Pending), UpstreamFailure> {
        let pending = Pending { nonce: None, verifier: secret(draw) };
        let address = at(self.provider.authorization_endpoint.as_ref(), self.site()?, "/login/oauth/authorize");
        let mut address = page(&address, self.line.reach)?;
        // 1.2, 1.6: asked for each time; what is left out would be whatever was granted before.
        let mut wanted = vec!["read:user", "user:email"];
        if self.asks_for_organizations() {
            wanted.push("read:org");
        }
        let scopes = scopes(&wanted, &self.provider.scopes);
        let mut parameters = address.query_pairs_mut();
        departing(&mut parameters, self.provider, departure, &scopes);
        // 1.4: older servers ignore it.
        parameters.append_pair("code_challenge", &challenge(&pending.verifier));
        if let Some(hint) = departure.login_hint.filter(|hint| hint.len() <= LOGIN_HINT_BYTES_MAX) {
            parameters.append_pair("login", hint);
        }
        if departure.select_account {
            parameters.append_pair("prompt", "select_account");
        }
        // 1.8: somebody who is new to GitHub is new to us.
        if !self.provider.allows_sign_up {
            parameters.append_pair("allow_signup", "false");
        }
        drop(parameters);
        Ok((address.into(), pending))
    }

    /// Who came back.
    pub(super) async fn finish(&self, arrival: &Arrival<'_>, pending: &Pending) -> Result<Arrived, UpstreamFailure> {
        self.check_answer(arrival.iss)?;
        let address = at(self.provider.token_endpoint.as_ref(), self.site()?, "/login/oauth/access_token");
        let auth_type = AuthType::RequestBody;
        let request = TokenRequest { line: self.line, provider: self.provider, address: &address, auth_type };
        let exchanged = request.exchange(arrival, pending).await?;
        let interface = self.interface()?;
        let rest = Rest { line: self.line, interface: &interface };
        // 1.6: whose token it is has to be asked each time; the browser may be somebody else's by now.
        let (user, scopes): (User, _) = rest.user(&exchanged.tokens.access_token).await?;
        let granted = Granted(if exchanged.scopes.is_empty() { scopes } else { exchanged.scopes });
        let mailbox = self.mailbox(&rest, &exchanged.tokens, &granted).await?;
        let organizations = self.organizations(&rest, &exchanged.tokens, &granted).await?;
        Ok(Arrived { identity: self.identity(user, mailbox, organizations)?, tokens: exchanged.tokens })
    }

    /// Ends what the person granted; nothing is left of it when GitHub knows no such token (any more).
    pub(super) async fn revoke(&self, tokens: &UpstreamTokens) -> Result<(), UpstreamFailure> {
        let interface = self.interface()?;
        let rest = Rest { line: self.line, interface: &interface };
        rest.end_grant(self.provider, &tokens.access_token).await
    }

    fn identity(&self, user: User, mailbox: Mailbox, organizations: Vec<String>) -> Result<Identity, UpstreamFailure> {
        if user.id == 0 {
            return Err(unverified("it names nobody"));
        }
        let fit = |name: &str, text: Option<String>| profile::fit(name, &text?);
        Ok(Identity {
            provider: self.provider.id.clone(),
            // 1.1: never the login.
            subject: user.id.to_string(),
            mailbox,
            claims: StandardClaims {
                name: fit("name", user.name),
                preferred_username: profile::fit("preferred_username", &user.login),
                picture: fit("picture", user.avatar_url),
                ..StandardClaims::default()
            },
            hosted_domain: None,
            organizations,
        })
    }

    // 1.2: the list alone tells what is primary and verified; `email` of the person is whatever is shown in public.
    async fn mailbox(
        &self,
        rest: &Rest<'_>,
        tokens: &UpstreamTokens,
        granted: &Granted,
    ) -> Result<Mailbox, UpstreamFailure> {
        // 1.5: the person may grant less than was asked for. Who they are is known all the same.
        if !granted.covers(&["user:email", "user"]) {
            return Ok(Mailbox::None);
        }
        let emails = rest.list("/user/emails", &tokens.access_token, |email: &Listed| email.primary && email.verified);
        let emails = emails.await?.unwrap_or_default();
        let found = emails.found.into_iter().find(|email| email.primary && email.verified);
        Ok(found
            .and_then(|email| email.address.parse().ok())
            .map_or(Mailbox::None, |address| self.read_mailbox(address)))
    }

    // 1.3: GitHub's stand-ins are verified, and nobody reads them.
    fn read_mailbox(&self, address: EmailAddress) -> Mailbox {
        let host = self.site().ok().and_then(|site| Url::parse(site).ok()?.host_str().map(str::to_owned));
        let own = host.map(|host| format!("users.noreply.{host}"));
        let is_stand_in = [Some("users.noreply.github.com"), own.as_deref()].contains(&Some(address.domain()));
        if is_stand_in { Mailbox::Unread } else { Mailbox::Proven(address) }
    }

    // 1.10: at every login, and only where it decides who may come.
    async fn organizations(
        &self,
        rest: &Rest<'_>,
        tokens: &UpstreamTokens,
        granted: &Granted,
    ) -> Result<Vec<String>, UpstreamFailure> {
        if !self.asks_for_organizations() {
            return Ok(Vec::new());
        }
        let withheld = |detail| Err(UpstreamFailure::Withheld { detail });
        if !granted.covers(&["read:org", "write:org", "admin:org"]) {
            return withheld("the organisations");
        }
        let listed = rest.list("/user/memberships/orgs", &tokens.access_token, |_: &Membership| false).await?;
        let Some(listed) = listed else { return withheld("the organisations") };
        let active = listed.found.into_iter().filter(|membership| membership.state == "active");
        let names: Vec<String> = active.map(|membership| membership.organization.login.to_ascii_lowercase()).collect();
        // An organisation with single sign-on shows itself only to somebody who went through it.
        let is_named = names.iter().any(|name| self.provider.restrictions.organizations.contains(name));
        if listed.hides_organizations && !is_named {
            return withheld("an organisation's single sign-on");
        }
        Ok(names)
    }

    const fn asks_for_organizations(&self) -> bool {
        !self.provider.restrictions.organizations.is_empty()
    }

    fn site(&self) -> Result<&str, UpstreamFailure> {
        Ok(configured_issuer(self.provider)?.trim_end_matches('/'))
    }

    // 1.9: GitHub does not name itself; should it begin to, it must be right (RFC 9207 §2.4).
    pub(super) fn check_answer(&self, iss: Option<&str>) -> Result<(), UpstreamFailure> {
        let site = self.site()?;
        let is_own = |iss: &str| iss == site || iss.strip_prefix(site) == Some("/login/oauth");
        if iss.is_none_or(is_own) { Ok(()) } else { Err(unverified("the answer is another issuer's")) }
    }

    fn interface(&self) -> Result<String, UpstreamFailure> {
        match &self.provider.userinfo_endpoint {
            Some(given) => Ok(given.trim_end_matches('/').to_owned()),
            None => interface_of(self.site()?).ok_or_else(|| misconfigured("the issuer is not a URL")),
        }
    }
}

// 1.12: github.com, the tenants of ghe.com and servers of one's own have it in different places.
fn interface_of(site: &str) -> Option<String> {
    let url = Url::parse(site).ok()?;
    Some(match url.host_str()? {
        host if host == "github.com" || host.ends_with(".ghe.com") => format!("https://api.{host}"),
        _ => format!("{site}/api/v3"),
    })
}

fn at(given: Option<&String>, site: &str, path: &str) -> String {
    given.cloned().unwrap_or_else(|| format!("{site}{path}"))
}

/// The scopes that were granted; GitHub Apps have permissions instead, and name none.
struct Granted(Vec<String>);

impl Granted {
    fn covers(&self, one_of: &[&str]) -> bool {
        self.0.is_empty() || self.0.iter().any(|scope| one_of.contains(&scope.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fed_1_12_each_site_has_its_interface_in_its_own_place() {
        for (site, interface) in [
            ("https://github.com", "https://api.github.com"),
            ("https://acme.ghe.com", "https://api.acme.ghe.com"),
            ("https://git.acme.example", "https://git.acme.example/api/v3"),
            ("https://github.com.acme.example", "https://github.com.acme.example/api/v3"),
            ("http://localhost:8080/dev/github", "http://localhost:8080/dev/github/api/v3"),
        ] {
            assert_eq!(interface_of(site).as_deref(), Some(interface));
        }
        assert_eq!(interface_of("github.com"), None);
    }
}
