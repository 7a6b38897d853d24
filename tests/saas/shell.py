"""curl as documentation has it typed: only where its addresses lead to stands elsewhere, in curl's own settings."""
import json
import os
import re
import subprocess


class Shell:
    def __init__(self, house, place):
        self.place, here = place, house.url.removeprefix("http://")
        self.ways = "".join(f'connect-to = "{there}:{here}"\n' for there in ("localhost:8004", "127.0.0.1:8000"))

    def run(self, commands, *settings, **env):
        """What they write."""
        (self.place / ".curlrc").write_text(self.ways + "\n".join(settings))
        done = subprocess.run(["bash", "-ec", commands], env={**os.environ, "CURL_HOME": str(self.place), **env}, cwd=self.place, capture_output=True, text=True)
        assert done.returncode == 0, done
        return done.stdout

    def type(self, command):
        """(status, JSON of the body) of one request."""
        body, _, status = self.run(command, "silent", 'write-out = "\\n%{http_code}"', f'dump-header = "{self.place}/head"').rpartition("\n")
        return int(status), json.loads(body) if "json" in (self.header("Content-Type") or "") else body

    def header(self, name):
        found = re.findall(rf"(?im)^{name}: (.*?)\r?$", (self.place / "head").read_text())
        return found[-1] if found else None


def code_of(page, block=0):
    """A block of code of a page of Markdown, from 0."""
    lines, last = page.read_text().splitlines(), 0
    for _ in range(block + 1):
        first = next(n for n in range(last, len(lines)) if lines[n].startswith("    "))
        last = next(n for n in range(first, len(lines)) if lines[n] and not lines[n].startswith("    "))
    return "\n".join(line[4:] for line in lines[first:last])


def values_of(text):
    """JSON values, one behind the other."""
    read, values = json.JSONDecoder().raw_decode, []
    while text := text.lstrip():
        value, end = read(text)
        values.append(value)
        text = text[end:]
    return values
