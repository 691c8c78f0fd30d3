"""Figures as people read them."""

from datetime import datetime
from typing import Any

NOTHING = "–"


def percent(share: float | None, digits: int = 1) -> str:
    """A share of 1 as percents."""
    return NOTHING if share is None else f"{share * 100:.{digits}f} %"


def points(share: float | None) -> str:
    """A difference of shares in percentage points, with its sign."""
    if share is None:
        return NOTHING
    rounded = round(share * 100, 1)
    return f"{rounded:+.1f}".replace("-", "−") if rounded else "±0.0"


def trend(share: float | None) -> str:
    """How a difference of shares is coloured: by what is read of it."""
    rounded = round((share or 0) * 100, 1)
    return "good" if rounded > 0 else "warn" if rounded < 0 else ""


def number(value: float | None) -> str:
    """A count with thin spaces between thousands."""
    return NOTHING if value is None else f"{value:,.0f}".replace(",", "\u202f")


def span(seconds: float | None) -> str:
    """A length of time in its two largest units; long ones as decimal hours."""
    if seconds is None:
        return NOTHING
    if seconds < 60:
        return (
            f"{seconds:.0f} s" if seconds >= 10 or seconds == int(seconds) else f"{seconds:.1f} s"
        )
    if seconds >= 36_000:
        return f"{seconds / 3600:.1f} h"
    minutes = round(seconds / 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"


def moment(at: datetime | None) -> str:
    """A time in UTC, to the minute."""
    return NOTHING if at is None else f"{at:%Y-%m-%d %H:%M}"


def size(count: int | None) -> str:
    """Bytes in megabytes."""
    return NOTHING if count is None else f"{count / 1e6:.1f} MB"


FILTERS: dict[str, Any] = {
    "percent": percent,
    "points": points,
    "trend": trend,
    "number": number,
    "span": span,
    "moment": moment,
    "size": size,
}
