import pytest

from fourthwall.errors import ConfigurationError
from fourthwall.registry import Provider, canonical_provider, provider_names, providers, squash


class TestTable:
    def test_every_row_is_a_provider_of_that_name(self) -> None:
        assert {name: row.name for name, row in providers().items()} == {n: n for n in providers()}

    def test_the_table_can_not_be_changed(self) -> None:
        with pytest.raises(TypeError):
            providers()["x"] = providers()["openai"]  # type: ignore[index]  # what is tested

    def test_no_name_means_two_providers(self) -> None:
        spelled = [
            (squash(name), row.name)
            for row in providers().values()
            for name in {row.name, row.label, *row.names}
        ]
        assert len(dict(spelled)) == len(set(spelled))

    def test_a_key_is_asked_for_where_the_server_is_not_ones_own(self) -> None:
        for row in providers().values():
            assert bool(row.key_env) is not row.local, row.name

    def test_local_servers_are_reached_at_their_port(self) -> None:
        ports = {row.name: row.local_port for row in providers().values() if row.local}
        assert ports == {"ollama": 11434, "vllm": 8000, "llamacpp": 8080, "lmstudio": 1234}
        for name, port in ports.items():
            assert providers()[name].base_url == f"http://localhost:{port}/v1"

    def test_addresses_are_encrypted_and_end_without_a_slash(self) -> None:
        environ = {"AZURE_OPENAI_ENDPOINT": "https://me.openai.azure.com/"}
        for row in providers().values():
            address = row.address(environ)
            assert address.startswith("http://localhost:" if row.local else "https://")
            assert not address.endswith("/")
            assert not set("{}") & set(address)

    def test_two_speak_their_own_protocol(self) -> None:
        kinds = {row.name: row.kind for row in providers().values() if row.kind != "openai"}
        assert kinds == {"anthropic": "anthropic", "google": "gemini"}

    def test_two_have_a_second_dialect(self) -> None:
        both = {row.name for row in providers().values() if row.responses}
        assert both == {"openai", "azure"}

    def test_a_row_keeps_tuples(self) -> None:
        row = Provider(name="p", label="P", base_url="u", key_env=["K"])  # type: ignore[arg-type]  # as TOML gives it
        assert hash(row)
        assert row.key_env == ("K",)


class TestAddress:
    AZURE = providers()["azure"]
    BEDROCK = providers()["bedrock"]

    def test_what_only_the_operator_knows_comes_from_the_environment(self) -> None:
        environ = {"AZURE_OPENAI_ENDPOINT": " https://me.openai.azure.com/ "}
        assert self.AZURE.address(environ) == "https://me.openai.azure.com/openai/v1"
        assert self.AZURE.address_env == ("AZURE_OPENAI_ENDPOINT",)

    def test_a_part_may_have_a_default(self) -> None:
        host = "https://bedrock-runtime.{}.amazonaws.com/openai/v1"
        assert self.BEDROCK.address({}) == host.format("us-east-1")
        assert self.BEDROCK.address({"AWS_REGION": "eu-west-1"}) == host.format("eu-west-1")
        assert self.BEDROCK.address_env == ()

    @pytest.mark.parametrize("environ", [{}, {"AZURE_OPENAI_ENDPOINT": " "}])
    def test_a_missing_part_is_named(self, environ: dict[str, str]) -> None:
        with pytest.raises(ConfigurationError, match="needs AZURE_OPENAI_ENDPOINT") as caught:
            self.AZURE.address(environ)
        assert caught.value.remedy == (
            "Set AZURE_OPENAI_ENDPOINT in the environment, or pass a base_url."
        )

    def test_most_addresses_are_what_they_are(self) -> None:
        row = providers()["deepseek"]
        assert (row.address({}), row.address_env) == ("https://api.deepseek.com", ())


class TestCredentials:
    @pytest.mark.parametrize(
        ("name", "headers"),
        [
            ("openai", {"authorization": "Bearer k"}),
            ("azure", {"api-key": "k"}),
            ("anthropic", {"x-api-key": "k"}),
            ("google", {"x-goog-api-key": "k"}),
        ],
    )
    def test_each_wants_its_key_in_a_header(self, name: str, headers: dict[str, str]) -> None:
        assert providers()[name].credentials("k") == headers
        assert providers()[name].credentials("") == {}


class TestHabits:
    """What providers document, row by row."""

    def names(self, **habits: object) -> set[str]:
        rows = providers().values()
        return {r.name for r in rows if all(getattr(r, k) == v for k, v in habits.items())}

    def test_who_takes_reasoning_back(self) -> None:
        assert self.names(reasoning_replay_field="reasoning_content") == {
            "deepseek",
            "moonshot",
            "alibaba",
            "zai",
            "fireworks",
            "llamacpp",
            "lmstudio",
        }
        assert self.names(reasoning_replay_field="reasoning") >= {
            "openrouter",
            "cerebras",
            "ollama",
        }
        refusing = {"mistral", "groq"}  # 3051, "property ... is unsupported"
        assert refusing <= self.names(reasoning_replay_field=None)
        assert self.names(reasoning_details=True) == {"openrouter"}

    def test_who_refuses_what_it_does_not_know(self) -> None:
        assert {"mistral", "cerebras"} <= self.names(closed_schema=True)

    def test_what_tool_ids_look_like(self) -> None:
        assert self.names(tool_id="nine") == {"mistral"}
        assert "anthropic" in self.names(tool_id="word")

    def test_who_has_a_role_for_developers(self) -> None:
        assert self.names(developer_role=True) == {"openai", "azure"}

    def test_where_usage_comes_without_being_asked_for(self) -> None:
        assert self.names(stream_usage=False, kind="openai") == {"mistral"}

    def test_mistral_has_a_word_of_its_own_for_the_seed(self) -> None:
        assert {r.name: r.seed_field for r in providers().values() if r.seed_field != "seed"} == {
            "mistral": "random_seed"
        }

    def test_how_thinking_is_turned_on(self) -> None:
        assert self.names(thinking_switch="thinking_type") == {"deepseek", "moonshot", "zai"}
        assert self.names(thinking_switch="enable_thinking") == {"alibaba"}
        assert self.names(thinking_switch="reasoning") == {"openrouter"}

    def test_who_takes_no_schema(self) -> None:
        assert "deepseek" in self.names(json_schema=False)

    def test_who_sees_no_images(self) -> None:
        blind = {r.name for r in providers().values() if "image" not in r.media}
        assert blind == {"deepseek"}

    def test_which_limit_counts(self) -> None:
        # At DeepSeek max_completion_tokens is ignored without a word; Z.ai and Mistral have none.
        for name in ("deepseek", "zai", "mistral", "alibaba"):
            assert providers()[name].token_limit_field == "max_tokens"
        for name in ("openai", "moonshot"):
            assert providers()[name].token_limit_field == "max_completion_tokens"


class TestNames:
    @pytest.mark.parametrize(
        ("said", "name"),
        [
            ("Anthropic", "anthropic"),
            ("OpenAI", "openai"),
            ("open-ai", "openai"),
            ("Gemini", "google"),
            ("moonshotai", "moonshot"),
            ("Zhipu", "zai"),
            ("z-ai", "zai"),
            ("X.AI", "xai"),
            ("x-ai", "xai"),
            ("dashscope", "alibaba"),
            ("LM Studio", "lmstudio"),
            ("My Server", "my server"),
        ],
    )
    def test_any_of_its_names_gives_the_provider(self, said: str, name: str) -> None:
        assert canonical_provider(said) == name

    def test_names_are_folded_and_complete(self) -> None:
        assert provider_names()["z.ai"] == "zai"
        assert provider_names()["mistral ai"] == "mistral"
        assert set(provider_names().values()) == set(providers())
