"""A provider of OpenID Connect: asked for what it knows of whoever has signed in there.

What the protocol says is Authlib's; here is what it may cost: deadlines, sizes, how often.
"""

import io
import math
import re
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client.oauth2_session import OAuth2ClientAuth
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from urllib3.exceptions import HTTPError

from frontdesk.config import InboxOidc
from frontdesk.config.inbox import encrypted_or_here
from frontdesk.http.session import Session, exchange, read
from frontdesk.inbox.sign_in.openid import LEEWAY, AwayError, Errand, RefusedError

SECONDS = 5.0  # for one exchange, whatever the provider does
LONGEST = 1 << 20  # bytes of an answer
KEPT = 3600.0  # seconds until the provider's documents are fetched again
PATIENCE = 1.0  # seconds to wait for another thread that fetches them
REST = 5.0  # seconds for which one that does not answer is left alone
_RENEWED = 30.0  # seconds between two looks for new keys
# Those by which nobody can sign who only knows what is public, or the client's secret.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_KINDS = ("RSA", "EC")  # of keys; one that nobody knows here is no hindrance
_REFUSALS = (AuthlibBaseError, JoseError, ValueError, TypeError, KeyError, AttributeError)

T = TypeVar("T")


class OpenIdProvider:
    """The provider of a configuration; see openid.Provider."""

    def __init__(self, oidc: InboxOidc) -> None:
        self._oidc = oidc
        self._session = _Session()
        self._lock = threading.Lock()
        self._metadata = dict[str, Any]()
        self._keys = KeySet([])
        self._until = self._again = self._looked = -math.inf

    def address(self, errand: Errand, back: str, *, again: bool) -> str:
        client = self._client(back)
        anew = {"prompt": "login", "max_age": "0"} if again else {}
        url, _ = client.create_authorization_url(
            self._known()["authorization_endpoint"],
            state=errand.state,
            nonce=errand.nonce,
            code_verifier=errand.verifier,
            **anew,
        )
        return str(url)

    def is_issuer(self, named: str) -> bool:
        return bool(named == self._known()["issuer"])

    def claims(self, code: str, errand: Errand, back: str) -> dict[str, Any]:
        known = self._known()
        token = _asked(
            lambda: self._client(back).fetch_token(
                known["token_endpoint"],
                grant_type="authorization_code",
                code=code,
                code_verifier=errand.verifier,
            )
        )
        claims = self._checked(token, errand.nonce)
        if self._oidc.claim not in claims and known.get("userinfo_endpoint"):
            claims = {**self._more(known["userinfo_endpoint"], token, claims["sub"]), **claims}
        return claims

    def _checked(self, token: dict[str, Any], nonce: str) -> dict[str, Any]:
        registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        options: Any = {
            "iss": {"essential": True, "value": self._metadata["issuer"]},
            "aud": {"essential": True, "value": self._oidc.client_id},
        }
        params = {
            "nonce": nonce,
            "client_id": self._oidc.client_id,
            "access_token": token.get("access_token"),
        }
        try:
            try:
                decoded = jwt.decode(token["id_token"], self._keys, registry=registry)
            except InvalidKeyIdError:
                self._look_for_keys()
                decoded = jwt.decode(token["id_token"], self._keys, registry=registry)
            claims = CodeIDToken(decoded.claims, decoded.header, options, params)
            claims.validate(leeway=LEEWAY)
        except _REFUSALS as error:
            raise RefusedError(f"its ID token: {_reason(error)}") from None
        return dict(claims)

    def _more(self, url: str, token: dict[str, Any], subject: str) -> dict[str, Any]:
        """What the provider says elsewhere of the same person."""
        bearer = {"Authorization": f"Bearer {token.get('access_token', '')}"}
        found = self._fetched(url, headers=bearer)
        if found.get("sub") != subject:
            raise RefusedError("its userinfo is somebody else's")
        return found

    def _client(self, back: str) -> Any:
        ways = self._known().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        way = "client_secret_basic" if "client_secret_basic" in ways else "client_secret_post"
        return _Client(
            self._session,
            client_id=self._oidc.client_id,
            client_secret=self._oidc.client_secret,
            token_endpoint_auth_method=way if self._oidc.client_secret else "none",
            scope="openid email profile",
            redirect_uri=back,
            code_challenge_method="S256",
        )

    def _known(self) -> dict[str, Any]:
        """What the provider says of itself, with its keys fetched as well."""
        if time.monotonic() < self._until:
            return self._metadata
        # While one asks, others do not wait for long: visitors of the forms need their threads.
        if not self._lock.acquire(timeout=PATIENCE):
            raise AwayError("it has not answered yet")
        try:
            now = time.monotonic()
            if now < self._until:
                return self._metadata
            if now < self._again:
                raise AwayError("it did not answer a moment ago")
            try:
                self._metadata = self._discovered()
                self._keys = self._fetched_keys(self._metadata["jwks_uri"])
                self._until = time.monotonic() + KEPT
            finally:
                self._again = time.monotonic() + REST
            return self._metadata
        finally:
            self._lock.release()

    def _discovered(self) -> dict[str, Any]:
        issuer = self._oidc.issuer.rstrip("/")
        found = self._fetched(f"{issuer}/.well-known/openid-configuration")
        if str(found.get("issuer", "")).rstrip("/") != issuer:
            raise AwayError("it says that it is another issuer")
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        for name in (*needed, "userinfo_endpoint"):
            if (name in needed or name in found) and not _safe(found.get(name)):
                raise AwayError(f"its {name} is missing, or not encrypted")
        return found

    def _look_for_keys(self) -> None:
        """Fetch the keys again, for there is a new one."""
        with self._lock:
            if time.monotonic() - self._looked > _RENEWED:
                self._looked = time.monotonic()
                self._keys = self._fetched_keys(self._metadata["jwks_uri"])

    def _fetched_keys(self, url: str) -> KeySet:
        try:
            known = [key for key in self._fetched(url)["keys"] if key["kty"] in _KINDS]
            return KeySet.import_key_set({"keys": known})
        except _REFUSALS as error:
            raise AwayError(f"its keys: {_reason(error)}") from None

    def _fetched(self, url: str, **options: Any) -> dict[str, Any]:
        def ask() -> bytes:
            response = self._session.get(url, timeout=SECONDS, **options)
            response.raise_for_status()
            return response.content

        try:
            return msgspec.json.decode(exchange(SECONDS, ask), type=dict[str, Any])
        except (requests.RequestException, msgspec.DecodeError, ValueError) as error:
            raise AwayError(f"{quote(url, safe=':/')}: {_reason(error)}") from None


def _asked(ask: Callable[[], T]) -> T:
    try:
        return exchange(SECONDS, ask)
    except requests.RequestException as error:
        raise AwayError(f"its token endpoint: {_reason(error)}") from None
    except _REFUSALS as error:
        raise RefusedError(f"its token endpoint: {_reason(error)}") from None


def _safe(url: object) -> bool:
    return isinstance(url, str) and encrypted_or_here(url)


def _reason(error: Exception) -> str:
    """What went wrong, without anything that somebody else may have written."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"answered {error.response.status_code}"
    said = getattr(error, "error", None)
    named = f" {said}" if isinstance(said, str) and re.fullmatch("[a-z_]{1,40}", said) else ""
    claim = getattr(error, "claim", None)
    which = f" ({claim})" if isinstance(claim, str) and re.fullmatch("[a-z_,]{1,60}", claim) else ""
    return f"{type(error).__name__}{named}{which}"


class _Client(OAuth2Client):  # type: ignore[misc]
    """Authlib's client, which speaks through a session of ours."""

    client_auth_class = OAuth2ClientAuth


class _Session(Session):
    """A session whose answers have been read when it gives them, up to a limit."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        with super().send(request, **{**options, "stream": True}) as answer:
            try:
                body = read(answer.raw, LONGEST)
            except HTTPError as error:
                raise requests.ConnectionError(type(error).__name__) from None
        if len(body) >= LONGEST:
            raise requests.ConnectionError("the answer is too long")
        whole = requests.Response()
        whole.status_code, whole.url, whole.request = answer.status_code, answer.url, request
        whole.raw = io.BytesIO(body)
        return whole
