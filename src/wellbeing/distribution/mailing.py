"""Send mails by SMTP over TLS, one at a time, and say of each what is known: accepted, refused, not sent, or unsure.

A mail is unsure from the moment that its content goes out until the server has answered: whoever loses the connection
then cannot know whether it was taken. Such a mail is not sent again.
"""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from wellbeing.distribution.letters import Sender
from wellbeing.distribution.recipients import is_address
from wellbeing.errors import InputError, UsageError
from wellbeing.workspace import Workspace
from wellbeing.yaml_forms import problem_at, read_form

#: Seconds that a server may stay silent.
PATIENCE = 30.0

Ending = Literal["sent", "refused", "failed", "unsure"]


@dataclass(frozen=True)
class MailSettings:
    """``data/mail.yaml``: the bureau's mail server. It holds no password; that is asked for.

    ``security``: ``tls`` (from the first byte, usually port 465) or ``starttls`` (usually 587). There is no way to send
    without. ``ca_file``: the certificate of the county's own authority, where the server's is not a public one.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    host: str
    port: int
    security: Literal["tls", "starttls"]
    sender: str
    sender_name: str = ""
    user: str = ""
    ca_file: str = ""
    schema: Literal[1] = 1


def settings_file(workspace: Workspace) -> Path:
    """Say where the settings lie."""
    return workspace.root / "data" / "mail.yaml"


def read_mail_settings(workspace: Workspace) -> MailSettings:
    """Read the settings.

    Raises
    ------
    InputError
        With every fault of them.
    """
    file, settings = read_form(settings_file(workspace), MailSettings)
    problems = []
    if not is_address(settings.sender):
        problems.append(problem_at(file, "recipient_address", "sender"))
    if not settings.host.strip() or not settings.host.isascii():
        problems.append(problem_at(file, "mail_host", "host"))
    if not 0 < settings.port < 65536:
        problems.append(problem_at(file, "mail_host", "port"))
    if settings.ca_file and not (workspace.root / settings.ca_file).is_file():
        problems.append(problem_at(file, "mail_ca", "ca_file"))
    if problems:
        raise InputError(problems)
    return settings


def sender_of(settings: MailSettings) -> Sender:
    """Give from whom mails come."""
    return Sender(settings.sender, settings.sender_name)


class Postbox:
    """A connection that is opened when the first mail goes out, and again after it broke."""

    def __init__(self, settings: MailSettings, context: ssl.SSLContext, password: str, patience: float) -> None:
        self._settings, self._context, self._password, self._patience = settings, context, password, patience
        self._server: smtplib.SMTP | None = None

    def send(self, to: str, mail: bytes) -> Ending:
        """Send one mail to one address; never raises for what the server does.

        Raises
        ------
        UsageError
            If there is no connection to be had at all: then the others need not be tried.
        """
        server = self._connected()
        try:
            for reply in (server.mail(self._settings.sender), server.rcpt(to)):
                if reply[0] not in (250, 251):
                    with suppress(smtplib.SMTPException, OSError):
                        server.rset()
                    # 4xx says "not now": it may be tried again. 5xx is an address that does not exist.
                    return "refused" if reply[0] >= 500 else "failed"
        except (smtplib.SMTPException, OSError):
            self._drop()
            return "failed"  # no content went out
        try:
            code = server.data(mail)[0]
        except smtplib.SMTPDataError as error:
            # Refused before any content was asked for.
            self._reset(server)
            return "refused" if error.smtp_code >= 500 else "failed"
        except (smtplib.SMTPException, OSError):
            self._drop()
            return "unsure"
        if code == 250:
            return "sent"
        self._reset(server)
        return "refused" if code >= 500 else "failed"

    def close(self) -> None:
        """Take leave of the server; mails that it took are taken whatever it says now."""
        if self._server is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._server.quit()
            self._drop()

    def _connected(self) -> smtplib.SMTP:
        if self._server is None:
            told: dict[str, str | int] = {"host": self._settings.host, "port": self._settings.port}
            try:
                self._server = self._opened()
            except smtplib.SMTPAuthenticationError:
                raise UsageError("mail_login", **told) from None
            except (ssl.SSLError, smtplib.SMTPNotSupportedError):
                raise UsageError("mail_tls", **told) from None
            except (smtplib.SMTPException, OSError):
                raise UsageError("mail_no_server", **told) from None
        return self._server

    def _opened(self) -> smtplib.SMTP:
        where = self._settings
        server: smtplib.SMTP
        if where.security == "tls":
            server = smtplib.SMTP_SSL(where.host, where.port, timeout=self._patience, context=self._context)
        else:
            server = smtplib.SMTP(where.host, where.port, timeout=self._patience)
        try:
            if where.security == "starttls":
                server.starttls(context=self._context)
            server.ehlo_or_helo_if_needed()
            if where.user:
                server.login(where.user, self._password)
        except BaseException:
            server.close()
            raise
        return server

    def _reset(self, server: smtplib.SMTP) -> None:
        try:
            server.rset()
        except (smtplib.SMTPException, OSError):
            self._drop()

    def _drop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None


@contextmanager
def postbox(
    workspace: Workspace, settings: MailSettings, password: str = "", patience: float = PATIENCE
) -> Iterator[Postbox]:
    """Give a way to send mails, with the server's certificate checked."""
    context = ssl.create_default_context(cafile=str(workspace.root / settings.ca_file) if settings.ca_file else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    box = Postbox(settings, context, password, patience)
    try:
        yield box
    finally:
        box.close()
