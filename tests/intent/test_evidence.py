"""Notes taken while a message is read."""

from __future__ import annotations

import pytest

from fourthwall.intent import explain
from fourthwall.intent._evidence import Evidence, Noting
from fourthwall.registry import Registry


class Reader(Noting):
    """Something that takes notes."""

    def __init__(self, evidence: Evidence | None) -> None:
        self.evidence = evidence


def test_evidence_begins_empty_and_is_not_shared() -> None:
    evidence = Evidence()
    evidence.mentions.append((0, 6, "a model"))
    other = Evidence()
    assert not other.awake
    assert (other.mentions, other.matched, other.chosen, other.vetoes) == ([], [], [], [])


def test_notes_say_which_words_and_why() -> None:
    evidence = Evidence()
    reader = Reader(evidence)
    reader.veto("she said , ", "guard 'report'")
    reader.match("switch", "move to W ", "by its words")
    assert evidence.vetoes == ["'she said ,': guard 'report'"]
    assert evidence.matched == ["switch: 'move to W' by its words"]


def test_without_evidence_no_notes_are_taken() -> None:
    reader = Reader(None)
    reader.veto("she said", "guard 'report'")
    reader.match("switch", "move to W", "by its words")
    assert reader.evidence is None


class TestWhatIsNoted:
    @pytest.mark.parametrize(
        "text",
        [
            "try that again with Opus",
            "which model is this?",
            "what models can I use?",
            "tell me again please what model it is that answers me here",
            "Describe a fjord using Claude",
            "I want the rest of this conversation to go on with Claude",
            "put the same question to Claude for me",
            "I want to hear Claude on the same question",
        ],
    )
    def test_what_fits(self, registry: Registry, text: str) -> None:
        told = explain(text, registry)
        assert told.matched
        assert told.intent.kind == told.matched[-1].split(":")[0]

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("I wish to be painted by Claude", "also speaks of painted"),
            ("Is it possible to go back to the default model?", "whether it can be done"),
            ("Make an app using Claude", "guard 'build'"),
            ("Never mind the rain: switch to Claude", "guard 'text_task'"),
            ("have Claude 3 times", "no task follows"),
            ("have Opus One wine with dinner", "no task follows"),
            ("have Claude ready by noon", "no task follows"),
            ("is it possible for this chat to go on with Claude", "neither an order nor a wish"),
            ("use whatever Vicuna you have", "also speaks of whatever"),
            ("Which model is this, and who made the bicycle?", "more than a question about models"),
            ("We cannot move this to Claude", "guard negation"),
            ("move Claude", "nothing says that the conversation is meant"),
            ("if it rains move this conversation over to Claude", "guard condition"),
            ("switch to Claude:", "it introduces what isn't there"),
            ("Claude", "too weak for this name"),
            ("use something cheaper, like a bicycle", "goes on about something else"),
            ("use Claude and Marie", "more names or persons follow"),
            ("GPT-5", "a name alone asks for nothing"),
            ("The soup got hot, using Claude", "no task stands before it"),
            ("Correct this: switch to Claude", "a text to work on follows"),
            ("switch to Claude. Never mind", "taken back"),
            ("Claude at work", "neither an order nor a wish"),
            ("The model wore a hat", "no sentence of the lexicon fits"),
        ],
    )
    def test_what_speaks_against_it(self, registry: Registry, text: str, reason: str) -> None:
        told = explain(text, registry)
        assert told.intent.kind == "none"
        assert any(reason in veto for veto in told.vetoes), told.vetoes

    @pytest.mark.parametrize(
        ("text", "meaning"),
        [
            ("Claude", "claude-sonnet-4.5 (score 1.00, also an ordinary word)"),
            ("GPT-5", "gpt-5 (score 1.00)"),
            ("GPT-6", "not in the registry"),
            ("deepsek", "deepseek-v3 (score 0.80, a typing slip mended"),
            ("OpenAI", "gpt-5 (score 1.00, a provider's name)"),
            ("the Haiku model", "claude-haiku-4.5 (score 1.00, also an ordinary word)"),
            (
                "mini",
                "gpt-5-mini, gpt-4o-mini (score 1.00, 2 fit equally, also an ordinary word)",
            ),
        ],
    )
    def test_what_a_name_means(self, registry: Registry, text: str, meaning: str) -> None:
        ((start, end, told),) = explain(text, registry).mentions
        assert text[start:end] in text.split()
        assert told.startswith(meaning)
