"""What is usable: keys in the environment, servers on this machine."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from fourthwall.backends import (
    Found,
    OfflineBackend,
    OpenAIBackend,
    _discovery,
    backends_for,
    discover,
    usable,
)
from fourthwall.backends._discovery import list_models
from fourthwall.errors import NoBackendError
from fourthwall.intent import parse
from fourthwall.registry import ModelCard, Registry, providers

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


def nobody(base_url: str, api_key: str, timeout_s: float) -> None:
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
        asked: dict[str, str] = {}

        def probe(base_url: str, api_key: str, timeout_s: float) -> tuple[str, ...] | None:
            asked[base_url] = api_key
            return ("mine",) if "proxy" in base_url else None

        environ = {"OPENAI_API_KEY": "sk-1", "OPENAI_BASE_URL": "http://proxy/v1/"}
        found = discover(environ, probe=probe)
        assert [(f.base_url, f.models) for f in found] == [("http://proxy/v1", ("mine",))]
        assert asked["http://proxy/v1"] == "sk-1"
        assert asked["http://127.0.0.1:11434/v1"] == ""

    def test_local_servers_are_found_on_their_ports(self) -> None:
        def probe(base_url: str, api_key: str, timeout_s: float) -> tuple[str, ...] | None:
            return {"http://127.0.0.1:8000/v1": ("a",), "http://127.0.0.1:1234/v1": ()}.get(
                base_url
            )

        found = discover({}, probe=probe)
        assert [(f.provider, f.models, f.is_local) for f in found] == [
            ("vllm", ("a",), True),
            ("lmstudio", (), True),
        ]

    @pytest.mark.parametrize(
        ("host", "url"),
        [
            ("0.0.0.0:1111", "http://127.0.0.1:1111/v1"),
            ("box", "http://box:11434/v1"),
            ("https://box:2/", "https://box:2/v1"),
            ("[::1]:5", "http://[::1]:5/v1"),
            ("box:notaport", "http://127.0.0.1:11434/v1"),
        ],
    )
    def test_ollama_can_be_elsewhere(self, host: str, url: str) -> None:
        def probe(base_url: str, api_key: str, timeout_s: float) -> tuple[str, ...] | None:
            return () if base_url == url else None

        assert [f.provider for f in discover({"OLLAMA_HOST": host}, probe=probe)] == ["ollama"]

    def test_a_server_that_dawdles_is_not_waited_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        release, waited = threading.Event(), threading.Event()
        monkeypatch.setattr(_discovery, "PROBE_TIMEOUT_S", 0.05)

        def probe(base_url: str, api_key: str, timeout_s: float) -> tuple[str, ...] | None:
            if "11434" in base_url:
                release.wait(5)
                waited.set()
            return ("late",) if "11434" in base_url else None

        assert discover({}, probe=probe) == []
        assert not waited.is_set()  # it is still being asked
        release.set()
        assert waited.wait(5)

    def test_it_looks_by_itself(self) -> None:
        # Whatever runs on this machine: the real probe answers or not, but never raises.
        assert all(found.is_local for found in discover({"OLLAMA_HOST": "127.0.0.1:9"}))


class TestListModels:
    def asked(self, upstream: Upstream, body: Any, status: int = 200) -> tuple[str, ...] | None:
        upstream.answers(lambda answer: answer.whole(status, body))
        return list_models(upstream.url, "sk-1", 2.0)

    @pytest.mark.parametrize(
        ("body", "ids"),
        [
            ({"object": "list", "data": [{"id": "a"}, {"id": "b"}]}, ("a", "b")),
            ({"data": [{"id": "a"}]}, ("a",)),
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
        assert upstream.requests[0].path == "/v1/models"
        assert upstream.requests[0].headers["authorization"] == "Bearer sk-1"

    def test_an_error_is_no_list(self, upstream: Upstream) -> None:
        assert self.asked(upstream, {"data": [{"id": "a"}]}, status=401) is None

    def test_no_key_is_sent_where_there_is_none(self, upstream: Upstream) -> None:
        list_models(upstream.url, "", 2.0)
        assert "authorization" not in upstream.requests[0].headers

    @pytest.mark.parametrize("url", ["ftp://x", "http://", "nonsense"])
    def test_other_addresses_are_not_asked(self, url: str) -> None:
        assert list_models(url, "", 1.0) is None

    def test_nobody_there(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
            assert list_models(url, "", 0.2) is None


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
        _, unusable = usable(REGISTRY, [OPENAI, ANTHROPIC])
        assert {one.card.id: one.why for one in unusable} == {
            "gpt-4": "retired on 2025-01-01; asking for it gets gpt-5",
            "claude": "Anthropic's own API comes in a later release; "
            "reachable with OPENROUTER_API_KEY",
            "fable": "Anthropic's own API comes in a later release",
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

    @pytest.mark.parametrize("found", [[], [ANTHROPIC]])
    def test_with_nothing_usable_the_registry_is_run_offline(self, found: list[Found]) -> None:
        ok, unusable = usable(REGISTRY, found)
        assert ok is REGISTRY
        assert len(unusable) == len(REGISTRY)
        backend = backends_for(found, {}).for_card(GHOST)
        assert isinstance(backend, OfflineBackend)


class TestBackendsFor:
    def test_each_gets_its_address_and_key(self) -> None:
        backends = backends_for([OPENAI, ANTHROPIC, local("x")], {"OPENAI_API_KEY": "sk-1"})
        openai = backends.for_card(GPT)
        assert isinstance(openai, OpenAIBackend)
        assert openai.base_url == OPENAI.base_url
        ollama = backends.for_card(ModelCard(id="x", provider="ollama"))
        assert isinstance(ollama, OpenAIBackend)
        assert ollama.base_url == "http://127.0.0.1:1/v1"
        with pytest.raises(NoBackendError):
            backends.for_card(FABLE)
