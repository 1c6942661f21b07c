"""A person at a browser without script, for the Python programs: cookies, redirects, forms found by their ids.

Where the browser leaves the server it stops: `Page.departed` is the address it was sent to.
"""

from urllib.parse import urljoin, urlsplit

import requests
from bs4 import BeautifulSoup

STEPS_AT_MOST = 12
REDIRECTS_AT_MOST = 10


class Page:
    def __init__(self, status=0, address=None, text="", departed=None):
        self.status, self.address, self.departed = status, address, departed
        self.document = BeautifulSoup(text, "html.parser")

    def has(self, element_id):
        return self.document.find(id=element_id) is not None

    def __str__(self):
        if self.departed:
            return f"sent away to {self.departed}"
        return f"{self.status} at {self.address}: {self.document.get_text(' ', strip=True)}"


class Person:
    def __init__(self, issuer):
        self.issuer = issuer
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update({"Accept": "text/html", "Accept-Language": "en"})

    def open(self, address):
        return self._browse("GET", urljoin(self.issuer, address))

    def press(self, page, button, **values):
        """Fills fields by their ids and presses the button with the id `button`."""
        pressed = page.document.find(id=button)
        assert pressed is not None, f"no #{button} on {page}"
        form = pressed.find_parent("form")
        for element_id, value in values.items():
            form.find(id=element_id)["value"] = value
        fields = [
            (field["name"], field.get("value", ""))
            for field in form.find_all("input")
            if field.get("name") and (field.get("type") not in ("checkbox", "radio") or field.has_attr("checked"))
        ]
        if pressed.get("name"):
            fields.append((pressed["name"], pressed.get("value", "")))
        target = urljoin(page.address, pressed.get("formaction") or form.get("action") or "")
        return self._browse(form.get("method", "get").upper(), target, fields)

    def walk(self, address, username=None, password=None, decision="allow", log_out=False):
        """Does what each page asks, until the browser leaves, or a page comes again or asks something unknown."""
        steps = {
            "login-submit": lambda page: username and self.press(page, "login-submit", username=username, password=password),
            "consent-allow": lambda page: self.press(page, f"consent-{decision}"),
            "logout-yes": lambda page: log_out and self.press(page, "logout-yes"),
        }
        page, done = self.open(address), set()
        for _ in range(STEPS_AT_MOST):
            sign = next((element_id for element_id in steps if page.has(element_id)), None)
            if page.departed or sign is None or sign in done:
                break
            done.add(sign)
            following = steps[sign](page)
            if not following:
                break
            page = following
        return page

    def _browse(self, method, address, fields=None):
        headers = {"Origin": self.issuer} if method == "POST" else {}
        for _ in range(REDIRECTS_AT_MOST):
            answer = self.session.request(
                method,
                address,
                data=fields if method == "POST" else None,
                params=fields if method == "GET" else None,
                headers=headers,
                allow_redirects=False,
                timeout=30,
            )
            if not answer.is_redirect:
                return Page(answer.status_code, answer.url, answer.text)
            assert answer.status_code <= 303, f"{method} {address} answered {answer.status_code}"
            address = urljoin(address, answer.headers["Location"])
            if "{0.scheme}://{0.netloc}".format(urlsplit(address)) != self.issuer:
                return Page(departed=address)
            method, fields, headers = "GET", None, {}
        raise AssertionError(f"more than {REDIRECTS_AT_MOST} redirects, the last to {address}")
