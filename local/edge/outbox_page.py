"""The outbox as a page."""

from collections.abc import Sequence
from html import escape

from local.outbox import Sent

STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; }
article { border: 1px solid #8884; border-radius: 8px; padding: .8rem 1rem; margin: .8rem 0; }
header { display: flex; gap: .8rem; flex-wrap: wrap; align-items: baseline; }
header b { flex: 1; }
.to, time, p.note { opacity: .7; font-size: .9rem; }
.channel { border-radius: 99px; padding: 0 .6rem; background: #8883; font-size: .85rem; }
.critical { background: #c62828; color: #fff; }
.warning, .high { background: #b26a00; color: #fff; }
pre { white-space: pre-wrap; font: inherit; margin: .5rem 0 0; }
"""


def outbox_page(messages: Sequence[Sent]) -> str:
    """HTML; every text is escaped, since subjects and messages carry room names that people typed."""
    items = "".join(_article(message) for message in messages) or "<p>No message yet.</p>"
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Outbox - WattWarden</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/outbox.css">'
        f'<h1>Outbox</h1><p class="note">What would have left this machine by email and SMS, newest first.</p>{items}'
    )


def _article(message: Sent) -> str:
    return (
        f'<article><header><span class="channel {escape(message.severity)}">{escape(message.channel)}</span>'
        f"<b>{escape(message.subject)}</b><time>{escape(message.at)}</time></header>"
        f'<div class="to">to {escape(message.address)}</div><pre>{escape(message.text)}</pre></article>'
    )
