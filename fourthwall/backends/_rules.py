"""What a target accepts of a history, as one frozen value.

A dialect fills in its `Rules` from the provider's row and the model's card; what a provider has
just refused makes them stricter (`mended`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

__all__ = ["MediaKind", "Rules", "mended", "tool_id_pattern"]

MediaKind: TypeAlias = Literal["image", "audio", "file", "video", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What one target accepts.

    Attributes:
        provider: its name; with `models` it says whose private state goes back.
        models: the names of the model that is asked, id and upstream.
        formats: the ``format`` of the ``reasoning_details`` that the target can read; empty: any.
        details: whether ``reasoning_details`` go back at all.
        reasoning: whether its own reasoning goes back as text: never, its own, or its own and an
            empty one for turns with calls that it didn't make.
        system_slot: whether leading system text has a place of its own outside the turns.
        late_system: what becomes of later system text: a system turn where it stands
            (``in_place``), or a note of the user's side (``note``); there the leading texts are
            one turn, too.
        merges: whether neighbours of the same role become one.
        user_first: whether the first turn must be the user's.
        last: how a transcript may end: with any turn, or with the user's (a made-up one follows
            an assistant's turn that nobody has answered), or with an assistant's turn that the
            model goes on with (``prefill``; white space at its end goes).
        bridges: whether an assistant's turn must stand between a tool's results and the user.
        tools: whether the target has tools; without, calls and results become text.
        media: what it takes beside text.
        result_media: what it takes inside a tool's result; other media move into a user's turn
            behind all results, if it takes them there.
        answer_media: what it takes in an assistant's turn.
        max_images: how many images it takes; of more, the oldest are hidden.
        max_image_bytes: how large an image may be that is sent along; larger ones are hidden.
        file_ids: how the ids begin that the provider gives to files, where a message may name one.
        audio_ids: whether it keeps what its models spoke, so that an id stands for the words.
        id_pattern: what its call ids look like, matched as a whole.
    """

    provider: str
    models: frozenset[str]
    formats: frozenset[str] = frozenset()
    details: bool = False
    reasoning: Literal["never", "own", "required_on_tool_turns"] = "never"
    system_slot: bool = False
    late_system: Literal["in_place", "note"] = "in_place"
    merges: bool = False
    user_first: bool = False
    last: Literal["any", "user", "prefill"] = "any"
    bridges: bool = False
    tools: bool = True
    media: frozenset[MediaKind] = frozenset({"image", "audio", "file", "video", "other"})
    result_media: frozenset[MediaKind] = frozenset()
    answer_media: frozenset[MediaKind] = frozenset()
    max_images: int | None = None
    max_image_bytes: int | None = None
    file_ids: tuple[str, ...] = ()
    audio_ids: bool = False
    id_pattern: re.Pattern[str] = re.compile(r"[\s\S]{1,40}")


_ID_PATTERNS: Final = {
    "any": re.compile(r"[\s\S]{1,40}"),  # "Expected a string with maximum length 40"
    "word": re.compile(r"[a-zA-Z0-9_-]{1,40}"),
    "nine": re.compile(r"[a-zA-Z0-9]{9}"),
}


def tool_id_pattern(rule: Literal["any", "word", "nine"]) -> re.Pattern[str]:
    """Return the pattern of the rule that a row names.

    >>> bool(tool_id_pattern("word").fullmatch("functions.write_todos:0"))
    False
    """
    return _ID_PATTERNS[rule]


_MENDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "signature": {"details": False, "reasoning": "never"},
    "encrypted_content": {"details": False, "reasoning": "never"},
    "reasoning_refused": {"details": False, "reasoning": "never"},
    "reasoning_required": {"reasoning": "required_on_tool_turns"},
    "system_position": {"late_system": "note"},
    "role_order": {"merges": True, "user_first": True, "bridges": True, "last": "user"},
    "prefill": {"last": "user"},
    "media": dict.fromkeys(("media", "result_media", "answer_media"), frozenset()),
    "tool_id": {"id_pattern": _ID_PATTERNS["nine"]},
    "tool_pairs": {"tools": False},
    "tools_missing": {"tools": False},
    "empty_content": {"merges": True},
}
"""What a provider refused -> the stricter rules that do without it."""


def mended(rules: Rules, faults: frozenset[str]) -> Rules:
    """Return the rules for asking again after a provider refused something (see `FAULTS`)."""
    for fault in sorted(faults):
        rules = replace(rules, **_MENDS.get(fault, {}))
    return rules
