"""PyPI `idpyoidc`, the strict one: client_secret_basic, every message checked against its own schema of OpenID Connect."""

import os
from contextlib import suppress
from urllib.parse import parse_qsl, urlsplit

from cryptojwt.key_jar import init_key_jar
from idpyoidc.client.exception import OidcServiceError, ResponseError
from idpyoidc.client.rp_handler import RPHandler

from person import Person
from tally import Tally

ISSUER = os.environ["DOORWARD_ISSUER"]
CALLBACK = "https://idpyoidc.example/callback"
BYE = "https://idpyoidc.example/bye"
INES = {"username": "ines@people.example", "password": "Ines walks at night"}
SERVICES = {
    "discovery": "oidc.provider_info_discovery.ProviderInfoDiscovery",
    "authorization": "oidc.authorization.Authorization",
    "access_token": "oidc.access_token.AccessToken",
    "refresh_access_token": "oidc.refresh_access_token.RefreshAccessToken",
    "userinfo": "oidc.userinfo.UserInfo",
    "end_session": "oidc.end_session.EndSession",
    "introspection": "oauth2.introspection.Introspection",
    "token_revocation": "oauth2.token_revocation.TokenRevocation",
}

application = RPHandler(
    base_url="https://idpyoidc.example",
    keyjar=init_key_jar(key_defs=[{"type": "RSA", "use": ["sig"]}]),
    services={name: {"class": f"idpyoidc.client.{path}"} for name, path in SERVICES.items()},
    client_configs={
        ISSUER: {
            "client_type": "oidc",
            "issuer": ISSUER,
            "client_id": "idpyoidc",
            "client_secret": "idpyoidc-secret-41d7e09b6ca25f83e01b",
            "redirect_uris": [CALLBACK],
            "post_logout_redirect_uris": [BYE],
            "client_authn_methods": ["client_secret_basic"],
            "preference": {
                "application_type": "web",
                "response_types": ["code"],
                "token_endpoint_auth_method": "client_secret_basic",
                "scope": ["openid", "profile", "email", "offline_access"],
            },
            "allow": {"http_links": True},  # the issuer is on loopback
            "add_ons": {
                "pkce": {
                    "function": "idpyoidc.client.oauth2.add_on.pkce.add_support",
                    "kwargs": {"code_challenge_length": 64, "code_challenge_method": "S256"},
                }
            },
        }
    },
)

tally = Tally("idpyoidc")
ines = Person(ISSUER)
SCOPE = ["openid", "profile", "email", "offline_access"]


def sign_in(**request):
    """One login from beginning to end; gives what the library found, and the parameters of the answer."""
    away = application.begin(ISSUER, req_args={"scope": SCOPE, "redirect_uri": CALLBACK, **request})
    end = ines.walk(away, **INES)
    assert end.departed, f"expected to come back to the application, but: {end}"
    answer = dict(parse_qsl(urlsplit(end.departed).query))
    return application.finalize(ISSUER, dict(answer)), answer


@tally.check("discovery")
def client():
    made = application.client_setup(ISSUER)
    assert made.get_context().provider_info["issuer"] == ISSUER
    return made


@tally.check("code flow with PKCE, ID token and userinfo verified")
def session():
    found, _ = sign_in()
    assert "error" not in found, found
    assert found["id_token"]["iss"] == ISSUER
    assert found["userinfo"]["sub"] == found["id_token"]["sub"]
    assert found["userinfo"]["email"] == INES["username"]
    assert found["userinfo"]["name"] == "Inês Duarte"
    return found


@tally.check("refresh")
def refreshed():
    tokens = application.refresh_access_token(session["state"], client, scope="openid profile email offline_access")
    assert tokens["access_token"] != session["token"], tokens
    claims = application.get_user_info(session["state"], client)
    assert claims["sub"] == session["id_token"]["sub"]
    return tokens


@tally.check("introspection")
def _():
    about = client.do_request("introspection", request_args={"token": refreshed["access_token"]})
    assert about["active"] is True, about
    assert about["sub"] == session["id_token"]["sub"]


@tally.check("revocation")
def _():
    with suppress(ResponseError):  # RFC 7009 §2.2 promises no body; the library takes an empty one for a fault
        client.do_request("token_revocation", request_args={"token": refreshed["refresh_token"]})
    about = client.do_request("introspection", request_args={"token": refreshed["access_token"]})
    assert about["active"] is False, about


@tally.check("a code cannot be redeemed a second time")
def _():
    found, answer = sign_in()
    assert "error" not in found, found
    try:
        application.get_access_and_id_token(state=answer["state"], client=client)
    except OidcServiceError as refusal:
        assert str(refusal) == "invalid_grant", refusal
    else:
        raise AssertionError("the code worked twice")


@tally.check("logout comes back with the application's state")
def _():
    found, _ = sign_in()
    away = application.logout(found["state"], client=client, post_logout_redirect_uri=BYE)
    end = ines.walk(away["url"], log_out=True)
    assert end.departed and end.departed.startswith(f"{BYE}?state="), end


@tally.check("signed out, prompt=none says login_required")
def _():
    found, answer = sign_in(prompt="none")
    assert answer["error"] == "login_required", answer
    assert "error" in found


tally.close()
