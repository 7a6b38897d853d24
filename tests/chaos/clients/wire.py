"""HTTP as a client speaks it that must get through: a connection that is kept, a time, another gateway after a failure."""
import http.client
import json
import socket
import urllib.parse

TIMEOUT_S = 12


class Lost(Exception):
    """There is no answer, and nobody knows whether the request was taken."""


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


class Line:
    """One user's connection to one of several gateways."""

    def __init__(self, urls, token, at=0):
        self.netlocs = [urllib.parse.urlsplit(url).netloc for url in urls]
        self.token, self.at, self.connection = token, at % len(urls), None

    def hang_up(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def next_gateway(self):
        self.hang_up()
        self.at = (self.at + 1) % len(self.netlocs)

    def send(self, verb, path, body, headers):
        if not self.connection:
            self.connection = http.client.HTTPConnection(self.netlocs[self.at], timeout=TIMEOUT_S)
            self.connection.connect()
            self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection.request(verb, path, body, {"Authorization": f"Bearer {self.token}", **headers})

    def call(self, verb, path, body=None, headers=None, deaf=False):
        """`deaf`: hang up behind the request, without an answer."""
        kept = self.connection is not None
        try:
            self.send(verb, path, body, headers or {})
            if deaf:
                self.next_gateway()
                raise Lost("hung up on purpose")
            response = self.connection.getresponse()
            answer = Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
            if response.will_close:
                self.hang_up()
            return answer
        except (OSError, http.client.HTTPException) as error:
            self.next_gateway()
            # A kept connection may have been closed between two requests; that says nothing of the gateway.
            raise Lost(f"{'kept ' if kept else ''}{type(error).__name__}: {error}") from error

    def open_stream(self, path, after):
        """(connection, response) of an event stream, on a connection of its own."""
        connection = http.client.HTTPConnection(self.netlocs[self.at], timeout=TIMEOUT_S + 8)
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "text/event-stream"}
        if after:
            headers["Last-Event-ID"] = str(after)
        try:
            connection.request("GET", path, None, headers)
            return connection, connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise Lost(f"{type(error).__name__}: {error}") from error
