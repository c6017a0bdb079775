"""What is usable right now: API keys in the environment, servers on this machine, plug-ins.

`discover` looks, once, when it is asked to; `usable` then says by pure computation which models
that makes usable, through whom, and why the others aren't.  Keys are never kept: a `Found` names
the variable.  What is found and can't be used (a malformed key, a broken plug-in) is left out and
says why; it takes nothing else down with it.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import queue
import re
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from fourthwall.backends._base import Backend, Backends, load_plugin, plugin_providers
from fourthwall.backends._offline import OfflineBackend
from fourthwall.errors import FourthwallError
from fourthwall.registry import LeftOutWarning, ModelCard, Provider, Registry, providers

__all__ = ["Found", "Unusable", "backends_for", "discover", "list_models", "usable"]

PROBE_TIMEOUT_S: Final = 0.3
_MAX_LIST_BYTES: Final = 4 * 1024 * 1024

Environ: TypeAlias = Mapping[str, str]
Probe: TypeAlias = Callable[[str, Mapping[str, str], float], tuple[str, ...] | None]
"""``probe(url, headers, timeout_s)`` gives the ids that a server lists there; None if it lists no
models."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A provider that can be reached, or could be if it were set up right.

    Attributes:
        provider: its name.
        base_url: where its API begins; empty for a plug-in, which knows that itself.
        key_env: the environment variable that holds its key; None if it needs none.
        models: the ids that it lists; None where it wasn't asked, and is taken to serve what the
            catalogue says.
        is_local: whether it runs on this machine, where tokens cost nothing.
        is_plugin: whether an installed distribution brings the backend (entry point
            ``fourthwall.backends``).
        fault: why it can't be used, for a person; None if it can.
        backend: the plug-in's backend.
    """

    provider: str
    base_url: str = ""
    key_env: str | None = None
    models: tuple[str, ...] | None = None
    is_local: bool = False
    is_plugin: bool = False
    fault: str | None = None
    backend: Backend | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Unusable:
    """A model that can't be used right now, and why: a sentence for a person."""

    card: ModelCard
    why: str


def discover(environ: Environ, *, probe: Probe | None = None) -> list[Found]:
    """Look for API keys in the environment, servers on their usual local ports, and plug-ins.

    ``OPENAI_BASE_URL`` moves OpenAI's address, and so for the other providers; such a server is
    asked for its models, because it may be anybody's.  ``OLLAMA_HOST`` moves Ollama.  All servers
    are asked at the same time and have 0.3 seconds.

    Args:
        environ: the environment, for example `os.environ`.
        probe: asks a server for its models; `list_models` if left out.

    Returns:
        Providers with a key first, then local servers, each in the order of the provider list;
        then plug-ins for other providers, by name.  One that can't be used has a `Found.fault`.

    Warns:
        LeftOutWarning: a key or an address is malformed, or a plug-in can't be loaded.
    """
    rows = providers()
    keyed = [found for row in rows.values() for found in _keyed(row, environ)]
    local = [_local(row, environ) for row in rows.values() if row.local]
    asked = [found for found in keyed if found.fault is None and _is_moved(found, environ)]
    lists = _ask_all([_question(one, environ) for one in (*asked, *local)], probe or list_models)
    listed = dict(zip((*asked, *local), lists, strict=True))
    found = [replace(one, models=listed.get(one)) for one in keyed]
    found += [replace(one, models=listed[one]) for one in local if listed[one] is not None]
    # What was set up for a provider comes before a plug-in for it, as in `Backends`.
    set_up = {one.provider for one in found if one.fault is None}
    return [*found, *(_plugin(name) for name in plugin_providers() if name not in set_up)]


def _keyed(row: Provider, environ: Environ) -> Iterator[Found]:
    """Give a provider with a key: the first that can be used, or else the first at all."""
    ones = [_with_key(row, name, environ) for name in row.key_env if environ.get(name, "").strip()]
    if ones:
        one = next((one for one in ones if one.fault is None), ones[0])
        if one.fault is not None and one.base_url:
            _warn(row.label, one.fault)
        yield one


def _with_key(row: Provider, name: str, environ: Environ) -> Found:
    from fourthwall.backends._http import HTTPBackend

    found = Found(provider=row.name, key_env=name)
    try:
        found = replace(found, base_url=_moved_to(row, name, environ) or row.address(environ))
        HTTPBackend(row.name, base_url=found.base_url, api_key=environ[name])
    except FourthwallError as error:
        return replace(found, fault=f"{name} is set, but {error.message}")
    return found


def _moved_to(row: Provider, key_name: str, environ: Environ) -> str:
    """Return the address that the environment gives a provider; ``""`` if it gives none."""
    names = [*row.url_env]
    if key_name.endswith("_API_KEY"):
        names.append(f"{key_name.removesuffix('_API_KEY')}_BASE_URL")
    urls = (environ.get(name, "").strip().rstrip("/") for name in names)
    url = next((url for url in urls if url), "")
    # Google's own tools write the address without the version of the API.
    is_bare = bool(url) and row.kind == "gemini" and not _VERSION.search(url)
    return f"{url}/v1beta" if is_bare else url


_VERSION: Final = re.compile(r"/v\d+(?:alpha|beta)?\d*$")


def _is_moved(found: Found, environ: Environ) -> bool:
    row = providers()[found.provider]
    moved = _moved_to(row, found.key_env or "", environ)
    return bool(moved) and moved != row.base_url


def _plugin(name: str) -> Found:
    try:
        return Found(provider=name, is_plugin=True, backend=load_plugin(name))
    except FourthwallError as error:
        _warn(name, error.message)
        return Found(provider=name, is_plugin=True, fault=error.message)


def _warn(who: str, why: str) -> None:
    # whoever called `discover`
    warnings.warn(f"{who} is left out: {why}", LeftOutWarning, stacklevel=5)


def _local(row: Provider, environ: Environ) -> Found:
    url = f"http://127.0.0.1:{row.local_port}/v1"
    moved = environ.get("OLLAMA_HOST", "").strip() if row.name == "ollama" else ""
    if moved:
        url = _ollama_url(moved, row.local_port)
    return Found(provider=row.name, base_url=url, is_local=True)


def _ollama_url(host: str, usual_port: int | None) -> str:
    """Read ``OLLAMA_HOST``: a URL, a host or a host with a port; 0.0.0.0 means every interface."""
    with contextlib.suppress(ValueError):
        parts = urlsplit(host if "//" in host else f"//{host}", scheme="http")
        name = "127.0.0.1" if parts.hostname in (None, "0.0.0.0", "::") else parts.hostname  # noqa: S104 - compared, not bound
        shown = f"[{name}]" if ":" in str(name) else name
        return f"{parts.scheme}://{shown}:{parts.port or usual_port}/v1"
    return f"http://127.0.0.1:{usual_port}/v1"


_Question: TypeAlias = tuple[str, Mapping[str, str]]


def _question(found: Found, environ: Environ) -> _Question:
    """Return where a server lists its models and what it wants to see, each kind in its way."""
    row = providers()[found.provider]
    key = environ.get(found.key_env, "").strip() if found.key_env else ""
    headers = {"accept": "application/json", **row.headers, **row.credentials(key)}
    base_url, path = found.base_url, _LISTS[row.kind]
    if base_url.endswith("/v1"):
        path = path.removeprefix("/v1")
    return f"{base_url}{path}", headers


_LISTS: Final[Mapping[str, str]] = {
    "openai": "/models",
    "anthropic": "/v1/models?limit=1000",
    "gemini": "/models?pageSize=1000",
}


def _ask_all(questions: Sequence[_Question], probe: Probe) -> list[tuple[str, ...] | None]:
    """Ask all servers at once; one that hasn't answered in time isn't there."""
    answers: queue.SimpleQueue[tuple[int, tuple[str, ...] | None]] = queue.SimpleQueue()

    def ask(number: int, url: str, headers: Mapping[str, str]) -> None:
        answers.put((number, probe(url, headers, PROBE_TIMEOUT_S)))

    for number, question in enumerate(questions):
        name = "fourthwall-probe"
        threading.Thread(target=ask, args=(number, *question), name=name, daemon=True).start()
    lists: list[tuple[str, ...] | None] = [None] * len(questions)
    until_s = time.monotonic() + PROBE_TIMEOUT_S
    with contextlib.suppress(queue.Empty):
        for _ in questions:
            number, models = answers.get(timeout=max(0.0, until_s - time.monotonic()))
            lists[number] = models
    return lists


def list_models(url: str, headers: Mapping[str, str], timeout_s: float) -> tuple[str, ...] | None:
    """Ask a server for its models; None if it isn't there, or lists none.

    Ports like 8000 and 8080 often belong to something else, so the answer must really be a list
    of models.  The standard library's client does: it loads faster than the list comes.
    """
    kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    try:
        parts = urlsplit(url)
        if parts.scheme not in kinds or not parts.hostname:
            return None
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection = kinds[parts.scheme](parts.hostname, parts.port, timeout=timeout_s)
        with contextlib.closing(connection):
            connection.request("GET", target, headers=dict(headers))
            with connection.getresponse() as response:
                body = response.read(_MAX_LIST_BYTES) if response.status == 200 else b""
        return _ids(json.loads(body))
    except (OSError, http.client.HTTPException, ValueError, RecursionError):
        return None


def _ids(answer: Any) -> tuple[str, ...] | None:
    """Return the ids of a models list; None for anything else.  An empty list may be null."""
    if not isinstance(answer, Mapping):
        return None
    if isinstance(answer.get("models"), list):  # Google's
        rows, name = answer["models"], "name"
    elif "data" in answer:
        rows, name = answer["data"] or [], "id"
        if answer.get("object") != "list" and not rows:
            return None
    else:
        return None
    if not isinstance(rows, list) or not all(isinstance(r, Mapping) for r in rows):
        return None
    ids = [row.get(name) for row in rows]
    if not all(isinstance(i, str) and i for i in ids):
        return None
    return tuple(i.removeprefix("models/") for i in ids)


def backends_for(found: Sequence[Found], environ: Environ) -> Backends:
    """Return backends for what was found; with nothing usable, everything runs offline.

    Args:
        found: from `discover`; what has a fault is left out.
        environ: the same environment; holds the keys.
    """
    from fourthwall.backends._http import HTTPBackend

    backends: dict[str, Backend] = {}
    for one in _sound(found):
        if one.backend is not None:
            backends[one.provider] = one.backend
        elif not one.is_plugin:
            key = environ.get(one.key_env, "") if one.key_env else ""
            backends[one.provider] = HTTPBackend(one.provider, base_url=one.base_url, api_key=key)
    # The plug-ins are among what was found: a broken one isn't tried again.
    return Backends(backends, default=None if backends else OfflineBackend(), plugins=False)


def _sound(found: Iterable[Found]) -> list[Found]:
    return [one for one in found if one.fault is None]


def usable(registry: Registry, found: Sequence[Found]) -> tuple[Registry, list[Unusable]]:
    """Say which models can be used, through whom, and why the others can't.

    Args:
        registry: the catalogue.
        found: from `discover`.

    Returns:
        A registry of the usable models and why each of the others isn't usable.  The cards'
        `provider` and `upstream` say who serves them: the maker itself if it can be reached,
        else the first of its hosts, else a local server that lists them.  Models that a local
        server lists and the catalogue doesn't know get a card of their own, at a price of 0.0: on
        one's own machine that is a fact.  A retired model stays if its replacement is usable.

        Where nothing is usable the registry comes back as it is, to be run offline.
    """
    sound = _sound(found)
    listed = list(_listed(registry, sound))
    served: dict[str, ModelCard] = {}
    for card in registry.cards:
        if (one := _served(registry, card, sound, listed)) is not None:
            served[card.id] = one
    unusable = [
        Unusable(card, _why(registry, card, found))
        for card in registry.cards
        if card.id not in served
    ]
    for one in _unknown(registry, listed):
        served.setdefault(one.id, one)
    if not served:
        return registry, unusable
    kept = [c.id for c in registry.cards if registry.current(c).id in served]
    merged = registry.with_cards(served.values()).restricted([*served, *kept])
    return merged, unusable


_Listed: TypeAlias = tuple[Found, str, ModelCard | None]


def _listed(registry: Registry, found: Sequence[Found]) -> Iterator[_Listed]:
    """Give every model that a server lists, with the card that it is, if it is one."""
    for one in found:
        for listed_id in one.models or ():
            names = (name for name in _spellings(listed_id) if name in registry)
            name = next(names, None)
            yield one, listed_id, registry[name] if name else None


def _spellings(listed_id: str) -> Iterator[str]:
    """Give the names that a server's id may stand for, the surest first.

    A tag like ``:8b`` is never dropped: the small sister of a model isn't that model.
    """
    bare = _bare(listed_id)
    for name in (listed_id, bare, bare.replace(":", "-")):
        yield name
        yield f"{name}-instruct"


def _bare(listed_id: str) -> str:
    """Return an id without folders, file ending and the tag that says nothing."""
    bare = listed_id.rsplit("/", 1)[-1].removesuffix(".gguf").removesuffix(":latest")
    return bare or listed_id


def _served(
    registry: Registry, card: ModelCard, found: Sequence[Found], listed: Sequence[_Listed]
) -> ModelCard | None:
    """Return the card as it is served by the first that does; None if nobody does."""
    if registry.current(card) is not card:
        return None
    by_name = {one.provider: one for one in found}
    for provider, name in _routes(registry, card):
        one = by_name.get(provider)
        if one is not None and (one.models is None or name in one.models):
            return _moved(card, provider, name)
    for one, listed_id, known in listed:
        if known is card:
            free = one.is_local and card.open_weights is not False
            return _moved(card, one.provider, listed_id, **(_FREE if free else {}))
    return None


def _routes(registry: Registry, card: ModelCard) -> list[tuple[str, str]]:
    """Return where a model can be asked for; no longer at its maker once that has retired it."""
    gone = card.provider if registry.is_retired(card) else None
    return [route for route in card.routes if route[0] != gone]


_FREE: Final[Mapping[str, Any]] = {"price_in": 0.0, "price_cached_in": 0.0, "price_out": 0.0}


def _moved(card: ModelCard, provider: str, name: str, **facts: Any) -> ModelCard:
    """Return the card as served by a provider under a name."""
    hosts = {host: alias for host, alias in card.routes if host != provider}
    return replace(card, provider=provider, upstream=name, hosts=hosts, hosted_only=False, **facts)


_OTHER_TASKS = re.compile(
    r"embed|rerank|whisper|transcribe|moderation|dall-e|stable-diffusion"
    r"|(?:^|[-_/])(?:tts|stt|asr|bge|e5|image)(?:[-_:]|$)",
    re.IGNORECASE,
)


def _unknown(registry: Registry, listed: Iterable[_Listed]) -> Iterator[ModelCard]:
    """Make cards for listed models that the catalogue doesn't know.

    They are called as their id says, and belong to the family of the catalogue that it begins
    with.  A family that several of them would share is left out: none of them is its default,
    so its bare name has to mean all of them alike, by the words of their ids.  Models that embed,
    rank, draw or hear instead of chatting are left out; a list doesn't say which they are, so
    their names have to.
    """
    rows = [
        (one, listed_id)
        for one, listed_id, known in listed
        if known is None and _OTHER_TASKS.search(listed_id) is None
    ]
    families = _families(registry)
    family_of = {i: _family_of(_bare(i), families) for _, i in rows}
    bearers = Counter(family_of.values())
    names = Counter(map(_bare, family_of))
    for one, listed_id in rows:
        family, name = family_of[listed_id], _bare(listed_id)
        yield ModelCard(
            id=listed_id,
            provider=one.provider,
            upstream=listed_id,
            name=name if names[name] == 1 and name != listed_id else None,
            family=family if bearers[family] == 1 else None,
            **(_FREE if one.is_local else {}),
        )


def _families(registry: Registry) -> list[str]:
    """Return the families of the catalogue, the longest name first: "gpt-oss" before "gpt"."""
    families = {card.family for card in registry.cards if card.family}
    return sorted(families, key=lambda family: (-len(family), family))


def _family_of(name: str, families: Iterable[str]) -> str | None:
    """Return the family that a name begins with; "qwen3" does, "gptq" is a word of its own."""
    low = name.casefold()
    for family in families:
        if low.startswith(family.casefold()) and not low[len(family) : len(family) + 1].isalpha():
            return family
    return None


def _why(registry: Registry, card: ModelCard, found: Sequence[Found]) -> str:
    """Say in a sentence what is missing."""
    rows = providers()
    current = registry.current(card)
    if current is not card:
        return f"retired on {card.retires}; asking for it gets {current.id}"
    names = [name for name, _ in _routes(registry, card)]
    reached = {one.provider: one for one in _sound(found)}
    for name in names:
        if name in reached and name in rows:
            host = urlsplit(reached[name].base_url).hostname
            return f"{rows[name].label} at {host} doesn't list it"
    faults = {one.provider: one.fault for one in found if one.fault is not None}
    lacks = [_needs(rows[n]) for n in names if n in rows and rows[n].key_env and n not in faults]
    needs = f"needs {', or '.join(lacks)}" if lacks else ""
    if fault := next((faults[name] for name in names if name in faults), None):
        return f"{fault}; else {needs}" if needs else fault
    if needs:
        retired = f"retired on {card.retires} by its maker; " if registry.is_retired(card) else ""
        return f"{retired}{needs}"
    return f"no known provider serves it; {card.provider!r} needs a backend of its own"


def _needs(row: Provider) -> str:
    """Return the variables that make a provider usable."""
    return " with ".join([row.key_env[0], *row.address_env])
