//! What kind of subjects a client sees (OpenID Connect Core §8, OpenID Connect Registration §5). What the sector's
//! document lists is looked at where it is fetched.

use url::Url;

use super::address::is_web_address;
use super::{Found, Problem};
use crate::base::RedirectUri;
use crate::model::client::ClientMetadata;

pub(super) fn check(found: &mut Found, metadata: &ClientMetadata) {
    let kind = metadata.subject_type.as_deref();
    found.check("subject_type", kind.is_none_or(|kind| ["public", "pairwise"].contains(&kind)), Problem::SubjectType);
    let sector = metadata.sector_identifier_uri.as_deref();
    found.check("sector_identifier_uri", sector.is_none_or(is_web_address), Problem::WebAddress);
    // OpenID Connect Core §8.1: without such a document, one host is what the redirect URIs have in common.
    let needs_sector = metadata.is_pairwise() && sector.is_none() && !have_one_host(&metadata.redirect_uris);
    found.check("sector_identifier_uri", !needs_sector, Problem::SectorNeeded);
}

fn have_one_host(uris: &[RedirectUri]) -> bool {
    // What stands where a host does in a scheme of the application's own is any name it likes.
    let url_of =
        |uri: &RedirectUri| Url::parse(uri.as_str()).ok().filter(|url| ["https", "http"].contains(&url.scheme()));
    let host = |uri: &RedirectUri| url_of(uri).and_then(|url| url.host_str().map(str::to_owned));
    let Some(first) = uris.first() else { return true };
    let first = host(first);
    first.is_some() && uris.iter().all(|uri| host(uri) == first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::client_metadata::tests::{one, uri, wrong};

    #[test]
    fn core_8_1_pairwise_subjects_need_one_sector() {
        let pairwise = |uris: &[&str], sector: Option<&str>| {
            wrong(|own| {
                own.subject_type = Some("pairwise".into());
                own.redirect_uris = uris.iter().map(|text| uri(text)).collect();
                own.sector_identifier_uri = sector.map(str::to_owned);
            })
        };
        let two = ["https://a.example/cb", "https://b.example/cb"];
        assert_eq!(pairwise(&two, None), one("sector_identifier_uri", Problem::SectorNeeded));
        assert!(pairwise(&two, Some("https://sector.example/uris")).is_empty());
        assert!(pairwise(&["https://a.example/cb", "https://a.example:8443/x"], None).is_empty());
        let plain = pairwise(&two, Some("http://sector.example/uris"));
        assert_eq!(plain, one("sector_identifier_uri", Problem::WebAddress));
        assert_eq!(wrong(|own| own.subject_type = Some("Pairwise".into())), one("subject_type", Problem::SubjectType));
    }
}
