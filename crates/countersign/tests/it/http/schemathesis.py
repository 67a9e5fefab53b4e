"""What Schemathesis has to know besides the description: who asks, and what no schema can say.

Every check sees every case. What is filled in here is only what makes a case valid that its schema took for valid: a
password that fits the tenant's policy, twice; a token, an id or a cursor that exists. Cases that are meant to be refused
are sent as they are.
"""

import base64
import json
import os
import re
import unicodedata
import urllib.request

import schemathesis
from schemathesis.specs.openapi import _auth_retry, checks

SERVICES = "/api/v6/services/"
# What the test prepared: the address, who asks (or nobody), ids to ask about, two passwords and their ciphertexts.
WORLD = json.loads(os.environ["SCHEMATHESIS_WORLD"])


class Sign:
    """Who asks. A case may end the session that it is sent in, so the next one is sent in another."""

    mark = None
    # The refresh token of each access token.
    pairs = {}
    # One that is good, as far as we know.
    token = None
    # Which of the two passwords it is: a case may change it.
    at = 0

    @classmethod
    def on(cls):
        """A good access token, by a login where there is none."""
        if cls.token:
            return cls.token
        body = {"email": WORLD["email"], "currentPassword": WORLD["passwords"][cls.at], "deviceToken": cls.mark}
        request = urllib.request.Request(
            WORLD["address"] + SERVICES + "securitymanagement/login",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "platform": "fincode", "uuid": "200"},
            method="PUT",
        )
        with urllib.request.urlopen(request) as answer:
            signed = json.load(answer)
        # Cases guess at the same address; its known device is not locked out by them.
        cls.mark = signed["deviceToken"]
        cls.token = signed["access_token"]
        cls.pairs[cls.token] = signed["refresh_token"]
        return cls.token


def with_invalid_token(case, parameter):
    """In place of the probe of Schemathesis 4.32, which forgets every other header: it would be refused for those."""
    case.headers[parameter["name"]] = "invalid"


class Server:
    """The API token of a back-end, which the standard endpoints and X-Client-Address want."""

    token = None

    @classmethod
    def on(cls):
        """One that the manager made; none where somebody else asks."""
        if cls.token is None and WORLD["makes_tokens"]:
            body = {"name": "back-end", "expiry": "24h", "roles": ["MANAGER"]}
            request = urllib.request.Request(
                WORLD["address"] + SERVICES + "securitymanagement/api-tokens",
                data=json.dumps(body).encode(),
                headers={
                    "Content-Type": "application/json",
                    "platform": "fincode",
                    "uuid": "200",
                    "X-Auth-Token": Sign.on(),
                },
                method="POST",
            )
            with urllib.request.urlopen(request) as answer:
                cls.token = json.load(answer)["token"]
        return cls.token


_auth_retry.set_auth_for_case = checks.set_auth_for_case = with_invalid_token


if WORLD["email"]:

    @schemathesis.auth(refresh_interval=None)
    class Auth:
        """Sends an access token with each case."""

        def get(self, case, context):
            return Sign.on()

        def set(self, case, token, context):
            case.headers["X-Auth-Token"] = token


def claim(token, name):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))[name]


class Turn:
    """Every second case of an operation is filled in: the others ask about what does not exist."""

    counts = {}

    @classmethod
    def of(cls, label):
        cls.counts[label] = cls.counts.get(label, 0) + 1
        return cls.counts[label]


CURSORS = {}


@schemathesis.hook
def before_call(context, case, kwargs):
    """Makes valid what a schema cannot make valid."""
    # Cases are made some time before they are sent: what was a good token then may be none now.
    signed = (case.headers or {}).get("X-Auth-Token") in Sign.pairs
    if signed:
        case.headers["X-Auth-Token"] = Sign.on()
    # The standard endpoints know servers alone, and one header.
    if signed and case.path.startswith("/oauth2/") and Server.on():
        del case.headers["X-Auth-Token"]
        case.headers["Authorization"] = "Bearer " + Server.on()
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    # Two tokens that differ are refused, but where a back-end names its client's address, which no schema can say.
    if "X-Client-Address" in (case.headers or {}) and not Server.on():
        del case.headers["X-Client-Address"]
    if "X-Client-Address" in (case.headers or {}):
        case.headers["Authorization"] = "Bearer " + Server.on()
    elif "X-Auth-Token" in (case.headers or {}):
        case.headers.pop("Authorization", None)
    turn = Turn.of(case.operation.label)
    if turn % 2 == 0:
        name_somebody(case, turn)
    fill_query(case)
    if isinstance(case.body, dict):
        fill_body(case, turn)


def name_somebody(case, turn):
    if "id" not in (case.path_parameters or {}):
        return
    kind = next((kind for kind in ("customers", "employees", "invitations", "sessions") if kind in case.path), "accounts")
    if kind == "sessions":
        token = (case.headers or {}).get("X-Auth-Token")
        ids = [claim(token, "sid")] if token in Sign.pairs else []
    else:
        ids = WORLD[kind]
    if ids:
        case.path_parameters["id"] = ids[turn // 2 % len(ids)]


def fill_query(case):
    if "account" in (case.query or {}):
        case.query["account"] = WORLD["accounts"][0]
    if "action" in (case.query or {}):
        case.query["action"] = "login"
    # A cursor belongs to its list and its search; that of the trail is any id.
    if "cursor" in (case.query or {}) and not case.path.endswith("/audit-events"):
        known = CURSORS.get((case.path, case.query.get("search")))
        if known:
            case.query["cursor"] = known
        else:
            del case.query["cursor"]


# What no rule of IDNA or of dots has anything against.
PLAIN_EMAIL = r"[A-Za-z0-9_+-]{1,64}@(?:[a-z]{1,20}\.){1,4}[a-z]{2,10}"
SECRETS = ("currentPassword", "newPassword", "password", "confirmPassword")


def fill_body(case, turn):
    body = case.body
    encrypted = body.get("payloadEncrypted") is True
    texts = WORLD["ciphertexts"] if encrypted else WORLD["passwords"]
    # A login and a confirmation take any password for a wrong one; a new one must please the policy, and be new.
    is_new = "newPassword" in body or "confirmPassword" in body
    for name in SECRETS:
        if name in body and name != "currentPassword" and (encrypted or is_new):
            body[name] = texts[1 - Sign.at]
    if "currentPassword" in body and (encrypted or turn % 4 == 0):
        body["currentPassword"] = texts[Sign.at]
    if not encrypted and len(body.get("currentPassword", "")) > 256:
        body["currentPassword"] = body["currentPassword"][:256]
    if "firstName" in body or "lastName" in body:
        for name in ("firstName", "lastName"):
            # Schemathesis takes more for \p{M} than Unicode does.
            is_name = all(unicodedata.category(letter)[0] in "LM" for letter in body.get(name) or "")
            if not is_name or len(body.get(name) or "") < 2:
                body[name] = "Ada"
    if "dialingCode" in body or "phone" in body:
        body["dialingCode"] = body.get("dialingCode") or "+44"
        body["phone"] = (body.get("phone") or "7911123456")[:12]
    if "expiry" in body:
        body["name"] = "job"
    if "email" in body and not re.fullmatch(PLAIN_EMAIL, body["email"]):
        body["email"] = f"ada{turn}@example.com"
    if body.get("address") is not None and not body["address"].strip():
        body["address"] = "1 High Street"
    if "dob" in body:
        body["dob"] = "1990-05-17"
    if body.get("roles"):
        body["roles"] = [["AGENT"], ["CASHIER"], ["CASHIER", "AGENT"]][turn % 3]
    # One that belongs to another session than the access token is refused.
    if "refresh_token" in body and (turn % 2 == 0 or case.path.endswith("/logout")):
        body["refresh_token"] = Sign.pairs.get((case.headers or {}).get("X-Auth-Token"), body["refresh_token"])


@schemathesis.hook
def after_call(context, case, response):
    """Keeps the cursors of pages that go on, and the password in use."""
    if case.path.startswith("/oauth2/"):
        return
    if case.method != "GET" or response.status_code == 401:
        Sign.token = None
    if response.status_code == 200 and case.path.endswith("/change-password"):
        Sign.at = 1 - Sign.at
    if response.status_code == 200 and "limit" in (case.query or {}):
        following = response.json().get("nextCursor")
        if following:
            CURSORS[(case.path, case.query.get("search"))] = following
