"""HTTP/1.1 as bytes: requests are read strictly, answers are written exactly as told.

Strict, because a client that sends a malformed request must hear of it here and not in production.
"""
import asyncio
import re
import socket
import struct
import urllib.parse
from dataclasses import dataclass, field

MAX_HEAD_BYTES = 64 * 1024
MAX_HEADERS = 100
PEER_CHECK_S = 0.05
DISCARD_S = 1.0

REQUEST_LINE = re.compile(rb"([A-Z]{1,16}) (/[\x21-\x7e]*) HTTP/1\.1")
HEADER_LINE = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*?)[ \t]*")
CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,8})(;[^\r\n]*)?\r\n")
GIVEN_ONCE = {"host", "content-length", "transfer-encoding", "content-type", "authorization", "idempotency-key"}


class BadRequest(Exception):
    """The bytes are not HTTP as we accept it; the connection is closed after the answer."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass
class Request:
    method: str
    path: str                  # without dialect prefix: what is routed
    full_path: str             # as asked: what the ledger says
    query: dict
    headers: dict              # names in lower case
    body: bytes = b""
    dialect: str = "openai"
    serial: int = 0            # counts the requests of this process
    port: int = 0
    fields: dict = field(default_factory=dict)   # the JSON object, or the text parts of the form
    files: dict = field(default_factory=dict)    # the file parts of the form
    flaw: str = ""             # why the body could not be read, for the provider to say in its own words
    digest: str = ""
    scenario: object = None

    @property
    def model(self):
        """As a member, a part, or a parameter; of several in order of preference the first."""
        model = self.fields.get("model", self.query.get("model"))
        several = self.fields.get("speech_models")
        if model is None and isinstance(several, list) and several:
            model = several[0]
        return model if isinstance(model, str) else None

    @property
    def key(self):
        return self.headers.get("idempotency-key")

    @property
    def plain_key(self):
        return without_quotes(self.key)

    @property
    def scenario_text(self):
        return self.scenario.text if self.scenario else None

    def told(self, name):
        """The options of a fault that the provider itself performs, never empty; None when it was not asked for."""
        options = self.scenario.options_of(name) if self.scenario else None
        return options if options is None else {"fault": name, **options}


def without_quotes(key):
    """Clients send an Idempotency-Key with and without the quotes of a structured field."""
    return key[1:-1] if key and len(key) > 2 and key[0] == key[-1] == '"' else key


async def read_request(reader, writer, limit_of):
    """The next request of a kept-alive connection; None when the peer has closed it. limit_of(request): bytes of its body."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as end:
        if end.partial:
            raise BadRequest(400, "the head of the request is incomplete") from end
        return None
    except asyncio.LimitOverrunError as overrun:
        raise BadRequest(431, "the head of the request is too large") from overrun
    request = parse_head(head)
    request.body = await read_body(reader, writer, request.headers, limit_of(request))
    return request


def parse_head(head):
    lines = head[:-4].split(b"\r\n")
    match = REQUEST_LINE.fullmatch(lines[0])
    if not match:
        raise BadRequest(400, "malformed request line")
    if len(lines) > MAX_HEADERS + 1:
        raise BadRequest(431, "too many headers")
    path, _, query = match[2].decode("ascii").partition("?")
    headers = parse_headers(lines[1:])
    if "host" not in headers:
        raise BadRequest(400, "no Host header")
    asked = dict(urllib.parse.parse_qsl(query, keep_blank_values=True)) if query else {}
    path = urllib.parse.unquote(path)
    return Request(match[1].decode("ascii"), path, path, asked, headers)


def parse_headers(lines):
    headers = {}
    for line in lines:
        match = HEADER_LINE.fullmatch(line)
        if not match:
            raise BadRequest(400, "malformed header line")
        name = match[1].decode("ascii").lower()
        value = match[2].decode("utf-8", "replace")
        if name in headers:
            if name in GIVEN_ONCE:
                raise BadRequest(400, f"header {name} given twice")
            value = headers[name] + ", " + value
        headers[name] = value
    return headers


async def read_body(reader, writer, headers, max_bytes):
    coding, length = headers.get("transfer-encoding"), headers.get("content-length")
    if coding is not None and length is not None:
        raise BadRequest(400, "both Content-Length and Transfer-Encoding")
    if coding is not None and coding.lower() != "chunked":
        raise BadRequest(501, "unknown Transfer-Encoding")
    if length is not None and not re.fullmatch(r"[0-9]{1,15}", length):
        raise BadRequest(400, "malformed Content-Length")
    if length is not None and int(length) > max_bytes:
        raise BadRequest(413, "the body is too large")
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    try:
        if coding is not None:
            return await read_chunks(reader, max_bytes)
        return await reader.readexactly(int(length)) if length else b""
    except asyncio.IncompleteReadError as end:
        raise BadRequest(400, "the body ends before its length") from end


async def read_chunks(reader, max_bytes):
    body = bytearray()
    while True:
        match = CHUNK_LINE.fullmatch(await reader.readuntil(b"\r\n"))
        if not match:
            raise BadRequest(400, "malformed chunk size")
        size = int(match[1], 16)
        if len(body) + size > max_bytes:
            raise BadRequest(413, "the body is too large")
        if size == 0:
            break
        body += await reader.readexactly(size)
        if await reader.readexactly(2) != b"\r\n":
            raise BadRequest(400, "a chunk does not end with CRLF")
    for _ in range(MAX_HEADERS):
        if await reader.readuntil(b"\r\n") == b"\r\n":
            return bytes(body)
    raise BadRequest(431, "too many trailers")


class PeerGone(Exception):
    """The client hung up while its answer was under way."""


class Line:
    """One accepted connection, with control over every write."""

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer
        # drain() then means "given to the kernel", so that one write is one segment when we pause after it.
        writer.transport.set_write_buffer_limits(high=0)

    async def send(self, data):
        self.writer.write(data)
        try:
            await self.writer.drain()
        except ConnectionError as lost:
            raise PeerGone from lost

    async def pause(self, ms):
        """Waits, but not for a client that has gone (half-closed counts as gone): no stall outlives its reader."""
        loop = asyncio.get_running_loop()
        end = loop.time() + ms / 1000
        while (left := end - loop.time()) > 0:
            await asyncio.sleep(min(left, PEER_CHECK_S))
            if self.reader.at_eof() or self.writer.transport.is_closing():
                raise PeerGone

    def reset(self):
        """Closes by RST."""
        peer = self.writer.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def discard(self):
        """Reads what the peer still sends: closing over unread bytes is a RST, which can destroy our answer."""
        self.writer.write_eof()
        try:
            async with asyncio.timeout(DISCARD_S):
                while await self.reader.read(MAX_HEAD_BYTES):
                    pass
        except TimeoutError:
            pass
