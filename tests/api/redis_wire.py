"""One command to a Redis, and its answer as it comes."""
import socket
import urllib.parse


def command(url, *words):
    at = urllib.parse.urlsplit(url)
    with socket.create_connection((at.hostname, at.port), 10) as link:
        for line in (("SELECT", at.path.strip("/") or "0"), words):
            link.sendall(b"*%d\r\n" % len(line) + b"".join(b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()) for word in line))
            answer = link.recv(65536)
            assert not answer.startswith(b"-"), answer
        return answer
