"""Messages and what they ask for, by the rule: when in doubt, it isn't a command."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

import pytest

from fourthwall.intent import Intent, explain, parse
from fourthwall.intent._grammar import RoleGrammar
from fourthwall.intent._parse import Tuning, parse_tuned
from fourthwall.intent._roles import RoleLexicon
from fourthwall.registry import ModelCard, Registry

Reader = Callable[..., Intent]
SONNET = "claude-sonnet-4.5"


@pytest.fixture(scope="session")
def read_small(registry: Registry, small_language: Callable[..., RoleLexicon]) -> Reader:
    """Parse a message in the small language alone, in a conversation with GPT-4o."""
    tuning = Tuning(lexicons=(RoleGrammar(small_language()),), languages=frozenset())

    def read_small(text: str, active: str | None = "gpt-4o") -> Intent:
        return parse_tuned(text, registry, active, tuning)

    return read_small


def is_left_alone(intent: Intent, text: str) -> bool:
    """Whether a message was taken for an ordinary one."""
    return intent == Intent(kind="none", remainder=text, confidence=intent.confidence)


class TestSwitching:
    @pytest.mark.parametrize(
        "text",
        [
            "Switch to Claude",
            "switch to claude.",
            "SWITCH TO CLAUDE!",
            "Please switch to Claude!",
            "could you switch over to Claude, please?",
            "Can we move to Claude now",
            "would you mind switching to Claude?",
            "hey, um, switch to Claude",
            "I'd like to talk to Claude",
            "I want Claude",
            "let's use Claude from now on",
            "use Claude instead",
            "from now on use Claude",
            "change the model to Claude",
            "set the model to Claude",
            "make Claude the default model",
            "hand over to Claude",
            "put me through to Claude",
            "let Claude take over",
            "Claude, take over",
            "continue with Claude",
            "back to Claude",
            'switch to "Claude"',
        ],
    )
    def test_many_sentences_ask_for_a_model(self, read: Reader, text: str) -> None:
        intent = read(text)
        assert (intent.kind, intent.remainder) == ("switch", "")
        assert intent.target is not None
        assert intent.target.id == SONNET
        assert intent.wish == "switch"
        assert intent.language == "en"

    @pytest.mark.parametrize(
        ("text", "remainder"),
        [
            ("Switch to Claude and draw a map of Crete", "draw a map of Crete"),
            ("Switch to Claude, then list three rivers.", "list three rivers."),
            ("Switch to Claude. Name Three Rivers!", "Name Three Rivers!"),
            ("Switch to Claude: what is a fjord?", "what is a fjord?"),
            ("Switch to Claude\n\nWrite about   bread", "Write about   bread"),
            ("Draw a map of Crete. Switch to Claude.", "Draw a map of Crete."),
            ("List three rivers, but switch to Claude first", "List three rivers"),
            (
                "Rivers are long. Switch to Claude. Which is the longest?",
                "Rivers are long. Which is the longest?",
            ),
            ("Hi! Switch to Claude, please. What is a fjord?", "What is a fjord?"),
        ],
    )
    def test_the_rest_is_left_to_answer_in_the_persons_own_spelling(
        self, read: Reader, text: str, remainder: str
    ) -> None:
        intent = read(text)
        assert (intent.kind, intent.remainder) == ("switch", remainder)
        assert intent.target is not None

    def test_the_span_is_where_the_command_stands(self, read: Reader) -> None:
        text = "Name a river. Please switch to Claude."
        start, end = read(text).span
        assert text[start:end] == "Please switch to Claude."
        assert read("Switch to Claude and name a river").span == (0, 20)

    @pytest.mark.parametrize(
        ("text", "cut"),
        [
            ("Switch to Claude and write a poem", "Switch to Claude and"),
            ("Switch to Claude, then write a poem", "Switch to Claude, then"),
            ("Switch to Claude: write a poem", "Switch to Claude:"),
            ("Write a poem, but switch to Claude", ", but switch to Claude"),
            ("ask Claude to write a poem", "ask Claude to"),
            ("  switch to Claude\n", "switch to Claude"),
        ],
    )
    def test_the_small_words_around_it_belong_to_it(
        self, read: Reader, text: str, cut: str
    ) -> None:
        start, end = read(text).span
        assert text[start:end] == cut

    def test_spans_are_counted_in_code_points(self, read: Reader) -> None:
        assert read("Switch to Claude and write a poem").span == (0, 20)
        assert read("🙏 Switch to Claude and write a poem").span == (0, 22)

    def test_the_named_words_are_kept_as_typed(self, read: Reader) -> None:
        assert read("switch to CLAUDE sonnet").named == "CLAUDE sonnet"
        assert read("use something cheaper").named == "something cheaper"
        assert read("switch back").named == ""

    def test_white_space_around_is_nothing(self, read: Reader) -> None:
        assert read("  \n switch to Claude \n ").kind == "switch"


class TestNamesInCommands:
    """Letters may be spelled in many ways, digits only in one."""

    @pytest.mark.parametrize(
        ("name", "target"),
        [
            ("gpt-5", "gpt-5"),
            ("GPT 5", "gpt-5"),
            ("gpt5", "gpt-5"),
            ("GPT‑5", "gpt-5"),
            ("ＧＰＴ５", "gpt-5"),
            ("gpt-5 mini", "gpt-5-mini"),
            ("gpt5mini", "gpt-5-mini"),
            ("4o", "gpt-4o"),
            ("GPT-4o mini", "gpt-4o-mini"),
            ("GPT", "gpt-5"),
            ("claude 3.7", "claude-sonnet-3.7"),
            ("Sonnet 3.7", "claude-sonnet-3.7"),
            ("3.7 Sonnet", "claude-sonnet-3.7"),
            ("Opus", "claude-opus-4.1"),
            ("claude opus", "claude-opus-4.1"),
            ("Sonnet", SONNET),
            ("Haiku 4.5", "claude-haiku-4.5"),
            ("Gemini", "gemini-2.5-pro"),
            ("gemini flash", "gemini-2.5-flash"),
            ("R1", "deepseek-r1"),
            ("DeepSeek", "deepseek-v3"),
            ("deep seek", "deepseek-v3"),
            ("deepseek v3", "deepseek-v3"),
            ("llama 3.3", "llama-3.3-70b"),
            ("llama 70b", "llama-3.3-70b"),
            ("o3", "o3"),
            ("Kimi", "kimi-k2"),
            ("gpt five", "gpt-5"),
            ("gee pee tee five", "gpt-5"),
            ("gpt four oh mini", "gpt-4o-mini"),
            ("gemini two point five flash", "gemini-2.5-flash"),
            ("claude three point seven", "claude-sonnet-3.7"),
            ("OpenAI", "gpt-5"),
            ("Anthropic", SONNET),
            ("Google's model", "gemini-2.5-pro"),
            ("the model from Anthropic", SONNET),
            ("cluade", SONNET),
            ("claud", SONNET),
            ("Claudde", SONNET),
            ("gemeni", "gemini-2.5-pro"),
            ("deepsek", "deepseek-v3"),
            ("gpt5-mni", "gpt-5-mini"),
        ],
    )
    def test_a_name_means_its_model(self, read: Reader, name: str, target: str | None) -> None:
        found = read(f"switch to {name}").target
        assert (found and found.id) == target

    @pytest.mark.parametrize("text", ["swithc to Claude", "swich to Claude", "switch ot Claude"])
    def test_the_command_may_be_mistyped_too(self, read: Reader, text: str) -> None:
        assert read(text).kind == "switch"

    def test_a_mended_name_is_less_sure(self, read: Reader) -> None:
        assert read("switch to cluade").confidence < read("switch to Claude").confidence


class TestModelsThatAreNotThere:
    @pytest.mark.parametrize(
        "name",
        [
            "gpt-6",
            "GPT-5.1",
            "gpt-41",
            "gpt 55",
            "gpt-4o-nano",
            "claude 4.6",
            "Claude Opus 9",
            "gemini 3 pro",
            "sonnet 4",
            "o4",
            "deepseek r2",
            "kimi k3",
            "llama 4",
            "llama 3.1",
            "Vicuna",
            "the best Vicuna",
            "the Yi model",
            "DeepSeek Coder",
            "HyperGPT",
        ],
    )
    def test_an_unknown_version_is_never_a_neighbour(self, read: Reader, name: str) -> None:
        intent = read(f"switch to {name}")
        assert (intent.kind, intent.target, intent.wish) == ("unknown_model", None, "switch")
        assert len(intent.candidates) <= 3

    def test_the_nearest_of_the_family_are_offered(self, read: Reader) -> None:
        offered = read("switch to gemini 9").candidates
        assert {card.family for card in offered} == {"gemini"}

    def test_retired_models_are_not_offered(self, read: Reader) -> None:
        assert "gpt-4" not in [card.id for card in read("switch to gpt-4.9").candidates]

    def test_a_name_wakes_the_parser_by_its_looks(self, read: Reader) -> None:
        assert read("use HyperGPT please").kind == "unknown_model"

    def test_the_task_is_kept(self, read: Reader) -> None:
        intent = read("Switch to Vicuna and name a river")
        assert (intent.kind, intent.remainder) == ("unknown_model", "name a river")

    def test_it_says_what_was_wished(self, read: Reader) -> None:
        assert read("ask GPT-7 to name a river").wish == "once"
        assert read("try that again with GPT-7").wish == "retry"

    def test_a_description_that_nothing_fits_is_one_too(self, read: Reader) -> None:
        intent = read("switch to an open source Claude")
        assert intent.kind == "unknown_model"
        assert {card.family for card in intent.candidates} == {"claude"}

    def test_a_description_of_a_model_that_is_not_there(self, read: Reader) -> None:
        assert read("switch to the cheapest Vicuna model").kind == "unknown_model"


class TestRetiredModels:
    def test_the_replacement_answers_and_the_one_asked_for_is_told(self, read: Reader) -> None:
        intent = read("switch to GPT-4 and name a river")
        assert (intent.kind, intent.remainder) == ("switch", "name a river")
        assert intent.target is not None
        assert intent.target.id == "gpt-4o"
        assert intent.asked_for is not None
        assert intent.asked_for.id == "gpt-4"

    def test_a_model_in_service_replaces_nothing(self, read: Reader) -> None:
        assert read("switch to Claude").asked_for is None

    def test_without_a_replacement_it_stays(self, extended: Callable[..., Registry]) -> None:
        old = ModelCard(id="zebra-1", provider="z", family="zebra", retires="2025-01-01")
        intent = parse("switch to Zebra 1", extended(old))
        assert intent.target is old
        assert intent.asked_for is None


class TestSeveralModels:
    @pytest.mark.parametrize("text", ["switch to mini", "switch to the mini model"])
    def test_a_name_that_fits_several_gives_candidates(self, read: Reader, text: str) -> None:
        intent = read(text)
        assert (intent.kind, intent.target, intent.wish) == ("ambiguous", None, "switch")
        assert {card.id for card in intent.candidates} == {"gpt-5-mini", "gpt-4o-mini"}

    @pytest.mark.parametrize(
        "text", ["switch to another model", "change the model", "use a different model please"]
    )
    def test_a_change_without_a_name_is_open(self, read: Reader, text: str) -> None:
        intent = read(text)
        assert (intent.kind, intent.candidates, intent.wish) == ("ambiguous", (), "switch")

    def test_a_name_settles_what_another_clause_leaves_open(self, read: Reader) -> None:
        intent = read("Change the model. Switch to Claude.")
        assert (intent.kind, intent.remainder) == ("switch", "")


class TestJustThisOnce:
    @pytest.mark.parametrize(
        ("text", "target", "remainder"),
        [
            ("ask Claude to sum this up", SONNET, "sum this up"),
            ("Have Claude write a limerick", SONNET, "write a limerick"),
            ("tell Opus to check my grammar", "claude-opus-4.1", "check my grammar"),
            ("Use Claude to plan my garden", SONNET, "plan my garden"),
            ("Could Claude explain tides to me?", SONNET, "explain tides to me?"),
            ("@claude how deep is the sea?", SONNET, "how deep is the sea?"),
            ("@deepseek-r1 prove it", "deepseek-r1", "prove it"),
            ("Describe a fjord using Claude", SONNET, "Describe a fjord"),
            ("How deep is the sea? Just for this one use Claude.", SONNET, "How deep is the sea?"),
            ("for this question use Claude: how deep is it?", SONNET, "how deep is it?"),
            ("Use Claude just this once: how deep is it?", SONNET, "how deep is it?"),
            ("Have Claude draw a fjord, just this once", SONNET, "draw a fjord"),
        ],
    )
    def test_one_task_for_that_model(
        self, read: Reader, text: str, target: str, remainder: str
    ) -> None:
        intent = read(text)
        assert intent.kind == "once"
        assert intent.target is not None
        assert intent.target.id == target
        assert intent.remainder == remainder

    @pytest.mark.parametrize(
        ("text", "kind", "remainder"),
        [
            ("ask Claude: how deep is the sea?", "once", "how deep is the sea?"),
            ("ask Claude", "retry", ""),
            ("answer this with Claude", "retry", ""),
            ("redo that with Claude and name a river", "retry", "name a river"),
        ],
    )
    def test_without_a_task_of_its_own_the_last_question_is_meant(
        self, read: Reader, text: str, kind: str, remainder: str
    ) -> None:
        assert (read(text).kind, read(text).remainder) == (kind, remainder)

    @pytest.mark.parametrize("text", ["@claude", "@claude please", "switch to Claude just once"])
    def test_without_a_task_it_is_a_switch(self, read: Reader, text: str) -> None:
        assert (read(text).kind, read(text).remainder) == ("switch", "")

    @pytest.mark.parametrize(
        "text",
        [
            "from now on have Claude answer everything",
            "@claude from now on",
            "redo that with Claude from now on",
        ],
    )
    def test_from_now_on_makes_it_a_switch(self, read: Reader, text: str) -> None:
        assert read(text).kind == "switch"

    @pytest.mark.parametrize(
        ("text", "remainder"),
        [
            ("Have Claude draw a fjord just this once, please.", "draw a fjord."),
            ("Have Claude draw a fjord (just this once)", "draw a fjord"),
            ("have Claude draw it just this once in blue", "draw it just this once in blue"),
            ("just this once, have Claude draw a fjord", "draw a fjord"),
            ("ask Claude to draw this one", "draw this one"),
        ],
    )
    def test_just_this_once_is_cut_from_the_end_of_the_task(
        self, read: Reader, text: str, remainder: str
    ) -> None:
        assert (read(text).kind, read(text).remainder) == ("once", remainder)

    @pytest.mark.parametrize(
        ("text", "kind", "remainder"),
        [
            ("draw a fjord with Claude: make it blue", "once", "draw a fjord: make it blue"),
            ("draw that with Claude: rivers", "once", "draw that: rivers"),
            ("answer it with Claude: rivers", "once", "rivers"),
            ("draw a fjord with Claude", "once", "draw a fjord"),
        ],
    )
    def test_a_colon_behind_the_name_belongs_to_the_task(
        self, read_small: Reader, text: str, kind: str, remainder: str
    ) -> None:
        assert (read_small(text).kind, read_small(text).remainder) == (kind, remainder)

    def test_several_models_may_fit_one_task(self, read: Reader) -> None:
        intent = read("Describe a fjord via mini")
        assert (intent.kind, intent.wish) == ("ambiguous", "once")
        assert intent.remainder == "Describe a fjord"

    def test_a_mention_counts_only_in_front(self, read: Reader) -> None:
        assert read("I saw @claude on that site").kind == "none"
        assert read("What is a fjord? @claude").kind == "none"


class TestOtherWishes:
    @pytest.mark.parametrize(
        ("text", "kind", "target"),
        [
            ("try that again with Opus", "retry", "claude-opus-4.1"),
            ("What would Gemini say?", "retry", "gemini-2.5-pro"),
            ("ask Claude the same question", "retry", SONNET),
            ("regenerate with gpt-5", "retry", "gpt-5"),
            ("same question, but with o3", "retry", "o3"),
            ("let Claude answer that again", "retry", SONNET),
            ("I'd like Claude's take on that", "retry", SONNET),
            ("I want to hear Claude on the same question", "retry", SONNET),
            ("switch back", "revert", None),
            ("go back to the previous model", "revert", None),
            ("undo that switch", "revert", None),
            ("go back to the default model", "reset", None),
            ("reset the model", "reset", None),
            ("use the original model again", "reset", None),
            ("which model is this?", "which", None),
            ("Which model am I talking to?", "which", None),
            ("what model are you", "which", None),
            ("are you Claude?", "which", None),
            ("Hi! Which model is answering right now?", "which", None),
            ("what models can I use?", "list", None),
            ("list the available models", "list", None),
            ("show me all models please", "list", None),
        ],
    )
    def test_each_kind_has_its_sentences(
        self, read: Reader, text: str, kind: str, target: str | None
    ) -> None:
        intent = read(text)
        assert (intent.kind, intent.target and intent.target.id) == (kind, target)
        assert (intent.remainder, intent.wish) == ("", kind)

    @pytest.mark.parametrize(
        ("text", "kind", "remainder"),
        [
            ("rivers. opinion of Claude", "retry", "rivers."),
            ("rivers? opinion of Claude", "once", "rivers?"),
            ("draw a fjord, again using Claude", "retry", "draw a fjord"),
        ],
    )
    def test_a_question_before_it_is_asked_now(
        self, read_small: Reader, text: str, kind: str, remainder: str
    ) -> None:
        assert (read_small(text).kind, read_small(text).remainder) == (kind, remainder)

    def test_what_cannot_be_seen_is_no_task(self, read: Reader) -> None:
        intent = read("which\u200b model is this?")
        assert (intent.kind, intent.remainder) == ("which", "")

    @pytest.mark.parametrize("text", ["are you Opus?", "thanks. are you Opus? Claude or GPT?"])
    def test_a_question_may_go_on_about_models(self, read_small: Reader, text: str) -> None:
        intent = read_small(text)
        assert (intent.kind, intent.remainder) == ("which", "")

    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("Switch back and finish the list", "revert"),
            ("Back to the default model and finish the list", "reset"),
        ],
    )
    def test_a_task_may_follow(self, read: Reader, text: str, kind: str) -> None:
        assert (read(text).kind, read(text).remainder) == (kind, "finish the list")

    @pytest.mark.parametrize(
        "text",
        [
            "Which model of bicycle is best for children?",
            "Which model is this? The bicycle in the picture has no name on it.",
            "What models can I use? My data are counts per day.",
        ],
    )
    def test_a_question_with_more_in_it_is_not_about_the_engine(
        self, read: Reader, text: str
    ) -> None:
        assert read(text).kind == "none"


class TestSlashCommands:
    @pytest.mark.parametrize(
        ("text", "kind", "target"),
        [
            ("/model gpt-5", "switch", "gpt-5"),
            ("/model claude", "switch", SONNET),
            ("/switch o3", "switch", "o3"),
            ("/models", "list", None),
            ("/model", "list", None),
            ("/model default", "reset", None),
            ("/back", "revert", None),
            ("/whoami", "which", None),
            ("/model gpt-9", "unknown_model", None),
            ("/shrug", "none", None),
            ("/etc/hosts has two lines", "none", None),
            ("and /model gpt-5", "none", None),
        ],
    )
    def test_they_count_at_the_beginning(
        self, read: Reader, text: str, kind: str, target: str | None
    ) -> None:
        intent = read(text)
        assert (intent.kind, intent.target and intent.target.id) == (kind, target)


class TestSecondThoughts:
    @pytest.mark.parametrize(
        ("text", "target"),
        [
            ("switch to Claude, no wait, Gemini", "gemini-2.5-pro"),
            ("switch to Claude. Actually, make it Gemini.", "gemini-2.5-pro"),
            ("use gpt-5, I mean o3", "o3"),
            ("switch to Claude. No, switch to Gemini.", "gemini-2.5-pro"),
            ("Don't use GPT-5, use Claude", SONNET),
            ("not GPT-5, Claude", SONNET),
            ("use Claude, not GPT-5", SONNET),
            ("I said Claude, not Gemini", SONNET),
            ("use Claude rather than Gemini", SONNET),
        ],
    )
    def test_the_last_wish_counts(self, read: Reader, text: str, target: str) -> None:
        intent = read(text)
        assert (intent.kind, intent.remainder) == ("switch", "")
        assert intent.target is not None
        assert intent.target.id == target

    @pytest.mark.parametrize(
        "text", ["use Claude, Opus instead", "use Claude, no, Opus", "use GPT-5. Opus instead."]
    )
    def test_after_a_wish_a_name_alone_corrects_it(self, read: Reader, text: str) -> None:
        found = read(text).target
        assert found is not None
        assert found.tier == "opus"

    @pytest.mark.parametrize(
        ("text", "target"),
        [
            ("put me on opus actually nvm gemini", "gemini-2.5-pro"),
            ("opus pls, wait thats expensive, haiku instead", "claude-haiku-4.5"),
            ("go with haiku wait no sonnet", SONNET),
            ("give me opus, actually nah, haiku instead", "claude-haiku-4.5"),
            ("use o3 actually claude", SONNET),
        ],
    )
    def test_in_haste_they_come_without_marks(self, read: Reader, text: str, target: str) -> None:
        intent = read(text)
        assert intent.kind == "switch"
        assert intent.target is not None
        assert intent.target.id == target

    def test_what_is_taken_back_before_it_is_something_else(self, read: Reader) -> None:
        assert read("scratch that, switch to Claude and name a river").kind == "switch"

    @pytest.mark.parametrize(
        "text",
        [
            "switch to Claude... never mind",
            "Switch to Claude. No, forget it.",
            "Switch to Claude. No no.",
            "Switch to Claude? Nope.",
        ],
    )
    def test_what_is_taken_back_is_not_asked(self, read: Reader, text: str) -> None:
        assert is_left_alone(read(text), text)


class TestPointing:
    """A pronoun, or nothing at all, may stand for a model that was named before."""

    @pytest.mark.parametrize("text", ["Claude rains, go to it", "Claude rains, go"])
    def test_it_leads_to_another_model_only(self, read_small: Reader, text: str) -> None:
        intent = read_small(text)
        assert (intent.kind, intent.remainder) == ("switch", "Claude rains")
        assert intent.target is not None
        assert intent.target.id == SONNET
        assert is_left_alone(read_small(text, SONNET), text)

    def test_without_an_active_model_it_leads_anywhere(self, read_small: Reader) -> None:
        assert read_small("Claude rains, go to it", None).kind == "switch"

    def test_a_name_may_be_that_of_the_active_model(self, read_small: Reader) -> None:
        assert read_small("go to Claude", SONNET).kind == "switch"


class TestQualities:
    """What a model is like, by the cards' fields, compared with the active model."""

    @pytest.mark.parametrize(
        ("text", "active", "target"),
        [
            ("use something cheaper", "claude-opus-4.1", "claude-sonnet-4.5"),
            ("switch to a cheaper Claude", "claude-sonnet-4.5", "claude-haiku-4.5"),
            ("switch to the cheapest model", "gpt-4o", "gpt-4o-mini"),
            ("switch to the cheapest Claude", "gpt-4o", "claude-haiku-4.5"),
            ("switch to the newest model", "gpt-4o", "claude-haiku-4.5"),
            ("switch to the newest Gemini", "gpt-4o", "gemini-2.5-pro"),
            ("switch to the smartest model you have", "gpt-4o", "claude-opus-4.1"),
            ("switch to the smartest OpenAI model", "gpt-4o", "gpt-5"),
        ],
    )
    def test_the_best_fit_is_taken(self, read: Reader, text: str, active: str, target: str) -> None:
        intent = read(text, active)
        assert intent.kind == "switch"
        assert intent.target is not None
        assert intent.target.id == target

    @pytest.mark.parametrize(
        ("text", "fits"),
        [
            ("switch to a model that can see images", lambda card: card.vision),
            ("switch to a model with a longer context", lambda card: card.context > 131_072),
            ("use an open source model", lambda card: card.open_weights),
            ("switch to a reasoning model", lambda card: card.reasoning),
            ("switch to a newer model", lambda card: card.released > "2024-12-26"),
            ("switch to a bigger model", lambda card: card.price_in > 0.25),
        ],
    )
    def test_what_is_asked_for_holds(
        self, read: Reader, text: str, fits: Callable[[ModelCard], bool]
    ) -> None:
        intent = read(text, "deepseek-v3")
        assert intent.kind == "switch"
        assert intent.target is not None
        assert fits(intent.target)

    def test_without_an_active_model_nothing_is_compared(self, registry: Registry) -> None:
        assert parse("switch to a cheaper model", registry).kind == "switch"

    def test_the_active_model_may_be_a_card(self, registry: Registry) -> None:
        card = registry["claude-opus-4.1"]
        assert parse("use something cheaper", registry, active=card) == parse(
            "use something cheaper", registry, active=card.id
        )

    @pytest.mark.parametrize(
        "text",
        [
            "Give me something cheaper to cook",
            "Which of the two bicycles is cheaper?",
            "Use a cheaper material for the roof",
            "Train a cheaper model on this data set",
        ],
    )
    def test_other_things_have_qualities_too(self, read: Reader, text: str) -> None:
        assert read(text).kind == "none"


ORDINARY = {
    "about models": [
        "What is the difference between Claude and Gemini?",
        "Is Claude better than GPT-5?",
        "Does this app support Claude?",
        "Is switching models supported?",
        "Claude's answer was better",
        "Claude wrote this essay",
    ],
    "reports": [
        "I switched to Claude yesterday",
        "She told me to switch to Claude",
        "He said: switch to Claude",
        "I read that people switch to Claude a lot",
        "My boss wants to switch to Claude",
        "They asked us to use Claude",
        "I asked Claude to write a poem",
    ],
    "negations": [
        "Don't switch to Claude",
        "Do not use Claude",
        "I don't want Claude",
        "You should never switch to Claude",
    ],
    "how-tos": [
        "How do I switch to Claude in the settings?",
        "Why would anyone switch to Claude?",
        "Explain how to switch to Claude",
        "When should I use Claude?",
    ],
    "conditions": [
        "If I switch to Claude, will I lose my history?",
        "Suppose I said switch to Claude",
        "Should I switch to Claude?",
    ],
    "quotations": [
        '"Switch to Claude"',
        "'switch to Claude'",
        "“Switch to Claude and write a poem”",
        "«switch to Claude»",
        'What does "switch to Claude" mean?',
        'Reply with "switch to Claude".',
    ],
    "code and markup": [
        "`switch to Claude`",
        "```\nswitch to Claude\n```",
        "```\nswitch to Claude",
        "~~~\nswitch to Claude\n~~~",
        "> switch to Claude",
        "    switch to Claude",
        "\tswitch to Claude",
        "<user>switch to Claude</user>",
        "# switch to Claude",
        '{"text": "switch to Claude"}',
        "Why does this stop?\n\n    switch to Claude\n",
    ],
    "texts to work on": [
        "Translate: switch to Claude",
        "Translate to French: switch to Claude and write a poem",
        "Rephrase this: please switch to Claude",
        "Summarize this review: I like tea. Switch to Claude!",
        'Translate "switch to Claude" into German',
        "In my story, the captain says switch to Claude",
        "Write a script in which a user says switch to Claude",
    ],
    "homonyms": [
        "Write a poem about Claude Monet",
        "Claude is my uncle",
        "Tell Claude I said hi",
        "Write a haiku about llamas",
        "switch to a haiku",
        "Write a sonnet",
        "The opus was performed in Vienna",
        "Switch to flash photography",
        "I'm a Gemini",
        "Gemini season starts in May",
        "The llama spat at me",
        "My email is claude@example.com",
    ],
    "other switches": [
        "Switch the lights off",
        "Switch to decaf",
        "Switch to the second chapter",
        "Change the subject",
        "Go back to the previous paragraph",
        "undo that",
        "go back",
        "Try again",
    ],
    "building": [
        "Build a chatbot using Claude",
        "I wrote this essay with Claude",
    ],
    "more than a name": [
        "Claude and Anna",
        "use r1 and r2 as resistors",
        "call Claude and tell him",
        "use something cheaper, like a bicycle",
        "switch to Claude Monet",
        "switch to Gemini Hotel",
    ],
    "a name alone": ["GPT-5", "Claude", "Gemini?"],
    "nothing": ["hello", "thank you", "switch", "use it", "", " ", "\n", "?", "👍"],
}


class TestOrdinaryMessages:
    @pytest.mark.parametrize(
        "text",
        [
            pytest.param(text, id=f"{topic}: {text[:40]!r}")
            for topic, texts in ORDINARY.items()
            for text in texts
        ],
    )
    def test_they_are_left_alone(self, read: Reader, text: str) -> None:
        assert is_left_alone(read(text), text)

    def test_what_stands_below_a_quotation_counts(self, read: Reader) -> None:
        intent = read("> switch to Opus\nSwitch to Claude.")
        assert intent.kind == "switch"
        assert intent.target is not None
        assert intent.target.id == SONNET


FILLER = "The river rises in the hills and runs for a long way to the sea. "


class TestLongMessages:
    @pytest.mark.parametrize("size", [2_000, 50_000])
    def test_a_command_in_front_counts(self, read: Reader, size: int) -> None:
        rest = (FILLER * (size // len(FILLER))).strip()
        intent = read(f"Switch to Claude. {rest}")
        assert (intent.kind, intent.remainder) == ("switch", rest)

    @pytest.mark.parametrize("size", [2_000, 50_000])
    def test_a_command_in_the_last_line_counts(self, read: Reader, size: int) -> None:
        rest = (FILLER * (size // len(FILLER))).strip()
        intent = read(f"{rest}\n\nSwitch to Claude.")
        assert (intent.kind, intent.remainder) == ("switch", rest)

    def test_a_command_in_the_middle_does_not(self, read: Reader) -> None:
        text = f"{FILLER * 30}\n\nSwitch to Claude.\n\n{FILLER * 30}"
        assert is_left_alone(read(text), text)

    def test_the_end_of_an_open_fence_is_code(self, read: Reader) -> None:
        text = f"Why?\n```\n{FILLER * 30}\nswitch to Claude"
        assert read(text).kind == "none"

    def test_a_pasted_document_of_many_sentences_is_not_read_in_between(self, read: Reader) -> None:
        text = f"{FILLER * 4}Switch to Claude. {FILLER * 4}"
        assert len(text) < 1_000
        assert read(text).kind == "none"

    def test_a_long_text_of_one_line_is_read_in_front(self, read: Reader) -> None:
        assert read("Switch to Claude and count: " + "x" * 5_000).kind == "switch"
        assert read("x" * 5_000).kind == "none"

    def test_a_megabyte_takes_no_longer_than_a_page(self, read: Reader) -> None:
        """A bound of milliseconds, generous for slow machines: reading it all takes far longer."""
        text = "Switch to Claude. " + FILLER * 16_000
        read(text)
        start = process_time()
        assert read(text).kind == "switch"
        assert process_time() - start < 0.25


class TestAnyText:
    @pytest.mark.parametrize(
        "text",
        [
            "\ud800",
            "switch to \udfff Claude",
            "switch to Claude\ud83d",
            "🦙" * 400,
            "انتقل إلى كلود",
            "\u202eedualC ot hctiws",
            "ｓｗｉｔｃｈ ｔｏ Ｃｌａｕｄｅ",
            "İİİ switch to Claude",
            "\x00\x01\x02",
            "@",
            "/",
            "@@@@ ////",
            "'" * 999,
            '"' * 999,
            "(" * 999,
            "switch " * 500,
            "claude " * 500,
            "gpt-" * 500,
            "9." * 500,
            "no, " * 500,
            "please " * 500,
        ],
    )
    def test_nothing_makes_it_raise(self, read: Reader, text: str) -> None:
        assert isinstance(read(text), Intent)

    def test_positions_hold_where_lower_case_is_longer(self, read: Reader) -> None:
        intent = read("İİİ. Switch to Claude and name a river")
        assert (intent.kind, intent.remainder) == ("switch", "İİİ. name a river")


class TestErrors:
    @pytest.mark.parametrize("text", [None, 3, b"switch to Claude", ["switch"]])
    def test_only_text_is_read(self, registry: Registry, text: object) -> None:
        with pytest.raises(TypeError, match=f"text must be a str, not {type(text).__name__}"):
            parse(text, registry)  # type: ignore[arg-type]  # what a caller without types may do

    def test_an_active_model_that_is_gone_compares_with_nothing(self, registry: Registry) -> None:
        for text in ("use something cheaper", "switch to a newer model", "switch to Claude"):
            gone = parse(text, registry, active="gpt-99")
            assert gone == parse(text, registry, active=None)
            assert gone.target is not None

    def test_the_model_before_is_accepted(self, registry: Registry) -> None:
        assert parse("switch back", registry, previous="gpt-5").kind == "revert"


class TestLists:
    """What could be done is listed; what is wanted is said once."""

    @pytest.mark.parametrize(
        "text", ["1. Use Claude\n2. Use GPT-5\nPick one", "- switch to Claude\n- switch to GPT-5"]
    )
    def test_several_commands_in_a_list_are_none(self, read: Reader, text: str) -> None:
        assert read(text).kind == "none"

    def test_one_may_be_written_as_an_item(self, read: Reader) -> None:
        assert read("- switch to Claude").kind == "switch"

    @pytest.mark.parametrize(
        "text",
        [
            "a) use Claude b) use Opus",
            "A. use Claude B. use Opus",
            "option 1: use Claude, option 2: use Opus",
            "what would it be?\n(a) rivers (b) use Claude",
        ],
    )
    def test_neither_are_options(self, read_small: Reader, text: str) -> None:
        assert is_left_alone(read_small(text), text)

    @pytest.mark.parametrize("text", ["a) use Claude", "c) use Claude d) use Opus", "use Claude"])
    def test_options_begin_with_the_first(self, read_small: Reader, text: str) -> None:
        assert read_small(text).kind == "switch"

    def test_what_stands_below_a_list_is_no_item(self, read_small: Reader) -> None:
        intent = read_small("draw this\n- rivers\n- hills\nuse Claude")
        assert (intent.kind, intent.remainder) == ("switch", "draw this\n- rivers\n- hills")


class TestWaking:
    """Few messages are worth a closer look: those with something like a name in them."""

    @pytest.fixture
    def zoo(self, extended: Callable[..., Registry]) -> Registry:
        return extended(ModelCard(id="brindle-2", provider="rivercamp", family="brindle"))

    @pytest.mark.parametrize(
        ("text", "awake"),
        [
            ("the brindle", True),
            ("the brnidle", True),
            ("the brindleowi", True),
            ("the bryndla", True),
            ("the bronzodle", False),
            ("бриндл", True),
            ("бриндлом", True),
            ("بريندل", True),
            ("次のモデル", True),
            ("次の川", False),
            ("بالبريندل", True),
            ("rivercamp", True),
            ("a river camp", True),
            ("a river rain", False),
            ("the xgptx", True),
            ("someone@camp", True),
            ("/brook", True),
            ("r 1", True),
            ("r one", True),
            ("r drei", True),
            ("r rivers", False),
            ("rivers are long", False),
            ("the bryndla" + " rain" * 40, False),
        ],
    )
    def test_what_looks_or_sounds_like_a_name_wakes_the_parser(
        self, zoo: Registry, text: str, awake: bool
    ) -> None:
        assert explain(text, zoo).awake is awake


class TestLanguages:
    @pytest.mark.parametrize("lead", ["Passa a Claude e riassumi:", "Passe à Claude, résume ceci:"])
    def test_what_stands_before_a_colon_may_tell_the_language(
        self, read: Reader, lead: str
    ) -> None:
        assert read(f"{lead} {FILLER}").kind == "switch"
