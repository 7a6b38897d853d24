"""What the OpenAPI document declares, held against what was answered."""
import json
import re
import urllib.request

PROBLEM_MEMBERS = {"type", "title", "status", "instance", "error", "message", "error_code", "request_id"}
LEAKS = re.compile(r"SELECT |INSERT |libpq|sqlstate|relation \"|/[\w-]+\.c:\d|\.sql|127\.0\.0\.1|postgres|amqp|redis:", re.I)
PYTHON_TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


class Flaw(AssertionError):
    pass


# --- schemas: the subset that the document uses ---

def check_schema(value, schema, document, at=""):
    """Flaw when a value does not fit a schema."""
    if "$ref" in schema:
        return check_schema(value, resolve(document, schema["$ref"]), document, at)
    if "oneOf" in schema:
        return check_one_of(value, schema["oneOf"], document, at)
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(is_of(value, name) for name in types):
        raise Flaw(f"{at}: {value!r:.200} is not of type {types}")
    if "enum" in schema and value not in schema["enum"]:
        raise Flaw(f"{at}: {value!r} is none of {schema['enum']}")
    if isinstance(value, str):
        check_bounds(len(value.encode()), schema, "Length", at)
    elif isinstance(value, list):
        check_bounds(len(value), schema, "Items", at)
        for index, item in enumerate(value):
            check_schema(item, schema.get("items", {}), document, f"{at}/{index}")
    elif isinstance(value, dict):
        check_members(value, schema, document, at)
    elif value is not None and not isinstance(value, bool):
        check_bounds(value, {"min": schema.get("minimum"), "max": schema.get("maximum")}, "", at)


def check_one_of(value, schemas, document, at):
    flaws = []
    for schema in schemas:
        try:
            check_schema(value, schema, document, at)
        except Flaw as flaw:
            flaws.append(str(flaw))
    if len(schemas) - len(flaws) != 1:
        raise Flaw(f"{at} fits {len(schemas) - len(flaws)} schemas instead of one: {flaws}")


def check_members(value, schema, document, at):
    properties = schema.get("properties")
    for name in schema.get("required", []):
        if name not in value:
            raise Flaw(f"{at}/{name} is missing")
    for name, member in value.items() if properties is not None else ():
        if name not in properties:
            raise Flaw(f"{at}/{name} is not declared")
        check_schema(member, properties[name], document, f"{at}/{name}")


def check_bounds(n, schema, kind, at):
    low, high = schema.get("min" + kind), schema.get("max" + kind)
    if (low is not None and n < low) or (high is not None and n > high):
        raise Flaw(f"{at}: {n} is not within {low} and {high}")


def is_of(value, name):
    if name in ("integer", "number"):
        return isinstance(value, int if name == "integer" else (int, float)) and not isinstance(value, bool)
    return isinstance(value, PYTHON_TYPES[name])


def resolve(document, reference):
    found = document
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return found


# --- answers ---

OF_ANY_REQUEST = {400, 404, 405, 408, 411, 413, 414, 415, 417, 431}      # the document's default
ANSWERED = set()            # operations of the document that any gateway of this run answered


def document_of(house):
    if not hasattr(house, "document"):
        with urllib.request.urlopen(house.url + "/openapi.json", timeout=30) as answer:
            house.document = json.load(answer)
    return house.document


def operation_of(document, method, path):
    """The declared operation of a request, or None."""
    path = path.partition("?")[0].rstrip("/") or "/"
    if path.startswith("/api/") and not path.startswith("/api/v1/"):
        path = "/api/v1/" + path.removeprefix("/api/")
    verb = "get" if method == "HEAD" else method.lower()
    for template, operations in document["paths"].items():
        if verb in operations and re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path):
            return operations[verb]
    return None


def check_answer(house, method, path, answer, dialect=None):
    """Flaw when an answer is not what the document says, or an error not what every error is. With a product's dialect its
    words are not ours; those that are its own the test checks itself."""
    where = f"{method} {path}: {answer.status}"
    document = document_of(house)
    operation = operation_of(document, method, path)
    if operation:
        ANSWERED.add(operation["operationId"])
    declared = operation and (operation["responses"].get(str(answer.status)) or operation["responses"]["default"])
    content = (declared or {}).get("content", {})
    if dialect and operation and answer.status < 500:
        assert str(answer.status) in operation["responses"] or answer.status in OF_ANY_REQUEST, f"{where} is not declared"
    if answer.status == 429 and answer.type == "application/json" and dialect:
        return                  # too often: bodies that are no superset of anything (test_rates.py)
    if answer.status >= 400 and (not operation or "application/json" not in content):
        check_problem(document, answer, where, method != "HEAD", dialect)
    elif operation and method != "HEAD":
        check_content(document, answer, content, where)


def check_content(document, answer, content, where):
    if not content:
        assert not answer.body, f"{where}: a body that is not declared: {answer}"
        return
    assert answer.type in content, f"{where}: {answer.type} is not declared"
    if answer.type == "application/json":
        check_schema(answer.json(), content[answer.type]["schema"], document, where)


def check_list(items, where):
    """What is wrong with an input, as FastAPI says it."""
    for item in items:
        assert set(item) == {"type", "loc", "msg", "input"} and item["loc"][0] in ("body", "query", "path"), f"{where}: {item}"
    return bool(items)


def check_problem(document, answer, where, has_body, dialect):
    assert answer.type == "application/problem+json", f"{where}: {answer}"
    assert answer.headers["x-request-id"]
    if not has_body:
        assert not answer.body, where
        return
    problem = answer.json()
    check_schema(problem, document["components"]["schemas"]["problem"], document, where)
    assert PROBLEM_MEMBERS <= set(problem), f"{where}: {problem}"
    assert problem["status"] == answer.status, f"{where}: {problem}"
    assert dialect in ("hellojade", "iasted", "robian-api") or problem["error"] == problem["error_code"]
    assert dialect == "robian-api" or problem["type"].endswith("#" + problem["error_code"])
    detail = problem.get("detail", "")
    assert problem["success"] is False
    assert isinstance(detail, str) or (set(detail) == {"code", "message", "action"} if isinstance(detail, dict) else check_list(detail, where)), f"{where}: {problem}"
    assert problem["instance"] == problem["request_id"] == answer.headers["x-request-id"]
    if answer.status < 500:
        assert problem.get("detail"), f"{where}: {problem}"
    else:
        assert not LEAKS.search(answer.body.decode()), f"{where} leaks: {answer}"
    if "retry_after" in problem and problem["retry_after"] is not None:
        assert str(problem["retry_after"]) == answer.headers["retry-after"], f"{where}: {answer}"
