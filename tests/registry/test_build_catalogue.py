import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from fourthwall.registry import Registry
from fourthwall.registry import build_catalogue as module
from fourthwall.registry._packaged import packaged, packaged_catalogue
from fourthwall.registry.build_catalogue import gathered, main, written

API: dict[str, dict[str, Any]] = {
    "openai": {
        "id": "openai",
        "models": {
            "gpt-5": {"id": "gpt-5", "name": "GPT-5", "limit": {"context": 400000, "output": 1}}
        },
    }
}
PROFILES = '''"""Generated."""
from typing import Any

_PROFILES: dict[str, dict[str, Any]] = {
    "gpt-5": {
        "name": "GPT 5",
        "release_date": "2025-08-07",
        "max_input_tokens": 272000,
        "max_output_tokens": 128000,
        "text_inputs": True,
        "image_inputs": True,
        "text_outputs": True,
        "temperature": False,
    }
}
'''
PI: dict[str, dict[str, Any]] = {
    "openai-responses": {
        "chat:gpt-5": {
            "type": "chat",
            "id": "gpt-5",
            "name": "GPT-5",
            "provider": "openai",
            "reasoning": True,
            "input": ["text", "image"],
            "cost": {"input": 1.25, "output": 10, "cacheRead": 0.125},
            "contextWindow": 272000,
            "maxTokens": 128000,
        },
        "classifier:gpt-5": {"type": "classifier", "id": "gpt-5"},
    }
}


@pytest.fixture
def sources(tmp_path: Path) -> list[str]:
    (tmp_path / "api.json.gz").write_bytes(gzip.compress(json.dumps(API).encode()))
    (tmp_path / "_profiles.py").write_text(PROFILES)
    (tmp_path / "pi").mkdir()
    (tmp_path / "pi" / "openai.json").write_text(json.dumps(PI))
    model = {**PI["openai-responses"]["chat:gpt-5"], "provider": "together", "id": "x/gpt"}
    (tmp_path / "pi" / "together.json").write_text(json.dumps({"x": {"chat:x": model}}))
    (tmp_path / "pi" / ".manifest.json").write_text("{}")
    return [
        f"api:{tmp_path}/api.json.gz",
        f"profiles:openai={tmp_path}/_profiles.py",
        f"pi:{tmp_path}/pi",
    ]


class TestGathered:
    def test_later_sources_lie_over_earlier_ones(self, sources: list[str]) -> None:
        api = gathered(sources)
        assert api["openai"]["models"]["gpt-5"] == {
            "id": "gpt-5",
            "name": "GPT-5",
            "release_date": "2025-08-07",
            "reasoning": True,
            "temperature": False,
            "limit": {"context": 400000, "input": 272000, "output": 128000},
            "modalities": {"input": ["text", "image"], "output": ["text"]},
            "cost": {"input": 1.25, "output": 10, "cache_read": 0.125},
        }
        assert api["togetherai"]["models"]["x/gpt"]["limit"]["context"] == 272000

    def test_a_plain_file_is_read_like_a_packed_one(self, tmp_path: Path) -> None:
        (tmp_path / "api.json").write_text(json.dumps(API))
        models = API["openai"]["models"]
        assert gathered([f"api:{tmp_path}/api.json"]) == {"openai": {"models": models}}


class TestWritten:
    def test_the_packaged_file_is_as_this_writes_it(self) -> None:
        assert written(packaged_catalogue()).encode() == packaged("catalogue.json")


class TestMain:
    def test_it_writes_a_catalogue_that_loads(
        self,
        sources: list[str],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        target = tmp_path / "catalogue.json"
        monkeypatch.setattr(module, "_TARGET", target)
        assert main(sources) == 0
        assert Registry.load(target)["gpt-5"].price_in == 1.25
        assert f"{target}: {len(Registry.default())} models" in capsys.readouterr().out

    @pytest.mark.parametrize("arguments", [[], ["api.json"], ["csv:x"]])
    def test_it_explains_itself(
        self, arguments: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(arguments) == 2
        assert "SOURCE" in capsys.readouterr().err
