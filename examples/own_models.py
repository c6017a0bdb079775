"""A registry file of one's own, and `plan` as a stateless web handler would use it.

`handle` takes a chat-completions request in OpenAI's shape, with the whole history as clients send
it, and says what to do: which model to ask with which messages, or what to answer oneself.
Nothing is kept between two requests, so any number of processes can serve the same chat.

The models, with the nicknames that this house uses for them, stand in `models.toml` beside this
file.

What ``python examples/own_models.py`` prints::

    Good morning!
      ask acme/house-8b-instruct, message 1: Good morning!
    Ask the professor to prove that 7 is prime
      tell: House Large answers this message, then House Small is back. Note: input:
        0.05 → 0.60 USD per million tokens; output: 0.10 → 0.90 USD per million tokens.
      ask acme/house-70b-instruct, message 3: prove that 7 is prime
    Use a model that can see images
      answer: Switched from House Small to House Large. Note: input: 0.05 → 0.60 USD per
        million tokens; output: 0.10 → 0.90 USD per million tokens. Ready when you are.
    And who painted this?
      ask acme/house-70b-instruct, message 5: And who painted this?
    Switch to house medium
      answer: “house medium” isn't here; House Large stays. You can have House Small.
        Which one?
    (an unknown model)
      error 400: Model 'house-9' is not in the registry; did you mean house-large,
        house-small?
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import fill
from typing import Any

import fourthwall as fw

REGISTRY = fw.Registry.load(Path(__file__).with_name("models.toml"))


def handle(body: Mapping[str, Any]) -> dict[str, Any]:
    """Say what a chat-completions request comes to.

    Returns:
        ``{"ask": body to send on, "tell": announcement or None}``, ``{"answer": text}`` or
        ``{"error": body, "status": HTTP status}``.
    """
    try:
        plan = fw.plan(
            model=body.get("model", "house-small"),
            messages=body.get("messages", ()),
            registry=REGISTRY,
        )
    except fw.RequestError as error:
        detail = {"message": error.message, "param": error.param, "code": error.code}
        return {"error": {**detail, "type": "invalid_request_error"}, "status": error.status_hint}
    if plan.answered_by is None:
        return {"answer": plan.reply}
    forwarded = {**body, "model": plan.answered_by.upstream_id, "messages": plan.messages}
    return {"ask": forwarded, "tell": plan.announcement}


def lines(result: Mapping[str, Any]) -> list[str]:
    """Say for a person what `handle` returned."""
    if "error" in result:
        return [f"error {result['status']}: {result['error']['message']}"]
    if "answer" in result:
        return [f"answer: {' '.join(result['answer'].split())}"]
    sent = result["ask"]["messages"]
    told = [f"tell: {result['tell']}"] if result["tell"] else []
    return [*told, f"ask {result['ask']['model']}, message {len(sent)}: {sent[-1]['content']}"]


def show(text: str, result: Mapping[str, Any]) -> None:
    print(text)
    for line in lines(result):
        print(fill(line, 84, initial_indent="  ", subsequent_indent="    "))


def main() -> None:
    messages: list[dict[str, str]] = []
    for text in (
        "Good morning!",
        "Ask the professor to prove that 7 is prime",
        "Use a model that can see images",
        "And who painted this?",
        "Switch to house medium",
    ):
        messages.append({"role": "user", "content": text})
        result = handle({"model": "house-small", "messages": messages, "temperature": 0.2})
        show(text, result)
        messages.append({"role": "assistant", "content": result.get("answer", "(an answer)")})
    show("(an unknown model)", handle({"model": "house-9", "messages": messages}))


if __name__ == "__main__":
    main()
