//! The table of refusals: each reason with its label, wire code, public sentence and what else is special about it.

#[allow(clippy::enum_glob_use, reason = "each row begins with one, and nearly all of them stand here")]
use super::error_code::ErrorCode::*;
use super::row::{Row, like, row};

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident $(($parameter:ty))? => $row:expr,)*) => {
        /// Why a request was refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Reason { $($(#[$doc])* $name $(($parameter))?,)* }

        impl Reason {
            /// What the table says of it.
            pub(super) const fn row(self) -> Row {
                match self { $(Self::$name { .. } => $row,)* }
            }

            /// One of each, in the order of the table; those that name a parameter name `scope`.
            pub fn samples() -> Vec<Self> {
                vec![$(Self::$name $(({ let sample: $parameter = "scope"; sample }))?,)*]
            }
        }
    };
}

// A sentence says what was expected, in characters that `error_description` may hold; `{}` is the parameter's name.
reasons! {
    // — parameters, on every endpoint —

    /// Not form-encoded UTF-8.
    MalformedEncoding => row("malformed_encoding", InvalidRequest,
        "The parameters must be form-encoded UTF-8 with complete percent escapes."),
    /// The body is not a form.
    NotAForm => row("not_a_form", InvalidRequest, "The content type must be application/x-www-form-urlencoded."),
    /// The body is larger than is read.
    BodyTooLarge => row("body_too_large", InvalidRequest,
        "The request body is larger than this server reads.").status(413),
    /// More parameters than are read.
    TooManyParameters => row("too_many_parameters", InvalidRequest,
        "The request has more parameters than this server reads."),
    /// A name or value is longer than is read.
    ParameterTooLong => row("parameter_too_long", InvalidRequest, "A parameter is longer than this server reads."),
    /// This parameter was given more than once.
    DuplicateParameter(&'static str) => row("duplicate_parameter", InvalidRequest, "{} may be given only once."),
    /// A parameter of no meaning to us was given more than once.
    DuplicateOtherParameter => row("duplicate_other_parameter", InvalidRequest,
        "No parameter may be given more than once."),
    /// This parameter was written as an array.
    ArrayParameter(&'static str) => row("array_parameter", InvalidRequest, "{} must be one plain value, not an array."),
    /// A POST carried parameters in the query.
    SplitParameters => row("split_parameters", InvalidRequest,
        "A POST must carry all its parameters in the body, none in the query."),
    /// This parameter was needed.
    MissingParameter(&'static str) => row("missing_parameter", InvalidRequest, "{} is missing."),

    // — who asks for authorization and where the answer goes: shown here, never redirected —

    /// No `client_id`.
    ClientIdMissing => row("client_id_missing", InvalidRequest, "client_id is missing."),
    /// No client has this `client_id`.
    UnknownClient => row("unknown_client", InvalidRequest, "No client is registered under this client_id."),
    /// The document at the client's id cannot be fetched, or describes no client of ours.
    ClientDocumentUnusable => row("client_document_unusable", InvalidRequest,
        "The document at this client_id cannot be fetched or used."),
    /// The client was disabled.
    ClientDisabled => row("client_disabled", UnauthorizedClient, "This client has been disabled."),
    /// No `redirect_uri`, and not exactly one is registered.
    RedirectUriMissing => row("redirect_uri_missing", InvalidRequest,
        "redirect_uri is missing; it may be left out only when exactly one is registered."),
    /// The `redirect_uri` is not registered.
    RedirectUriMismatch => row("redirect_uri_mismatch", InvalidRequest,
        "redirect_uri must equal a registered one, character for character."),
    /// No `redirect_uri` where OpenID Connect or the profile of the client wants it said.
    RedirectUriOmitted => row("redirect_uri_omitted", InvalidRequest,
        "redirect_uri is missing; a request of OpenID Connect or FAPI must have it."),
    /// A `redirect_uri` that is not https, for a client whose profile wants that.
    RedirectUriNotHttps => row("redirect_uri_not_https", InvalidRequest,
        "redirect_uri must be an https address for this client."),
    /// `state` is too long to be given back, so that no client could place the answer.
    StateTooLong => row("state_too_long", InvalidRequest, "state is longer than this server keeps."),
    /// `request` beside `request_uri`.
    RequestTwice => row("request_twice", InvalidRequest, "request and request_uri must not come together."),
    /// No pushed request has this reference.
    PushedRequestUnknown => row("pushed_request_unknown", InvalidRequestUri,
        "request_uri must be one that this client pushed."),
    /// Another client pushed it.
    PushedRequestOfAnotherClient => like(Reason::PushedRequestUnknown, "pushed_request_of_another_client").warn(),
    /// The pushed request came to the browser too late.
    PushedRequestExpired => row("pushed_request_expired", InvalidRequestUri,
        "request_uri has expired; push the request again."),
    /// The pushed request was answered before.
    PushedRequestSpent => row("pushed_request_spent", InvalidRequestUri,
        "request_uri has been used; push the request again."),
    /// A `request_uri` that is neither pushed nor registered.
    RequestUriNotRegistered => row("request_uri_not_registered", InvalidRequestUri,
        "request_uri must be a pushed or a registered one."),
    /// Nothing could be fetched from the `request_uri`.
    RequestUriUnreadable => row("request_uri_unreadable", InvalidRequestUri,
        "No request object could be fetched from request_uri."),
    /// A `request_uri` within a pushed request.
    RequestUriPushed => row("request_uri_pushed", InvalidRequest, "request_uri must not be pushed."),
    /// The request object is no JWT that is read here.
    RequestObjectMalformed => row("request_object_malformed", InvalidRequestObject,
        "request must be a signed JWT with the parameters as claims of the right types."),
    /// The client did not sign it, or not by an algorithm that is taken.
    RequestObjectSignatureWrong => row("request_object_signature_wrong", InvalidRequestObject,
        "request must be signed with a key and an algorithm of this client.").warn(),
    /// Its `iss`, `aud`, `sub` or `typ` say that it is something else.
    RequestObjectForAnother => row("request_object_for_another", InvalidRequestObject,
        "request must be issued by the client as a request object for this server.").warn(),
    /// It has expired, is not valid yet, or lives too long.
    RequestObjectExpired => row("request_object_expired", InvalidRequestObject,
        "request must have exp and nbf around now, as close as this client has to keep them."),
    /// A `request` or `request_uri` inside it.
    RequestObjectNested => row("request_object_nested", InvalidRequestObject,
        "request must hold neither request nor request_uri."),
    /// `client_id` or `response_type` differ from those outside.
    RequestObjectContradictory => row("request_object_contradictory", InvalidRequestObject,
        "client_id and response_type must be the same inside request and outside."),

    // — the authorization request —

    /// The client may not use the code flow.
    CodeFlowNotRegistered => row("code_flow_not_registered", UnauthorizedClient,
        "The client is not registered for the authorization code grant.").redirected(),
    /// A request that was not pushed, where it must be.
    PushNeeded => row("push_needed", InvalidRequest,
        "The request must be pushed to the pushed authorization request endpoint first.").redirected(),
    /// Plain parameters, where they must be signed.
    RequestObjectNeeded => row("request_object_needed", InvalidRequest,
        "The request must be a signed request object.").redirected(),
    /// No `response_type`.
    ResponseTypeMissing => row("response_type_missing", InvalidRequest,
        "response_type is missing; code is the usual one.").redirected(),
    /// A `response_type` other than `code`.
    ResponseTypeUnsupported => row("response_type_unsupported", UnsupportedResponseType,
        "response_type must be one of those in the metadata.").redirected(),
    /// A `response_type` the client is not registered for.
    ResponseTypeNotRegistered => row("response_type_not_registered", UnauthorizedClient,
        "response_type must be one that is registered for this client.").redirected(),
    /// The client is registered for an algorithm of ours that is off.
    SigningAlgorithmOff => row("signing_algorithm_off", UnauthorizedClient,
        "The client is registered for signatures by an algorithm that is not switched on here.").redirected(),
    /// An unknown `response_mode`.
    ResponseModeUnknown => row("response_mode_unknown", InvalidRequest,
        "response_mode must be one of those in the metadata.").redirected(),
    /// A `response_mode` by which this response type must not travel.
    ResponseModeUnfit => row("response_mode_unfit", InvalidRequest,
        "response_mode must be form_post, or fragment beside a code, where an ID token is asked for.").redirected(),
    /// A `request` object.
    RequestObjectUnsupported => row("request_object_unsupported", RequestNotSupported,
        "Request objects are not supported; send plain parameters.").redirected(),
    /// A `request_uri`.
    RequestUriUnsupported => row("request_uri_unsupported", RequestUriNotSupported,
        "request_uri is not supported; send plain parameters.").redirected(),
    /// A `registration`.
    RegistrationUnsupported => row("registration_unsupported", RegistrationNotSupported,
        "registration is not supported; the client must be registered beforehand.").redirected(),
    /// No `code_challenge`.
    ChallengeMissing => row("challenge_missing", InvalidRequest,
        "code_challenge is missing; PKCE with S256 is needed.").redirected(),
    /// A `code_challenge` that no S256 can give.
    ChallengeMalformed => row("challenge_malformed", InvalidRequest,
        "code_challenge must be the 43 base64url characters of a SHA-256 digest, without padding.").redirected(),
    /// A `code_challenge_method` other than S256, or none.
    ChallengeMethodUnsupported => row("challenge_method_unsupported", InvalidRequest,
        "code_challenge_method must be S256 and come with a code_challenge.").redirected(),
    /// `scope` has characters outside its grammar, or too many tokens.
    ScopeMalformed => row("scope_malformed", InvalidScope,
        "scope must be a few printable ASCII tokens separated by spaces.").redirected(),
    /// Nothing of the scope asked for may be granted.
    ScopeNotAllowed => row("scope_not_allowed", InvalidScope,
        "Nothing in scope may be granted to this client.").redirected(),
    /// An ID token without the scope `openid`.
    OpenidMissing => row("openid_missing", InvalidScope,
        "scope must hold openid where an ID token is asked for.").redirected(),
    /// A `prompt` value nobody knows.
    PromptUnknown => row("prompt_unknown", InvalidRequest,
        "prompt must hold only none, login, consent, select_account or create.").redirected(),
    /// `none` beside other `prompt` values.
    PromptContradictory => row("prompt_contradictory", InvalidRequest,
        "prompt value none must stand alone.").redirected(),
    /// `prompt=create` where nobody may sign up.
    SignUpClosed => row("sign_up_closed", InvalidRequest,
        "prompt value create is not available; sign-up is closed.").redirected(),
    /// `max_age` is no whole number of seconds.
    MaxAgeMalformed => row("max_age_malformed", InvalidRequest,
        "max_age must be a whole number of seconds, not negative.").redirected(),
    /// `claims` is not the JSON of OpenID Connect Core §5.5.
    ClaimsMalformed => row("claims_malformed", InvalidRequest,
        "claims must be a JSON object as in OpenID Connect Core 5.5.").redirected(),
    /// `claims` names too many claims or is too long.
    ClaimsTooMany => row("claims_too_many", InvalidRequest,
        "claims asks for more than this server reads.").redirected(),
    /// `nonce` is too long.
    NonceTooLong => row("nonce_too_long", InvalidRequest, "nonce is longer than this server keeps.").redirected(),
    /// No `nonce` where an ID token comes through the browser.
    NonceMissing => row("nonce_missing", InvalidRequest,
        "nonce is missing; it is needed where an ID token comes through the browser.").redirected(),
    /// `acr_values` has too many values.
    AcrValuesTooMany => row("acr_values_too_many", InvalidRequest,
        "acr_values has more values than this server reads.").redirected(),
    /// `id_token_hint` was not issued by us to this client.
    IdTokenHintInvalid => row("id_token_hint_invalid", InvalidRequest,
        "id_token_hint must be an ID token issued by this server to this client.").redirected(),
    /// `id_token_hint` and the `sub` asked for in `claims` name different people.
    SubjectContradictory => row("subject_contradictory", InvalidRequest,
        "id_token_hint and the sub in claims must name the same person.").redirected(),
    /// `dpop_jkt` is no thumbprint of a key.
    DpopJktMalformed => row("dpop_jkt_malformed", InvalidRequest,
        "dpop_jkt must be the RFC 7638 SHA-256 thumbprint of a key, in base64url.").redirected(),
    /// A `resource` is no absolute URI without fragment.
    ResourceMalformed => row("resource_malformed", InvalidTarget,
        "resource must be an absolute URI without a fragment.").redirected(),
    /// A `resource` is not registered for the client, or there are too many.
    ResourceNotAllowed => row("resource_not_allowed", InvalidTarget,
        "resource must be one that is registered for this client.").redirected(),
    /// A client of the Model Context Protocol did not say what the token is for.
    ResourceMissing => row("resource_missing", InvalidTarget, "resource must say what the token is for.").redirected(),
    /// `authorization_details` is not what their types allow.
    AuthorizationDetailsInvalid => row("authorization_details_invalid", InvalidAuthorizationDetails,
        "authorization_details must be a list of details of types this client is registered for, as those types describe them.").redirected(),

    // — the way through the pages —

    /// Nobody suitable is signed in and no page may be shown.
    LoginRequired => row("login_required", LoginRequired, "The person must sign in.").debug().redirected(),
    /// The person has to agree and no page may be shown.
    ConsentRequired => row("consent_required", ConsentRequired, "The person must agree first.").debug().redirected(),
    /// Several people are signed in and no page may be shown.
    AccountSelectionRequired => row("account_selection_required", AccountSelectionRequired,
        "The person must choose an account.").debug().redirected(),
    /// The person refused or cancelled.
    AccessDenied => row("access_denied", AccessDenied, "The person refused or cancelled.").debug().redirected(),
    /// An authentication context that the client cannot do without is not to be had.
    AuthenticationContextUnmet => row("authentication_context_unmet", UnmetAuthenticationRequirements,
        "No authentication context that was asked for can be reached.").redirected(),
    /// No such interaction, or one that another browser began.
    InteractionUnknown => row("interaction_unknown", InvalidRequest,
        "This page does not belong to a sign-in begun in this browser.").status(404),
    /// The interaction took too long.
    InteractionExpired => row("interaction_expired", InvalidRequest,
        "This sign-in took too long; begin again at the application.").status(410),
    /// The interaction was answered already.
    InteractionAnswered => row("interaction_answered", InvalidRequest, "This sign-in is finished already.").status(410),

    // — first-party apps —

    /// The client is not the operator's own.
    ClientNotFirstParty => row("client_not_first_party", UnauthorizedClient,
        "Only a client of the operator may sign people in without a browser."),
    /// `auth_session` is unknown, over, or another client's.
    AuthSessionInvalid => row("auth_session_invalid", InvalidSession,
        "auth_session is unknown, over, or not this client's; begin again without it."),
    /// Who the person is has not been proven yet.
    AuthorizationInsufficient => row("authorization_insufficient", InsufficientAuthorization,
        "Who the person is has not been proven yet.").debug(),
    /// What is left to do needs a browser.
    BrowserNeeded => row("browser_needed", RedirectToWeb,
        "What is left to do needs a browser: use the authorization endpoint."),

    // — client authentication —

    /// Nothing that authenticates a client.
    ClientCredentialsMissing => row("client_credentials_missing", InvalidClient,
        "The client must authenticate.").debug(),
    /// An `Authorization` header that is not well-formed Basic.
    ClientCredentialsMalformed => row("client_credentials_malformed", InvalidClient,
        "The Authorization header must be Basic with form-encoded client_id and secret."),
    /// More than one way of authenticating at once, or two different clients.
    ClientCredentialsRepeated => row("client_credentials_repeated", InvalidRequest,
        "The client must authenticate in one way only, as one client."),
    // CLI-11: these look like a wrong secret.
    /// Credentials of a client that does not exist.
    ClientCredentialsOfNobody => like(Reason::ClientSecretWrong, "client_credentials_of_nobody"),
    /// Credentials of a disabled client.
    ClientCredentialsOfDisabled => like(Reason::ClientSecretWrong, "client_credentials_of_disabled"),
    /// The secret is wrong.
    ClientSecretWrong => row("client_secret_wrong", InvalidClient,
        "The client could not be authenticated: client_id, secret and method must be as registered.").warn(),
    /// A method of authentication the client is not registered for.
    ClientMethodNotRegistered => like(Reason::ClientSecretWrong, "client_method_not_registered"),
    /// A public client where a confidential one is needed.
    ConfidentialClientRequired => row("confidential_client_required", InvalidClient,
        "Only a client that authenticates may call this endpoint."),
    /// Not an assertion of the type there is (RFC 7523 §2.2), or one that names no client.
    ClientAssertionMalformed => row("client_assertion_malformed", InvalidClient,
        "client_assertion must be a JWT whose sub is the client, and client_assertion_type that of RFC 7523."),
    /// No key or secret of the client signed the assertion, or by an algorithm that is not for it.
    ClientAssertionUnverified => like(Reason::ClientSecretWrong, "client_assertion_unverified").warn(),
    /// Issuer or subject of the assertion is not the client.
    ClientAssertionOfAnother => row("client_assertion_of_another", InvalidClient,
        "iss and sub of the client assertion must both be the client_id."),
    /// The assertion is for another audience.
    ClientAssertionForAnother => row("client_assertion_for_another", InvalidClient,
        "aud of the client assertion must be this server's issuer."),
    /// The assertion has expired, is not valid yet, or would be for too long.
    ClientAssertionStale => row("client_assertion_stale", InvalidClient,
        "The client assertion must be valid now and expire within minutes: exp, nbf and iat are looked at."),
    /// The assertion has no `jti`, or none that is kept.
    ClientAssertionWithoutName => row("client_assertion_without_name", InvalidClient,
        "The client assertion needs a jti of at most 255 bytes."),
    /// The assertion was used before.
    ClientAssertionReplayed => row("client_assertion_replayed", InvalidClient,
        "The client assertion has been used before; make one for each request.").warn(),
    /// The client authenticates by its certificate, and the connection has none.
    ClientCertificateMissing => like(Reason::ClientSecretWrong, "client_certificate_missing"),
    /// The certificate is not the client's.
    ClientCertificateWrong => like(Reason::ClientSecretWrong, "client_certificate_wrong").warn(),
    /// Too many wrong secrets.
    ClientThrottled => row("client_throttled", TemporarilyUnavailable,
        "Too many failed attempts to authenticate this client; wait before the next.").warn(),

    // — the token endpoint —

    /// A `grant_type` nobody knows.
    GrantTypeUnsupported => row("grant_type_unsupported", UnsupportedGrantType,
        "grant_type must be one that the metadata of this server lists."),
    /// A grant the client is not registered for.
    GrantTypeNotRegistered => row("grant_type_not_registered", UnauthorizedClient,
        "The client is not registered for this grant_type."),
    /// No such code, or none in shape.
    CodeUnknown => row("code_unknown", InvalidGrant, "The code is not one issued to this client."),
    // RES-05: whether a code or token of somebody else exists is not told.
    /// The code was issued to another client.
    CodeOfAnotherClient => like(Reason::CodeUnknown, "code_of_another_client").warn(),
    /// The code is too old.
    CodeExpired => row("code_expired", InvalidGrant, "The code has expired."),
    /// The code was used before: what it had given was revoked.
    CodeReplayed => row("code_replayed", InvalidGrant,
        "The code has been used before; what it had given is revoked.").warn(),
    /// Too many wrong attempts with the code.
    CodeExhausted => row("code_exhausted", InvalidGrant, "The code was tried wrongly too often.").warn(),
    /// The authorization request had a `redirect_uri` and the token request has none.
    CodeRedirectUriMissing => row("code_redirect_uri_missing", InvalidGrant,
        "redirect_uri is missing; it stood in the authorization request."),
    /// `redirect_uri` is not that of the authorization request.
    CodeRedirectUriMismatch => row("code_redirect_uri_mismatch", InvalidGrant,
        "redirect_uri must be that of the authorization request."),
    /// No `code_verifier` for a code with a challenge.
    VerifierMissing => row("verifier_missing", InvalidGrant,
        "code_verifier is missing; the authorization request had a code_challenge."),
    /// A `code_verifier` outside its grammar.
    VerifierMalformed => row("verifier_malformed", InvalidGrant,
        "code_verifier must be 43 to 128 unreserved characters."),
    /// The `code_verifier` does not belong to the challenge.
    VerifierWrong => row("verifier_wrong", InvalidGrant, "code_verifier does not belong to the code_challenge.").warn(),
    /// A `code_verifier` for a code without a challenge: somebody stripped it.
    VerifierUnexpected => row("verifier_unexpected", InvalidGrant,
        "code_verifier was sent, but the authorization request had no code_challenge.").warn(),
    /// No such refresh token, or none in shape.
    RefreshUnknown => row("refresh_unknown", InvalidGrant, "The refresh token is not one issued to this client."),
    /// The refresh token was issued to another client.
    RefreshOfAnotherClient => like(Reason::RefreshUnknown, "refresh_of_another_client").warn(),
    /// The refresh token was not used for too long.
    RefreshExpired => row("refresh_expired", InvalidGrant, "The refresh token has expired.").debug(),
    /// The refresh token was used before: its family was revoked.
    RefreshReplayed => row("refresh_replayed", InvalidGrant,
        "The refresh token has been used before; all of its family are revoked.").warn(),
    /// The grant was revoked.
    GrantRevoked => row("grant_revoked", InvalidGrant, "The authorization has been revoked."),
    /// The grant has reached its absolute lifetime.
    GrantExpired => row("grant_expired", InvalidGrant, "The authorization has expired."),
    /// The person's account was disabled or deleted.
    AccountClosed => row("account_closed", InvalidGrant, "The account is not active."),
    /// A refresh asked for more scope than was granted.
    ScopeWidened => row("scope_widened", InvalidScope, "scope must not exceed what was granted."),
    /// Client credentials asked for a scope that speaks of a person.
    ScopeNeedsPerson => row("scope_needs_person", InvalidScope,
        "scope must not ask for a person with this grant_type."),
    /// A `resource` that was not granted.
    ResourceNotGranted => row("resource_not_granted", InvalidTarget, "resource must be one that was granted."),
    /// Authorization details that were not granted.
    AuthorizationDetailsNotGranted => row("authorization_details_not_granted", InvalidAuthorizationDetails,
        "authorization_details must be ones that were granted."),
    /// Authorization details where no person is asked about them.
    AuthorizationDetailsNotHere => row("authorization_details_not_here", InvalidAuthorizationDetails,
        "authorization_details can be asked for at the authorization endpoint only."),

    // — authorizations decided on elsewhere —

    /// No such `device_code` or `auth_req_id`, or another client's, or its tokens were collected.
    PendingUnknown => row("pending_unknown", InvalidGrant, "The code is not one that waits for this client."),
    /// The person has not decided yet.
    AuthorizationPending => row("authorization_pending", AuthorizationPending,
        "The person has not decided yet; ask again after the interval.").debug(),
    /// The client polls too fast.
    SlowDown => row("slow_down", SlowDown, "Too fast; wait five seconds longer between requests from now on."),
    /// Nobody decided in time.
    PendingExpired => row("pending_expired", ExpiredToken, "Nobody decided in time; begin again.").debug(),
    /// The person refused.
    PendingRefused => row("pending_refused", AccessDenied, "The person refused.").debug(),
    /// Not exactly one hint of whom to ask, or one of a kind that is not read.
    UserHintMissing => row("user_hint_missing", InvalidRequest,
        "Exactly one of login_hint and id_token_hint must say whom to ask."),
    /// The hint names nobody who can sign in.
    UserHintOfNobody => row("user_hint_of_nobody", UnknownUserId, "The hint names nobody who can be asked."),
    /// A `binding_message` that cannot be shown.
    BindingMessageUnfit => row("binding_message_unfit", InvalidBindingMessage,
        "binding_message must be short and have plain printable characters only."),
    /// `requested_expiry` is no whole number of seconds.
    RequestedExpiryMalformed => row("requested_expiry_malformed", InvalidRequest,
        "requested_expiry must be a positive whole number of seconds."),

    // — token exchange —

    /// The client has no policy for exchanging tokens, or not for this.
    ExchangeNotAllowed => row("exchange_not_allowed", UnauthorizedClient,
        "This client may not exchange tokens in this way."),
    /// A kind of token that is not exchanged, or not given out.
    ExchangeTypeUnsupported => row("exchange_type_unsupported", InvalidRequest,
        "Only access tokens of this server are exchanged, for access tokens."),
    // RES-05: why is not told.
    /// The token to be exchanged does not count, or is not for this client.
    SubjectTokenRefused => row("subject_token_refused", InvalidRequest,
        "subject_token must be a live access token issued to this client or for it."),
    /// The token of whoever acts does not count, or is not this client's.
    ActorTokenRefused => row("actor_token_refused", InvalidRequest,
        "actor_token must be a live access token issued to this client."),

    // — assertions as grants —

    /// The assertion does not verify: shape, issuer, signature, audience, times.
    GrantAssertionInvalid => row("grant_assertion_invalid", InvalidGrant,
        "assertion must be a JWT of a trusted issuer for this server, signed by it, and in its time."),
    /// The assertion came before.
    GrantAssertionReplayed => row("grant_assertion_replayed", InvalidGrant,
        "The assertion has been used before.").warn(),
    /// The assertion names nobody who can sign in.
    GrantAssertionOfNobody => row("grant_assertion_of_nobody", InvalidGrant,
        "The assertion names nobody who may sign in here."),
    /// Tokens of the client are bound to its certificate, and the connection has none.
    CertificateNeeded => row("certificate_needed", InvalidRequest,
        "Tokens of this client are bound to its certificate; connect with it."),
    /// Tokens of the client are bound to a key, and the request for one has no proof of any.
    DpopProofNeeded => row("dpop_proof_needed", InvalidRequest,
        "Tokens of this client are bound to a key; send a DPoP proof."),
    /// The access token is bound to a key, and comes without a proof.
    DpopProofMissing => row("dpop_proof_missing", InvalidDpopProof,
        "The access token is bound to a key; send a DPoP proof with it."),
    /// More than one proof.
    DpopProofRepeated => row("dpop_proof_repeated", InvalidDpopProof,
        "The request must have one DPoP header with one proof."),
    /// Not a proof: shape, type, algorithm, key, signature.
    DpopProofMalformed => row("dpop_proof_malformed", InvalidDpopProof,
        "The DPoP proof must be a dpop+jwt signed by the public key in its own header, with a jti."),
    /// The proof is for another request.
    DpopProofForAnother => row("dpop_proof_for_another", InvalidDpopProof,
        "htm, htu and, with an access token, ath of the DPoP proof must be those of this request."),
    /// The proof is too old, or from the future.
    DpopProofStale => row("dpop_proof_stale", InvalidDpopProof, "iat of the DPoP proof must be the present moment."),
    /// The proof was used before.
    DpopProofReplayed => row("dpop_proof_replayed", InvalidDpopProof,
        "The DPoP proof has been used before; make one for each request.").warn(),
    /// The proof lacks a nonce of ours, or has an old one.
    DpopNonceNeeded => row("dpop_nonce_needed", UseDpopNonce,
        "The DPoP proof must hold the nonce of the DPoP-Nonce header.").debug(),
    /// The code was asked for with another key than the one that is proven.
    CodeOfAnotherKey => row("code_of_another_key", InvalidGrant,
        "The code must be redeemed with a DPoP proof of the key it was asked for with.").warn(),
    /// The refresh token is bound to something else than what is proven.
    RefreshOfAnotherKey => row("refresh_of_another_key", InvalidGrant,
        "The refresh token is bound to a key or certificate that was not proven.").warn(),

    // — access tokens at our own resources —

    /// No access token. RFC 6750 §3.1: the challenge then carries no `error`.
    TokenMissing => row("token_missing", InvalidToken,
        "An access token is needed in the Authorization header.").debug(),
    /// Not a token of ours: shape, algorithm, type, signature, issuer.
    TokenMalformed => row("token_malformed", InvalidToken, "The access token is not one issued by this server."),
    /// The token has expired, or is not valid yet.
    TokenExpired => row("token_expired", InvalidToken, "The access token has expired.").debug(),
    /// What the token rests on was revoked.
    TokenRevoked => row("token_revoked", InvalidToken, "The access token has been revoked."),
    /// The token is for another audience.
    TokenForAnother => row("token_for_another", InvalidToken, "The access token is for another audience.").warn(),
    /// The person's account was disabled or deleted.
    TokenAccountClosed => row("token_account_closed", InvalidToken, "The account is not active."),
    /// More than one transport, or the query.
    TokenTransportRefused => row("token_transport_refused", InvalidRequest,
        "The access token must come in one way: the Authorization header or the form, never the query."),
    /// The token was not granted a scope that is needed.
    ScopeInsufficient => row("scope_insufficient", InsufficientScope,
        "The access token was not granted the scope needed here."),
    /// The token speaks for a client, not for a person.
    TokenWithoutPerson => row("token_without_person", InsufficientScope, "The access token must speak for a person."),
    /// A token that is bound to a key came as if it were not, or the reverse.
    TokenSchemeWrong => row("token_scheme_wrong", InvalidToken,
        "A token that is bound to a key comes under the DPoP scheme with its proof, any other under Bearer."),
    /// The token is bound to another key or certificate than the one that is proven.
    TokenOfAnotherKey => row("token_of_another_key", InvalidToken,
        "The access token is bound to a key or certificate that was not proven.").warn(),

    // — revocation —

    /// The token to be revoked was issued to another client.
    TokenOfAnotherClient => row("token_of_another_client", InvalidGrant,
        "The token was not issued to this client.").warn(),
    /// The client registered no key that answers could be encrypted for.
    EncryptionKeyMissing => row("encryption_key_missing", InvalidRequest,
        "The client has no key for the encryption that it is registered with."),

    // — logout —

    /// `id_token_hint` is no ID token of ours.
    LogoutHintInvalid => row("logout_hint_invalid", InvalidRequest,
        "id_token_hint must be an ID token issued by this server."),
    /// `client_id` is not the client the hint was issued to.
    LogoutClientMismatch => row("logout_client_mismatch", InvalidRequest,
        "client_id must be the client that id_token_hint was issued to."),
    /// A `post_logout_redirect_uri` without anything that says which client asks.
    LogoutUriWithoutClient => row("logout_uri_without_client", InvalidRequest,
        "post_logout_redirect_uri needs an id_token_hint or a client_id beside it."),
    /// The `post_logout_redirect_uri` is not registered.
    LogoutUriMismatch => row("logout_uri_mismatch", InvalidRequest,
        "post_logout_redirect_uri must equal a registered one, character for character."),
}
