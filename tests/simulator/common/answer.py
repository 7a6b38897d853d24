"""What is said (Answer), how it reaches the client (Delivery), and the sending of both."""
import asyncio
import json
from dataclasses import dataclass, field
from http import HTTPStatus

REASONS = {status.value: status.phrase for status in HTTPStatus}
YIELD_EVERY = 64


class Refusal(Exception):
    """A provider says no: nothing is performed, nothing is charged. The provider's file gives it its shape."""

    def __init__(self, status, message, code=None, param=None, kind=None, headers=()):
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param
        self.kind = kind
        self.headers = list(headers)


@dataclass
class Answer:
    status: int = 200
    content_type: str = "application/json"
    pieces: object = field(default_factory=list)   # list of bytes, or an iterator when it is too large for memory
    stream: bool = False                           # chunked, one piece to a chunk
    headers: list = field(default_factory=list)    # (name, value)

    @property
    def is_events(self):
        return self.content_type.startswith("text/event-stream")

    @property
    def is_json(self):
        return self.content_type.startswith("application/json")


@dataclass
class Delivery:
    """The wire faults of one answer. Indices count pieces; a piece is an event, a block of audio or a whole body."""

    first_ms: int = 0            # before the first byte
    piece_ms: int = 0            # before each piece
    write_ms: int = 0            # after each write
    stall_at: int = -1
    stall_ms: int = 0
    cut_at: int = -1             # half of this piece is still sent
    cut: str = ""                # fin | rst
    silent: bool = False         # cut before the first byte
    extra_length: int = 0        # by how much Content-Length lies
    chunked: bool = False        # even if the length is known
    final_chunk: bool = True
    split_piece: object = None   # bytes -> parts, each its own HTTP chunk
    split_write: object = None   # bytes -> parts, each its own write

    @property
    def ends_connection(self):
        return bool(self.cut or self.extra_length or not self.final_chunk)


PLAIN = Delivery()


def to_json(value):
    """UTF-8 as it is, not escaped: escaped text would hide every fault that splits a character."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def json_answer(value, status=200, headers=()):
    return Answer(status, "application/json", [to_json(value)], headers=list(headers))


def text_answer(text, content_type="text/plain; charset=utf-8", status=200):
    return Answer(status, content_type, [text.encode() if isinstance(text, str) else text])


def event(value):
    return b"data: " + to_json(value) + b"\n\n"


def events_answer(events, headers=()):
    return Answer(200, "text/event-stream; charset=utf-8", events, True,
                  [("Cache-Control", "no-cache"), *headers])


def is_chunked(answer, how):
    return not how.extra_length and (answer.stream or how.chunked or not isinstance(answer.pieces, list))


def head_of(answer, how, keep_alive):
    lines = [f"HTTP/1.1 {answer.status} {REASONS.get(answer.status, 'Unknown')}",
             f"Content-Type: {answer.content_type}"]
    if is_chunked(answer, how):
        lines.append("Transfer-Encoding: chunked")
    else:
        lines.append(f"Content-Length: {sum(map(len, answer.pieces)) + how.extra_length}")
    lines += [f"{name}: {value}" for name, value in answer.headers]
    if not keep_alive:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def chunk(data):
    return b"%x\r\n%b\r\n" % (len(data), data)


async def deliver(line, answer, how, keep_alive):
    """Sends the answer as told. False: it was cut on purpose."""
    if how is PLAIN:
        await deliver_plain(line, answer, keep_alive)
        return True
    await line.pause(how.first_ms)
    if how.silent:
        return end_by_cut(line, how)
    await line.send(head_of(answer, how, keep_alive))
    if not await send_pieces(line, answer, how):
        return end_by_cut(line, how)
    if is_chunked(answer, how) and how.final_chunk:
        await send_writes(line, how, b"0\r\n\r\n")
    return not how.ends_connection


async def deliver_plain(line, answer, keep_alive):
    """The same without faults, for speed: a length-known body leaves with its head in one write."""
    head = head_of(answer, PLAIN, keep_alive)
    if not is_chunked(answer, PLAIN):
        return await line.send(b"".join((head, *answer.pieces)))
    await line.send(head)
    for index, piece in enumerate(answer.pieces):
        if piece:
            await line.send(chunk(piece))
        if index % YIELD_EVERY == YIELD_EVERY - 1:
            await asyncio.sleep(0)
    await line.send(b"0\r\n\r\n")


async def send_pieces(line, answer, how):
    """False: the cut was reached."""
    chunked = is_chunked(answer, how)
    for index, piece in enumerate(answer.pieces):
        if index == how.stall_at:
            await line.pause(how.stall_ms)
        await line.pause(how.piece_ms)
        parts = [part for part in (how.split_piece(piece) if how.split_piece else [piece]) if part]
        if index == how.cut_at:
            framed = b"".join(map(chunk, parts)) if chunked else piece
            await send_writes(line, how, framed[:len(framed) // 2])
            return False
        for part in parts:
            await send_writes(line, how, chunk(part) if chunked else part)
        await asyncio.sleep(0)
    return not how.cut


async def send_writes(line, how, data):
    for part in how.split_write(data) if how.split_write else [data]:
        await line.send(part)
        await line.pause(how.write_ms)


def end_by_cut(line, how):
    if how.cut == "rst":
        line.reset()
    return False
