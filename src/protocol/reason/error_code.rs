//! The values of `error` on the wire, and the HTTP status that each has where nothing else is said.

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $value:literal,)*) => {
        /// A value of the `error` parameter, as registered for OAuth and OpenID Connect.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $($(#[$doc])* $name,)* }

        impl ErrorCode {
            /// The value of `error` on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $value,)* }
            }
        }
    };
}

codes! {
    /// RFC 6749 §4.1.2.1, §5.2 and RFC 6750 §3.1.
    InvalidRequest = "invalid_request",
    /// RFC 6749 §5.2.
    InvalidClient = "invalid_client",
    /// RFC 6749 §5.2.
    InvalidGrant = "invalid_grant",
    /// RFC 6749 §4.1.2.1 and §5.2.
    UnauthorizedClient = "unauthorized_client",
    /// RFC 6749 §5.2.
    UnsupportedGrantType = "unsupported_grant_type",
    /// RFC 6749 §4.1.2.1.
    UnsupportedResponseType = "unsupported_response_type",
    /// RFC 6749 §4.1.2.1 and §5.2.
    InvalidScope = "invalid_scope",
    /// RFC 6749 §4.1.2.1.
    AccessDenied = "access_denied",
    /// RFC 6749 §4.1.2.1: a [`Fault`](crate::base::Fault) of ours.
    ServerError = "server_error",
    /// RFC 6749 §4.1.2.1: a passing [`Fault`](crate::base::Fault) of ours, or too many requests.
    TemporarilyUnavailable = "temporarily_unavailable",
    /// RFC 8707 §2.
    InvalidTarget = "invalid_target",
    /// RFC 8628 §3.5, CIBA Core §11.
    AuthorizationPending = "authorization_pending",
    /// RFC 8628 §3.5, CIBA Core §11.
    SlowDown = "slow_down",
    /// RFC 8628 §3.5, CIBA Core §11.
    ExpiredToken = "expired_token",
    /// CIBA Core §13.
    UnknownUserId = "unknown_user_id",
    /// CIBA Core §13.
    InvalidBindingMessage = "invalid_binding_message",
    /// RFC 9396 §5.
    InvalidAuthorizationDetails = "invalid_authorization_details",
    /// RFC 6750 §3.1.
    InvalidToken = "invalid_token",
    /// RFC 6750 §3.1.
    InsufficientScope = "insufficient_scope",
    /// RFC 9449 §5, §7.1.
    InvalidDpopProof = "invalid_dpop_proof",
    /// RFC 9449 §8.
    UseDpopNonce = "use_dpop_nonce",
    /// OpenID Connect Core §3.1.2.6.
    LoginRequired = "login_required",
    /// OpenID Connect Core §3.1.2.6.
    AccountSelectionRequired = "account_selection_required",
    /// OpenID Connect Core §3.1.2.6.
    ConsentRequired = "consent_required",
    /// OpenID Connect Core §3.1.2.6.
    RequestNotSupported = "request_not_supported",
    /// OpenID Connect Core §3.1.2.6.
    RequestUriNotSupported = "request_uri_not_supported",
    /// OpenID Connect Core §3.1.2.6.
    RegistrationNotSupported = "registration_not_supported",
    /// OpenID Connect Core §3.1.2.6, RFC 9101 §7.
    InvalidRequestUri = "invalid_request_uri",
    /// OpenID Connect Core §3.1.2.6, RFC 9101 §7.
    InvalidRequestObject = "invalid_request_object",
    /// OpenID Connect Core Error Code unmet_authentication_requirements §2.
    UnmetAuthenticationRequirements = "unmet_authentication_requirements",
    /// OAuth 2.0 for First-Party Applications §5.2.2.
    InvalidSession = "invalid_session",
    /// OAuth 2.0 for First-Party Applications §5.2.2.
    InsufficientAuthorization = "insufficient_authorization",
    /// OAuth 2.0 for First-Party Applications §5.2.2.
    RedirectToWeb = "redirect_to_web",
}

impl ErrorCode {
    /// The HTTP status of an answer with this code that is not a redirect.
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidClient | Self::InvalidToken => 401,
            Self::InsufficientScope | Self::InsufficientAuthorization => 403,
            Self::TemporarilyUnavailable => 429,
            _ => 400,
        }
    }
}
