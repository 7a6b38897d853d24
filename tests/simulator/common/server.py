"""Accepts connections, and leads each request through: form, key, scenario, provider, ledger, delivery."""
import asyncio
import sys
import traceback
from collections import deque
from dataclasses import dataclass

from common.answer import PLAIN, Answer, Delivery, Refusal, deliver, json_answer
from common.forms import read_form
from common.scenario import CONTENT, REFUSE, TOLD, WIRE, Scenario, ScenarioError
from common.wire import MAX_HEAD_BYTES, BadRequest, Line, PeerGone, read_request

MAX_CONNECTIONS = 4096
DEFAULT_BODY_BYTES = 26 << 20
KEPT_REQUESTS = 256
KEPT_BODY_BYTES = 16 * 1024


@dataclass(frozen=True)
class Route:
    """One endpoint of a provider. A path that ends in / takes whatever follows."""

    method: str
    path: str
    handle: object             # handle(request) -> Answer; may raise Refusal; may be a coroutine function
    refusal: object            # refusal(request, Refusal) -> Answer, in the provider's shape
    check_key: object = None   # check_key(request) raises Refusal; None: public
    effect: bool = True        # is charged for: goes into the ledger
    max_body_bytes: int = 0    # 0: the server's


class Exchange:
    """One request and the answer in the making; what faults work on."""

    def __init__(self, request):
        self.request = request
        self.answer = None
        self.how = PLAIN

    def meet(self, kind):
        """Applies the scenario's faults of one kind."""
        scenario = self.request.scenario
        if not scenario:
            return
        if self.how is PLAIN:
            self.how = Delivery()
        for fault, options in scenario.of_kind(kind):
            fault.apply(self, **options)


class Server:
    def __init__(self, routes, dialects, scenarios, ledger):
        self.exact = {}
        self.prefixes = []
        self.add_routes(routes)
        self.dialects = dialects
        self.scenarios = scenarios
        self.ledger = ledger
        self.max_body_bytes = DEFAULT_BODY_BYTES
        self.quiet = True
        self.connections = 0
        self.serial = 0
        self.kept = deque(maxlen=KEPT_REQUESTS)
        self.port = 0

    def add_routes(self, routes):
        self.prefixes += [route for route in routes if route.path.endswith("/")]
        self.exact.update({(route.method, route.path): route for route in routes if not route.path.endswith("/")})

    async def listen(self, port):
        server = await asyncio.start_server(self.connection, "127.0.0.1", port, limit=MAX_HEAD_BYTES, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def connection(self, reader, writer):
        if self.connections >= MAX_CONNECTIONS:
            writer.transport.abort()
            return
        self.connections += 1
        line = Line(reader, writer)
        try:
            while await self.serve_one(line):
                pass
        except (PeerGone, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            self.connections -= 1
            writer.close()

    async def serve_one(self, line):
        """One request of a connection. False: the connection ends."""
        try:
            request = await read_request(line.reader, line.writer, self.limit_of)
        except BadRequest as bad:
            self.log(f"- {bad.status} {bad.message}")
            await deliver(line, json_answer({"error": {"message": bad.message}}, bad.status), PLAIN, False)
            await line.discard()
            return False
        if request is None:
            return False
        self.prepare(request)
        exchange = Exchange(request)
        n = await self.decide(exchange)
        keep_alive = "close" not in request.headers.get("connection", "").lower()
        whole = False
        try:
            whole = await deliver(line, exchange.answer, exchange.how, keep_alive)
        finally:
            if n and not whole:
                self.ledger.write(request, "cut", of=n)
            self.log(f"{request.method} {request.full_path} {exchange.answer.status}{'' if whole else ' cut'}")
        return whole and keep_alive

    def limit_of(self, request):
        self.read_dialect(request)
        route = self.find_route(request)
        return route.max_body_bytes if route and route.max_body_bytes else self.max_body_bytes

    def read_dialect(self, request):
        first, _, rest = request.path[1:].partition("/")
        if first in self.dialects:
            request.dialect, request.path = first, "/" + rest
        request.dialect = request.headers.get("x-sim-dialect", request.dialect)

    def prepare(self, request):
        self.serial += 1
        request.serial, request.port = self.serial, self.port
        read_form(request)
        if not request.path.startswith("/_sim/"):
            self.keep(request)

    def keep(self, request):
        self.kept.append({"n": request.serial, "method": request.method, "path": request.full_path,
                          "query": request.query, "headers": request.headers, "model": request.model,
                          "fields": request.fields if len(request.body) <= KEPT_BODY_BYTES else None,
                          "files": {name: {"name": file.name, "type": file.content_type, "bytes": len(file.data)}
                                    for name, file in request.files.items()},
                          "body_bytes": len(request.body)})

    async def decide(self, exchange):
        """Makes the answer. Gives the number of the ledger's line when the request was performed or replayed."""
        request, n = exchange.request, 0
        route = self.find_route(request)
        try:
            n = await self.perform(exchange, route)
        except ScenarioError as error:
            exchange.answer = json_answer({"simulator": str(error)}, 400)
        except Refusal as refusal:
            exchange.answer = (route or self.any_route()).refusal(request, refusal)
        except Exception:
            traceback.print_exc()
            exchange.answer = Answer(500, "text/plain", [b"the simulator itself failed; see its standard error\n"])
        if not n and route and route.effect:
            self.ledger.write(request, "refused")
        exchange.meet(WIRE)
        return n

    async def perform(self, exchange, route):
        request = exchange.request
        if not route:
            raise self.no_route(request)
        if request.dialect not in self.dialects:
            raise ScenarioError(f"no dialect is called {request.dialect!r}; known: {', '.join(self.dialects)}")
        if route.check_key:
            route.check_key(request)
        if not request.path.startswith("/_sim/"):
            request.scenario = self.scenarios.choose(request)
        exchange.meet(REFUSE)
        if exchange.answer:
            return 0
        if route.effect:
            self.say_again(request)
        answer = route.handle(request)
        exchange.answer = await answer if asyncio.iscoroutine(answer) else answer
        n = self.ledger.perform(request) if route.effect else 0
        exchange.meet(CONTENT)
        return n

    def say_again(self, request):
        """What a provider was told for a key it says again when the key is repeated; the wire may behave otherwise."""
        known, text = self.ledger.recall(request)
        if known:
            said = self.scenarios.table.read(text).of_kind(TOLD) if text else []
            now = [step for step in request.scenario.steps if step[0].kind != TOLD] if request.scenario else []
            request.scenario = Scenario(request.scenario_text, said + now)

    def no_route(self, request):
        allowed = [method for method, path in self.exact if path == request.path]
        if allowed:
            return Refusal(405, f"Not allowed method {request.method}.", headers=[("Allow", ", ".join(allowed))])
        return Refusal(404, f"Unknown request URL: {request.method} {request.path}.", "unknown_url")

    def find_route(self, request):
        route = self.exact.get((request.method, request.path))
        if route:
            return route
        for route in self.prefixes:
            if request.method == route.method and request.path.startswith(route.path):
                return route
        return None

    def any_route(self):
        return next(iter(self.exact.values()))

    def log(self, text):
        if not self.quiet:
            print(text, file=sys.stderr, flush=True)
