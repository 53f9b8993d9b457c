"""A tiny mail server on this machine, for the tests of sending: it keeps what it takes, or fails where it is told to."""

import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pipelines.collections.sending import MailServer


@dataclass
class Post:
    """What the server took, and how it behaves: `breaks` is the moment at which it hangs up or refuses.

    Without `key` the line is open; with it, it is encrypted from the start, or once the client asks for it (`asks_first`).
    `heard` has each word of the client, and whether the line was encrypted then.
    """

    server: MailServer
    taken: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    breaks: str = ""  # connect | rcpt | data | after_data | reject_data
    slow: float = 0.0
    key: ssl.SSLContext | None = None
    asks_first: bool = True
    heard: list[tuple[str, bool]] = field(default_factory=list)


class _Handler(socketserver.StreamRequestHandler):
    is_safe = False

    def handle(self) -> None:
        post: Post = self.server.post  # type: ignore[attr-defined]
        if post.breaks == "connect" or (post.key is not None and not post.asks_first and not self._encrypted(post.key)):
            return
        self._say("220 ready")
        for raw in iter(self._line, b""):
            word = raw.decode("ascii", "replace").strip()
            verb = word[:4].upper()
            post.heard.append((verb, self.is_safe))
            if verb == "STAR" and post.key is not None:
                self._say("220 go on")
                if not self._encrypted(post.key):
                    return
            elif verb == "DATA":
                if not self._takes(post):
                    return
            else:
                self._say(self._answer(post, verb, word))

    def finish(self) -> None:
        super().finish()
        if self.connection is not self.request:
            self.connection.close()

    def _answer(self, post: Post, verb: str, word: str) -> str:
        if verb == "EHLO":
            self._say("250-here")
            return "250 STARTTLS" if post.key is not None and not self.is_safe else "250 AUTH PLAIN"
        if verb == "AUTH":
            return "235 welcome"
        if verb == "RCPT" and post.breaks == "rcpt":
            return "550 no such person"
        if verb == "RCPT":
            post.recipients.append(word)
        return "250 ok"

    def _takes(self, post: Post) -> bool:
        """Take a message, or break where it is told to; whether the line still stands."""
        if post.breaks == "data":
            return False
        self._say("354 go on")
        content = b"".join(iter(self._line, b".\r\n"))
        time.sleep(post.slow)
        if post.breaks == "reject_data":
            self._say("554 refused")
            return True
        post.taken.append(content)
        if post.breaks == "after_data":
            return False
        self._say("250 taken")
        return True

    def _encrypted(self, key: ssl.SSLContext) -> bool:
        """Encrypt the line; whether the client went along."""
        try:
            self.connection = key.wrap_socket(self.connection, server_side=True)
        except OSError:
            return False
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.is_safe = True
        return True

    def _line(self) -> bytes:
        return self.rfile.readline()

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


@contextmanager
def post_office(host: str = "127.0.0.1", key: ssl.SSLContext | None = None, *, asks_first: bool = True) -> Iterator[Post]:
    """A server that runs as long as the test needs it."""
    with socketserver.ThreadingTCPServer((host, 0), _Handler) as server:
        server.daemon_threads = True
        post = Post(MailServer(host, server.server_address[1], "", ""), key=key, asks_first=asks_first)
        server.post = post  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield post
        finally:
            server.shutdown()
            thread.join(5)
