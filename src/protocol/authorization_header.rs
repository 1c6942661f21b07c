//! The `Authorization` header field (RFC 9110 §11.6.2), taken apart into scheme and credentials. What the credentials
//! say is read in `client_authentication` and `bearer`.

/// The one `Authorization` field of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AuthorizationHeader<'a> {
    scheme: &'a str,
    credentials: &'a str,
}

/// Why the header cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAnAuthorization {
    /// The field stands more than once.
    Repeated,
    /// It is not a scheme and credentials in printable ASCII.
    Malformed,
}

impl<'a> AuthorizationHeader<'a> {
    /// Reads all `Authorization` fields of a request: `None` when there is none.
    pub fn parse(fields: &[&'a [u8]]) -> Result<Option<Self>, NotAnAuthorization> {
        let field = match fields {
            [] => return Ok(None),
            [field] => std::str::from_utf8(field).map_err(|_| NotAnAuthorization::Malformed)?,
            _ => return Err(NotAnAuthorization::Repeated),
        };
        let (scheme, rest) = field.split_once(' ').ok_or(NotAnAuthorization::Malformed)?;
        let credentials = rest.trim_matches(' ');
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        if plain(scheme) && plain(credentials) {
            Ok(Some(Self { scheme, credentials }))
        } else {
            Err(NotAnAuthorization::Malformed)
        }
    }

    /// The credentials, when they are of `scheme`; its letter case does not count (RFC 9110 §11.1).
    pub fn of_scheme(self, scheme: &str) -> Option<&'a str> {
        self.scheme.eq_ignore_ascii_case(scheme).then_some(self.credentials)
    }
}

impl std::fmt::Debug for AuthorizationHeader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} [secret]", self.scheme)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_scheme_and_one_run_of_credentials_is_a_header() {
        let parse = |field: &'static str| AuthorizationHeader::parse(&[field.as_bytes()]);
        let read = parse("bEaReR   abc").unwrap().unwrap();
        assert_eq!(read.of_scheme("Bearer"), Some("abc"));
        assert_eq!(read.of_scheme("Basic"), None);
        assert_eq!(format!("{read:?}"), "bEaReR [secret]");
        for malformed in ["", "Bearer", "Bearer ", " abc", "Bearer a b", "Bearer\tabc", "Bearer ä", "Bearer a\u{7f}"] {
            assert_eq!(parse(malformed), Err(NotAnAuthorization::Malformed), "{malformed:?}");
        }
        assert_eq!(AuthorizationHeader::parse(&[]), Ok(None));
        assert_eq!(AuthorizationHeader::parse(&[b"A b", b"A b"]), Err(NotAnAuthorization::Repeated));
    }

    proptest! {
        #[test]
        fn cli_15_no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = AuthorizationHeader::parse(&[&bytes]);
        }
    }
}
