"""What stands before several gateways: it asks each whether it is ready, and follows streams from one to the next."""
import http.client
import itertools
import threading
import time

from palabre import Stream

POLL_S = 0.2
RETRY_S = 1                 # what the streams tell their clients


class Balancer:
    """Sends to gateways that say they are ready, in turn. The house may change meanwhile."""

    def __init__(self, house):
        self.house, self.turn = house, itertools.count()
        self.over = threading.Event()
        self.ready = self.look()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join(10)

    def look(self):
        gateways = [daemon for daemon in list(self.house.daemons.values()) if daemon.url]
        return [daemon.url for daemon in gateways if daemon.health()[0] == 200]

    def run(self):
        while not self.over.wait(POLL_S):
            self.ready = self.look() or self.ready

    def url(self):
        ready = self.ready
        return ready[next(self.turn) % len(ready)]


def follow(client, balancer, path, seconds=90, first=None, carriers=None):
    """(bytes of all events, how often it had to be taken up again): a stream to its end, whatever happens to the gateways
    that carry it. A client of the platform would do the same: Last-Event-ID, after the pause it was told. `first`: the gateway
    that it begins at; to `carriers` comes each that told some of it."""
    raw, last, resumed, until = b"", None, 0, time.monotonic() + seconds
    carriers = [] if carriers is None else carriers
    while time.monotonic() < until:
        try:
            headers = {} if last is None else {"Last_Event_ID": str(last)}
            url = first if first and not resumed else balancer.url()
            with Stream(*client.at(url).open("GET", path, timeout=30, **headers)) as stream:
                assert stream.status == 200, f"a stream was answered {stream.status}"
                for event in stream:
                    raw, last = raw + event.raw, event.id or last
                    if carriers[-1:] != [url]:
                        carriers.append(url)
                    if event.type == "done":
                        return raw, resumed
        except (OSError, http.client.HTTPException):        # it died with its gateway
            pass
        resumed += 1
        time.sleep(RETRY_S)
    raise AssertionError(f"the stream never ended: {path} after {last}")
