"""Which faults a request meets.

Chosen, in this order, by a script posted beforehand, by the header X-Sim-Scenario, by a model named sim-SCENARIO.

    SCENARIO = FAULT[;OPTION=VALUE]...[,FAULT...]        values may be percent-encoded

Two options belong to every fault: `times=N` (only the first N requests with the same path, scenario and body meet it)
and `tag=TEXT` (no effect, but a name of one's own: parallel tests tell their lines of the ledger apart by it).
"""
import json
import urllib.parse
from collections import OrderedDict
from dataclasses import dataclass

MAX_SCRIPTS = 1000
MAX_COUNTED = 50_000
MAX_FAULTS = 16

REFUSE, CONTENT, WIRE, TOLD = "refuse", "content", "wire", "told"


@dataclass(frozen=True)
class Fault:
    """One row of a table of faults. The type of an option is the type of its default."""

    name: str
    kind: str            # REFUSE: not performed; CONTENT: other bytes; WIRE: other sending; TOLD: by the provider
    help: str
    options: dict
    apply: object = None    # apply(exchange, **options)


class ScenarioError(Exception):
    pass


@dataclass
class Scenario:
    text: str
    steps: list             # (Fault, options)
    times: int = 0          # 0: always

    def of_kind(self, kind):
        return [step for step in self.steps if step[0].kind == kind]

    def options_of(self, name):
        for fault, options in self.steps:
            if fault.name == name:
                return options
        return None


class Table:
    """All faults by name; `429` and its like are found by their number."""

    def __init__(self, faults, by_status):
        self.faults = {fault.name: fault for fault in faults}
        self.by_status = by_status

    def find(self, name):
        if name.isdigit() and 400 <= int(name) <= 599:
            return self.by_status(int(name))
        if name not in self.faults:
            raise ScenarioError(f"no fault is called {name!r}; GET /_sim/faults lists them")
        return self.faults[name]

    def parse(self, text):
        """From the grammar above."""
        steps = []
        for part in text.split(","):
            name, *pairs = (urllib.parse.unquote(word.strip()) for word in part.split(";"))
            options = dict(pair.partition("=")[::2] for pair in pairs)
            steps.append({"fault": name, **options})
        return self.build(text, steps)

    def read(self, text):
        """From what the ledger says: the grammar, or the list of a script."""
        return self.from_list(json.loads(text)) if text.startswith("[") else self.parse(text)

    def from_list(self, items):
        """From a script's `do`: texts of the grammar, or objects {"fault": NAME, OPTION: VALUE}."""
        if not isinstance(items, list) or not items:
            raise ScenarioError("`do` must be a list with at least one fault")
        steps = []
        for item in items:
            if isinstance(item, str):
                steps += [{"fault": fault.name, **options} for fault, options in self.parse(item).steps]
            elif isinstance(item, dict) and "fault" in item:
                steps.append(item)
            else:
                raise ScenarioError("an item of `do` is a text or an object with `fault`")
        return self.build(json.dumps(items, ensure_ascii=False), steps)

    def build(self, text, items):
        if len(items) > MAX_FAULTS:
            raise ScenarioError("too many faults at once")
        scenario = Scenario(text, [])
        for item in items:
            given = {name: value for name, value in item.items() if name not in ("fault", "times", "tag")}
            if "times" in item:
                scenario.times = convert("times", item["times"], 0)
            fault = self.find(str(item["fault"]))
            scenario.steps.append((fault, options_of(fault, given)))
        return scenario


def options_of(fault, given):
    options = dict(fault.options)
    for name, value in given.items():
        if name not in options:
            known = ", ".join(options) or "none"
            raise ScenarioError(f"fault {fault.name} has no option {name!r}; it has: {known}")
        options[name] = convert(name, value, options[name])
    return options


def convert(name, value, default):
    """The value in the type of the default; yes/no are for options whose default is a bool."""
    if isinstance(default, bool):
        return str(value).lower() in ("1", "true", "yes")
    try:
        return type(default)(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ScenarioError(f"option {name}: {value!r} is not a {type(default).__name__}") from error


@dataclass
class Script:
    id: int
    match: dict
    left: int           # -1: for ever
    every: int          # only each Nth matching request
    scenario: Scenario
    seen: int = 0

    def fits(self, request):
        match = self.match
        if "path" in match and match["path"] not in (request.full_path, request.path):
            return False
        if "model" in match and match["model"] != request.model:
            return False
        if "key" in match and match["key"] != request.key:
            return False
        return "contains" not in match or contains(request.body, match["contains"])

    def shown(self):
        return {"id": self.id, "match": self.match, "left": self.left, "every": self.every, "seen": self.seen,
                "do": self.scenario.text}


def contains(body, text):
    """Clients may send a character as it is, or escaped by JSON."""
    return text.encode() in body or json.dumps(text)[1:-1].encode() in body


class Scenarios:
    def __init__(self, table):
        self.table = table
        self.reset()

    def reset(self):
        self.scripts = {}
        self.last_id = 0
        self.met = OrderedDict()    # (path, scenario, digest) -> how often; the oldest are forgotten

    def add_script(self, posted):
        if not isinstance(posted, dict) or set(posted) - {"match", "times", "every", "do"}:
            raise ScenarioError("a script is an object of match, times, every, do")
        match = posted.get("match", {})
        if not isinstance(match, dict) or set(match) - {"path", "model", "contains", "key"}:
            raise ScenarioError("`match` is an object of path, model, contains, key")
        if not all(isinstance(value, str) for value in match.values()):
            raise ScenarioError("the values of `match` are texts")
        if len(self.scripts) >= MAX_SCRIPTS:
            raise ScenarioError("too many scripts; POST /_sim/reset or DELETE /_sim/script/ID")
        scenario = self.table.from_list(posted.get("do"))
        times = convert("times", posted.get("times", 1), 0)
        every = max(1, convert("every", posted.get("every", 1), 1))
        self.last_id += 1
        script = Script(self.last_id, match, times if times > 0 else -1, every, scenario)
        self.scripts[script.id] = script
        return script

    def choose(self, request):
        """The scenario of this request, or None. Counts it as met."""
        script = self.take_script(request)
        if script:
            return script.scenario
        scenario = self.asked_by(request)
        if scenario and scenario.times and self.count(request, scenario) > scenario.times:
            return None
        return scenario

    def take_script(self, request):
        for script in list(self.scripts.values()):
            if not script.fits(request):
                continue
            script.seen += 1
            if script.seen % script.every:
                continue
            script.left -= script.left > 0
            if script.left == 0:
                del self.scripts[script.id]
            return script
        return None

    def asked_by(self, request):
        header = request.headers.get("x-sim-scenario")
        if header:
            return self.table.parse(header)
        name = (request.model or "").rpartition("/")[2]
        if name.startswith("sim-"):
            return self.table.parse(name[4:])
        return None

    def count(self, request, scenario):
        key = (request.full_path, scenario.text, request.digest)
        met = self.met[key] = self.met.pop(key, 0) + 1
        if len(self.met) > MAX_COUNTED:
            self.met.popitem(last=False)
        return met
