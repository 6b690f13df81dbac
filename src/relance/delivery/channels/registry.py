"""Which channel mails leave by."""

from django.conf import settings

from relance.core import place
from relance.core.errors import ChannelError, ConfigurationError
from relance.delivery.channels.esp import EspChannel
from relance.delivery.channels.maildir import MaildirChannel
from relance.delivery.channels.protocol import Channel
from relance.delivery.channels.simulated import SimulatedChannel
from relance.delivery.channels.smtp import SmtpChannel
from relance.intake import sources
from relance.senders import register


def choose() -> Channel:
    """Return the channel of mails: simulated inside a rehearsal, SMTP where a server is set, the mailing service where its
    key is, else the local Maildir.

    Where the sample shop was loaded it is always the Maildir: invented addresses may belong to somebody.
    """
    if place.current().simulated:
        return SimulatedChannel()
    if settings.RELANCE.smtp_url and not sources.invented():
        return SmtpChannel(settings.RELANCE.smtp_url, host=register.default().domain)
    if settings.RELANCE.service_key and not sources.invented():
        return EspChannel(settings.RELANCE.mailing_service)
    return MaildirChannel()


def separate() -> bool:
    """Tell whether mails of a sender with relays of its own leave by these: not in a rehearsal, nor of the sample shop."""
    return not (place.current().simulated or sources.invented())


def own(relays: str) -> Channel:
    """Return the channel of a sender's own relays; ChannelError where the setting does not name them, or cannot be read."""
    urls = settings.RELANCE.relay_groups.get(relays)
    if urls is None:
        raise ChannelError(
            f"RELANCE_SENDER_RELAYS names no relay {relays}. Write {relays}=smtp://… there, or change the sender.",
            permanent=True,
        )
    try:
        return SmtpChannel(urls, setting="RELANCE_SENDER_RELAYS", host=register.default().domain)
    except ConfigurationError as error:
        raise ChannelError(str(error), permanent=True) from error
