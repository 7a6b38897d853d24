"""/_sim/...: how tests tell the simulator what to do, and ask what it did."""
from common.answer import Refusal, json_answer
from common.server import Route

MAX_LINES = 10_000


def control_routes(server):
    """The routes need the server they control, hence a function and not a table."""
    scenarios, ledger = server.scenarios, server.ledger

    def add_script(request):
        if request.flaw:
            raise Refusal(400, request.flaw)
        return json_answer(scenarios.add_script(request.fields).shown(), 201)

    def list_scripts(request):
        return json_answer([script.shown() for script in scenarios.scripts.values()])

    def drop_script(request):
        number = request.path.rpartition("/")[2]
        script = scenarios.scripts.pop(int(number), None) if number.isdigit() else None
        if not script:
            raise Refusal(404, f"no script {number[:20]}; a spent script is gone")
        return json_answer(script.shown())

    def list_faults(request):
        return json_answer([{"name": row.name, "kind": row.kind, "help": row.help, "options": row.options}
                            for row in scenarios.table.faults.values()])

    def list_ledger(request):
        wanted = dict(request.query)
        since, limit = number_of(wanted.pop("since", "0")), number_of(wanted.pop("limit", "1000"))
        return json_answer(ledger.lines(since, min(limit, MAX_LINES), wanted))

    def count(request):
        return json_answer({"requests": server.serial, "connections": server.connections, "by_route": server.by_route, **ledger.summary()})

    def list_requests(request):
        wanted = request.query
        return json_answer([kept for kept in server.kept
                            if all(str(kept.get(name)) == value for name, value in wanted.items())])

    def reset(request):
        scenarios.reset()
        ledger.clear()
        server.kept.clear()
        server.by_route.clear()
        return json_answer({"reset": True})

    def restart_safe(request):
        if not ledger.path:
            raise Refusal(409, "without --ledger FILE nothing survives a restart")
        ledger.reread()
        return json_answer({"ledger": ledger.path, **ledger.summary()})

    return [Route(method, "/_sim/" + path, handle, refuse, effect=False) for method, path, handle in (
        ("POST", "script", add_script),
        ("GET", "scripts", list_scripts),
        ("DELETE", "script/", drop_script),
        ("GET", "faults", list_faults),
        ("GET", "ledger", list_ledger),
        ("GET", "counts", count),
        ("GET", "requests", list_requests),
        ("POST", "reset", reset),
        ("POST", "restart-safe", restart_safe),
    )]


def number_of(text):
    if not text.isdigit() or len(text) > 15:
        raise Refusal(400, "since and limit are numbers")
    return int(text)


def refuse(request, refusal):
    return json_answer({"simulator": refusal.message}, refusal.status)
