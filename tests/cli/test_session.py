from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from fourthwall.backends import Backends, OfflineBackend, ScriptedBackend
from fourthwall.chat import (
    ChatRequest,
    ContentDelta,
    Event,
    Finished,
    Started,
    Usage,
    UsageReported,
)
from fourthwall.cli._offer import Offer, offline
from fourthwall.cli._session import Session
from fourthwall.engine import Conversation, Options
from fourthwall.errors import (
    FourthwallError,
    InsufficientCreditsError,
    StreamInterruptedError,
)
from fourthwall.registry import ModelCard, Registry

GPT = ModelCard(id="gpt-5", provider="openai", name="GPT-5", family="gpt", family_default=True)
CLAUDE = ModelCard(
    id="claude",
    provider="anthropic",
    name="Claude",
    price_in=1.0,
    price_out=1.0,
    fallbacks=("gpt-5",),
)
REGISTRY = Registry([GPT, CLAUDE])
BROKE = InsufficientCreditsError("no money")
NOTHING_TO_RETRY = "x there is no question to ask again: no model has been asked one"


class Recorder:
    """A view that writes down what it is told and says what it is given."""

    def __init__(self, said: Sequence[str | BaseException]) -> None:
        self._said = iter(said)
        self.seen: list[str] = []
        self.remedies: list[str] = []
        self.status = ""

    def read(self, status: str) -> str:
        self.status = status
        said = next(self._said, EOFError())
        if isinstance(said, BaseException):
            raise said
        return said

    def welcome(self, lines: Sequence[str]) -> None:
        self.seen += lines

    def wait(self, for_whom: str) -> None:
        pass

    def announce(self, text: str) -> None:
        self.seen.append(f"! {text}")

    def speaker(self, name: str, about: str) -> None:
        self.seen.append(f"{name} ({about})")

    def thought(self, text: str) -> None:
        self.seen.append(f"~ {text}")

    def words(self, text: str) -> None:
        self.seen.append(f"= {text}")

    def rest(self) -> None:
        pass

    def note(self, text: str) -> None:
        self.seen.append(f"# {text}")

    def complain(self, error: FourthwallError) -> None:
        self.seen.append(f"x {error.message}")
        self.remedies.append(error.remedy)

    def notes(self) -> list[str]:
        return [line for line in self.seen if line[0] in "#x"]


class Interrupted:
    """A backend at which the person presses Ctrl-C, after these words."""

    name = "scripted"

    def __init__(self, *words: str) -> None:
        self._words = words

    def stream(self, card: ModelCard, request: ChatRequest, **_: Any) -> Iterator[Event]:
        yield Started(card.id, self.name)
        for word in self._words:
            yield ContentDelta(word)
        raise KeyboardInterrupt


def online(backend: Any, *usable: ModelCard) -> Offer:
    return Offer(
        registry=REGISTRY,
        usable=usable or REGISTRY.cards,
        unusable=(),
        found=(),
        backends=Backends(default=backend),
    )


def talk(offer: Offer, *said: str | BaseException, model: str = "gpt-5") -> Recorder:
    view = Recorder(said)
    about: dict[str, Any] = {
        "registry": offer.registry,
        "backends": offer.backends,
        "options": Options(allowed=offer.allowed),
    }
    session = Session(
        chat=Conversation(model, **about),
        offer=offer,
        view=view,
        make=lambda name: Conversation(name, **about),
        load=lambda path: Conversation.load(path, **about),
    )
    session.run()
    return view


class TestAnswers:
    def test_switch_is_announced_before_the_one_who_speaks(self) -> None:
        view = talk(offline(REGISTRY, []), "Switch to Claude and write a poem")
        assert view.seen[:2] == ["! Switched from GPT-5 to Claude.", "Claude (offline persona)"]

    def test_engine_speaks_for_itself(self) -> None:
        assert talk(online(ScriptedBackend([])), "which model is this?").seen[0] == "fourthwall ()"

    def test_unknown_price_is_said_to_be_unknown(self) -> None:
        view = talk(online(ScriptedBackend(["Hello."])), "Hi there")
        assert "price unknown" in view.notes()[0]
        assert view.notes()[0].startswith("# about ")

    def test_known_price_is_shown_and_added_up(self) -> None:
        usage = UsageReported(Usage(prompt_tokens=10, completion_tokens=30, reasoning_tokens=20))
        script: list[Event] = [ContentDelta("Hello."), usage, Finished("length")]
        view = talk(online(ScriptedBackend([script])), "Hi there", model="claude")
        assert view.notes()[0].startswith(
            "# 10 tokens in, 30 out (20 thinking) · $0.00004 · cut off"
        )
        assert view.status == "Claude · 40 tokens · $0.00004 · /help"

    def test_offline_nothing_is_spent(self) -> None:
        view = talk(offline(REGISTRY, []), "Hi there", model="claude")
        assert "nothing spent (would be $0.0000" in view.notes()[0]

    def test_failover_is_named_beside_the_one_who_stands_in(self) -> None:
        backend = OfflineBackend(failures={"claude": [BROKE]})
        view = talk(online(backend), "Hi there", model="claude")
        assert "GPT-5 (in place of Claude: its account is empty)" in view.seen


class TestFailures:
    def test_are_told_and_the_same_can_be_tried_again(self) -> None:
        view = talk(online(ScriptedBackend([BROKE, "Hello."])), "Hi there", "/retry")
        assert view.notes()[:2] == ["x no money", "# GPT-5 stays; /retry asks again"]
        assert "= Hello." in view.seen

    def test_half_an_answer_stays_and_can_be_asked_for_again(self) -> None:
        cut: list[Event | FourthwallError] = [
            ContentDelta("Hel"),
            StreamInterruptedError("cut off", partial="Hel"),
        ]
        view = talk(online(ScriptedBackend([cut, "Hello."])), "Hi there", "/retry")
        assert view.seen.index("= Hel") < view.seen.index("x cut off")
        assert "= Hello." in view.seen

    def test_nothing_to_retry(self) -> None:
        for said in (["/retry"], ["switch to Claude", "/retry"], ["/model claude", "/retry"]):
            view = talk(online(ScriptedBackend([])), *said)
            assert view.notes()[-1] == NOTHING_TO_RETRY

    def test_the_last_question_goes_to_the_model_that_was_switched_to(self) -> None:
        for change in ("switch to Claude", "/model claude"):
            backend = ScriptedBackend(["Hello.", "Bonjour."])
            view = talk(online(backend), "Hi there", change, "/retry")
            assert [card.id for card, _ in backend.calls] == ["gpt-5", "claude"]
            assert view.seen.index("Claude ()") < view.seen.index("= Bonjour.")

    def test_a_question_that_failed_waits_for_the_model_that_is_switched_to(self) -> None:
        backend = ScriptedBackend([BROKE, "Bonjour.", "Encore."])
        talk(online(backend), "Hi there", "switch to Claude", "/retry", "/retry")
        asked = [(card.id, request.messages[-1]["content"]) for card, request in backend.calls]
        assert asked == [("gpt-5", "Hi there"), ("claude", "Hi there"), ("claude", "Hi there")]


class TestCtrlC:
    def test_at_the_prompt_it_tells_the_way_out(self) -> None:
        view = talk(online(ScriptedBackend([])), KeyboardInterrupt())
        assert view.notes() == ["# Ctrl-D or /quit leaves."]

    def test_stops_an_answer_and_keeps_what_came(self) -> None:
        offer = online(Interrupted("Hel", "lo"))
        view = talk(offer, "Hi there", "which model is this?")
        assert view.notes() == ["# stopped: what came stays; /retry asks again"]
        assert view.seen[-1] == "= You're talking to GPT-5 (OpenAI)."

    def test_before_the_answer_nothing_is_kept(self) -> None:
        view = talk(online(Interrupted()), "Hi there")
        assert view.notes() == ["# stopped: nothing had come, GPT-5 stays; /retry asks again"]

    def test_before_the_question_is_sent_it_is_told_too(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(self: Recorder, for_whom: str) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(Recorder, "wait", interrupted)
        view = talk(online(ScriptedBackend([])), "Hi there")
        assert view.notes() == ["# stopped; /retry asks again"]

    def test_in_a_slash_word_it_is_told_too(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        def interrupted(self: Conversation, path: Path) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(Conversation, "save", interrupted)
        view = talk(online(ScriptedBackend([])), f"/save {tmp_path / 'chat.json'}")
        assert view.notes() == ["# stopped"]


class TestSlashWords:
    def test_help_lists_them_all(self) -> None:
        (text,) = talk(offline(REGISTRY, []), "/help").notes()
        assert all(word in text for word in ("/model [ID]", "/models", "/retry", "/save FILE"))

    def test_model_is_shown_and_picked(self) -> None:
        view = talk(offline(REGISTRY, []), "/model", "/MODEL claude", "which model is this?")
        assert view.notes() == ["# GPT-5 (gpt-5) answers.", "# Claude (claude) answers."]
        assert view.seen[-1].startswith("= You're talking to Claude")

    def test_unknown_model_is_refused(self) -> None:
        view = talk(offline(REGISTRY, []), "/model foo")
        assert view.notes() == ["x there is no model 'foo'"]
        assert view.remedies == ["/models lists what there is."]

    @pytest.mark.parametrize("name", ["gpt-77", "gtp-5x"])
    def test_unknown_model_has_near_ones_that_are_usable(self, name: str) -> None:
        (note,) = talk(online(ScriptedBackend([]), GPT), f"/model {name}").notes()
        assert note == f"x there is no model {name!r}; did you mean gpt-5?"
        (note,) = talk(
            online(ScriptedBackend([]), CLAUDE), f"/model {name}", model="claude"
        ).notes()
        assert note == f"x there is no model {name!r}"

    def test_model_that_is_not_usable_is_refused(self) -> None:
        view = talk(online(ScriptedBackend([]), GPT), "/model claude")
        assert view.notes() == ["x Claude can't be used right now: nobody serves it"]
        assert view.remedies == ["Take one that /models lists as usable."]

    def test_models_are_listed_by_provider(self) -> None:
        assert talk(offline(REGISTRY, []), "/models").notes() == [
            "# Anthropic: claude\nOpenAI: gpt-5\n/model ID picks one.",
        ]

    def test_new_forgets_everything_but_the_model(self) -> None:
        view = talk(offline(REGISTRY, []), "switch to Claude", "/new", "/retry")
        assert view.notes() == [
            "# A new conversation, with Claude.",
            NOTHING_TO_RETRY,
        ]

    def test_saved_conversation_is_loaded_again(self, tmp_path: Path) -> None:
        path = tmp_path / "chat.json"
        offer = offline(REGISTRY, [])
        view = talk(offer, "switch to Claude", f"/save {path}")
        assert view.notes() == [f"# 2 messages saved to {path}"]
        view = talk(offer, f"/load {path}", "which model is this?")
        assert view.notes() == ["# 2 messages loaded; Claude answers."]
        assert view.seen[-1].startswith("= You're talking to Claude")

    @pytest.mark.parametrize("line", ["/save", "/load", "/save /nowhere/x", "/load /nowhere/x"])
    def test_file_that_cannot_be_is_told(self, line: str) -> None:
        (note,) = talk(offline(REGISTRY, []), line).notes()
        assert note in ("x a file name is missing", "x /nowhere/x: No such file or directory")

    @pytest.mark.parametrize("command", ["/save", "/load"])
    def test_missing_file_name_is_asked_for_in_the_command_that_lacks_it(
        self, command: str
    ) -> None:
        view = talk(offline(REGISTRY, []), command)
        assert view.remedies == [f"Write {command} chat.json, for example."]

    @pytest.mark.parametrize("line", ["/mod", "/foo", "/Foo bar", "/no-such x"])
    def test_unknown_slash_word_is_not_sent(self, line: str) -> None:
        backend = ScriptedBackend([])
        view = talk(online(backend), line)
        assert view.notes() == [f"x there is no {line.split()[0]}"]
        assert view.remedies == ["/help lists what there is."]
        assert backend.calls == []

    @pytest.mark.parametrize(
        "line", ["/etc/hosts is what?", "/etc/hosts", "/ ", "/1", "/foo is what?", "/foo\nbar"]
    )
    def test_what_may_be_a_question_is_sent(self, line: str) -> None:
        backend = ScriptedBackend(["Hello."])
        assert "= Hello." in talk(online(backend), line).seen

    def test_quit_ends_the_chat(self) -> None:
        assert talk(offline(REGISTRY, []), "/quit", "/help").seen == []

    @pytest.mark.parametrize("line", ["/claude write a poem", "/claude hi"])
    def test_slash_words_of_the_parser_are_said(self, line: str) -> None:
        view = talk(offline(REGISTRY, []), line)
        assert any(line.startswith("Claude (") for line in view.seen)

    def test_help_tells_how_to_see_the_demo_fail_and_that_works(self) -> None:
        (text,) = talk(offline(REGISTRY, []), "/help", model="claude").notes()
        magic = re.findall(r"\[\[\S+\]\]", text)
        assert magic[0] == "[[slow:2]]"
        *broken, by_fallback = magic[1:]
        for words in broken:
            view = talk(offline(REGISTRY, []), f"Hi {words}", model="claude")
            assert any(line.startswith("x ") for line in view.seen)
        view = talk(offline(REGISTRY, []), f"Hi {by_fallback}", model="claude")
        assert any("in place of Claude" in line for line in view.seen)

    def test_help_leaves_the_demo_out_where_models_answer(self) -> None:
        (text,) = talk(online(ScriptedBackend([])), "/help").notes()
        assert "demo" not in text

    def test_empty_line_is_nothing(self) -> None:
        assert talk(offline(REGISTRY, []), "").seen == []
