"""The frame of a page: one style sheet in the page itself, allowed by its hash alone."""

import base64
import hashlib
from html import escape

from fastapi.responses import HTMLResponse

from core.errors import TesseraError

STYLE = """
:root { color-scheme: dark; --ground: #15171a; --soft: #262a2f; --ink: #e7e9ec; --line: #363b42;
        --accent: #6cb2ff; --accent-ink: #0b1a2b; }
@media (prefers-color-scheme: light) {
  :root { color-scheme: light; --ground: #eceef1; --soft: #ffffff; --ink: #1b1f24; --line: #cdd3da;
          --accent: #1663bd; --accent-ink: #ffffff; }
}
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1.5rem;
       background: var(--ground); color: var(--ink); }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; }
h2 { margin: 2.5rem 0 .5rem; font-size: 1.15rem; }
h2::first-letter { text-transform: uppercase; }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
code, pre { font: 13px/1.45 ui-monospace, monospace; }
pre { background: var(--soft); padding: .75rem; overflow-x: auto; border-radius: .4rem; }
details { border: 1px solid var(--line); border-radius: .4rem; margin: .4rem 0; }
summary { padding: .5rem .75rem; cursor: pointer; } details > div { padding: 0 .75rem .75rem; }
summary b { display: inline-block; min-width: 4.5rem; color: var(--accent); }
summary span { opacity: .75; }
table { border-collapse: collapse; width: 100%; } h4 { margin: 1rem 0 .25rem; }
form { display: flex; gap: .75rem; align-items: center; flex-wrap: wrap; }
input { font: inherit; color: inherit; padding: .4rem .6rem; min-width: 22rem; max-width: 100%;
        border: 1px solid var(--line); border-radius: .4rem; background: var(--soft); }
button { font: inherit; padding: .4rem .9rem; cursor: pointer; border: 0; border-radius: .4rem;
         background: var(--accent); color: var(--accent-ink); }
progress { width: 16rem; vertical-align: middle; }
td, th { border-top: 1px solid var(--line); padding: .3rem .5rem; text-align: left;
         vertical-align: top; }
"""
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def refusal(error: TesseraError) -> HTMLResponse:
    """The page of whoever asks for what is not there, or not for them."""
    name = "Not found" if error.status == 404 else "Not for you"
    text = f'<h1>{name}</h1><p>{escape(error.detail)}</p><p><a href="/">All projects</a></p>'
    return page(name, text, status=error.status)


def page(title: str, body: str, *, status: int = 200, renew_s: int | None = None) -> HTMLResponse:
    """A whole page; `body` is HTML with everything escaped already.

    With `renew_s` the browser loads it again after so many seconds.
    """
    # Browsers name the origin of a form only to pages that may hear of it.
    headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin"}
    return HTMLResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{body}</body></html>",
        status_code=status,
        headers=headers | ({"Refresh": str(renew_s)} if renew_s else {}),
    )
