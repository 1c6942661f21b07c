//! The address of a project at Sentry, as its settings page shows it: `https://KEY@HOST/PATH/PROJECT`.

use url::Url;

use super::mistake::Wrong;
use crate::base::Sensitive;

const HINT: &str = "copy it from the project's settings (Client Keys): https://KEY@HOST/PROJECT";

/// Where events go, and the key that lets them in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentryDsn {
    /// Where envelopes are posted.
    pub envelopes: String,
    /// The public key.
    pub key: Sensitive<String>,
}

/// Reads one. The value is not repeated in what is wrong with it.
pub fn parse(text: &str) -> Result<SentryDsn, Wrong> {
    let url = Url::parse(text).map_err(|_| Wrong::new("is not a URL", HINT))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Wrong::new("begins with neither https nor http", HINT));
    }
    if url.username().is_empty() {
        return Err(Wrong::new("has no key before the host", HINT));
    }
    let (prefix, project) = url.path().rsplit_once('/').unwrap_or_default();
    if project.is_empty() || !project.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Wrong::new("does not end in the number of a project", HINT));
    }
    let origin = url.origin().ascii_serialization();
    let envelopes = format!("{origin}{prefix}/api/{project}/envelope/");
    Ok(SentryDsn { envelopes, key: Sensitive::new(url.username().to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dsn_is_an_address_and_a_key() {
        let dsn = parse("https://abc123@o1.ingest.sentry.example/42").expect("a DSN");
        assert_eq!(dsn.envelopes, "https://o1.ingest.sentry.example/api/42/envelope/");
        assert_eq!(dsn.key.expose(), "abc123");
        let below = parse("http://k@errors.internal:9000/sentry/7").expect("a DSN");
        assert_eq!(below.envelopes, "http://errors.internal:9000/sentry/api/7/envelope/");
        for none in ["", "o1.example/42", "ftp://k@o1.example/42", "https://o1.example/42", "https://k@o1.example/web"]
        {
            let wrong = parse(none).expect_err(none);
            assert!(!wrong.what.contains("k@"), "{wrong:?}");
        }
    }
}
