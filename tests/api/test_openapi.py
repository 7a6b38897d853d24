"""The OpenAPI document: valid, up to date, true. What is answered is held against it by every other test as well."""
import html.parser
import json
import re
import subprocess

import pytest

from declared import Flaw, check_schema
from house import TOP, run
from palabre import Client

VALIDATOR = TOP / "node_modules/@seriousme/openapi-schema-validator/bin/validate-api-cli.js"
ID = "018f0000-0000-7000-8000-00000000dead"
TYPES = {".css": "text/css", ".js": "text/javascript"}


@pytest.fixture(scope="module")
def document(house):
    return json.loads(Client(house).get("/openapi.json").body)


def operations(document):
    return [(verb.upper(), path, one) for path, verbs in document["paths"].items() for verb, one in verbs.items()]


# --- the document ---

def test_the_document_in_the_repository_is_what_is_served(house, nobody):
    kept = json.loads((TOP / "docs/openapi.json").read_text(), object_pairs_hook=list)
    for path in ("/openapi.json", "/api/openapi.json", "/api/v1/openapi.json"):
        served = nobody.get(path)
        assert served.type == "application/json"
        assert json.loads(served.body, object_pairs_hook=list) == kept, "make docs/openapi.json"
    printed = run(house.run_dir / "home/bin/palabre-gateway", "--openapi")
    assert printed.encode() == nobody.get("/openapi.json").body


def test_the_document_is_valid_openapi(document, house, tmp_path):
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    done = subprocess.run(["node", VALIDATOR, tmp_path / "openapi.json"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and json.loads(done.stdout)["valid"] is True, done.stdout + done.stderr
    (tmp_path / "broken.json").write_text(json.dumps({**document, "paths": 5}))
    assert subprocess.run(["node", VALIDATOR, tmp_path / "broken.json"], capture_output=True, timeout=60).returncode != 0


def test_each_operation_is_described_and_has_a_name_of_its_own(document, house):
    names = [one["operationId"] for _, _, one in operations(document)]
    assert len(names) == len(set(names)) > 10
    tags = {tag["name"] for tag in document["tags"]}
    for verb, path, one in operations(document):
        assert one["summary"].strip() and set(one["tags"]) <= tags, path
        assert "default" in one["responses"] and any(status < "300" for status in one["responses"]), path
        assert [p["name"] for p in one["parameters"] if p["in"] == "path"] == re.findall(r"{(\w+)}", path), path
        if verb in ("POST", "PUT", "PATCH") and "requestBody" in one:
            assert "application/json" in one["requestBody"]["content"], path


def test_each_schema_describes_its_members(document, house):
    for name, schema in document["components"]["schemas"].items():
        assert schema["description"] and set(schema["required"]) <= set(schema["properties"]), name
        for member in schema["properties"].values():
            assert "$ref" in member or member["description"], (name, member)
    assert "password_hash" not in json.dumps(document)


def path_of(template, operation):
    """With a value of its type for each parameter."""
    schemas = {one["name"]: one["schema"] for one in operation.get("parameters", []) if one["in"] == "path"}
    values = {name: schema["enum"][0] if "enum" in schema else "1" if "integer" in schema.get("type", "") else ID for name, schema in schemas.items()}
    return re.sub(r"{(\w+)}", lambda name: values[name[1]], template)


# They look at what is in the body, or at the program that asks, before anything else.
ASK_FIRST = ("register_user", "login", "refresh", "authorize_get", "authorize_post", "token_post", "revoke_post", "introspect_post",
             "password_forgot", "password_reset", "email_verify", "verify_resend")


def test_each_operation_is_there_and_asks_for_a_token_where_it_says_so(document, house, nobody):
    for verb, path, one in operations(document):
        if one["operationId"] in ASK_FIRST:
            continue
        answer = nobody.send(verb, path_of(path, one))
        is_open = one.get("security") == []
        assert (answer.status == 401) is not is_open, (verb, path, answer)
        assert answer.status in (200, 401), (verb, path, answer)


# --- the checker of the other tests ---

THING = {"type": "object", "required": ["name"], "properties": {
    "name": {"type": "string", "minLength": 1, "maxLength": 3}, "n": {"type": ["integer", "null"], "minimum": 1, "maximum": 5},
    "real": {"type": ["number", "null"]}, "on": {"type": "boolean"}, "word": {"type": "string", "enum": ["a", "b"]},
    "things": {"type": "array", "items": {"$ref": "#/thing"}, "maxItems": 1}, "any": {}}}


@pytest.mark.parametrize("value", [
    {"name": "a"}, {"name": "abc", "n": None, "real": 1.5, "on": False, "word": "b"}, {"name": "a", "things": [{"name": "b"}]},
    {"name": "a", "any": [1, {"x": None}], "real": 3, "n": 5, "things": []},
], ids=str)
def test_the_checker_takes_what_fits(value):
    check_schema(value, THING, {"thing": THING})


@pytest.mark.parametrize("value", [
    {}, [], None, {"name": None}, {"name": ""}, {"name": "abcd"}, {"name": 5}, {"name": "a", "n": 0}, {"name": "a", "n": 6}, {"name": "a", "n": 1.5},
    {"name": "a", "n": True}, {"name": "a", "real": "1"}, {"name": "a", "on": 0}, {"name": "a", "word": "c"}, {"name": "a", "things": [{}]},
    {"name": "a", "things": [{"name": "b"}] * 2}, {"name": "a", "things": {}}, {"name": "a", "unknown": 1},
], ids=str)
def test_the_checker_finds_what_does_not_fit(value):
    with pytest.raises(Flaw):
        check_schema(value, THING, {"thing": THING})


# --- the pages ---

class Links(html.parser.HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found += [value for name, value in attributes if name in ("src", "href")]


@pytest.mark.parametrize("page", ["/docs", "/api/docs", "/api/v1/docs", "/api/v1/docs/", "/redoc", "/api/v1/redoc"])
def test_the_pages_come_with_all_they_need(nobody, page):
    got = nobody.get(page)
    assert got.status == 200 and got.type == "text/html"
    assert "default-src 'self'" in got.headers["content-security-policy"]
    links = [link for link in Links(got.body.decode()).found if not link.startswith("data:")]
    assert len(links) >= 2
    for link in links:
        assert link.startswith("/"), f"{link} is not ours"
        asset = nobody.get(link)
        assert asset.status == 200 and len(asset.body) > 50
        assert asset.type == TYPES[link[link.rindex("."):]]
    starts = [nobody.get(link).body.decode() for link in links if link.endswith(("/docs.js", "/redoc.js"))]
    assert len(starts) == 1 and "'/openapi.json'" in starts[0]


def test_every_error_is_explained_where_its_type_points(nobody):
    page = nobody.get("/docs/errors").body.decode()
    assert len(re.findall(r"<tr id=\"[A-Z_]+\">", page)) > 50
    for path in ("/nowhere", "/api/v1/asks"):
        place, _, name = nobody.get(path).json()["type"].partition("#")
        assert place == "/docs/errors" and f'id="{name}"' in page


def test_assets_that_are_none_do_not_exist(nobody):
    for name in ("x.js", "swagger-ui", "LICENSE", "docs.js.map"):
        refused = nobody.get(f"/docs/assets/{name}")
        assert refused.status == 404 and refused.json()["error"] == "FILE_UNKNOWN"
