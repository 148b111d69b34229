"""A small provider of OpenID Connect, which can be told to say what is not so."""

import base64
import hashlib
import json
import secrets
import time
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, abort, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from werkzeug.wrappers import Response as BaseResponse

from tests.support import Site

CLIENT, SECRET = "frontdesk", "a secret of the client, 32 bytes long"


class Provider:
    """Everybody is signed in there, as `person`.

    `claims` are put in the place of those of its ID tokens (None: left out); `algorithm` and `key`
    in the place of what signs them. `elsewhere`: claims that only its userinfo has. `denies`: it
    sends everybody back with an error. `says`: in place of its own documents. `breaks`: a status
    in place of any answer of this path.
    """

    def __init__(self) -> None:
        self.person: dict[str, Any] = {"email": "eva@example.com", "email_verified": True}
        self.claims: dict[str, Any] = {}
        self.algorithm = "RS256"
        self.denies = ""
        self.elsewhere: dict[str, Any] = {}
        self.says: dict[str, Any] = {}
        self.breaks: dict[str, int] = {}
        self.asked: list[str] = []
        self.authorized: dict[str, str] = {}
        self.rotate()
        self.key = self._keys[0]
        self._codes: dict[str, dict[str, str]] = {}
        self.app = Flask("provider")
        self.app.before_request(self._note)
        for rule, view, method in (
            ("/.well-known/openid-configuration", self._discovery, "GET"),
            ("/keys", self._jwks, "GET"),
            ("/authorize", self._authorize, "GET"),
            ("/token", self._token, "POST"),
            ("/userinfo", self._userinfo, "GET"),
        ):
            self.app.add_url_rule(rule, rule, view, methods=[method])

    issuer: str = ""

    def at(self, site: Site) -> "Provider":
        """The same, once it is known where it listens."""
        self.issuer = site.url
        return self

    def rotate(self) -> None:
        """Sign with another key from now on."""
        kid = secrets.token_hex(4)
        self._keys = [RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})]
        self.key = self._keys[0]

    def _note(self) -> Response | None:
        self.asked.append(request.path)
        broken = self.breaks.get(request.path)
        return Response("<h1>no</h1>", broken) if broken else None

    def _discovery(self) -> Response:
        known = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"],
        }
        return jsonify({**known, **self.says})

    def _jwks(self) -> Response:
        odd = {"kty": "AKP", "kid": "new", "alg": "ML-DSA-65", "pub": "AA"}
        return jsonify(keys=[odd, *(key.as_dict(private=False) for key in self._keys)])

    def _authorize(self) -> BaseResponse:
        asked = self.authorized = request.args.to_dict()
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256"
        back = {"state": asked["state"]}
        if self.denies:
            back["error"] = self.denies
        else:
            back["code"] = secrets.token_urlsafe(16)
            self._codes[back["code"]] = asked
        return redirect(f"{asked['redirect_uri']}?{urlencode(back)}")

    def _token(self) -> tuple[Response, int] | Response:
        told = request.authorization
        if told is None or (told.username, told.password) != (CLIENT, SECRET):
            return jsonify(error="invalid_client"), 401
        asked = self._codes.pop(request.form["code"], None)
        digest = hashlib.sha256(request.form["code_verifier"].encode()).digest()
        proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            asked is None
            or asked["code_challenge"] != proof
            or asked["redirect_uri"] != request.form["redirect_uri"]
        ):
            return jsonify(error="invalid_grant"), 400
        access = secrets.token_urlsafe(16)
        token = self.signed({**self.own(asked.get("nonce", "")), **self.claims})
        return jsonify(access_token=access, token_type="Bearer", expires_in=60, id_token=token)

    def own(self, nonce: str) -> dict[str, Any]:
        """The claims of a token that is as it should be."""
        now = int(time.time())
        times = {"iat": now, "exp": now + 60}
        return {
            "iss": self.issuer,
            "sub": "42",
            "aud": CLIENT,
            "nonce": nonce,
            **times,
        } | self.person

    def signed(self, claims: dict[str, Any]) -> str:
        """An ID token."""
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, "kid": self._keys[0].kid}
        if self.algorithm == "none":
            parts = (json.dumps(part).encode() for part in (header, claims))
            return ".".join(base64.urlsafe_b64encode(p).decode().rstrip("=") for p in parts) + "."
        if self.algorithm == "HS256":
            return jwt.encode(header, claims, OctKey.import_key(SECRET), ["HS256"])
        return jwt.encode(header, claims, self.key)

    def _userinfo(self) -> Response:
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            abort(401)
        return jsonify({"sub": "42", **self.elsewhere})
