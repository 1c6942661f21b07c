"""PyPI `Authlib` in a Flask application: client_secret_post, EdDSA ID tokens, everything found by discovery."""

import os
from urllib.parse import parse_qs, urlsplit

from authlib.integrations.flask_client import OAuth, OAuthError
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask

from person import Person
from tally import Tally

ISSUER = os.environ["DOORWARD_ISSUER"]
SECRET = "authlib-secret-9f27c5e1d8b34a6070c2"
AULO = {"username": "aulo@people.example", "password": "Aulo reads old maps"}

application = Flask(__name__)
application.secret_key = os.urandom(32)
doorward = OAuth(application).register(
    "doorward",
    client_id="authlib",
    client_secret=SECRET,
    server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
    client_kwargs={
        "scope": "openid profile email offline_access",
        "code_challenge_method": "S256",
        "token_endpoint_auth_method": "client_secret_post",
    },
)
latest = {}


@application.get("/login")
def login():
    return doorward.authorize_redirect("http://localhost/callback")


@application.get("/silent")
def silent():
    return doorward.authorize_redirect("http://localhost/callback", prompt="none")


@application.get("/callback")
def callback():
    latest["token"] = doorward.authorize_access_token()
    return latest["token"]["userinfo"]["sub"]


@application.get("/about")
def about():
    return doorward.userinfo(token=latest["token"])


@application.get("/logout")
def logout():
    return doorward.logout_redirect("http://localhost/bye", id_token_hint=latest["token"]["id_token"])


@application.get("/bye")
def bye():
    doorward.validate_logout_response()
    return "signed out"


@application.errorhandler(OAuthError)
def refused(error):
    return error.error, 400


tally = Tally("Authlib")
browser, aulo = application.test_client(), Person(ISSUER)


def visit(path, **answers):
    """Opens `path` of the application, lets the person follow it through the provider, and gives the answer on return."""
    away = browser.get(path)
    assert away.status_code == 302, away.status
    end = aulo.walk(away.headers["Location"], **answers)
    assert end.departed, f"expected to come back to the application, but: {end}"
    back = urlsplit(end.departed)
    latest["query"] = parse_qs(back.query)
    return browser.get(f"{back.path}?{back.query}")


def session():
    metadata = doorward.load_server_metadata()
    made = OAuth2Session(
        "authlib", SECRET, token=latest["token"], token_endpoint_auth_method="client_secret_post",
        revocation_endpoint_auth_method="client_secret_post",
    )
    made.trust_env = False
    return made, metadata


@tally.check("discovery, code flow with PKCE, ID token verified against the published keys")
def subject():
    answer = visit("/login", **AULO)
    assert answer.status_code == 200, answer.text
    assert latest["token"]["userinfo"]["iss"] == ISSUER
    assert latest["query"]["iss"] == [ISSUER]
    return answer.text


@tally.check("the ID token is signed as registered")
def _():
    import base64
    import json

    head = latest["token"]["id_token"].split(".")[0]
    assert json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["alg"] == "EdDSA"


@tally.check("userinfo")
def _():
    claims = browser.get("/about").get_json()
    assert claims["sub"] == subject
    assert claims["email"] == AULO["username"] and claims["email_verified"] is True
    assert claims["name"] == "Aulo Gallo"


@tally.check("signed in, a silent request needs no page")
def _():
    answer = visit("/silent")
    assert answer.text == subject, answer.text


@tally.check("a code cannot be redeemed a second time")
def _():
    away = browser.get("/login").headers["Location"]
    end = aulo.walk(away, **AULO)
    back = urlsplit(end.departed)
    with browser.session_transaction() as kept:
        before = dict(kept)
    assert browser.get(f"{back.path}?{back.query}").status_code == 200
    with browser.session_transaction() as kept:
        kept.update(before)
    again = browser.get(f"{back.path}?{back.query}")
    assert (again.status_code, again.text) == (400, "invalid_grant"), again.text
    # The replay has ended the tokens of the first use: sign in anew for the checks that follow.
    assert visit("/login", **AULO).status_code == 200


@tally.check("refresh")
def refreshed():
    client, metadata = session()
    old = latest["token"]
    new = client.refresh_token(metadata["token_endpoint"], refresh_token=old["refresh_token"])
    assert new["access_token"] != old["access_token"]
    latest["token"] = {**old, **new}
    assert browser.get("/about").get_json()["sub"] == subject
    return latest["token"]


@tally.check("introspection")
def _():
    client, metadata = session()
    about = client.introspect_token(metadata["introspection_endpoint"], token=refreshed["access_token"]).json()
    assert about["active"] is True and about["sub"] == subject, about


@tally.check("revocation, after which the token is unknown and userinfo closed")
def _():
    client, metadata = session()
    answer = client.revoke_token(metadata["revocation_endpoint"], token=refreshed["refresh_token"], token_type_hint="refresh_token")
    assert answer.status_code == 200, answer.text
    about = client.introspect_token(metadata["introspection_endpoint"], token=refreshed["access_token"]).json()
    assert about == {"active": False}, about
    assert client.get(metadata["userinfo_endpoint"], withhold_token=False).status_code == 401


@tally.check("logout comes back with the application's state")
def _():
    answer = visit("/logout", log_out=True)
    assert (answer.status_code, answer.text) == (200, "signed out"), answer.text


@tally.check("signed out, a silent request says login_required")
def _():
    answer = visit("/silent")
    assert (answer.status_code, answer.text) == (400, "login_required"), answer.text


tally.close()
