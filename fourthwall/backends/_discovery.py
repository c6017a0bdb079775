"""What is usable right now: API keys in the environment, servers on this machine, plug-ins.

`discover` looks, once, when it is asked to; `usable` then says by pure computation which models
that makes usable, through whom, and why the others aren't.  Keys are never kept: a `Found` names
the variable.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import queue
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from fourthwall.backends._base import Backend, Backends, load_plugin, plugin_providers
from fourthwall.backends._offline import OfflineBackend
from fourthwall.registry import ModelCard, Provider, Registry, providers

__all__ = ["Found", "Unusable", "backends_for", "discover", "list_models", "usable"]

PROBE_TIMEOUT_S: Final = 0.3
_MAX_LIST_BYTES: Final = 4 * 1024 * 1024

Environ: TypeAlias = Mapping[str, str]
Probe: TypeAlias = Callable[[str, str, float], tuple[str, ...] | None]
"""``probe(base_url, api_key, timeout_s)`` gives the ids that a server lists; None if there is no
OpenAI-compatible server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A provider that can be reached.

    Attributes:
        provider: its name.
        base_url: where its API begins; empty for a plug-in, which knows that itself.
        key_env: the environment variable that holds its key; None if it needs none.
        models: the ids that it lists; None where it wasn't asked, and is taken to serve what the
            catalogue says.
        is_local: whether it runs on this machine, where tokens cost nothing.
        is_plugin: whether an installed distribution brings the backend (entry point
            ``fourthwall.backends``).
    """

    provider: str
    base_url: str = ""
    key_env: str | None = None
    models: tuple[str, ...] | None = None
    is_local: bool = False
    is_plugin: bool = False


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
        then plug-ins for other providers, by name.
    """
    keyed = [found for row in providers().values() for found in _keyed(row, environ)]
    local = [_local(row, environ) for row in providers().values() if row.local]
    moved = [f for f in keyed if f.base_url != providers()[f.provider].base_url]
    keys = {f.base_url: environ[f.key_env] for f in moved if f.key_env}
    urls = dict.fromkeys([*(f.base_url for f in moved), *(f.base_url for f in local)])
    lists = _ask_all(urls, keys, probe or list_models)
    found = [
        *(replace(f, models=lists.get(f.base_url)) for f in keyed),
        *(replace(f, models=lists[f.base_url]) for f in local if f.base_url in lists),
    ]
    # What was set up for a provider comes before a plug-in for it, as in `Backends`.
    set_up = {one.provider for one in found if _is_spoken(one)}
    plugins = [name for name in plugin_providers() if name not in set_up]
    return [*found, *(Found(provider=name, is_plugin=True) for name in plugins)]


def _keyed(row: Provider, environ: Environ) -> Iterator[Found]:
    for name in row.key_env:
        if environ.get(name, "").strip():
            moved = environ.get(f"{name.removesuffix('_API_KEY')}_BASE_URL", "").strip()
            url = (moved or row.base_url).rstrip("/")
            yield Found(provider=row.name, base_url=url, key_env=name)
            return


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


def _ask_all(
    urls: Iterable[str], keys: Mapping[str, str], probe: Probe
) -> dict[str, tuple[str, ...]]:
    """Ask all servers at once; one that hasn't answered in time isn't there."""
    answers: queue.SimpleQueue[tuple[str, tuple[str, ...] | None]] = queue.SimpleQueue()

    def ask(url: str) -> None:
        answers.put((url, probe(url, keys.get(url, ""), PROBE_TIMEOUT_S)))

    waiting = list(urls)
    for url in waiting:
        threading.Thread(target=ask, args=(url,), name="fourthwall-probe", daemon=True).start()
    found = {}
    until_s = time.monotonic() + PROBE_TIMEOUT_S
    with contextlib.suppress(queue.Empty):
        for _ in waiting:
            url, models = answers.get(timeout=max(0.0, until_s - time.monotonic()))
            if models is not None:
                found[url] = models
    return found


def list_models(base_url: str, api_key: str, timeout_s: float) -> tuple[str, ...] | None:
    """Ask a server for its models; None if there is none, or it isn't OpenAI-compatible.

    Ports like 8000 and 8080 often belong to something else, so the answer must really be a list
    of models.  The standard library's client does: it loads faster than the list comes.
    """
    parts = urlsplit(base_url)
    kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    if parts.scheme not in kinds or not parts.hostname:
        return None
    headers = {"accept": "application/json"}
    if api_key:
        headers["authorization"] = f"Bearer {api_key}"
    try:
        connection = kinds[parts.scheme](parts.hostname, parts.port, timeout=timeout_s)
        with contextlib.closing(connection):
            connection.request("GET", f"{parts.path}/models", headers=headers)
            with connection.getresponse() as response:
                body = response.read(_MAX_LIST_BYTES) if response.status == 200 else b""
        return _ids(json.loads(body))
    except (OSError, http.client.HTTPException, ValueError, RecursionError):
        return None


def _ids(answer: Any) -> tuple[str, ...] | None:
    """Return the ids of a models list; None for anything else.  An empty list may be null."""
    if not isinstance(answer, Mapping) or "data" not in answer:
        return None
    rows = answer["data"] or []
    if answer.get("object") != "list" and not rows:
        return None
    if not isinstance(rows, list) or not all(isinstance(r, Mapping) for r in rows):
        return None
    ids = [row.get("id") for row in rows]
    return tuple(ids) if all(isinstance(i, str) and i for i in ids) else None


def backends_for(found: Sequence[Found], environ: Environ) -> Backends:
    """Return backends for what was found; with nothing found, everything runs offline.

    Args:
        found: from `discover`.
        environ: the same environment; holds the keys.

    Raises:
        ConfigurationError: a plug-in can't be loaded.
    """
    from fourthwall.backends._openai import OpenAIBackend

    backends: dict[str, Backend] = {}
    for one in found:
        if one.is_plugin:
            if (plugin := load_plugin(one.provider)) is not None:
                backends[one.provider] = plugin
        elif _is_spoken(one):
            key = environ.get(one.key_env, "") if one.key_env else ""
            backends[one.provider] = OpenAIBackend(one.provider, base_url=one.base_url, api_key=key)
    return Backends(backends, default=None if backends else OfflineBackend())


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
    spoken = [one for one in found if _is_spoken(one)]
    listed = list(_listed(registry, spoken))
    served: dict[str, ModelCard] = {}
    for card in registry.cards:
        if (one := _served(registry, card, spoken, listed)) is not None:
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


def _is_spoken(found: Found) -> bool:
    return found.is_plugin or providers()[found.provider].kind == "openai"


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
    reached = {one.provider: one for one in found if _is_spoken(one)}
    names = [name for name, _ in _routes(registry, card) if name in rows]
    for name in names:
        if name in reached:
            host = urlsplit(reached[name].base_url).hostname
            return f"{rows[name].label} at {host} doesn't list it"
    keys = [rows[n].key_env[0] for n in names if rows[n].kind == "openai" and rows[n].key_env]
    foreign = next((rows[n] for n in names if rows[n].kind != "openai"), None)
    needs = ", or ".join(keys)
    if foreign is not None:
        later = f"{foreign.label}'s own API comes in a later release"
        return f"{later}; reachable with {needs}" if needs else later
    if needs:
        retired = f"retired on {card.retires} by its maker; " if registry.is_retired(card) else ""
        return f"{retired}needs {needs}"
    return f"no known provider serves it; {card.provider!r} needs a backend of its own"
