import pytest

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
        for row in providers().values():
            assert row.base_url.startswith("http://localhost:" if row.local else "https://")
            assert not row.base_url.endswith("/")

    def test_other_protocols_say_what_to_do_until_they_are_spoken(self) -> None:
        natives = {row.name for row in providers().values() if row.kind != "openai"}
        assert natives == {"anthropic", "google"}
        assert all("OpenRouter" in (providers()[name].note or "") for name in natives)

    def test_a_row_keeps_tuples(self) -> None:
        row = Provider(name="p", label="P", base_url="u", key_env=["K"])  # type: ignore[arg-type]  # as TOML gives it
        assert hash(row)
        assert row.key_env == ("K",)


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
