"""Ways to divide bytes: each gives the parts in order, none of them empty."""


def single_bytes(n):
    return lambda data: [data[at:at + n] for at in range(0, len(data), n)]


def equal_parts(n):
    def divide(data):
        size = max(1, -(-len(data) // n))
        return [data[at:at + size] for at in range(0, len(data), size)]
    return divide


def inside_characters(data):
    """Before every continuation byte of UTF-8: no multi-byte character arrives whole."""
    parts, start = [], 0
    for at in range(1, len(data)):
        if data[at] & 0xC0 == 0x80:
            parts.append(data[start:at])
            start = at
    parts.append(data[start:])
    return [part for part in parts if part]


def after_cr(data):
    parts = data.split(b"\r")
    return [part for part in [*(part + b"\r" for part in parts[:-1]), parts[-1]] if part]
