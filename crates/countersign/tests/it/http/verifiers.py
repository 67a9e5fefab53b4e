"""RFC 7662 and RFC 7009 as a library reads them that nobody of this project wrote: Authlib.

verifiers.py BASE HOST ACCESS REFRESH API_TOKEN OTHER_API_TOKEN: prints one line a promise, and fails at the first broken.
"""

import os
import sys

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from authlib.integrations.requests_client import OAuth2Auth, OAuth2Session
from authlib.oauth2.rfc6749.wrappers import OAuth2Token
from authlib.oauth2.rfc6750 import InvalidTokenError
from authlib.oauth2.rfc7662 import IntrospectTokenValidator

BASE, HOST, ACCESS, REFRESH, API_TOKEN, OTHER = sys.argv[1:]


def bearer(token):
    return OAuth2Auth({"access_token": token, "token_type": "Bearer"})


session = OAuth2Session()
session.headers["Host"] = HOST


def introspect(token, hint=None, by=API_TOKEN):
    return session.introspect_token(
        BASE + "/oauth2/introspect", token=token, token_type_hint=hint, auth=bearer(by) if by else None
    )


def revoke(token, hint=None, by=API_TOKEN):
    return session.revoke_token(
        BASE + "/oauth2/revoke", token=token, token_type_hint=hint, auth=bearer(by) if by else None
    )


class Validator(IntrospectTokenValidator):
    """A resource server that asks about every token it is shown."""

    def introspect_token(self, token_string):
        answer = introspect(token_string)
        answer.raise_for_status()
        return answer.json()


def accepts(token):
    validator = Validator(realm="countersign")
    found = validator.authenticate_token(token)
    try:
        validator.validate_token(found, scopes=None, request=None)
    except InvalidTokenError:
        return None
    return found


def holds(what, claim):
    if not claim:
        sys.exit("broken: " + what)
    print("holds: " + what)


# --- RFC 7662 section 2.2 ---
for name, token in [("access", ACCESS), ("refresh", REFRESH), ("API", OTHER)]:
    found = accepts(token)
    holds("an active %s token is accepted" % name, found is not None)
    holds("its members have the types of the RFC: %s" % name, all(
        isinstance(found[member], kind)
        for member, kind in [
            ("active", bool), ("client_id", str), ("sub", str), ("exp", int), ("iat", int), ("iss", str), ("token_type", str),
        ]
    ))
    holds("and Authlib does not call it expired: %s" % name, not OAuth2Token({"expires_at": found["exp"]}).is_expired())
holds("whose claims the answer repeats", accepts(ACCESS)["roles"] == ["MANAGER"] and "jti" in accepts(ACCESS))
holds("nothing is said of a text that is no token", accepts("nonsense") is None and introspect("nonsense").json() == {"active": False})
holds("a wrong hint is only a hint", introspect(ACCESS, "refresh_token").json()["active"])
holds("nor is a hint that nobody knows", introspect(ACCESS, "something").json()["active"])
answer = introspect(ACCESS)
holds("an answer is JSON", answer.headers["Content-Type"] == "application/json")
holds("and is kept by nobody", answer.headers["Cache-Control"] == "no-store")

# --- who may ask: RFC 7662 section 2.1 and 2.3, RFC 6750 section 3 ---
for by, what in [(None, "nobody"), ("nonsense", "a text"), (ACCESS, "an access token"), (REFRESH, "a refresh token")]:
    for ask in (introspect, revoke):
        refused = ask(OTHER, by=by)
        holds("%s does not authenticate %s" % (what, ask.__name__), refused.status_code == 401)
        holds("and is challenged", refused.headers["WWW-Authenticate"].startswith("Bearer "))
        holds("in the words of RFC 6749", refused.json()["error"] == "invalid_client")
refused = session.post(BASE + "/oauth2/introspect", data={"token_type_hint": "access_token"}, auth=bearer(API_TOKEN), withhold_token=True)
holds("a form without a token is invalid_request", (refused.status_code, refused.json()["error"]) == (400, "invalid_request"))

# --- RFC 7009 section 2 ---
holds("an unknown token is revoked already", revoke("nonsense").status_code == 200)
holds("an API token is revoked", revoke(OTHER, "access_token").status_code == 200 and accepts(OTHER) is None)
holds("a second time too", revoke(OTHER).status_code == 200)
holds("a refresh token is revoked", revoke(REFRESH, "refresh_token").status_code == 200 and accepts(REFRESH) is None)
holds("and the access token with it", accepts(ACCESS) is None)

print("all of them")
