"""``fourthwall models refresh``: fetch today's facts.  Nothing else ever fetches a catalogue."""

from __future__ import annotations

import json
from typing import Any, Final

import click

from fourthwall.cli._options import examples
from fourthwall.cli._text import count
from fourthwall.errors import ConnectionFailedError, RequestError, UpstreamProtocolError
from fourthwall.registry import refresh_catalogue

__all__ = ["refresh"]

SOURCE: Final = "https://models.dev/api.json"
_TIMEOUT_S: Final = 20.0
_MOST_BYTES: Final = 64 * 1024 * 1024
_ELSEWHERE: Final = "Try again later, or give another address with --url."


@click.command(
    "refresh",
    short_help="Fetch today's models and prices.",
    epilog=examples("fourthwall models refresh"),
)
@click.option("--url", default=SOURCE, show_default=True, help="Where the catalogue is.")
def refresh(url: str) -> None:
    """Fetch the models and prices of today and lay them over the packaged catalogue.

    This is the only command that fetches a catalogue, and it never happens by itself.
    """
    report = refresh_catalogue(_fetch(url))
    for what in ("added", "changed", "removed"):
        ids = getattr(report, what)
        names = f": {', '.join(ids)}" if ids else ""
        click.echo(f"{count(len(ids), 'model')} {what}{names}")
    click.echo(f"written to {report.path}")


def _fetch(url: str) -> Any:
    """Return the JSON at an address.

    Raises:
        RequestError: that is no address.
        ConnectionFailedError: nothing was reached.
        UpstreamProtocolError: something else than JSON is there.
    """
    try:
        return json.loads(_body(url))
    except (ValueError, RecursionError):
        raise UpstreamProtocolError(f"{url} isn't JSON", remedy=_ELSEWHERE) from None


def _body(url: str) -> bytes:
    import httpx

    body = bytearray()
    try:
        with httpx.stream("GET", url, timeout=_TIMEOUT_S, follow_redirects=True) as response:
            if response.status_code != httpx.codes.OK:
                raise UpstreamProtocolError(
                    f"{url} answered HTTP {response.status_code}",
                    remedy=_ELSEWHERE,
                    status=response.status_code,
                )
            for block in response.iter_bytes():
                body += block
                if len(body) > _MOST_BYTES:
                    raise UpstreamProtocolError(f"{url} is too large", remedy=_ELSEWHERE)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise RequestError(
            f"{url!r} is no address: {error}", param="url", remedy="Give one of http or https."
        ) from None
    except httpx.HTTPError as error:
        raise ConnectionFailedError(
            f"{url} can't be reached: {str(error) or type(error).__name__}",
            remedy=f"Check the network. {_ELSEWHERE}",
        ) from error
    return bytes(body)
