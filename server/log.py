"""What the server tells of itself: a JSON object a line, each with the request it belongs to."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime

# Threads that work for a request take it along.
request_id: ContextVar[str] = ContextVar("request_id", default="")

requests = logging.getLogger("tessera.requests")


class Lines(logging.Formatter):
    """Time, level, logger, message, request id; then what came as `extra={"told": {...}}`."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": request_id.get(),
            **getattr(record, "told", {}),
        }
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told, default=str)


def begin(level: str) -> None:
    """Everything goes this way, what uvicorn says too."""
    # Where in the code, by which thread and process: no line tells it, and it costs to find out.
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    logging.basicConfig(level=level, handlers=[handler])
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True


def answered(method: str, path: str, status: int, seconds: float) -> None:
    """One request and its answer. Probes are for those who debug."""
    level = logging.INFO if path.startswith("/api/") else logging.DEBUG
    if requests.isEnabledFor(level):
        told = {"method": method, "path": path, "status": status, "ms": round(seconds * 1e3, 1)}
        requests.log(level, "answered", extra={"told": told})
