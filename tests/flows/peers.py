"""Real mail servers on loopback, each with folders of its own: Postfix to relay and to receive, Dovecot to hold a mailbox."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import ports

MISSING = "; ".join(
    why
    for why, wrong in (
        ("Postfix's master must be started by root", os.geteuid() != 0),
        ("Postfix is not installed (Debian: postfix)", shutil.which("postfix") is None),
        ("Dovecot is not installed (Debian: dovecot-imapd dovecot-pop3d)", shutil.which("dovecot") is None),
    )
    if wrong
)
OWNER = "mail"  # the system's user that owns mailboxes here
PASSWORD = "of-the-tests"
SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class Peers:
    """What runs: where mails are handed over, and the mailbox that what comes back lies in."""

    relay: int
    imap: int
    pop: int
    folder: Path

    def received(self, who: str) -> list[bytes]:
        """The mails that the receiving server put into somebody's mailbox."""
        return [path.read_bytes() for path in sorted((self.folder / "people" / who / "new").glob("*"))]


@contextmanager
def running(
    *, accepts: list[str], refuses: Mapping[str, str], regrets: Mapping[str, str], lmtp: int = 0
) -> Iterator[Peers]:
    """Run a relay for shop.test and a server of people.test that accepts some, refuses some, and accepts some it cannot deliver.

    What comes back to the shop lies in Dovecot's mailbox, or goes to the port `lmtp` where one is given.
    """
    folder = Path(tempfile.mkdtemp(prefix="relance-peers-"))
    folder.chmod(0o755)
    relay, people, imap, pop = (ports.free() for _ in range(4))
    try:
        with ExitStack() as stack:
            to_shop = f"lmtp:inet:127.0.0.1:{lmtp}" if lmtp else "virtual:"
            stack.enter_context(_postfix(folder, "relay", relay, {
                "transport_maps": f"inline:{{people.test=smtp:[127.0.0.1]:{people}, shop.test={to_shop}}}",
                "virtual_mailbox_domains": "shop.test", "virtual_mailbox_maps": "inline:{bounces@shop.test=bounces/}",
                "virtual_mailbox_base": str(_owned(folder / "shop")), "recipient_delimiter": "+",
            }))  # fmt: skip
            boxes = ", ".join(f"{who}@people.test={who}/" for who in [*accepts, *regrets])
            refusals = ", ".join(f"{{{who}@people.test={said}}}" for who, said in refuses.items())
            errors = ", ".join(f"{{{who}@people.test=error:{said}}}" for who, said in regrets.items())
            stack.enter_context(_postfix(folder, "people", people, {
                "virtual_mailbox_domains": "people.test", "virtual_mailbox_maps": f"inline:{{{boxes}}}",
                "virtual_mailbox_base": str(_owned(folder / "people")),
                "smtpd_recipient_restrictions": f"check_recipient_access inline:{{{refusals}}}, permit_mynetworks, reject",
                "transport_maps": f"inline:{{{{shop.test=smtp:[127.0.0.1]:{relay}}}, {errors}}}",
            }))  # fmt: skip
            stack.enter_context(_dovecot(folder, imap, pop))
            yield Peers(relay, imap, pop, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _postfix(folder: Path, name: str, port: int, settings: Mapping[str, str]) -> Iterator[None]:
    owner = pwd.getpwnam(OWNER)
    config = folder / f"postfix-{name}"
    for made in (config, config / "queue", config / "data"):
        made.mkdir()
    shutil.chown(config / "data", "postfix")
    given = {
        "compatibility_level": "3.6", "queue_directory": str(config / "queue"), "data_directory": str(config / "data"),
        "maillog_file": str(config / "log"), "maillog_file_prefixes": str(folder), "myhostname": f"{name}.test",
        "mydestination": "", "mynetworks": "127.0.0.0/8", "inet_protocols": "ipv4", "smtp_host_lookup": "native",
        "virtual_uid_maps": f"static:{owner.pw_uid}", "virtual_gid_maps": f"static:{owner.pw_gid}", "virtual_minimum_uid": "1",
        "local_recipient_maps": "", "alias_maps": "", "smtputf8_enable": "no", "notify_classes": "",
    } | settings  # fmt: skip
    (config / "main.cf").write_text("".join(f"{key} = {value}\n" for key, value in given.items()))
    (config / "master.cf").write_text(SERVICES.format(port=port))
    subprocess.run(["postfix", "-c", str(config), "start"], check=True, capture_output=True, timeout=30)
    try:
        _wait(port)
        yield
    finally:
        subprocess.run(["postfix", "-c", str(config), "stop"], check=False, capture_output=True, timeout=30)


@contextmanager
def _dovecot(folder: Path, imap: int, pop: int) -> Iterator[None]:
    owner = pwd.getpwnam(OWNER)
    config = folder / "dovecot.conf"
    config.write_text(f"""
        protocols = imap pop3
        listen = 127.0.0.1
        base_dir = {folder}/dovecot
        log_path = {folder}/dovecot.log
        ssl = no
        disable_plaintext_auth = no
        first_valid_uid = 1
        mail_location = maildir:{folder}/shop/%u
        passdb {{
          driver = static
          args = password={PASSWORD}
        }}
        userdb {{
          driver = static
          args = uid={owner.pw_uid} gid={owner.pw_gid} home={folder}/shop/%u
        }}
        service imap-login {{
          chroot =
          inet_listener imap {{
            port = {imap}
          }}
        }}
        service pop3-login {{
          chroot =
          inet_listener pop3 {{
            port = {pop}
          }}
        }}
        service anvil {{
          chroot =
        }}
    """)
    server = subprocess.Popen(
        ["dovecot", "-F", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(imap)
        yield
    finally:
        server.terminate()
        server.wait(20)


def _owned(folder: Path) -> Path:
    folder.mkdir()
    shutil.chown(folder, OWNER, OWNER)
    return folder


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"nothing listens on port {port}")
