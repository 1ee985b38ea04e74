"""A mail server on loopback with TLS, for tests: it keeps what it takes, and misbehaves where it is told to.

Written here because a library's server cannot be made to drop a connection half-way through a mail's content.
"""

import datetime
import ipaddress
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


def make_certificate(folder: Path, host: str = "localhost") -> Path:
    """Make a certificate for this machine, signed by itself, with its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName(host), *([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))] if host == "localhost" else [])]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
    public = folder / "authority.pem"
    public.write_bytes(certificate.public_bytes(Encoding.PEM))
    return path


@dataclass
class MailServer:
    """Listens from `start` until `stop`.

    ``trouble`` says what to do for a recipient: ``refuse`` (550), ``later`` (451), ``drop_before`` (close at the
    recipient), ``drop_middle`` (close in the middle of the content), ``drop_after`` (take the content, then close
    without a word), ``silent`` (take the content and say nothing), ``refuse_content`` (554 after it).
    """

    certificate: Path
    starttls: bool = False
    login: tuple[str, str] | None = None
    trouble: dict[str, str] = field(default_factory=dict)
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    plain: list[bytes] = field(default_factory=list)
    connections: int = 0

    def start(self) -> "MailServer":
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.certificate)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._stopped = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def stop(self) -> None:
        self._stopped.set()
        self._listening.close()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            if not self.starttls:
                connection = self._context.wrap_socket(connection, server_side=True)
            self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        lines = connection.makefile("rb")
        secure, known, to = not self.starttls, self.login is None, ""

        def say(text: str) -> None:
            connection.sendall(text.encode("ascii") + b"\r\n")

        try:
            say("220 test")
            while line := lines.readline():
                if not secure:
                    self.plain.append(line)
                command = line.split()[0].upper() if line.split() else b""
                if command == b"EHLO":
                    say("250-test")
                    offers = [*(["STARTTLS"] if not secure else []), *(["AUTH PLAIN"] if secure and self.login else [])]
                    for offer in offers:
                        say(f"250-{offer}")
                    say("250 SIZE 50000000")
                elif command == b"STARTTLS":
                    say("220 go")
                    connection = self._context.wrap_socket(connection, server_side=True)
                    lines, secure = connection.makefile("rb"), True
                elif command == b"AUTH":
                    import base64

                    _, user, password = base64.b64decode(line.split()[2]).decode().split("\0")
                    known = (user, password) == self.login
                    say("235 ok" if known else "535 no")
                elif not known or not secure:
                    say("530 first")
                elif command == b"RCPT":
                    to = line.decode().partition("<")[2].partition(">")[0]
                    what = self.trouble.get(to, "")
                    if what == "drop_before":
                        return
                    say({"refuse": "550 nobody", "later": "451 later"}.get(what, "250 ok"))
                elif command == b"DATA":
                    say("354 go")
                    if not self._content(connection, lines, to, say):
                        return
                elif command == b"QUIT":
                    say("221 bye")
                    return
                else:
                    say("250 ok")
        finally:
            lines.close()
            connection.close()

    def _content(self, connection, lines, to, say) -> bool:
        what = self.trouble.get(to, "")
        content = b""
        while (line := lines.readline()) not in (b".\r\n", b""):
            content += line[1:] if line.startswith(b"..") else line
            if what == "drop_middle" and len(content) > 500:
                connection.close()
                return False
        if what == "refuse_content":
            say("554 no")
            return True
        self.taken.append((to, content))
        if what == "drop_after":
            return False
        if what == "silent":
            self._stopped.wait(5)
            return False
        say("250 taken")
        return True
