"""Bodies of requests: JSON objects, multipart forms, the latter read strictly, and plain recordings."""
import hashlib
import json
import math
import re
from dataclasses import dataclass

BOUNDARY = re.compile(r"""multipart/form-data\s*;\s*boundary=("?)([0-9A-Za-z'()+_,\-./:=? ]{1,70})\1\s*""", re.I)
PARAMETER = re.compile(r';\s*(name|filename)="((?:[^"\\]|\\.)*)"')
MAX_PARTS = 200
SOUND = ("audio/", "application/octet-stream")      # a recording as the whole body


class Flaw(Exception):
    pass


@dataclass
class File:
    name: str
    content_type: str
    data: bytes


def read_form(request):
    """Fills fields, files, digest, flaw of the request from its body."""
    kind = request.headers.get("content-type", "")
    try:
        if kind.lower().startswith("multipart/form-data"):
            return read_multipart(request, kind)
        request.digest = hashlib.sha256(request.body).hexdigest()
        if kind.partition(";")[0].strip().lower() == "application/json":
            request.fields = read_object(request.body)
        elif request.body and not kind.startswith(SOUND):
            raise Flaw(f"unsupported content type {kind[:80]!r}")
    except Flaw as flaw:
        request.flaw = str(flaw)
        request.digest = request.digest or hashlib.sha256(request.body).hexdigest()


def read_object(body):
    try:
        value = json.loads(body, parse_constant=refuse_number, parse_float=finite)
        if b"\\u" in body:
            json.dumps(value, ensure_ascii=False).encode()     # half of a surrogate pair is no character
    except (ValueError, RecursionError) as error:
        raise Flaw(f"we could not parse the JSON body of your request: {error}") from error
    if not isinstance(value, dict):
        raise Flaw("the JSON body must be an object")
    return value


def refuse_number(text):
    raise ValueError(f"{text} is not a JSON number")


def finite(text):
    number = float(text)
    return number if math.isfinite(number) else refuse_number(text)


def read_multipart(request, content_type):
    match = BOUNDARY.fullmatch(content_type)
    if not match:
        raise Flaw("multipart/form-data without a valid boundary")
    digest = hashlib.sha256()
    for name, file, data in parts_of(request.body, match[2].encode()):
        # Over the parts and not the body: a repeated request has another boundary.
        digest.update(f"{name}\0{file.name if file else ''}\0{len(data)}\0".encode("utf-8", "replace"))
        digest.update(data)
        if file:
            request.files[name] = file
        else:
            add_field(request.fields, name, data)
    request.digest = digest.hexdigest()


def add_field(fields, name, data):
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Flaw(f"part {name!r} is not UTF-8") from error
    if name.endswith("[]"):
        fields.setdefault(name, []).append(text)
    elif name in fields:
        raise Flaw(f"part {name!r} given twice")
    else:
        fields[name] = text


def parts_of(body, boundary):
    """(name, File or None, bytes) of each part. Every CRLF must be where RFC 2046 puts it."""
    delimiter = b"\r\n--" + boundary
    if not body.startswith(delimiter[2:]):
        raise Flaw("the body does not begin with the boundary")
    at = len(delimiter) - 2
    for _ in range(MAX_PARTS):
        if body[at:at + 2] == b"--":
            if body[at + 2:] not in (b"", b"\r\n"):
                raise Flaw("bytes after the last boundary")
            return
        if body[at:at + 2] != b"\r\n":
            raise Flaw("a boundary is not followed by CRLF")
        start = body.find(b"\r\n\r\n", at)
        end = body.find(delimiter, start + 4 - 2) if start >= 0 else -1
        if end < 0:
            raise Flaw("a part has no end")
        yield read_part(body[at + 2:start], body[start + 4:end])
        at = end + len(delimiter)
    raise Flaw("too many parts")


def read_part(head, data):
    headers = {}
    for line in head.split(b"\r\n"):
        name, colon, value = line.decode("utf-8", "replace").partition(":")
        if not colon:
            raise Flaw("malformed header of a part")
        headers[name.strip().lower()] = value.strip()
    disposition = headers.get("content-disposition", "")
    given = {name: re.sub(r"\\(.)", r"\1", value) for name, value in PARAMETER.findall(disposition)}
    if not disposition.lower().startswith("form-data") or not given.get("name"):
        raise Flaw("a part without Content-Disposition: form-data and name")
    if "filename" not in given:
        return given["name"], None, data
    return given["name"], File(given["filename"], headers.get("content-type", ""), data), data
