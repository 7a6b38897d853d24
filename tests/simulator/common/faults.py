"""The faults that any provider can be told to show: one row each, and the small function that does it."""
import time
from email.utils import formatdate

from common.answer import Answer, Refusal, event, to_json
from common.scenario import CONTENT, REFUSE, TOLD, WIRE, Fault
from common.splits import after_cr, equal_parts, inside_characters, single_bytes

FOR_EVER_MS = 600_000
FILLER_BYTES = 64 * 1024
MAX_LINE_KIB = 64 * 1024
BROKEN_EVENT = b'data: {"id":"x","choices":[{"index":0,"delta":{"content":}]\n\n'
ERROR = {"error": {"message": "The model failed.", "type": "server_error", "param": None, "code": "server_error"}}
DONE = b"data: [DONE]\n\n"
BAD_GATEWAY = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>Bad Gateway</body>\r\n</html>\r\n"


# --- instead of performing ---

def refuse(exchange, status, retry_after="", retry_after_ms="", should_retry="", code="", message=""):
    headers = [("Retry-After", retry_after), ("retry-after-ms", retry_after_ms), ("x-should-retry", should_retry)]
    raise Refusal(status, message or f"Refused with {status} as asked.", code or None,
                  headers=[(name, value) for name, value in headers if value])


def refusal_by_status(status):
    options = {"retry_after": "1" if status == 429 else "", "retry_after_ms": "", "should_retry": "", "code": "",
               "message": ""}
    return Fault(str(status), REFUSE, "refused with this status", options,
                 lambda exchange, **given: refuse(exchange, status, **given))


def refuse_until_date(exchange, s):
    refuse(exchange, 429, retry_after=formatdate(time.time() + s, usegmt=True))


def refuse_for_quota(exchange):
    raise Refusal(429, "You exceeded your current quota.", "insufficient_quota", kind="insufficient_quota")


def refuse_in_html(exchange, status):
    exchange.answer = Answer(status, "text/html", [BAD_GATEWAY])


def redirect(exchange, to, status):
    to = to or f"http://localhost:{exchange.request.port}{exchange.request.full_path}"
    exchange.answer = Answer(status, "text/plain", [b""], headers=[("Location", to)])


def hang_up_unperformed(exchange, how):
    exchange.answer = Answer(503, "text/plain", [b""])
    exchange.how.silent, exchange.how.cut = True, how


# --- other bytes ---

def middle(answer, after=-1):
    """Index of the event to spoil: past the first, before the last."""
    return min(after, len(answer.pieces)) if after >= 0 else len(answer.pieces) // 2


def malform(exchange, after):
    answer = exchange.answer
    if answer.is_events:
        answer.pieces.insert(middle(answer, after), BROKEN_EVENT)
    else:
        answer.pieces = [b'{"malformed":,' + b"".join(answer.pieces)]


def truncate(exchange, percent):
    answer = exchange.answer
    if answer.is_events:
        index = middle(answer)
        cut = answer.pieces[index].rstrip(b"\n")
        answer.pieces[index] = cut[:len(cut) * percent // 100] + b"\n\n"
    else:
        whole = b"".join(answer.pieces)
        answer.pieces = [whole[:len(whole) * percent // 100]]


def change_type(exchange, type):
    exchange.answer.content_type = type


def fill(exchange, mib):
    """N MiB that are still valid, so that only a limit of size can stop the client."""
    answer, blocks = exchange.answer, mib * (1 << 20) // FILLER_BYTES
    if answer.is_events:
        filler, first, last = event({"padding": "x" * FILLER_BYTES}), [], answer.pieces
    elif answer.is_json:
        filler, body = b"x" * FILLER_BYTES, b"".join(answer.pieces)
        first, last = [b'{"padding":"'], [b'",' + body[1:]]
    else:
        filler, first, last = bytes(FILLER_BYTES), answer.pieces, []
    answer.pieces = (piece for part in (first, (filler for _ in range(blocks)), last) for piece in part)


def lengthen_line(exchange, kib):
    line = event({"padding": "x" * (min(kib, MAX_LINE_KIB) * 1024), "choices": []})
    if exchange.answer.is_events:
        exchange.answer.pieces.insert(middle(exchange.answer), line)


def comment(exchange, text):
    change_events(exchange, lambda piece: f": {text}\n\n".encode() + piece)


def insert_empty(exchange):
    change_events(exchange, lambda piece: b"data:\n\n" + piece)


def drop_space(exchange):
    change_events(exchange, lambda piece: piece.replace(b"data: ", b"data:", 1))


def end_lines_by(exchange, end):
    change_events(exchange, lambda piece: piece[:-2].replace(b"\n", end) + end + end)


def change_events(exchange, change):
    if exchange.answer.is_events:
        exchange.answer.pieces = [change(piece) for piece in exchange.answer.pieces]


def join_events(exchange, n):
    pieces = exchange.answer.pieces
    exchange.answer.pieces = [b"".join(pieces[at:at + n]) for at in range(0, len(pieces), n)]


def fail_in_band(exchange, after, named, done):
    answer = exchange.answer
    if not answer.is_events:
        answer.pieces = [to_json(ERROR)]
        return
    failure = (b"event: error\n" if named else b"") + event(ERROR)
    answer.pieces = answer.pieces[:middle(answer, after)] + [failure] + ([DONE] if done else [])


def drop_done(exchange):
    exchange.answer.pieces = [piece for piece in exchange.answer.pieces if piece.strip() != DONE.strip()]


def empty(exchange):
    exchange.answer.pieces, exchange.answer.stream = [], False


def fail_as(exchange, type):
    exchange.answer = Answer(200, type, [to_json(ERROR)])


# --- other sending ---

def wait_first(exchange, ms):
    exchange.how.first_ms = ms


def wait_pieces(exchange, ms):
    exchange.how.piece_ms = ms


def drip(exchange, ms, bytes):
    exchange.how.write_ms, exchange.how.split_write = ms, single_bytes(bytes)


def stall(exchange, after, ms):
    exchange.how.stall_at, exchange.how.stall_ms = middle_of(exchange, after), ms


def cut(exchange, how, after):
    exchange.how.cut, exchange.how.cut_at = how, middle_of(exchange, after)


def middle_of(exchange, after):
    is_list = isinstance(exchange.answer.pieces, list)
    return middle(exchange.answer, after) if is_list else max(after, 1)


def hang_up(exchange, how):
    exchange.how.silent, exchange.how.cut = True, how


def overstate_length(exchange, by):
    exchange.answer.pieces = list(exchange.answer.pieces)
    exchange.how.extra_length = by


def leave_open_chunks(exchange):
    exchange.how.chunked, exchange.how.final_chunk = True, False


def split_characters(exchange, ms):
    exchange.how.split_write, exchange.how.write_ms = inside_characters, ms


def split_characters_by_chunk(exchange, ms):
    exchange.how.chunked, exchange.how.split_piece, exchange.how.write_ms = True, inside_characters, ms


def split_line_ends(exchange, ms):
    end_lines_by(exchange, b"\r\n")
    exchange.how.split_write, exchange.how.write_ms = after_cr, ms


def split_events(exchange, writes, ms):
    exchange.how.split_write, exchange.how.write_ms = equal_parts(writes), ms


FAULTS = [
    Fault("ok", TOLD, "nothing happens", {}),
    Fault("429-date", REFUSE, "429 with Retry-After as an HTTP date", {"s": 2}, refuse_until_date),
    Fault("429-bare", REFUSE, "429 without Retry-After", {}, lambda exchange: refuse(exchange, 429)),
    Fault("429-quota", REFUSE, "429 insufficient_quota: must not be retried", {}, refuse_for_quota),
    Fault("html", REFUSE, "an HTML page of a proxy", {"status": 502}, refuse_in_html),
    Fault("redirect", REFUSE, "to the same port of another host name", {"to": "", "status": 302}, redirect),
    Fault("hangup-before", REFUSE, "closed without a byte, not performed", {"how": "fin"}, hang_up_unperformed),

    Fault("malformed", CONTENT, "one event (or the whole body) is invalid JSON", {"after": -1}, malform),
    Fault("truncated", CONTENT, "the JSON stops halfway, HTTP is complete", {"percent": 60}, truncate),
    Fault("content-type", CONTENT, "a wrong content type", {"type": "text/html"}, change_type),
    Fault("huge-body", CONTENT, "valid, and N MiB longer", {"mib": 64}, fill),
    Fault("huge-line", CONTENT, "one event of N KiB on a single line", {"kib": 1024}, lengthen_line),
    Fault("comments", CONTENT, "a comment before each event", {"text": "keep-alive"}, comment),
    Fault("empty-data", CONTENT, "an empty data line before each event", {}, insert_empty),
    Fault("no-space", CONTENT, "data: without the space", {}, drop_space),
    Fault("crlf", CONTENT, "lines of events end in CRLF", {}, lambda exchange: end_lines_by(exchange, b"\r\n")),
    Fault("cr", CONTENT, "lines of events end in CR", {}, lambda exchange: end_lines_by(exchange, b"\r")),
    Fault("two-in-one", CONTENT, "N events in one write", {"n": 2}, join_events),
    Fault("in-band-error", CONTENT, "status 200, then an error object", {"after": -1, "named": False, "done": False},
          fail_in_band),
    Fault("missing-done", CONTENT, "no [DONE]", {}, drop_done),
    Fault("empty-body", CONTENT, "status 200 and zero bytes", {}, empty),
    Fault("error-as", CONTENT, "status 200, a JSON error under another content type", {"type": "audio/mpeg"},
          fail_as),

    Fault("slow", WIRE, "the first byte comes late", {"ms": 2000}, wait_first),
    Fault("delay", WIRE, "a pause before each event or block", {"ms": 50}, wait_pieces),
    Fault("slow-body", WIRE, "the answer drips", {"ms": 200, "bytes": 1}, drip),
    Fault("stall", WIRE, "silence before an event, by default as good as for ever", {"after": -1, "ms": FOR_EVER_MS},
          stall),
    Fault("cut-fin", WIRE, "closed by FIN inside an event", {"after": -1},
          lambda exchange, after: cut(exchange, "fin", after)),
    Fault("cut-rst", WIRE, "closed by RST inside an event", {"after": -1},
          lambda exchange, after: cut(exchange, "rst", after)),
    Fault("hangup", WIRE, "closed without a byte, though performed", {"how": "fin"}, hang_up),
    Fault("long-length", WIRE, "Content-Length is larger than the body", {"by": 100}, overstate_length),
    Fault("no-final-chunk", WIRE, "chunked without the final chunk", {}, leave_open_chunks),
    Fault("utf8-split", WIRE, "characters divided between TCP writes", {"ms": 20}, split_characters),
    Fault("utf8-split-chunks", WIRE, "characters divided between HTTP chunks", {"ms": 20}, split_characters_by_chunk),
    Fault("crlf-split", WIRE, "CRLF line ends, CR and LF in different writes", {"ms": 20}, split_line_ends),
    Fault("many-writes", WIRE, "each event in N writes", {"writes": 5, "ms": 5}, split_events),
]
