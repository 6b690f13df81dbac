"""Which channel mails leave by."""

from django.conf import settings

from relance.core import place
from relance.delivery.channels.esp import EspChannel
from relance.delivery.channels.maildir import MaildirChannel
from relance.delivery.channels.protocol import Channel
from relance.delivery.channels.simulated import SimulatedChannel
from relance.delivery.channels.smtp import SmtpChannel
from relance.intake import sources


def choose() -> Channel:
    """Return the channel of mails: simulated inside a rehearsal, SMTP where a server is set, the mailing service where its
    key is, else the local Maildir.

    Where the sample shop was loaded it is always the Maildir: invented addresses may belong to somebody.
    """
    if place.current().simulated:
        return SimulatedChannel()
    if settings.RELANCE.smtp_url and not sources.invented():
        return SmtpChannel(settings.RELANCE.smtp_url)
    if settings.RELANCE.service_key and not sources.invented():
        return EspChannel(settings.RELANCE.mailing_service)
    return MaildirChannel()
