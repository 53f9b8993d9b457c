"""A tiny mail server on this machine, for the tests of sending: it keeps what it takes, or fails where it is told to."""

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pipelines.collections.sending import MailServer


@dataclass
class Post:
    """What the server took, and how it behaves: `breaks` is the moment at which it hangs up or refuses."""

    server: MailServer
    taken: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    breaks: str = ""  # connect | rcpt | data | after_data | reject_data
    slow: float = 0.0


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        post: Post = self.server.post  # type: ignore[attr-defined]
        if post.breaks == "connect":
            return
        self._say("220 ready")
        for raw in self.rfile:
            word = raw.decode("ascii", "replace").strip()
            verb = word[:4].upper()
            if verb == "EHLO":
                self._say("250 here")
            elif verb == "RCPT" and post.breaks == "rcpt":
                self._say("550 no such person")
            elif verb == "RCPT":
                post.recipients.append(word)
                self._say("250 ok")
            elif verb == "DATA":
                if post.breaks == "data":
                    return
                self._say("354 go on")
                content = b"".join(iter(self._line, b".\r\n"))
                time.sleep(post.slow)
                if post.breaks == "after_data":
                    post.taken.append(content)
                    return
                if post.breaks == "reject_data":
                    self._say("554 refused")
                    continue
                post.taken.append(content)
                self._say("250 taken")
            else:
                self._say("250 ok")

    def _line(self) -> bytes:
        return self.rfile.readline()

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


@contextmanager
def post_office() -> Iterator[Post]:
    """A server that runs as long as the test needs it."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        post = Post(MailServer("127.0.0.1", server.server_address[1], "", ""))
        server.post = post  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield post
        finally:
            server.shutdown()
            thread.join(5)
