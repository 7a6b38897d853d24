"""A mail server, Debian's aiosmtpd: it takes mail by STARTTLS from who logs in, keeps it, and says no where a test wants it."""
import email
import email.policy
import pathlib
import re
import ssl
import subprocess
import tempfile

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from house import free_port, wait_until

NAME, PASSWORD = "palabre", "mails-in-tests"
LINK = re.compile(r"https?://\S+")
CUT = "cut"


class Mail:
    def __init__(self, envelope, session):
        self.to, self.sender, self.raw, self.over_tls = envelope.rcpt_tos, envelope.mail_from, envelope.content, session.ssl is not None
        self.message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.subject, self.text = self.message["subject"], self.message.get_body(("plain",)).get_content()

    @property
    def link(self):
        return LINK.search(self.text)[0]

    @property
    def token(self):
        return self.link.partition("token=")[2]


class Post:
    """`says` has answers for the next commands of a kind: {"RCPT": ["450 later"]}."""

    def __init__(self):
        self.mails, self.tries, self.says = [], {}, {}
        self.place = tempfile.TemporaryDirectory(prefix="post.")
        pathlib.Path(self.place.name).chmod(0o755)
        key, self.ca_file = pathlib.Path(self.place.name) / "key.pem", pathlib.Path(self.place.name) / "ca.crt"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", self.ca_file], check=True, capture_output=True)
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(self.ca_file, key)
        self.port = free_port(28025)
        self.start()

    def start(self):
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, tls_context=self.context, require_starttls=True, auth_required=True,
                                     authenticator=self.login, enable_SMTPUTF8=True)
        self.controller.start()

    def stop(self):
        self.controller.stop()

    def settings(self):
        """Of a house that mails by it."""
        return {"MAIL_URL": f"smtp://127.0.0.1:{self.port}", "MAIL_TLS": "required", "MAIL_CA_FILE": str(self.ca_file), "MAIL_USER": NAME, "MAIL_PASSWORD": PASSWORD,
                "MAIL_FROM": "L'équipe <no-reply@example.org>", "MAIL_TIMEOUT_MS": "5000", "MAIL_SCHEDULE": "0,0.2,0.3,0.4,0.5"}

    # --- what aiosmtpd asks ---

    def login(self, server, session, envelope, mechanism, given):
        return AuthResult(success=(given.login, given.password) == (NAME.encode(), PASSWORD.encode()))

    def answer(self, server, command, otherwise):
        says = self.says.get(command)
        word = says.pop(0) if says else otherwise
        if word == CUT:
            server.transport.abort()
        return word

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.tries[address] = self.tries.get(address, 0) + 1
        word = self.answer(server, "RCPT", "250 OK")
        if word.startswith("250"):
            envelope.rcpt_tos.append(address)
        return word

    async def handle_DATA(self, server, session, envelope):
        word = self.answer(server, "DATA", "250 OK")
        if word.startswith("250"):
            self.mails.append(Mail(envelope, session))
        return word

    # --- what tests ask ---

    def got(self, address):
        return [mail for mail in list(self.mails) if mail.to == [address]]

    def next_to(self, address, n=1):
        """Number n of the mails to an address, once it has come."""
        return wait_until(lambda: len(self.got(address)) >= n and self.got(address)[n - 1], 20, f"mail {n} to {address} has come")
