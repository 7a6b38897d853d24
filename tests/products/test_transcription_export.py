"""Transcriptions as files: text formats at once, PDF and Word from a worker."""
import io
import json
import pathlib
import re
import urllib.parse
import xml.etree.ElementTree
import zipfile

import pytest

from media import SPOKEN_WORDS, pdf_info, pdf_text, spoken, tool
from palabre import Client

BASE = "/api/transcription"
TYPES = {"txt": "text/plain", "srt": "application/x-subrip", "vtt": "text/vtt", "json": "application/json", "md": "text/markdown", "pdf": "application/pdf",
         "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"}
TIMES = re.compile(r"(\d\d):(\d\d):(\d\d)[.,](\d{3}) --> (\d\d):(\d\d):(\d\d)[.,](\d{3})")


@pytest.fixture(scope="module")
def heard(house):
    """A recording that was transcribed: (client, the transcription)."""
    client = Client(house).register()
    made = client.post_form(f"{BASE}/upload", [("language", "en"), ("engine", "pocketsphinx"), ("file", ("réunion: 1.wav", ("audio/wav"), spoken()))])
    assert made.status == 201, made
    client.follow(made.json()["job_id"])
    return client, client.get(f"{BASE}/{made.json()['id']}").json()


def export(heard, format, headers=(), **query):
    client, result = heard
    return client.get(f"{BASE}/{result['id']}/export/{format}" + ("?" + urllib.parse.urlencode(query) if query else ""), **dict(headers))


def words_in(text):
    return set(re.findall(r"[a-z]+", text.lower()))


def captions(text):
    """(start, end) of each in milliseconds."""
    found = [[int(n) for n in match] for match in TIMES.findall(text)]
    return [tuple(((h * 60 + m) * 60 + s) * 1000 + ms for h, m, s, ms in (one[:4], one[4:])) for one in found]


# --- files ---

@pytest.mark.parametrize("format", ["txt", "srt", "vtt", "json", "md"])
def test_a_text_format_is_the_file_itself_with_its_type_and_name(heard, house, format):
    got = export(heard, format)
    assert got.status == 200 and got.type == TYPES[format], got
    assert got.headers["content-disposition"].startswith('attachment; filename="r')
    assert f"filename*=UTF-8''r%C3%A9union" in got.headers["content-disposition"]
    assert len(SPOKEN_WORDS & words_in(got.body.decode())) >= len(SPOKEN_WORDS) - 1, got.body


def test_captions_have_the_times_of_their_words(heard, house):
    words = json.loads(export(heard, "json").body)["words"]
    srt, vtt = export(heard, "srt").body.decode(), export(heard, "vtt").body.decode()
    assert captions(srt) == captions(vtt) and captions(srt)
    starts = {round(word["start"] * 1000) for word in words}
    assert all(start in starts for start, _ in captions(srt))
    assert all(start < end for start, end in captions(srt))
    assert all(one[1] <= two[0] for one, two in zip(captions(srt), captions(srt)[1:]))
    assert vtt.startswith("WEBVTT\n\n") and "\r\n" in srt and "\r" not in vtt


def test_ffmpeg_reads_the_captions(heard, house, tmp_path):
    for format in ("srt", "vtt"):
        body = export(heard, format).body
        (tmp_path / f"t.{format}").write_bytes(body)
        read = tool("ffmpeg", "-v", "error", "-i", str(tmp_path / f"t.{format}"), "-f", "srt", "pipe:1").stdout.decode()
        assert captions(read) == captions(body.decode())


def test_json_has_words_segments_and_what_is_known(heard, house):
    _, result = heard
    said = json.loads(export(heard, "json").body)
    assert said["id"] == result["id"] and said["text"] == result["text"] and said["engine"] == "pocketsphinx" and said["revision"] == result["revision"]
    assert [word["word"] for word in said["words"]] == said["text"].split() and said["segments"]


def test_options_choose_times_and_the_language_of_labels(heard, house):
    assert "`00:00:0" in export(heard, "md").body.decode() and "`00:" not in export(heard, "md", timestamps=0).body.decode()
    assert not export(heard, "txt").body.startswith(b"[") and export(heard, "txt", timestamps=1).body.startswith(b"[00:00:0")
    assert "**Durée**" in export(heard, "md", language="fr").body.decode() and "**Duration**" in export(heard, "md", language="en").body.decode()


# --- within JSON, as SaaS-IA's clients read it ---

@pytest.mark.parametrize("format", ["txt", "srt", "vtt", "json", "md"])
def test_a_client_that_asks_for_json_finds_the_text_in_it(heard, house, format):
    _, result = heard
    axios = {"Accept": "application/json, text/plain, */*"}
    got = export(heard, format, axios)
    assert got.type == "application/json" and got.headers["vary"].startswith("Accept")
    assert got.json() == {"transcription_id": result["id"], "format": format, "content": export(heard, format).body.decode(), "filename": f"réunion- 1.wav.{format}"}
    assert export(heard, format, wrap=1).json() == got.json()
    assert export(heard, format, axios, wrap=0).type == TYPES[format]


# --- again ---

def test_what_the_client_has_is_not_sent_again(heard, house):
    got = export(heard, "srt")
    again = export(heard, "srt", {"If_None_Match": got.headers["etag"]})
    assert again.status == 304 and not again.body and again.headers["etag"] == got.headers["etag"]
    assert export(heard, "srt", {"If_None_Match": got.headers["etag"]}, wrap=1).status == 200
    assert export(heard, "vtt", {"If_None_Match": got.headers["etag"]}).status == 200


# --- documents ---

def test_a_pdf_says_what_was_said(heard, house):
    got = export(heard, "pdf", language="fr")
    assert got.status == 200 and got.type == "application/pdf" and got.body.startswith(b"%PDF-"), got
    assert "filename*=UTF-8''r%C3%A9union" in got.headers["content-disposition"]
    text = pdf_text(got.body)
    assert len(SPOKEN_WORDS & words_in(text)) >= len(SPOKEN_WORDS) - 1 and "pocketsphinx" in text and "00:00:0" in text and "Durée" in text
    assert "réunion: 1.wav" in pdf_info(got.body)["Title"]


def test_a_word_document_says_it_too(heard, house):
    got = export(heard, "docx", language="en")
    assert got.status == 200 and got.type == TYPES["docx"], got
    with zipfile.ZipFile(io.BytesIO(got.body)) as package:
        trees = {name: xml.etree.ElementTree.fromstring(package.read(name)) for name in package.namelist()}
    text = " ".join(trees["word/document.xml"].itertext())
    assert len(SPOKEN_WORDS & words_in(text)) >= len(SPOKEN_WORDS) - 1 and "Duration" in text


def test_a_document_is_made_once_for_its_options(heard, house):
    _, result = heard
    count = f"SELECT count(*), count(DISTINCT job_id) FROM transcription_exports WHERE transcription = '{result['id']}' AND form LIKE 'pdf-00%'"
    first = export(heard, "pdf", timestamps=0, speakers=0, language="fr")
    assert export(heard, "pdf", timestamps=0, speakers=0, language="fr").body == first.body
    assert house.sql(count) == [["1", "1"]]
    assert export(heard, "pdf", {"If_None_Match": first.headers["etag"]}, timestamps=0, speakers=0, language="fr").status == 304
    part = export(heard, "pdf", {"Range": "bytes=0-4"}, timestamps=0, speakers=0, language="fr")
    assert part.status == 206 and part.body == b"%PDF-"


def test_the_material_of_a_document_is_sealed(heard, house):
    export(heard, "pdf")
    _, result = heard
    keys = house.sql(f"SELECT j.input ->> 'file' FROM jobs j JOIN transcription_exports e ON e.job_id = j.id WHERE e.transcription = '{result['id']}'")
    assert keys
    for (key,) in keys:
        assert (pathlib.Path(house.run_dir, "home/blobs", key)).read_bytes().startswith(b"pk1."), key


# --- refused ---

def test_others_unknown_ones_and_formats_that_are_none_are_refused(heard, house):
    _, result = heard
    assert Client(house).register().get(f"{BASE}/{result['id']}/export/srt").status == 403
    assert Client(house).get(f"{BASE}/{result['id']}/export/srt").status == 401
    client = heard[0]
    assert client.get(f"{BASE}/0192f3a0-0000-7000-8000-000000000000/export/srt").status == 404
    assert client.get(f"{BASE}/{result['id']}/export/exe").status == 422
    assert client.get(f"{BASE}/{result['id']}/export/srt?wrap=maybe").status == 422


def test_without_times_there_are_no_captions_but_a_text(heard, house):
    client, result = heard
    row = "0192f3a0-0000-7000-8000-00000000e001"
    columns = [column for (column,) in house.sql("SELECT attname FROM pg_attribute WHERE attrelid = 'transcriptions'::regclass AND attnum > 0 AND NOT attisdropped")]
    given = {"id": f"'{row}'", "words": "NULL", "segments": "NULL", "text": "'Un.' || chr(10) || 'Deux.'"}
    house.sql(f"INSERT INTO transcriptions ({', '.join(columns)}) SELECT {', '.join(given.get(column, column) for column in columns)} FROM transcriptions WHERE id = '{result['id']}'")
    try:
        refused = client.get(f"{BASE}/{row}/export/vtt")
        assert refused.status == 409 and refused.json()["error_code"] == "TIMES_ABSENT", refused
        assert client.get(f"{BASE}/{row}/export/txt").body.decode() == "Un.\n\nDeux.\n"
    finally:
        house.sql(f"DELETE FROM transcriptions WHERE id = '{row}'")
