"""A value that fits a JSON Schema: what a model answers when it is held to one."""

from common.answer import Refusal

MAX_DEPTH = 16
FORMATS = {"date": "2026-11-20", "date-time": "2026-11-20T10:00:00Z", "email": "voix@example.org",
           "uuid": "019a0000-0000-7000-8000-000000000000", "uri": "https://example.org/"}


def valid_instance(schema, text):
    """As instance_of, for a schema that a client made and may have made wrongly."""
    try:
        return instance_of(schema, text)
    except (TypeError, ValueError, AttributeError, LookupError) as error:
        raise Refusal(400, "Invalid schema: no value can be made of it.", "invalid_schema", "schema") from error


def instance_of(schema, text, root=None, depth=0):
    """`text` fills the strings; of alternatives the first is taken."""
    root = schema if root is None else root
    if not isinstance(schema, dict) or depth > MAX_DEPTH:
        return None
    if isinstance(schema.get("$ref"), str):
        return instance_of(resolve(root, schema["$ref"]), text, root, depth + 1)
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    for name in ("anyOf", "oneOf", "allOf"):
        if schema.get(name):
            return instance_of(schema[name][0], text, root, depth + 1)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    return MAKERS.get(kind, make_null)(schema, text, root, depth)


def resolve(root, reference):
    node = root
    for name in reference.lstrip("#/").split("/"):
        node = node.get(name) if isinstance(node, dict) else None
    return node


def make_object(schema, text, root, depth):
    return {name: instance_of(part, text, root, depth + 1) for name, part in schema.get("properties", {}).items()}


def make_list(schema, text, root, depth):
    count = min(max(schema.get("minItems", 1), 1), 100)
    return [instance_of(schema.get("items", {}), text, root, depth + 1) for _ in range(count)]


def make_text(schema, text, root, depth):
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]
    text = text.ljust(min(schema.get("minLength", 0), 10_000), ".")
    return text[:schema.get("maxLength", len(text))]


def make_number(schema, text, root, depth):
    least, most = schema.get("minimum", schema.get("exclusiveMinimum", 0)), schema.get("maximum")
    value = least + 1
    return most if most is not None and value > most else value


def make_bool(schema, text, root, depth):
    return True


def make_null(schema, text, root, depth):
    return None


MAKERS = {"object": make_object, "array": make_list, "string": make_text, "integer": make_number,
          "number": make_number, "boolean": make_bool, "null": make_null}
