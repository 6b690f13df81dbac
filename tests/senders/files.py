"""A second sender beside that of the settings, as a file says it."""

from datetime import datetime

from relance.core.definitions import parse
from relance.senders import keeping
from relance.senders.sender import Sender

OUTLET = """
sender: outlet
from: Hello@Outlet.Example.com
name: {fr: L’Atelier Outlet, en: The Outlet}
reply_to: care@outlet.example.com
unsubscribe_address: stop@outlet.example.com
bounce_address: returns@outlet.example.com
shop_url: https://outlet.example.com
postal_address: 2 rue du Port, Nantes
"""


def outlet(now: datetime, *lines: str) -> Sender:
    """Keep the sender above, with these lines beside."""
    keeping.apply([parse(OUTLET + "\n".join(lines), "outlet.yaml")], now, by="Marie")
    return keeping.find("outlet")
