"""What may be shown of a value: bounded, safe, inert."""

from __future__ import annotations

MESSAGE_LIMIT = 2_000  # characters of an exception's message


def message(error: BaseException | None, limit: int = MESSAGE_LIMIT) -> str:
    """What the exception says of itself, or its type when it says nothing; a placeholder when it cannot."""
    if error is None:
        return ""
    try:
        said = str(error)
    except BaseException:  # noqa: BLE001  # hostile __str__: the placeholder is the answer
        return f"<{type(error).__name__} whose __str__ raises>"
    return clip(said, limit) or type(error).__name__


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, without lone surrogates; what was cut from the middle is told."""
    if len(text) > limit:
        kept = max(limit - 30, 10)
        text = f"{text[: kept * 2 // 3]} … {len(text) - kept:,} characters cut … {text[-(kept // 3) :]}"
    return text.encode("utf-8", "backslashreplace").decode()
