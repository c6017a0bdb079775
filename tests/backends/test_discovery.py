"""What is usable: keys in the environment, servers on this machine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from fourthwall.backends import (
    Found,
    HTTPBackend,
    OfflineBackend,
    _base,
    _discovery,
    backends_for,
    discover,
    usable,
)
from fourthwall.backends._discovery import list_models
from fourthwall.errors import NoBackendError
from fourthwall.intent import parse
from fourthwall.registry import LeftOutWarning, ModelCard, Registry, providers

if TYPE_CHECKING:
    from tests.backends.conftest import Upstream

GPT = ModelCard(id="gpt-5", provider="openai", hosts={"openrouter": "openai/gpt-5"}, price_in=1.0)
OLD = ModelCard(id="gpt-4", provider="openai", retires="2025-01-01", replaced_by="gpt-5")
CLAUDE = ModelCard(
    id="claude", provider="anthropic", upstream="claude-5", hosts={"openrouter": "anthropic/claude"}
)
FABLE = ModelCard(id="fable", provider="anthropic")
OSS = ModelCard(
    id="gpt-oss-120b",
    provider="openai",
    open_weights=True,
    price_in=0.1,
    hosted_only=True,
    hosts={"groq": "openai/gpt-oss-120b"},
)
LLAMA = ModelCard(id="llama-3.3-70b-instruct", provider="meta", open_weights=True, price_out=1.0)
GHOST = ModelCard(id="ghost", provider="my-company")
LATE = ModelCard(id="late", provider="openai", retires="2025-01-01", hosts={"groq": "late-1"})
CARDS = [GPT, OLD, CLAUDE, FABLE, OSS, LLAMA, GHOST, LATE]
REGISTRY = Registry(CARDS, as_of="2026-01-01")

OPENAI = Found(provider="openai", base_url=providers()["openai"].base_url, key_env="OPENAI_API_KEY")
ROUTER = Found(provider="openrouter", base_url="https://router", key_env="OPENROUTER_API_KEY")
GROQ = Found(provider="groq", base_url="https://groq", key_env="GROQ_API_KEY")
ANTHROPIC = Found(provider="anthropic", base_url="https://x", key_env="ANTHROPIC_API_KEY")


def local(*models: str, provider: str = "ollama") -> Found:
    return Found(provider=provider, base_url="http://127.0.0.1:1/v1", models=models, is_local=True)


def nobody(url: str, headers: Mapping[str, str], timeout_s: float) -> None:
    return None


class TestDiscover:
    def test_an_empty_environment_and_machine_give_nothing(self) -> None:
        assert discover({}, probe=nobody) == []

    def test_keys_are_found_by_their_variables_and_not_kept(self) -> None:
        environ = {"OPENAI_API_KEY": "sk-1", "GOOGLE_API_KEY": "g", "GROQ_API_KEY": "  "}
        found = discover(environ, probe=nobody)
        assert [(f.provider, f.key_env) for f in found] == [
            ("openai", "OPENAI_API_KEY"),
            ("google", "GOOGLE_API_KEY"),
        ]
        assert found[0] == OPENAI
        assert "sk-1" not in repr(found)

    def test_a_moved_address_is_asked_with_its_key(self) -> None:
        asked: dict[str, str | None] = {}

        def probe(url: str, headers: Mapping[str, str], timeout_s: float) -> tuple[str, ...] | None:
            asked[url] = headers.get("authorization")
            return ("mine",) if "proxy" in url else None

        environ = {"OPENAI_API_KEY": "sk-1", "OPENAI_BASE_URL": "http://proxy/v1/"}
        found = discover(environ, probe=probe)
        assert [(f.base_url, f.models) for f in found] == [("http://proxy/v1", ("mine",))]
        assert asked["http://proxy/v1/models"] == "Bearer sk-1"
        assert asked["http://127.0.0.1:11434/v1/models"] is None

    def test_local_servers_are_found_on_their_ports(self) -> None:
        def probe(url: str, headers: Mapping[str, str], timeout_s: float) -> tuple[str, ...] | None:
            return {
                "http://127.0.0.1:8000/v1/models": ("a",),
                "http://127.0.0.1:1234/v1/models": (),
            }.get(url)

        found = discover({}, probe=probe)
        assert [(f.provider, f.models, f.is_local) for f in found] == [
            ("vllm", ("a",), True),
            ("lmstudio", (), True),
        ]

    @pytest.mark.parametrize(
        ("host", "base_url"),
        [
            ("0.0.0.0:1111", "http://127.0.0.1:1111/v1"),
            ("box", "http://box:11434/v1"),
            ("https://box:2/", "https://box:2/v1"),
            ("[::1]:5", "http://[::1]:5/v1"),
            ("box:notaport", "http://127.0.0.1:11434/v1"),
        ],
    )
    def test_ollama_can_be_elsewhere(self, host: str, base_url: str) -> None:
        def probe(url: str, headers: Mapping[str, str], timeout_s: float) -> tuple[str, ...] | None:
            return () if url == f"{base_url}/models" else None

        assert [f.provider for f in discover({"OLLAMA_HOST": host}, probe=probe)] == ["ollama"]

    def test_a_server_that_dawdles_is_not_waited_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        release, waited = threading.Event(), threading.Event()
        monkeypatch.setattr(_discovery, "PROBE_TIMEOUT_S", 0.05)

        def probe(url: str, headers: Mapping[str, str], timeout_s: float) -> tuple[str, ...] | None:
            if "11434" in url:
                release.wait(5)
                waited.set()
            return ("late",) if "11434" in url else None

        assert discover({}, probe=probe) == []
        assert not waited.is_set()  # it is still being asked
        release.set()
        assert waited.wait(5)

    @pytest.mark.parametrize(
        ("environ", "asked"),
        [
            (
                {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "http://proxy"},
                ("http://proxy/v1/models?limit=1000", "x-api-key"),
            ),
            (
                {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "http://proxy/v1/"},
                ("http://proxy/v1/models?limit=1000", "x-api-key"),
            ),
            (
                {"GEMINI_API_KEY": "k", "GOOGLE_GEMINI_BASE_URL": "http://proxy"},
                ("http://proxy/v1beta/models?pageSize=1000", "x-goog-api-key"),
            ),
            (
                {"GOOGLE_API_KEY": "k", "GOOGLE_BASE_URL": "http://proxy/v1"},
                ("http://proxy/v1/models?pageSize=1000", "x-goog-api-key"),
            ),
            (
                {"AZURE_OPENAI_API_KEY": "k", "AZURE_OPENAI_BASE_URL": "http://proxy/v1"},
                ("http://proxy/v1/models", "api-key"),
            ),
        ],
    )
    def test_each_kind_is_asked_in_its_own_way(
        self, environ: dict[str, str], asked: tuple[str, str]
    ) -> None:
        seen: list[tuple[str, Mapping[str, str]]] = []

        def probe(url: str, headers: Mapping[str, str], timeout_s: float) -> tuple[str, ...] | None:
            seen.append((url, headers))
            return ("mine",) if "proxy" in url else None

        (found,) = discover(environ, probe=probe)
        assert found.models == ("mine",)
        headers = dict(seen)[asked[0]]
        assert headers[asked[1]] == "k"

    def test_a_part_of_an_address_comes_from_the_environment(self) -> None:
        environ = {
            "AZURE_OPENAI_API_KEY": "k",
            "AZURE_OPENAI_ENDPOINT": "https://me.openai.azure.com/",
            "AWS_BEARER_TOKEN_BEDROCK": "t",
            "AWS_REGION": "eu-west-1",
        }
        found = {one.provider: one.base_url for one in discover(environ, probe=nobody)}
        assert found == {
            "azure": "https://me.openai.azure.com/openai/v1",
            "bedrock": "https://bedrock-runtime.eu-west-1.amazonaws.com/openai/v1",
        }
        del environ["AWS_REGION"]
        assert "us-east-1" in discover(environ, probe=nobody)[1].base_url

    def test_a_provider_without_its_address_says_what_is_missing(self) -> None:
        found = discover({"AZURE_OPENAI_API_KEY": "k", "OPENAI_API_KEY": "k"}, probe=nobody)
        mine = ModelCard(id="mine", provider="azure", hosts={"groq": "mine"})
        ok, unusable = usable(Registry([GPT, mine]), found)
        assert list(ok) == ["gpt-5"]
        assert [one.why for one in unusable] == [
            "AZURE_OPENAI_API_KEY is set, but the address of 'azure' needs AZURE_OPENAI_ENDPOINT; "
            "else needs GROQ_API_KEY"
        ]
        _, unusable = usable(Registry([GPT, mine]), [OPENAI])
        assert (
            unusable[0].why
            == "needs AZURE_OPENAI_API_KEY with AZURE_OPENAI_ENDPOINT, or GROQ_API_KEY"
        )

    @pytest.mark.parametrize(
        ("environ", "fault"),
        [
            ({"ANTHROPIC_API_KEY": "sk “x”"}, "holds characters that no key has"),
            (
                {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "proxy:80"},
                "must begin with http:// or https://",
            ),
        ],
    )
    def test_a_malformed_key_or_address_stops_nobody_else(
        self, environ: dict[str, str], fault: str
    ) -> None:
        environ = {**environ, "OPENAI_API_KEY": "k"}
        with pytest.warns(LeftOutWarning, match=f"Anthropic is left out: .*{fault}") as caught:
            found = discover(environ, probe=nobody)
        ok, unusable = usable(REGISTRY, found)
        why = {one.card.id: one.why for one in unusable}
        assert "gpt-5" in ok
        assert why["fable"].startswith("ANTHROPIC_API_KEY is set, but ")
        assert fault in why["fable"]
        assert "“x”" not in f"{caught[0].message}{why}{found}"
        backends = backends_for(found, environ)
        assert GPT in backends
        assert FABLE not in backends

    def test_the_second_variable_will_do_where_the_first_is_malformed(self) -> None:
        (found,) = discover({"GEMINI_API_KEY": "a b", "GOOGLE_API_KEY": "k"}, probe=nobody)
        assert (found.key_env, found.fault) == ("GOOGLE_API_KEY", None)

    def test_it_looks_by_itself(self) -> None:
        # Whatever runs on this machine: the real probe answers or not, but never raises.
        assert all(found.is_local for found in discover({"OLLAMA_HOST": "127.0.0.1:9"}))


class TestListModels:
    def asked(self, upstream: Upstream, body: Any, status: int = 200) -> tuple[str, ...] | None:
        upstream.answers(lambda answer: answer.whole(status, body))
        return list_models(f"{upstream.url}/models?limit=9", {"x-api-key": "sk-1"}, 2.0)

    @pytest.mark.parametrize(
        ("body", "ids"),
        [
            ({"object": "list", "data": [{"id": "a"}, {"id": "b"}]}, ("a", "b")),
            ({"data": [{"id": "a"}]}, ("a",)),
            ({"models": [{"name": "models/a"}, {"name": "b"}]}, ("a", "b")),
            ({"models": [{"id": "a"}]}, None),
            ({"models": "a"}, None),
            ({"object": "list", "data": None}, ()),
            ({"object": "list", "data": []}, ()),
            ({"data": []}, None),
            ({"data": "a"}, None),
            ({"data": ["a"]}, None),
            ({"data": [{"name": "a"}]}, None),
            ({"status": "ok"}, None),
            (b"<html>some other server</html>", None),
            (b'"text"', None),
        ],
    )
    def test_only_a_list_of_models_counts(
        self, upstream: Upstream, body: Any, ids: tuple[str, ...] | None
    ) -> None:
        assert self.asked(upstream, body) == ids
        assert upstream.requests[0].path == "/v1/models?limit=9"
        assert upstream.requests[0].headers["x-api-key"] == "sk-1"

    def test_an_error_is_no_list(self, upstream: Upstream) -> None:
        assert self.asked(upstream, {"data": [{"id": "a"}]}, status=401) is None

    @pytest.mark.parametrize("url", ["ftp://x", "http://", "nonsense", "http://[x/v1"])
    def test_other_addresses_are_not_asked(self, url: str) -> None:
        assert list_models(url, {}, 1.0) is None

    def test_nobody_there(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
            assert list_models(url, {}, 0.2) is None


class TestUsable:
    def test_the_maker_comes_before_its_hosts(self) -> None:
        ok, _ = usable(REGISTRY, [ROUTER, OPENAI])
        assert (ok["gpt-5"].provider, ok["gpt-5"].upstream_id) == ("openai", "gpt-5")
        assert ok["gpt-5"].hosts == {"openrouter": "openai/gpt-5"}
        assert (ok["claude"].provider, ok["claude"].upstream_id) == (
            "openrouter",
            "anthropic/claude",
        )
        assert ok["claude"].hosts == {"anthropic": "claude-5"}

    def test_a_model_without_its_maker_goes_to_a_host(self) -> None:
        ok, _ = usable(REGISTRY, [OPENAI, GROQ])
        assert (ok["gpt-oss-120b"].provider, ok["gpt-oss-120b"].hosted_only) == ("groq", False)
        assert ok["late"].provider == "groq"  # retired at its maker, nothing replaces it

    def test_why_the_others_are_not(self) -> None:
        _, unusable = usable(REGISTRY, [OPENAI])
        assert {one.card.id: one.why for one in unusable} == {
            "gpt-4": "retired on 2025-01-01; asking for it gets gpt-5",
            "claude": "needs ANTHROPIC_API_KEY, or OPENROUTER_API_KEY",
            "fable": "needs ANTHROPIC_API_KEY",
            "gpt-oss-120b": "needs GROQ_API_KEY",
            "llama-3.3-70b-instruct": "needs META_API_KEY",
            "ghost": "no known provider serves it; 'my-company' needs a backend of its own",
            "late": "retired on 2025-01-01 by its maker; needs GROQ_API_KEY",
        }

    def test_a_server_that_was_asked_serves_what_it_lists(self) -> None:
        moved = Found(
            provider="openai",
            base_url="http://proxy/v1",
            key_env="OPENAI_API_KEY",
            models=("mine", "gpt-oss-120b"),
        )
        ok, unusable = usable(REGISTRY, [moved])
        assert list(ok) == ["gpt-oss-120b", "mine"]
        assert ok["mine"].price_in is None  # not on this machine: unknown, not free
        assert ok["gpt-oss-120b"].price_in == 0.1
        reasons = {one.card.id: one.why for one in unusable}
        assert reasons["gpt-5"] == "OpenAI at proxy doesn't list it"

    def test_a_retired_model_stays_with_its_replacement(self) -> None:
        ok, _ = usable(REGISTRY, [OPENAI])
        assert ok.current(ok["gpt-4"]) is ok["gpt-5"]

    def test_local_models_are_recognised_and_cost_nothing(self) -> None:
        ok, _ = usable(REGISTRY, [local("gpt-oss:120b", "meta/llama3.3:70b", "my-own:latest")])
        assert {c.id: (c.upstream, c.price_in, c.price_out) for c in ok.cards} == {
            "gpt-oss-120b": ("gpt-oss:120b", 0.0, 0.0),
            "llama-3.3-70b-instruct": ("meta/llama3.3:70b", 0.0, 0.0),
            "my-own:latest": ("my-own:latest", 0.0, 0.0),
        }

    def test_a_small_sister_is_not_the_model(self) -> None:
        ok, _ = usable(REGISTRY, [local("gpt-oss:20b")])
        assert list(ok) == ["gpt-oss:20b"]

    def test_models_that_do_not_chat_are_not_offered(self) -> None:
        others = ("nomic-embed-text:latest", "whisper-1", "tts-1-hd", "bge-m3", "gpt-image-1")
        ok, _ = usable(REGISTRY, [local("my-own", *others, "chattts-talk")])
        assert list(ok) == ["my-own", "chattts-talk"]

    def test_a_file_name_is_a_name(self) -> None:
        ok, _ = usable(REGISTRY, [local("/models/gpt-oss-120b.gguf", provider="llamacpp")])
        assert list(ok) == ["gpt-oss-120b"]

    @pytest.mark.parametrize(
        ("listed", "name", "family"),
        [
            ("qwen3:8b", None, "qwen"),
            ("llama3.2", None, "llama"),
            ("deepseek-r1:8b", None, "deepseek"),
            ("mistral:latest", "mistral", "mistral"),
            ("gpt-oss:7b", None, "gpt-oss"),
            ("hf.co/someone/Qwen2.5-3B.gguf", "Qwen2.5-3B", "qwen"),
            ("codellama:7b", None, None),
            ("gptq-model", None, None),
            ("/", None, None),
        ],
    )
    def test_what_nobody_knows_is_called_as_its_id_says(
        self, listed: str, name: str | None, family: str | None
    ) -> None:
        ok, _ = usable(Registry.default(), [local(listed)])
        assert (ok[listed].name, ok[listed].family) == (name, family)

    @pytest.mark.parametrize("listed", [("a/own", "b/own"), ("own", "own:latest")])
    def test_a_name_that_two_would_share_is_nobodys(self, listed: tuple[str, ...]) -> None:
        ok, _ = usable(REGISTRY, [local(*listed)])
        assert [card.label for card in ok.cards] == list(listed)

    def test_local_models_are_found_by_what_people_call_them(self) -> None:
        models = local("qwen3:8b", "mistral:latest", "deepseek-r1:8b", "llama3.2")
        ok, _ = usable(Registry.default(), [models])
        for said, wanted in (
            ("switch to qwen", "qwen3:8b"),
            ("use qwen 3", "qwen3:8b"),
            ("switch to mistral", "mistral:latest"),
            ("switch to deepseek", "deepseek-r1:8b"),
            ("use deepseek r1", "deepseek-r1:8b"),
            ("switch to llama", "llama3.2"),
        ):
            intent = parse(said, ok)
            assert (intent.kind, intent.target) == ("switch", ok[wanted])

    def test_of_several_that_fit_equally_none_is_guessed(self) -> None:
        ok, _ = usable(Registry.default(), [local("qwen3:8b", "qwen2.5:7b")])
        intent = parse("switch to qwen", ok)
        assert intent.kind == "ambiguous"
        assert set(intent.candidates) == set(ok.cards)

    def test_closed_weights_behind_a_local_proxy_keep_their_price(self) -> None:
        proxied = ModelCard(id="gpt-5", provider="openai", open_weights=False, price_in=1.0)
        ok, _ = usable(Registry([proxied]), [local("gpt-5")])
        assert ok["gpt-5"].price_in == 1.0

    @pytest.mark.parametrize("found", [[], [replace(ANTHROPIC, fault="it is malformed")]])
    def test_with_nothing_usable_the_registry_is_run_offline(self, found: list[Found]) -> None:
        ok, unusable = usable(REGISTRY, found)
        assert ok is REGISTRY
        assert len(unusable) == len(REGISTRY)
        backend = backends_for(found, {}).for_card(GHOST)
        assert isinstance(backend, OfflineBackend)


class TestBackendsFor:
    def test_each_gets_its_address_and_key(self) -> None:
        environ = {"OPENAI_API_KEY": "sk-1", "ANTHROPIC_API_KEY": "sk-ant"}
        backends = backends_for([OPENAI, ANTHROPIC, local("x")], environ)
        for card, kind, url in (
            (GPT, "openai", OPENAI.base_url),
            (FABLE, "anthropic", ANTHROPIC.base_url),
            (ModelCard(id="x", provider="ollama"), "openai", "http://127.0.0.1:1/v1"),
        ):
            backend = backends.for_card(card)
            assert isinstance(backend, HTTPBackend)
            assert (backend.provider.kind, backend.base_url) == (kind, url)

    def test_what_has_a_fault_is_left_out(self) -> None:
        backends = backends_for([OPENAI, replace(ANTHROPIC, fault="malformed")], {})
        assert GPT in backends
        with pytest.raises(NoBackendError):
            backends.for_card(FABLE)


class _Plugins:
    """Entry points as an installed distribution has them."""

    def __init__(self, **backends: Any) -> None:
        self.points = [_Point(name, backend) for name, backend in backends.items()]

    def __call__(self) -> list[_Point]:
        return self.points


class _Point:
    dist = None
    value = "someones.module:backend"

    def __init__(self, name: str, backend: Any) -> None:
        self.name, self._backend = name, backend

    def load(self) -> Any:
        if isinstance(self._backend, Exception):
            raise self._backend
        return self._backend


class TestPlugins:
    def test_a_broken_one_stops_nobody_else(self, monkeypatch: pytest.MonkeyPatch) -> None:
        plugins = _Plugins(acme=ImportError("no module"), good=OfflineBackend(name="good"))
        monkeypatch.setattr(_base, "_entry_points", plugins)
        with pytest.warns(LeftOutWarning, match="acme is left out: .* can't be loaded"):
            found = discover({"OPENAI_API_KEY": "k"}, probe=nobody)
        assert [(one.provider, one.fault is None) for one in found] == [
            ("openai", True),
            ("acme", False),
            ("good", True),
        ]
        road = ModelCard(id="roadrunner", provider="acme")
        fine = ModelCard(id="fine", provider="good")
        ok, unusable = usable(Registry([GPT, road, fine]), found)
        assert list(ok) == ["gpt-5", "fine"]
        assert "can't be loaded: ImportError" in unusable[0].why
        backends = backends_for(found, {})
        assert isinstance(backends.for_card(fine), OfflineBackend)
        assert road not in backends
