"""How servers prove who they are, and why it is not believed."""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from frazil.errors import ConfigurationError, IndexUnreachable
from frazil.http.answers import shown
from frazil.http.failures import causes, why

if TYPE_CHECKING:
    from frazil.default_index import MachineIndex

_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
_HINT = "name its authority with SSL_CERT_FILE, or in pip's configuration (`cert`)"


class Trust:
    """Makes TLS contexts: the system's authorities, or those that pip's configuration or the environment names."""

    def __init__(self, environ: Mapping[str, str], machine: "MachineIndex | None") -> None:
        self._cert = machine.cert if machine else None
        self._client_cert = machine.client_cert if machine else None
        self._environ = environ

    def context(self, *, verified: bool) -> ssl.SSLContext:
        """Return a new context. Raises ConfigurationError for certificates that cannot be read."""
        bundle = self._cert or next((path for name in _BUNDLES if (path := self._environ.get(name))), None)
        try:
            context = _verified_by(bundle) if verified else unverified()
        except OSError as error:
            sentence = f"the certificates in {bundle} cannot be read: {why(error)}"
            raise ConfigurationError(sentence, hint=f"see {', '.join(_BUNDLES)} and pip's `cert`") from None
        if self._client_cert is not None:
            try:
                context.load_cert_chain(self._client_cert)
            except OSError as error:
                sentence = f"the client certificate {self._client_cert} cannot be read: {why(error)}"
                raise ConfigurationError(sentence, hint="see pip's `client-cert`") from None
        return context


def unverified() -> ssl.SSLContext:
    """Return a context that believes everybody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def distrusted(url: str, error: BaseException) -> IndexUnreachable | None:
    """Return the error for a certificate that is refused, or None when something else went wrong."""
    refused = (cause for cause in causes(error) if isinstance(cause, ssl.SSLCertVerificationError))
    message = next((cause.verify_message for cause in refused), None)
    if message is None:
        return None
    return IndexUnreachable(f"{shown(url)} shows a certificate that is not trusted: {message}", hint=_HINT)


def _verified_by(bundle: str | None) -> ssl.SSLContext:
    if bundle is None:
        from truststore import SSLContext  # noqa: PLC0415 - 20 ms that a named bundle spares

        return SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if Path(bundle).is_dir():
        return ssl.create_default_context(capath=bundle)
    return ssl.create_default_context(cafile=bundle)
