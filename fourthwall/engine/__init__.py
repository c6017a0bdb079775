"""The engine for embedders: a chat that switches models when it is told to.

::

    chat = Conversation("gpt-4o")
    print(chat.send("Switch to Claude and write a poem").text)
    for event in chat.stream("Use something cheaper and shorten it"):
        ...

A turn goes one way: `plan` says what the message comes to, `dispatch` asks the model, the stages
work on the stream of events, and what comes out is given to the caller and kept in the history.
`Conversation` and `AsyncConversation` are thin shells; all that is decided is decided in `Chat`
and `Turn`, which do no I/O.

**The history** is a list of messages in OpenAI's shape.  Beside the content an assistant message
says who made it (``model``), what it thought (``reasoning_content``, and the private state that its
maker wants back, ``reasoning_details``: both go back to that very model only) and what was switched
(``fourthwall``).  None of this is sent to a provider as it is.

**A turn counts once something of the answer is there.**  If it fails before, or is closed before,
the history is as it was, and the same message can be sent again.  If it breaks off later, the
answer stays as far as it came.
"""

from fourthwall.engine._chat import Options
from fourthwall.engine._faces import AsyncConversation, Conversation
from fourthwall.engine._saved import MissingModelWarning
from fourthwall.engine._turn import Content

__all__ = ["AsyncConversation", "Content", "Conversation", "MissingModelWarning", "Options"]
