"""The wires between the daemons and what they stand on: one process that carries every connection, and harms it when told.

    links.py FILE      FILE: {"<name>": <port of the server>, ...}

Prints {"<name>": <port to dial instead>, ...}, then obeys lines of "MODE MILLISECONDS NAME..." and answers each with how many
connections it met.

pass       bytes go both ways; ends whatever the mode before has left behind
delay      each piece waits so many milliseconds, in order
drop       nothing moves, nobody is told: bytes wait in the kernel and go on afterwards
deaf       requests arrive, answers do not; afterwards the connection is reset, so they never will
reset      both sides get a RST, at once
half_open  the server sees the connection close, the daemon sees nothing
ghost      the daemon gets a RST, the server goes on believing in it; new connections are good
"""
import asyncio
import json
import signal
import socket
import struct
import sys

RST = struct.pack("ii", 1, 0)
HELD_BYTES = 1 << 20            # in a delay, then the sender is held


def reset(transport):
    if transport and not transport.is_closing():
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST)
        transport.abort()


class End(asyncio.Protocol):
    """One end of a carried connection."""

    def __init__(self, pair, is_near):
        self.pair, self.is_near, self.transport = pair, is_near, None
        self.held, self.full = [], False        # (when, bytes) that go to the other end later; this end's buffer is full
        self.early = []                         # what came for this end before it was connected

    @property
    def other(self):
        return self.pair.far if self.is_near else self.pair.near

    def connection_made(self, transport):
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for data in self.early:
            transport.write(data)
        if self.is_near:
            self.pair.begin()

    def data_received(self, data):
        link = self.pair.link
        if self.pair.is_silent:
            return
        if link.mode != "delay" and not self.held:
            self.other.write(data)
            return
        loop = asyncio.get_running_loop()
        when = max(loop.time() + (link.ms / 1000 if link.mode == "delay" else 0), self.held[-1][0] if self.held else 0)
        self.held.append((when, data))
        loop.call_at(when, self.let_go)
        if sum(len(piece) for _, piece in self.held) > HELD_BYTES:
            self.transport.pause_reading()

    def let_go(self):
        if not self.held:
            return
        _, data = self.held.pop(0)
        self.other.write(data)
        if not self.held:
            self.pair.regulate()

    def write(self, data):
        if not self.transport:
            self.early.append(data)
        elif not self.transport.is_closing():
            self.transport.write(data)

    def pause_writing(self):
        self.full = True
        self.pair.regulate()

    def resume_writing(self):
        self.full = False
        self.pair.regulate()

    def connection_lost(self, _):
        self.pair.lost(self)


class Pair:
    """A connection: its near end is the daemon's, its far end the server's."""

    def __init__(self, link):
        self.link, self.is_silent = link, False
        self.near, self.far = End(self, True), End(self, False)

    def begin(self):
        self.link.pairs.add(self)
        self.near.transport.pause_reading()
        if self.link.mode == "half_open":
            self.is_silent = True
            self.near.transport.resume_reading()
        elif self.link.mode != "drop":
            self.dial()

    def dial(self):
        self.task = asyncio.ensure_future(self.reach())

    async def reach(self):
        try:
            await asyncio.get_running_loop().create_connection(lambda: self.far, "127.0.0.1", self.link.port)
        except OSError:
            reset(self.near.transport)
            return
        if self.near.transport.is_closing():
            self.far.transport.close()
        self.regulate()

    def regulate(self):
        """Who may be read now."""
        for end, stopped in ((self.near, self.link.mode == "drop"), (self.far, self.link.mode in ("drop", "deaf"))):
            if not end.transport or end.transport.is_closing():
                continue
            if stopped or end.other.full or (end.is_near and not self.far.transport and not self.is_silent):
                end.transport.pause_reading()
            else:
                end.transport.resume_reading()

    def lost(self, end):
        """What was sent before the end still arrives."""
        other = end.other
        if not self.is_silent:
            for _, data in end.held:
                other.write(data)
            end.held.clear()
            if other.transport:
                other.transport.close()
        if all(one.transport is None or one.transport.is_closing() for one in (self.near, self.far)):
            self.link.pairs.discard(self)

    def reset(self):
        self.is_silent = False
        reset(self.near.transport)
        reset(self.far.transport)

    def fall_silent(self, gone):
        """One end goes, the other is not told."""
        self.is_silent = True
        if gone is self.near:
            reset(gone.transport)
        elif gone.transport:
            gone.transport.close()
        self.regulate()


class Link:
    def __init__(self, name, port):
        self.name, self.port, self.mode, self.ms, self.pairs = name, port, "pass", 0, set()

    async def listen(self):
        server = await asyncio.get_running_loop().create_server(lambda: Pair(self).near, "127.0.0.1", 0, backlog=512)
        return server.sockets[0].getsockname()[1]

    def become(self, mode, ms):
        """Gives how many connections it met."""
        met, before = len(self.pairs), self.mode
        self.mode, self.ms = ("pass" if mode == "reset" else mode), ms
        for pair in list(self.pairs):
            if mode == "reset" or pair.is_silent or before == "deaf":
                pair.reset()
            elif mode == "half_open":
                pair.fall_silent(pair.far)
            elif mode == "ghost":
                pair.fall_silent(pair.near)
            elif before == "drop" and mode != "drop" and not pair.far.transport:
                pair.dial()
            else:
                pair.regulate()
        return met


async def main(path):
    with open(path) as file:
        links = {name: Link(name, port) for name, port in json.load(file).items()}
    print(json.dumps({name: await link.listen() for name, link in links.items()}), flush=True)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := (await reader.readline()).decode().split():
        mode, ms, names = line[0], int(line[1]), line[2:]
        print(sum(links[name].become(mode, ms) for name in names), flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)        # whoever holds our input ends us
    asyncio.run(main(sys.argv[1]))
