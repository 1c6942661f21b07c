//! Every way of saying no, on every endpoint: the one table of refusals.
//!
//! A reason is a past fact and carries no text of the request. Each of the functions below is one `match`: the wire
//! code, the HTTP status, the public sentence, whether a client may learn of it by redirect, and how loudly it is
//! logged. Our own failures are [`Fault`](crate::base::Fault)s, not reasons.

use std::borrow::Cow;

use crate::base::Issuer;

/// Where the pages about refusals are.
pub const ERRORS_PATH: &str = "/errors/";

/// A value of the `error` parameter, as registered for OAuth and OpenID Connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// RFC 6749 §4.1.2.1, §5.2 and RFC 6750 §3.1.
    InvalidRequest,
    /// RFC 6749 §5.2.
    InvalidClient,
    /// RFC 6749 §5.2.
    InvalidGrant,
    /// RFC 6749 §4.1.2.1 and §5.2.
    UnauthorizedClient,
    /// RFC 6749 §5.2.
    UnsupportedGrantType,
    /// RFC 6749 §4.1.2.1.
    UnsupportedResponseType,
    /// RFC 6749 §4.1.2.1 and §5.2.
    InvalidScope,
    /// RFC 6749 §4.1.2.1.
    AccessDenied,
    /// RFC 6749 §4.1.2.1: a [`Fault`](crate::base::Fault) of ours.
    ServerError,
    /// RFC 6749 §4.1.2.1: a passing [`Fault`](crate::base::Fault) of ours, or too many requests.
    TemporarilyUnavailable,
    /// RFC 8707 §2.
    InvalidTarget,
    /// RFC 8628 §3.5, CIBA Core §11.
    AuthorizationPending,
    /// RFC 8628 §3.5, CIBA Core §11.
    SlowDown,
    /// RFC 8628 §3.5, CIBA Core §11.
    ExpiredToken,
    /// CIBA Core §13.
    UnknownUserId,
    /// CIBA Core §13.
    InvalidBindingMessage,
    /// RFC 9396 §5.
    InvalidAuthorizationDetails,
    /// RFC 6750 §3.1.
    InvalidToken,
    /// RFC 6750 §3.1.
    InsufficientScope,
    /// RFC 9449 §5, §7.1.
    InvalidDpopProof,
    /// RFC 9449 §8.
    UseDpopNonce,
    /// OpenID Connect Core §3.1.2.6.
    LoginRequired,
    /// OpenID Connect Core §3.1.2.6.
    AccountSelectionRequired,
    /// OpenID Connect Core §3.1.2.6.
    ConsentRequired,
    /// OpenID Connect Core §3.1.2.6.
    RequestNotSupported,
    /// OpenID Connect Core §3.1.2.6.
    RequestUriNotSupported,
    /// OpenID Connect Core §3.1.2.6.
    RegistrationNotSupported,
    /// OpenID Connect Core §3.1.2.6, RFC 9101 §7.
    InvalidRequestUri,
    /// OpenID Connect Core §3.1.2.6, RFC 9101 §7.
    InvalidRequestObject,
    /// OpenID Connect Core Error Code unmet_authentication_requirements §2.
    UnmetAuthenticationRequirements,
    /// OAuth 2.0 for First-Party Applications §5.2.2.
    InvalidSession,
    /// OAuth 2.0 for First-Party Applications §5.2.2.
    InsufficientAuthorization,
    /// OAuth 2.0 for First-Party Applications §5.2.2.
    RedirectToWeb,
}

impl ErrorCode {
    /// The value of `error` on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::InvalidTarget => "invalid_target",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
            Self::UnknownUserId => "unknown_user_id",
            Self::InvalidBindingMessage => "invalid_binding_message",
            Self::InvalidAuthorizationDetails => "invalid_authorization_details",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::LoginRequired => "login_required",
            Self::AccountSelectionRequired => "account_selection_required",
            Self::ConsentRequired => "consent_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::RegistrationNotSupported => "registration_not_supported",
            Self::InvalidRequestUri => "invalid_request_uri",
            Self::InvalidRequestObject => "invalid_request_object",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::InvalidSession => "invalid_session",
            Self::InsufficientAuthorization => "insufficient_authorization",
            Self::RedirectToWeb => "redirect_to_web",
        }
    }
}

/// How loudly a refusal is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loudness {
    /// Part of normal operation.
    Debug,
    /// Somebody's mistake, worth finding when they ask.
    Info,
    /// It looks like an attack or a leak.
    Warn,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident $(($parameter:ty))? = $label:literal,)*) => {
        /// Why a request was refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Reason { $($(#[$doc])* $name $(($parameter))?,)* }

        impl Reason {
            /// A stable name, finer than the wire code: for error pages, logs and metrics.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name { .. } => $label,)* }
            }

            /// One of each, in the order of the table; those that name a parameter name `scope`.
            pub fn samples() -> Vec<Self> {
                vec![$(Self::$name $(({ let sample: $parameter = "scope"; sample }))?,)*]
            }
        }
    };
}

reasons! {
    // — parameters, on every endpoint —

    /// Not form-encoded UTF-8.
    MalformedEncoding = "malformed_encoding",
    /// The body is not a form.
    NotAForm = "not_a_form",
    /// The body is larger than is read.
    BodyTooLarge = "body_too_large",
    /// More parameters than are read.
    TooManyParameters = "too_many_parameters",
    /// A name or value is longer than is read.
    ParameterTooLong = "parameter_too_long",
    /// This parameter was given more than once.
    DuplicateParameter(&'static str) = "duplicate_parameter",
    /// A parameter of no meaning to us was given more than once.
    DuplicateOtherParameter = "duplicate_other_parameter",
    /// This parameter was written as an array.
    ArrayParameter(&'static str) = "array_parameter",
    /// A POST carried parameters in the query.
    SplitParameters = "split_parameters",
    /// This parameter was needed.
    MissingParameter(&'static str) = "missing_parameter",

    // — who asks for authorization and where the answer goes: shown here, never redirected —

    /// No `client_id`.
    ClientIdMissing = "client_id_missing",
    /// No client has this `client_id`.
    UnknownClient = "unknown_client",
    /// The document at the client's id cannot be fetched, or describes no client of ours.
    ClientDocumentUnusable = "client_document_unusable",
    /// The client was disabled.
    ClientDisabled = "client_disabled",
    /// No `redirect_uri`, and not exactly one is registered.
    RedirectUriMissing = "redirect_uri_missing",
    /// The `redirect_uri` is not registered.
    RedirectUriMismatch = "redirect_uri_mismatch",
    /// No `redirect_uri` from a client whose profile wants it said.
    RedirectUriOmitted = "redirect_uri_omitted",
    /// A `redirect_uri` that is not https, for a client whose profile wants that.
    RedirectUriNotHttps = "redirect_uri_not_https",
    /// `state` is too long to be given back, so that no client could place the answer.
    StateTooLong = "state_too_long",
    /// `request` beside `request_uri`.
    RequestTwice = "request_twice",
    /// No pushed request has this reference.
    PushedRequestUnknown = "pushed_request_unknown",
    /// Another client pushed it.
    PushedRequestOfAnotherClient = "pushed_request_of_another_client",
    /// The pushed request came to the browser too late.
    PushedRequestExpired = "pushed_request_expired",
    /// The pushed request was answered before.
    PushedRequestSpent = "pushed_request_spent",
    /// A `request_uri` that is neither pushed nor registered.
    RequestUriNotRegistered = "request_uri_not_registered",
    /// Nothing could be fetched from the `request_uri`.
    RequestUriUnreadable = "request_uri_unreadable",
    /// A `request_uri` within a pushed request.
    RequestUriPushed = "request_uri_pushed",
    /// The request object is no JWT that is read here.
    RequestObjectMalformed = "request_object_malformed",
    /// The client did not sign it, or not by an algorithm that is taken.
    RequestObjectSignatureWrong = "request_object_signature_wrong",
    /// Its `iss`, `aud`, `sub` or `typ` say that it is something else.
    RequestObjectForAnother = "request_object_for_another",
    /// It has expired, is not valid yet, or lives too long.
    RequestObjectExpired = "request_object_expired",
    /// A `request` or `request_uri` inside it.
    RequestObjectNested = "request_object_nested",
    /// `client_id` or `response_type` differ from those outside.
    RequestObjectContradictory = "request_object_contradictory",

    // — the authorization request —

    /// The client may not use the code flow.
    CodeFlowNotRegistered = "code_flow_not_registered",
    /// A request that was not pushed, where it must be.
    PushNeeded = "push_needed",
    /// Plain parameters, where they must be signed.
    RequestObjectNeeded = "request_object_needed",
    /// No `response_type`.
    ResponseTypeMissing = "response_type_missing",
    /// A `response_type` other than `code`.
    ResponseTypeUnsupported = "response_type_unsupported",
    /// A `response_type` the client is not registered for.
    ResponseTypeNotRegistered = "response_type_not_registered",
    /// An unknown `response_mode`.
    ResponseModeUnknown = "response_mode_unknown",
    /// A `response_mode` by which this response type must not travel.
    ResponseModeUnfit = "response_mode_unfit",
    /// A `request` object.
    RequestObjectUnsupported = "request_object_unsupported",
    /// A `request_uri`.
    RequestUriUnsupported = "request_uri_unsupported",
    /// A `registration`.
    RegistrationUnsupported = "registration_unsupported",
    /// No `code_challenge`.
    ChallengeMissing = "challenge_missing",
    /// A `code_challenge` that no S256 can give.
    ChallengeMalformed = "challenge_malformed",
    /// A `code_challenge_method` other than S256, or none.
    ChallengeMethodUnsupported = "challenge_method_unsupported",
    /// `scope` has characters outside its grammar, or too many tokens.
    ScopeMalformed = "scope_malformed",
    /// Nothing of the scope asked for may be granted.
    ScopeNotAllowed = "scope_not_allowed",
    /// An ID token without the scope `openid`.
    OpenidMissing = "openid_missing",
    /// A `prompt` value nobody knows.
    PromptUnknown = "prompt_unknown",
    /// `none` beside other `prompt` values.
    PromptContradictory = "prompt_contradictory",
    /// `prompt=create` where nobody may sign up.
    SignUpClosed = "sign_up_closed",
    /// `max_age` is no whole number of seconds.
    MaxAgeMalformed = "max_age_malformed",
    /// `claims` is not the JSON of OpenID Connect Core §5.5.
    ClaimsMalformed = "claims_malformed",
    /// `claims` names too many claims or is too long.
    ClaimsTooMany = "claims_too_many",
    /// `nonce` is too long.
    NonceTooLong = "nonce_too_long",
    /// No `nonce` where an ID token comes through the browser.
    NonceMissing = "nonce_missing",
    /// `acr_values` has too many values.
    AcrValuesTooMany = "acr_values_too_many",
    /// `id_token_hint` was not issued by us to this client.
    IdTokenHintInvalid = "id_token_hint_invalid",
    /// `id_token_hint` and the `sub` asked for in `claims` name different people.
    SubjectContradictory = "subject_contradictory",
    /// `dpop_jkt` is no thumbprint of a key.
    DpopJktMalformed = "dpop_jkt_malformed",
    /// A `resource` is no absolute URI without fragment.
    ResourceMalformed = "resource_malformed",
    /// A `resource` is not registered for the client, or there are too many.
    ResourceNotAllowed = "resource_not_allowed",
    /// A client of the Model Context Protocol did not say what the token is for.
    ResourceMissing = "resource_missing",
    /// `authorization_details` is not what their types allow.
    AuthorizationDetailsInvalid = "authorization_details_invalid",

    // — the way through the pages —

    /// Nobody suitable is signed in and no page may be shown.
    LoginRequired = "login_required",
    /// The person has to agree and no page may be shown.
    ConsentRequired = "consent_required",
    /// Several people are signed in and no page may be shown.
    AccountSelectionRequired = "account_selection_required",
    /// The person refused or cancelled.
    AccessDenied = "access_denied",
    /// An authentication context that the client cannot do without is not to be had.
    AuthenticationContextUnmet = "authentication_context_unmet",
    /// No such interaction, or one that another browser began.
    InteractionUnknown = "interaction_unknown",
    /// The interaction took too long.
    InteractionExpired = "interaction_expired",
    /// The interaction was answered already.
    InteractionAnswered = "interaction_answered",

    // — first-party apps —

    /// The client is not the operator's own.
    ClientNotFirstParty = "client_not_first_party",
    /// `auth_session` is unknown, over, or another client's.
    AuthSessionInvalid = "auth_session_invalid",
    /// Who the person is has not been proven yet.
    AuthorizationInsufficient = "authorization_insufficient",
    /// What is left to do needs a browser.
    BrowserNeeded = "browser_needed",

    // — client authentication —

    /// Nothing that authenticates a client.
    ClientCredentialsMissing = "client_credentials_missing",
    /// An `Authorization` header that is not well-formed Basic.
    ClientCredentialsMalformed = "client_credentials_malformed",
    /// More than one way of authenticating at once, or two different clients.
    ClientCredentialsRepeated = "client_credentials_repeated",
    /// Credentials of a client that does not exist.
    ClientCredentialsOfNobody = "client_credentials_of_nobody",
    /// Credentials of a disabled client.
    ClientCredentialsOfDisabled = "client_credentials_of_disabled",
    /// The secret is wrong.
    ClientSecretWrong = "client_secret_wrong",
    /// A method of authentication the client is not registered for.
    ClientMethodNotRegistered = "client_method_not_registered",
    /// A public client where a confidential one is needed.
    ConfidentialClientRequired = "confidential_client_required",
    /// Not an assertion of the type there is (RFC 7523 §2.2), or one that names no client.
    ClientAssertionMalformed = "client_assertion_malformed",
    /// No key or secret of the client signed the assertion, or by an algorithm that is not for it.
    ClientAssertionUnverified = "client_assertion_unverified",
    /// Issuer or subject of the assertion is not the client.
    ClientAssertionOfAnother = "client_assertion_of_another",
    /// The assertion is for another audience.
    ClientAssertionForAnother = "client_assertion_for_another",
    /// The assertion has expired, is not valid yet, or would be for too long.
    ClientAssertionStale = "client_assertion_stale",
    /// The assertion has no `jti`, or none that is kept.
    ClientAssertionWithoutName = "client_assertion_without_name",
    /// The assertion was used before.
    ClientAssertionReplayed = "client_assertion_replayed",
    /// The client authenticates by its certificate, and the connection has none.
    ClientCertificateMissing = "client_certificate_missing",
    /// The certificate is not the client's.
    ClientCertificateWrong = "client_certificate_wrong",
    /// Too many wrong secrets.
    ClientThrottled = "client_throttled",

    // — the token endpoint —

    /// A `grant_type` nobody knows.
    GrantTypeUnsupported = "grant_type_unsupported",
    /// A grant the client is not registered for.
    GrantTypeNotRegistered = "grant_type_not_registered",
    /// No such code, or none in shape.
    CodeUnknown = "code_unknown",
    /// The code was issued to another client.
    CodeOfAnotherClient = "code_of_another_client",
    /// The code is too old.
    CodeExpired = "code_expired",
    /// The code was used before: what it had given was revoked.
    CodeReplayed = "code_replayed",
    /// Too many wrong attempts with the code.
    CodeExhausted = "code_exhausted",
    /// The authorization request had a `redirect_uri` and the token request has none.
    CodeRedirectUriMissing = "code_redirect_uri_missing",
    /// `redirect_uri` is not that of the authorization request.
    CodeRedirectUriMismatch = "code_redirect_uri_mismatch",
    /// No `code_verifier` for a code with a challenge.
    VerifierMissing = "verifier_missing",
    /// A `code_verifier` outside its grammar.
    VerifierMalformed = "verifier_malformed",
    /// The `code_verifier` does not belong to the challenge.
    VerifierWrong = "verifier_wrong",
    /// A `code_verifier` for a code without a challenge: somebody stripped it.
    VerifierUnexpected = "verifier_unexpected",
    /// No such refresh token, or none in shape.
    RefreshUnknown = "refresh_unknown",
    /// The refresh token was issued to another client.
    RefreshOfAnotherClient = "refresh_of_another_client",
    /// The refresh token was not used for too long.
    RefreshExpired = "refresh_expired",
    /// The refresh token was used before: its family was revoked.
    RefreshReplayed = "refresh_replayed",
    /// The grant was revoked.
    GrantRevoked = "grant_revoked",
    /// The grant has reached its absolute lifetime.
    GrantExpired = "grant_expired",
    /// The person's account was disabled or deleted.
    AccountClosed = "account_closed",
    /// A refresh asked for more scope than was granted.
    ScopeWidened = "scope_widened",
    /// Client credentials asked for a scope that speaks of a person.
    ScopeNeedsPerson = "scope_needs_person",
    /// A `resource` that was not granted.
    ResourceNotGranted = "resource_not_granted",
    /// Authorization details that were not granted.
    AuthorizationDetailsNotGranted = "authorization_details_not_granted",
    /// Authorization details where no person is asked about them.
    AuthorizationDetailsNotHere = "authorization_details_not_here",

    // — authorizations decided on elsewhere —

    /// No such `device_code` or `auth_req_id`, or another client's, or its tokens were collected.
    PendingUnknown = "pending_unknown",
    /// The person has not decided yet.
    AuthorizationPending = "authorization_pending",
    /// The client polls too fast.
    SlowDown = "slow_down",
    /// Nobody decided in time.
    PendingExpired = "pending_expired",
    /// The person refused.
    PendingRefused = "pending_refused",
    /// Not exactly one hint of whom to ask, or one of a kind that is not read.
    UserHintMissing = "user_hint_missing",
    /// The hint names nobody who can sign in.
    UserHintOfNobody = "user_hint_of_nobody",
    /// A `binding_message` that cannot be shown.
    BindingMessageUnfit = "binding_message_unfit",
    /// `requested_expiry` is no whole number of seconds.
    RequestedExpiryMalformed = "requested_expiry_malformed",

    // — token exchange —

    /// The client has no policy for exchanging tokens, or not for this.
    ExchangeNotAllowed = "exchange_not_allowed",
    /// A kind of token that is not exchanged, or not given out.
    ExchangeTypeUnsupported = "exchange_type_unsupported",
    /// The token to be exchanged does not count, or is not for this client.
    SubjectTokenRefused = "subject_token_refused",
    /// The token of whoever acts does not count, or is not this client's.
    ActorTokenRefused = "actor_token_refused",

    // — assertions as grants —

    /// The assertion does not verify: shape, issuer, signature, audience, times.
    GrantAssertionInvalid = "grant_assertion_invalid",
    /// The assertion came before.
    GrantAssertionReplayed = "grant_assertion_replayed",
    /// The assertion names nobody who can sign in.
    GrantAssertionOfNobody = "grant_assertion_of_nobody",
    /// Tokens of the client are bound to its certificate, and the connection has none.
    CertificateNeeded = "certificate_needed",
    /// Tokens of the client are bound to a key, and the request has no proof of it.
    DpopProofMissing = "dpop_proof_missing",
    /// More than one proof.
    DpopProofRepeated = "dpop_proof_repeated",
    /// Not a proof: shape, type, algorithm, key, signature.
    DpopProofMalformed = "dpop_proof_malformed",
    /// The proof is for another request.
    DpopProofForAnother = "dpop_proof_for_another",
    /// The proof is too old, or from the future.
    DpopProofStale = "dpop_proof_stale",
    /// The proof was used before.
    DpopProofReplayed = "dpop_proof_replayed",
    /// The proof lacks a nonce of ours, or has an old one.
    DpopNonceNeeded = "dpop_nonce_needed",
    /// The code was asked for with another key than the one that is proven.
    CodeOfAnotherKey = "code_of_another_key",
    /// The refresh token is bound to something else than what is proven.
    RefreshOfAnotherKey = "refresh_of_another_key",

    // — access tokens at our own resources —

    /// No access token. RFC 6750 §3.1: the challenge then carries no `error`.
    TokenMissing = "token_missing",
    /// Not a token of ours: shape, algorithm, type, signature, issuer.
    TokenMalformed = "token_malformed",
    /// The token has expired, or is not valid yet.
    TokenExpired = "token_expired",
    /// What the token rests on was revoked.
    TokenRevoked = "token_revoked",
    /// The token is for another audience.
    TokenForAnother = "token_for_another",
    /// The person's account was disabled or deleted.
    TokenAccountClosed = "token_account_closed",
    /// More than one transport, or the query.
    TokenTransportRefused = "token_transport_refused",
    /// The token was not granted a scope that is needed.
    ScopeInsufficient = "scope_insufficient",
    /// The token speaks for a client, not for a person.
    TokenWithoutPerson = "token_without_person",
    /// A token that is bound to a key came as if it were not, or the reverse.
    TokenSchemeWrong = "token_scheme_wrong",
    /// The token is bound to another key or certificate than the one that is proven.
    TokenOfAnotherKey = "token_of_another_key",

    // — revocation —

    /// The token to be revoked was issued to another client.
    TokenOfAnotherClient = "token_of_another_client",
    /// The client registered no key that answers could be encrypted for.
    EncryptionKeyMissing = "encryption_key_missing",

    // — logout —

    /// `id_token_hint` is no ID token of ours.
    LogoutHintInvalid = "logout_hint_invalid",
    /// `client_id` is not the client the hint was issued to.
    LogoutClientMismatch = "logout_client_mismatch",
    /// A `post_logout_redirect_uri` without anything that says which client asks.
    LogoutUriWithoutClient = "logout_uri_without_client",
    /// The `post_logout_redirect_uri` is not registered.
    LogoutUriMismatch = "logout_uri_mismatch",
}

impl Reason {
    /// The value of `error`.
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::MalformedEncoding
            | Self::NotAForm
            | Self::BodyTooLarge
            | Self::TooManyParameters
            | Self::ParameterTooLong
            | Self::DuplicateParameter(_)
            | Self::DuplicateOtherParameter
            | Self::ArrayParameter(_)
            | Self::SplitParameters
            | Self::MissingParameter(_)
            | Self::ClientIdMissing
            | Self::UnknownClient
            | Self::ClientDocumentUnusable
            | Self::RedirectUriMissing
            | Self::RedirectUriMismatch
            | Self::ResponseTypeMissing
            | Self::ResponseModeUnknown
            | Self::ChallengeMissing
            | Self::ChallengeMalformed
            | Self::ChallengeMethodUnsupported
            | Self::PromptUnknown
            | Self::PromptContradictory
            | Self::SignUpClosed
            | Self::MaxAgeMalformed
            | Self::ClaimsMalformed
            | Self::ClaimsTooMany
            | Self::StateTooLong
            | Self::NonceTooLong
            | Self::AcrValuesTooMany
            | Self::IdTokenHintInvalid
            | Self::SubjectContradictory
            | Self::DpopJktMalformed
            | Self::InteractionUnknown
            | Self::InteractionExpired
            | Self::InteractionAnswered
            | Self::ClientCredentialsRepeated
            | Self::CertificateNeeded
            | Self::TokenTransportRefused
            | Self::UserHintMissing
            | Self::RequestedExpiryMalformed
            | Self::ExchangeTypeUnsupported
            | Self::SubjectTokenRefused
            | Self::ActorTokenRefused
            | Self::LogoutHintInvalid
            | Self::LogoutClientMismatch
            | Self::LogoutUriWithoutClient
            | Self::EncryptionKeyMissing
            | Self::RedirectUriOmitted
            | Self::RedirectUriNotHttps
            | Self::RequestTwice
            | Self::RequestUriPushed
            | Self::PushNeeded
            | Self::RequestObjectNeeded
            | Self::ResponseModeUnfit
            | Self::NonceMissing
            | Self::LogoutUriMismatch => ErrorCode::InvalidRequest,
            Self::ClientDisabled
            | Self::CodeFlowNotRegistered
            | Self::GrantTypeNotRegistered
            | Self::ExchangeNotAllowed
            | Self::ClientNotFirstParty
            | Self::ResponseTypeNotRegistered => ErrorCode::UnauthorizedClient,
            Self::AuthorizationPending => ErrorCode::AuthorizationPending,
            Self::SlowDown => ErrorCode::SlowDown,
            Self::PendingExpired => ErrorCode::ExpiredToken,
            Self::UserHintOfNobody => ErrorCode::UnknownUserId,
            Self::BindingMessageUnfit => ErrorCode::InvalidBindingMessage,
            Self::AuthSessionInvalid => ErrorCode::InvalidSession,
            Self::AuthorizationInsufficient => ErrorCode::InsufficientAuthorization,
            Self::BrowserNeeded => ErrorCode::RedirectToWeb,
            Self::ResponseTypeUnsupported => ErrorCode::UnsupportedResponseType,
            Self::RequestObjectUnsupported => ErrorCode::RequestNotSupported,
            Self::RequestUriUnsupported => ErrorCode::RequestUriNotSupported,
            Self::RegistrationUnsupported => ErrorCode::RegistrationNotSupported,
            Self::ScopeMalformed
            | Self::ScopeNotAllowed
            | Self::ScopeWidened
            | Self::ScopeNeedsPerson
            | Self::OpenidMissing => ErrorCode::InvalidScope,
            Self::ResourceMalformed | Self::ResourceNotAllowed | Self::ResourceMissing | Self::ResourceNotGranted => {
                ErrorCode::InvalidTarget
            }
            Self::PushedRequestUnknown
            | Self::PushedRequestOfAnotherClient
            | Self::PushedRequestExpired
            | Self::PushedRequestSpent
            | Self::RequestUriNotRegistered
            | Self::RequestUriUnreadable => ErrorCode::InvalidRequestUri,
            Self::RequestObjectMalformed
            | Self::RequestObjectSignatureWrong
            | Self::RequestObjectForAnother
            | Self::RequestObjectExpired
            | Self::RequestObjectNested
            | Self::RequestObjectContradictory => ErrorCode::InvalidRequestObject,
            Self::AuthorizationDetailsInvalid
            | Self::AuthorizationDetailsNotGranted
            | Self::AuthorizationDetailsNotHere => ErrorCode::InvalidAuthorizationDetails,
            Self::LoginRequired => ErrorCode::LoginRequired,
            Self::ConsentRequired => ErrorCode::ConsentRequired,
            Self::AccountSelectionRequired => ErrorCode::AccountSelectionRequired,
            Self::AccessDenied | Self::PendingRefused => ErrorCode::AccessDenied,
            Self::AuthenticationContextUnmet => ErrorCode::UnmetAuthenticationRequirements,
            Self::ClientCredentialsMissing
            | Self::ClientCredentialsMalformed
            | Self::ClientCredentialsOfNobody
            | Self::ClientCredentialsOfDisabled
            | Self::ClientSecretWrong
            | Self::ClientMethodNotRegistered
            | Self::ClientAssertionMalformed
            | Self::ClientAssertionUnverified
            | Self::ClientAssertionOfAnother
            | Self::ClientAssertionForAnother
            | Self::ClientAssertionStale
            | Self::ClientAssertionWithoutName
            | Self::ClientAssertionReplayed
            | Self::ClientCertificateMissing
            | Self::ClientCertificateWrong
            | Self::ConfidentialClientRequired => ErrorCode::InvalidClient,
            Self::DpopProofMissing
            | Self::DpopProofRepeated
            | Self::DpopProofMalformed
            | Self::DpopProofForAnother
            | Self::DpopProofStale
            | Self::DpopProofReplayed => ErrorCode::InvalidDpopProof,
            Self::DpopNonceNeeded => ErrorCode::UseDpopNonce,
            Self::ClientThrottled => ErrorCode::TemporarilyUnavailable,
            Self::GrantTypeUnsupported => ErrorCode::UnsupportedGrantType,
            Self::CodeUnknown
            | Self::CodeOfAnotherClient
            | Self::CodeExpired
            | Self::CodeReplayed
            | Self::CodeExhausted
            | Self::CodeRedirectUriMissing
            | Self::CodeRedirectUriMismatch
            | Self::VerifierMissing
            | Self::VerifierMalformed
            | Self::VerifierWrong
            | Self::VerifierUnexpected
            | Self::CodeOfAnotherKey
            | Self::RefreshUnknown
            | Self::RefreshOfAnotherClient
            | Self::RefreshOfAnotherKey
            | Self::RefreshExpired
            | Self::RefreshReplayed
            | Self::GrantRevoked
            | Self::GrantExpired
            | Self::AccountClosed
            | Self::PendingUnknown
            | Self::GrantAssertionInvalid
            | Self::GrantAssertionReplayed
            | Self::GrantAssertionOfNobody
            | Self::TokenOfAnotherClient => ErrorCode::InvalidGrant,
            Self::TokenMissing
            | Self::TokenMalformed
            | Self::TokenExpired
            | Self::TokenRevoked
            | Self::TokenForAnother
            | Self::TokenSchemeWrong
            | Self::TokenOfAnotherKey
            | Self::TokenAccountClosed => ErrorCode::InvalidToken,
            Self::ScopeInsufficient | Self::TokenWithoutPerson => ErrorCode::InsufficientScope,
        }
    }

    /// The HTTP status of an answer that is not a redirect.
    pub const fn status(self) -> u16 {
        match self {
            Self::BodyTooLarge => 413,
            Self::InteractionUnknown => 404,
            Self::InteractionExpired | Self::InteractionAnswered => 410,
            _ => match self.code() {
                ErrorCode::InvalidClient | ErrorCode::InvalidToken => 401,
                ErrorCode::InsufficientScope | ErrorCode::InsufficientAuthorization => 403,
                ErrorCode::TemporarilyUnavailable => 429,
                _ => 400,
            },
        }
    }

    /// The public sentence: what was expected, in characters that `error_description` may hold.
    pub fn description(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::DuplicateParameter(name) => return format!("{name} may be given only once.").into(),
            Self::ArrayParameter(name) => return format!("{name} must be one plain value, not an array.").into(),
            Self::MissingParameter(name) => return format!("{name} is missing.").into(),
            Self::MalformedEncoding => "The parameters must be form-encoded UTF-8 with complete percent escapes.",
            Self::NotAForm => "The content type must be application/x-www-form-urlencoded.",
            Self::BodyTooLarge => "The request body is larger than this server reads.",
            Self::TooManyParameters => "The request has more parameters than this server reads.",
            Self::ParameterTooLong => "A parameter is longer than this server reads.",
            Self::DuplicateOtherParameter => "No parameter may be given more than once.",
            Self::SplitParameters => "A POST must carry all its parameters in the body, none in the query.",
            Self::ClientIdMissing => "client_id is missing.",
            Self::UnknownClient => "No client is registered under this client_id.",
            Self::ClientDocumentUnusable => "The document at this client_id cannot be fetched or used.",
            Self::ClientDisabled => "This client has been disabled.",
            Self::RedirectUriMissing => {
                "redirect_uri is missing; it may be left out only when exactly one is registered."
            }
            Self::RedirectUriMismatch => "redirect_uri must equal a registered one, character for character.",
            Self::RedirectUriOmitted => "redirect_uri is missing; this client must always send it.",
            Self::RedirectUriNotHttps => "redirect_uri must be an https address for this client.",
            Self::CodeFlowNotRegistered => "The client is not registered for the authorization code grant.",
            Self::PushNeeded => "The request must be pushed to the pushed authorization request endpoint first.",
            Self::RequestObjectNeeded => "The request must be a signed request object.",
            Self::ResponseTypeMissing => "response_type is missing; code is the usual one.",
            Self::ResponseTypeUnsupported => "response_type must be one of those in the metadata.",
            Self::ResponseTypeNotRegistered => "response_type must be one that is registered for this client.",
            Self::ResponseModeUnknown => "response_mode must be one of those in the metadata.",
            Self::ResponseModeUnfit => {
                "response_mode must be form_post, or fragment beside a code, where an ID token is asked for."
            }
            Self::RequestObjectUnsupported => "Request objects are not supported; send plain parameters.",
            Self::RequestUriUnsupported => "request_uri is not supported; send plain parameters.",
            Self::RegistrationUnsupported => "registration is not supported; the client must be registered beforehand.",
            Self::ChallengeMissing => "code_challenge is missing; PKCE with S256 is needed.",
            Self::ChallengeMalformed => {
                "code_challenge must be the 43 base64url characters of a SHA-256 digest, without padding."
            }
            Self::ChallengeMethodUnsupported => "code_challenge_method must be S256 and come with a code_challenge.",
            Self::ScopeMalformed => "scope must be a few printable ASCII tokens separated by spaces.",
            Self::ScopeNotAllowed => "Nothing in scope may be granted to this client.",
            Self::OpenidMissing => "scope must hold openid where an ID token is asked for.",
            Self::PromptUnknown => "prompt must hold only none, login, consent, select_account or create.",
            Self::PromptContradictory => "prompt value none must stand alone.",
            Self::SignUpClosed => "prompt value create is not available; sign-up is closed.",
            Self::MaxAgeMalformed => "max_age must be a whole number of seconds, not negative.",
            Self::ClaimsMalformed => "claims must be a JSON object as in OpenID Connect Core 5.5.",
            Self::ClaimsTooMany => "claims asks for more than this server reads.",
            Self::StateTooLong => "state is longer than this server keeps.",
            Self::RequestTwice => "request and request_uri must not come together.",
            Self::PushedRequestUnknown | Self::PushedRequestOfAnotherClient => {
                "request_uri must be one that this client pushed."
            }
            Self::PushedRequestExpired => "request_uri has expired; push the request again.",
            Self::PushedRequestSpent => "request_uri has been used; push the request again.",
            Self::RequestUriNotRegistered => "request_uri must be a pushed or a registered one.",
            Self::RequestUriUnreadable => "No request object could be fetched from request_uri.",
            Self::RequestUriPushed => "request_uri must not be pushed.",
            Self::RequestObjectMalformed => {
                "request must be a signed JWT with the parameters as claims of the right types."
            }
            Self::RequestObjectSignatureWrong => "request must be signed with a key and an algorithm of this client.",
            Self::RequestObjectForAnother => {
                "request must be issued by the client as a request object for this server."
            }
            Self::RequestObjectExpired => {
                "request must have exp and nbf around now, as close as this client has to keep them."
            }
            Self::RequestObjectNested => "request must hold neither request nor request_uri.",
            Self::RequestObjectContradictory => {
                "client_id and response_type must be the same inside request and outside."
            }
            Self::NonceTooLong => "nonce is longer than this server keeps.",
            Self::NonceMissing => "nonce is missing; it is needed where an ID token comes through the browser.",
            Self::AcrValuesTooMany => "acr_values has more values than this server reads.",
            Self::IdTokenHintInvalid => "id_token_hint must be an ID token issued by this server to this client.",
            Self::SubjectContradictory => "id_token_hint and the sub in claims must name the same person.",
            Self::DpopJktMalformed => "dpop_jkt must be the RFC 7638 SHA-256 thumbprint of a key, in base64url.",
            Self::ResourceMalformed => "resource must be an absolute URI without a fragment.",
            Self::ResourceNotAllowed => "resource must be one that is registered for this client.",
            Self::ResourceMissing => "resource must say what the token is for.",
            Self::AuthorizationDetailsInvalid => {
                "authorization_details must be a list of details of types this client is registered for, as those types describe them."
            }
            Self::LoginRequired => "The person must sign in.",
            Self::ConsentRequired => "The person must agree first.",
            Self::AccountSelectionRequired => "The person must choose an account.",
            Self::AccessDenied => "The person refused or cancelled.",
            Self::AuthenticationContextUnmet => "No authentication context that was asked for can be reached.",
            Self::InteractionUnknown => "This page does not belong to a sign-in begun in this browser.",
            Self::InteractionExpired => "This sign-in took too long; begin again at the application.",
            Self::InteractionAnswered => "This sign-in is finished already.",
            Self::ClientCredentialsMissing => "The client must authenticate.",
            Self::ClientCredentialsMalformed => {
                "The Authorization header must be Basic with form-encoded client_id and secret."
            }
            Self::ClientNotFirstParty => "Only a client of the operator may sign people in without a browser.",
            Self::AuthSessionInvalid => "auth_session is unknown, over, or not this client's; begin again without it.",
            Self::AuthorizationInsufficient => "Who the person is has not been proven yet.",
            Self::BrowserNeeded => "What is left to do needs a browser: use the authorization endpoint.",
            Self::ClientCredentialsRepeated => "The client must authenticate in one way only, as one client.",
            // CLI-11: these look alike.
            Self::ClientCredentialsOfNobody
            | Self::ClientCredentialsOfDisabled
            | Self::ClientSecretWrong
            | Self::ClientAssertionUnverified
            | Self::ClientCertificateMissing
            | Self::ClientCertificateWrong
            | Self::ClientMethodNotRegistered => {
                "The client could not be authenticated: client_id, secret and method must be as registered."
            }
            Self::ClientAssertionMalformed => {
                "client_assertion must be a JWT whose sub is the client, and client_assertion_type that of RFC 7523."
            }
            Self::ClientAssertionOfAnother => "iss and sub of the client assertion must both be the client_id.",
            Self::ClientAssertionForAnother => "aud of the client assertion must be this server's issuer.",
            Self::ClientAssertionStale => {
                "The client assertion must be valid now and expire within minutes: exp, nbf and iat are looked at."
            }
            Self::ClientAssertionWithoutName => "The client assertion needs a jti of at most 255 bytes.",
            Self::ClientAssertionReplayed => "The client assertion has been used before; make one for each request.",
            Self::ConfidentialClientRequired => "Only a client that authenticates may call this endpoint.",
            Self::ClientThrottled => "Too many failed attempts to authenticate this client; wait before the next.",
            Self::GrantTypeUnsupported => "grant_type must be one that the metadata of this server lists.",
            Self::GrantTypeNotRegistered => "The client is not registered for this grant_type.",
            // RES-05: whether a code or token of somebody else exists is not told.
            Self::CodeUnknown | Self::CodeOfAnotherClient => "The code is not one issued to this client.",
            Self::CodeExpired => "The code has expired.",
            Self::CodeReplayed => "The code has been used before; what it had given is revoked.",
            Self::CodeExhausted => "The code was tried wrongly too often.",
            Self::CodeRedirectUriMissing => "redirect_uri is missing; it stood in the authorization request.",
            Self::CodeRedirectUriMismatch => "redirect_uri must be that of the authorization request.",
            Self::VerifierMissing => "code_verifier is missing; the authorization request had a code_challenge.",
            Self::VerifierMalformed => "code_verifier must be 43 to 128 unreserved characters.",
            Self::VerifierWrong => "code_verifier does not belong to the code_challenge.",
            Self::VerifierUnexpected => "code_verifier was sent, but the authorization request had no code_challenge.",
            Self::RefreshUnknown | Self::RefreshOfAnotherClient => {
                "The refresh token is not one issued to this client."
            }
            Self::RefreshExpired => "The refresh token has expired.",
            Self::RefreshReplayed => "The refresh token has been used before; all of its family are revoked.",
            Self::CertificateNeeded => "Tokens of this client are bound to its certificate; connect with it.",
            Self::DpopProofMissing => "Tokens of this client are bound to a key; send a DPoP proof.",
            Self::DpopProofRepeated => "The request must have one DPoP header with one proof.",
            Self::DpopProofMalformed => {
                "The DPoP proof must be a dpop+jwt signed by the public key in its own header, with a jti."
            }
            Self::DpopProofForAnother => {
                "htm, htu and, with an access token, ath of the DPoP proof must be those of this request."
            }
            Self::DpopProofStale => "iat of the DPoP proof must be the present moment.",
            Self::DpopProofReplayed => "The DPoP proof has been used before; make one for each request.",
            Self::DpopNonceNeeded => "The DPoP proof must hold the nonce of the DPoP-Nonce header.",
            Self::CodeOfAnotherKey => "The code must be redeemed with a DPoP proof of the key it was asked for with.",
            Self::RefreshOfAnotherKey => "The refresh token is bound to a key or certificate that was not proven.",
            Self::GrantRevoked => "The authorization has been revoked.",
            Self::GrantExpired => "The authorization has expired.",
            Self::AccountClosed | Self::TokenAccountClosed => "The account is not active.",
            Self::ScopeWidened => "scope must not exceed what was granted.",
            Self::ScopeNeedsPerson => "scope must not ask for a person with this grant_type.",
            Self::ResourceNotGranted => "resource must be one that was granted.",
            Self::PendingUnknown => "The code is not one that waits for this client.",
            Self::AuthorizationPending => "The person has not decided yet; ask again after the interval.",
            Self::SlowDown => "Too fast; wait five seconds longer between requests from now on.",
            Self::PendingExpired => "Nobody decided in time; begin again.",
            Self::PendingRefused => "The person refused.",
            Self::UserHintMissing => "Exactly one of login_hint and id_token_hint must say whom to ask.",
            Self::UserHintOfNobody => "The hint names nobody who can be asked.",
            Self::BindingMessageUnfit => "binding_message must be short and have plain printable characters only.",
            Self::RequestedExpiryMalformed => "requested_expiry must be a positive whole number of seconds.",
            Self::ExchangeNotAllowed => "This client may not exchange tokens in this way.",
            Self::ExchangeTypeUnsupported => "Only access tokens of this server are exchanged, for access tokens.",
            // RES-05: why is not told.
            Self::SubjectTokenRefused => "subject_token must be a live access token issued to this client or for it.",
            Self::ActorTokenRefused => "actor_token must be a live access token issued to this client.",
            Self::GrantAssertionInvalid => {
                "assertion must be a JWT of a trusted issuer for this server, signed by it, and in its time."
            }
            Self::GrantAssertionReplayed => "The assertion has been used before.",
            Self::GrantAssertionOfNobody => "The assertion names nobody who may sign in here.",
            Self::AuthorizationDetailsNotGranted => "authorization_details must be ones that were granted.",
            Self::AuthorizationDetailsNotHere => {
                "authorization_details can be asked for at the authorization endpoint only."
            }
            Self::TokenMissing => "An access token is needed in the Authorization header.",
            Self::TokenMalformed => "The access token is not one issued by this server.",
            Self::TokenExpired => "The access token has expired.",
            Self::TokenRevoked => "The access token has been revoked.",
            Self::TokenForAnother => "The access token is for another audience.",
            Self::TokenSchemeWrong => {
                "A token that is bound to a key comes under the DPoP scheme with its proof, any other under Bearer."
            }
            Self::TokenOfAnotherKey => "The access token is bound to a key or certificate that was not proven.",
            Self::TokenTransportRefused => {
                "The access token must come in one way: the Authorization header or the form, never the query."
            }
            Self::ScopeInsufficient => "The access token was not granted the scope needed here.",
            Self::TokenWithoutPerson => "The access token must speak for a person.",
            Self::TokenOfAnotherClient => "The token was not issued to this client.",
            Self::EncryptionKeyMissing => "The client has no key for the encryption that it is registered with.",
            Self::LogoutHintInvalid => "id_token_hint must be an ID token issued by this server.",
            Self::LogoutClientMismatch => "client_id must be the client that id_token_hint was issued to.",
            Self::LogoutUriWithoutClient => "post_logout_redirect_uri needs an id_token_hint or a client_id beside it.",
            Self::LogoutUriMismatch => "post_logout_redirect_uri must equal a registered one, character for character.",
        })
    }

    /// Where the refusal is explained (`error_uri`): a page of ours.
    pub fn error_uri(self, issuer: &Issuer) -> String {
        issuer.at(&format!("{ERRORS_PATH}{}", self.told_as().label()))
    }

    /// The reason that strangers are told of. Those that must look the same are one to them (CLI-11).
    #[must_use]
    pub const fn told_as(self) -> Self {
        match self {
            Self::ClientCredentialsOfNobody
            | Self::ClientCredentialsOfDisabled
            | Self::ClientMethodNotRegistered
            | Self::ClientAssertionUnverified
            | Self::ClientCertificateMissing
            | Self::ClientCertificateWrong => Self::ClientSecretWrong,
            Self::PushedRequestOfAnotherClient => Self::PushedRequestUnknown,
            Self::CodeOfAnotherClient => Self::CodeUnknown,
            Self::RefreshOfAnotherClient => Self::RefreshUnknown,
            other => other,
        }
    }

    /// Whether the client may learn of it by redirect, once its redirect URI is verified. The rest is shown here.
    pub const fn may_redirect(self) -> bool {
        matches!(
            self,
            Self::CodeFlowNotRegistered
                | Self::ResponseTypeMissing
                | Self::ResponseTypeUnsupported
                | Self::ResponseModeUnknown
                | Self::RequestObjectUnsupported
                | Self::RequestUriUnsupported
                | Self::RegistrationUnsupported
                | Self::ChallengeMissing
                | Self::ChallengeMalformed
                | Self::ChallengeMethodUnsupported
                | Self::ScopeMalformed
                | Self::ScopeNotAllowed
                | Self::PromptUnknown
                | Self::PromptContradictory
                | Self::SignUpClosed
                | Self::MaxAgeMalformed
                | Self::ClaimsMalformed
                | Self::ClaimsTooMany
                | Self::NonceTooLong
                | Self::AcrValuesTooMany
                | Self::IdTokenHintInvalid
                | Self::SubjectContradictory
                | Self::DpopJktMalformed
                | Self::ResourceMalformed
                | Self::ResourceNotAllowed
                | Self::ResourceMissing
                | Self::LoginRequired
                | Self::ConsentRequired
                | Self::AccountSelectionRequired
                | Self::AccessDenied
                | Self::PushNeeded
                | Self::RequestObjectNeeded
                | Self::ResponseTypeNotRegistered
                | Self::ResponseModeUnfit
                | Self::NonceMissing
                | Self::OpenidMissing
                | Self::AuthorizationDetailsInvalid
                | Self::AuthenticationContextUnmet
        )
    }

    /// How loudly it is logged.
    pub const fn loudness(self) -> Loudness {
        match self {
            Self::LoginRequired
            | Self::ConsentRequired
            | Self::AccountSelectionRequired
            | Self::AccessDenied
            | Self::AuthorizationInsufficient
            | Self::AuthorizationPending
            | Self::PendingExpired
            | Self::PendingRefused
            | Self::TokenMissing
            | Self::TokenExpired
            | Self::RefreshExpired
            | Self::DpopNonceNeeded
            | Self::ClientCredentialsMissing => Loudness::Debug,
            Self::CodeReplayed
            | Self::CodeExhausted
            | Self::CodeOfAnotherClient
            | Self::VerifierWrong
            | Self::VerifierUnexpected
            | Self::RefreshReplayed
            | Self::RefreshOfAnotherClient
            | Self::GrantAssertionReplayed
            | Self::RefreshOfAnotherKey
            | Self::CodeOfAnotherKey
            | Self::TokenOfAnotherKey
            | Self::DpopProofReplayed
            | Self::ClientAssertionReplayed
            | Self::ClientAssertionUnverified
            | Self::ClientCertificateWrong
            | Self::ClientSecretWrong
            | Self::ClientThrottled
            | Self::TokenForAnother
            | Self::PushedRequestOfAnotherClient
            | Self::RequestObjectSignatureWrong
            | Self::RequestObjectForAnother
            | Self::TokenOfAnotherClient => Loudness::Warn,
            _ => Loudness::Info,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn tok_07_every_description_has_only_allowed_characters_and_says_something() {
        // RFC 6749 §5.2: %x20-21 / %x23-5B / %x5D-7E
        for reason in Reason::samples() {
            let description = reason.description();
            let allowed = |byte: u8| matches!(byte, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E);
            assert!(description.bytes().all(allowed), "{reason:?}: {description}");
            assert!(description.len() > 15 && description.ends_with('.'), "{reason:?}: {description}");
        }
    }

    #[test]
    fn labels_are_distinct() {
        let labels: HashSet<_> = Reason::samples().into_iter().map(Reason::label).collect();
        assert_eq!(labels.len(), Reason::samples().len());
    }

    #[test]
    fn red_04_nothing_about_the_client_or_its_redirect_uri_is_redirected() {
        for reason in [
            Reason::ClientIdMissing,
            Reason::UnknownClient,
            Reason::ClientDisabled,
            Reason::RedirectUriMissing,
            Reason::RedirectUriMismatch,
            Reason::DuplicateParameter("redirect_uri"),
            Reason::ArrayParameter("redirect_uri"),
            Reason::SplitParameters,
        ] {
            assert!(!reason.may_redirect(), "{reason:?}");
        }
    }

    #[test]
    fn cli_11_an_unknown_client_and_a_wrong_secret_look_the_same() {
        let seen = |reason: Reason| (reason.code(), reason.status(), reason.description());
        let wrong = seen(Reason::ClientSecretWrong);
        for other in [Reason::ClientCredentialsOfNobody, Reason::ClientCredentialsOfDisabled] {
            assert_eq!(seen(other), wrong, "{other:?}");
        }
    }

    #[test]
    fn what_looks_the_same_leads_to_the_same_page() {
        let look = |reason: Reason| (reason.code(), reason.status(), reason.description());
        let mut pages = std::collections::HashMap::new();
        for reason in Reason::samples() {
            pages.entry(look(reason)).or_insert_with(HashSet::new).insert(reason.told_as());
        }
        let several: Vec<_> = pages.into_values().filter(|pages| pages.len() > 1).collect();
        assert!(several.is_empty(), "{several:?}");
    }

    #[test]
    fn the_table_of_refusals_is_as_written_down() {
        let mut table = String::new();
        for reason in Reason::samples() {
            let way = if reason.may_redirect() { "redirect" } else { "here" };
            writeln!(
                table,
                "{:<32} {} {:<34} {:<8} {:<5} {}",
                reason.label(),
                reason.status(),
                reason.code().as_str(),
                way,
                format!("{:?}", reason.loudness()),
                reason.description()
            )
            .unwrap();
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn the_manual_lists_every_refusal_as_it_is() {
        let manual = include_str!("../../docs/protocol.md");
        let written: Vec<&str> =
            manual.lines().filter(|line| line.starts_with("| `") && line.contains("` | 4")).collect();
        for reason in Reason::samples() {
            let (label, code) = (reason.label(), reason.code().as_str());
            let row = format!("| `{label}` | {} | `{code}` | {} |", reason.status(), reason.description());
            assert!(written.contains(&row.as_str()), "docs/protocol.md lacks {row}");
        }
        assert_eq!(written.len(), Reason::samples().len(), "docs/protocol.md lists one that is gone");
    }
}
