"""The near end of a connection: bytes, TLS and WebSocket frames, well-formed unless an attack wants them otherwise."""

import base64
import os
import socket
import ssl
import struct

# Seconds that the server may take for anything: not what is right, but when to stop waiting, on a machine that is busy.
PATIENCE = 20
# What is read of a connection that does not end, at most.
READ_MAX = 256 * 1024 * 1024


class Failed(Exception):
    """The server did something else than it must."""


class Ended(Exception):
    """The server has ended the connection. `said` is what it sent before."""

    def __init__(self, said=b""):
        super().__init__(f"the server ended the connection, after {said[:80]!r}")
        self.said = said


class Trace:
    """What the log of the server must say of one connection."""

    def __init__(self, socket):
        # What the log tells it by, where it is TCP.
        self.peer = "%s:%d" % socket.getsockname()[:2] if socket.family == socket.family.AF_INET else None
        # The server has spoken RFB on it: the log gives a reason for its end.
        self.spoke = False
        # What that reason must match, each a regular expression.
        self.reasons = []


class Wire:
    """One connection. What the server's end does to it is an `Ended`, and its silence a `Failed`."""

    def __init__(self, address, *, source=None, receive_buffer=None, on_open=None):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source:
            self.socket.bind((source, 0))
        self.socket.settimeout(PATIENCE)
        self.socket.connect(address)
        self.ahead = b""
        self.trace = Trace(self.socket)
        if on_open:
            on_open(self.trace)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Bytes.

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError) as error:
            raise Ended(self._rest()) from error
        except TimeoutError as error:
            raise Failed("the server stopped reading") from error

    def try_send(self, data):
        """Sends to a server that may have ended the connection already."""
        try:
            self.send(data)
        except Ended as ended:
            self.ahead += ended.said

    def recv(self, most=65536):
        """What is there, or comes first; nothing at the end."""
        if self.ahead:
            data, self.ahead = self.ahead[:most], self.ahead[most:]
            return data
        try:
            return self.socket.recv(most)
        except (ConnectionResetError, BrokenPipeError, ssl.SSLError):
            return b""
        except TimeoutError as error:
            raise Failed("the server says nothing") from error

    def read(self, length):
        parts, missing = [], length
        while missing:
            part = self.recv(missing)
            if not part:
                raise Ended(b"".join(parts))
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def read_until(self, end):
        data = b""
        while end not in data:
            part = self.recv()
            if not part:
                raise Ended(data)
            data += part
        found, behind, rest = data.partition(end)
        self.ahead = rest + self.ahead
        return found + behind

    def _rest(self):
        """What the server said before it ended the connection."""
        said = b""
        while len(said) < READ_MAX and (part := self.recv()):
            said += part
        return said

    def ended(self, why=None):
        """Waits for the server to end the connection; what it says until then. `why` is what the log's reason must match."""
        if why:
            self.trace.reasons.append(why)
        said = self._rest()
        if len(said) >= READ_MAX:
            raise Failed("the server goes on and on")
        return said

    # Ends.

    def close(self):
        self.socket.close()

    def reset(self):
        """Ends the connection as a crashed machine does: with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def start_tls(self, authority, **settings):
        self.socket = tls_context(authority, **settings).wrap_socket(self.socket, server_hostname="localhost")


def tls_context(authority, ciphers=None, newest=None, protocols=None):
    context = ssl.create_default_context(cafile=authority)
    if protocols:
        context.set_alpn_protocols(protocols)
    if ciphers:
        context.set_ciphers(ciphers)
    if newest:
        context.maximum_version = newest
    return context


# HTTP and WebSocket (RFC 9112, RFC 6455).

WEB_SOCKET = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": base64.b64encode(b"sixteen bytes...").decode(),
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "binary",
}
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
FIN = 0x80


def request(target="/", headers=None, method="GET", version="HTTP/1.1", host="127.0.0.1"):
    lines = [f"{method} {target} {version}"]
    lines += [f"Host: {host}"] if host is not None else []
    lines += [f"{name}: {value}" for name, value in (headers or {}).items() if value is not None]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def read_answer(wire):
    """The status of an answer, its head and its body."""
    head = wire.read_until(b"\r\n\r\n").decode()
    status = int(head.split(" ")[1])
    length = [line.split(":")[1] for line in head.split("\r\n") if line.lower().startswith("content-length:")]
    return status, head, wire.read(int(length[0])) if length else b""


def frame(payload=b"", opcode=BINARY, *, first=None, mask=os.urandom(4), length=None):
    """A frame; `first` is its whole first byte, `length` the bytes that say how long it is, if they are not to be right."""
    head = bytes([FIN | opcode if first is None else first])
    if length is None:
        size = len(payload)
        length = (
            bytes([size])
            if size < 126
            else b"\x7e" + struct.pack(">H", size) if size < 65536 else b"\x7f" + struct.pack(">Q", size)
        )
    if mask is None:
        return head + length + payload
    key = (mask * (len(payload) // 4 + 1))[: len(payload)]
    masked = (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(len(payload), "big")
    return head + bytes([length[0] | 0x80]) + length[1:] + mask + masked


class WebSocket(Wire):
    """A connection whose bytes are those in binary frames."""

    def __init__(self, address, *, headers=None, authority=None, **settings):
        super().__init__(address, **settings)
        if authority:
            self.start_tls(authority)
        self.closed_with = None
        self.pongs = 0
        # A pong in the middle of another frame would make something else of it.
        self.answers_pings = True
        self.raw = self.framed = b""
        self.send_raw(request("/websockify", {**WEB_SOCKET, **(headers or {})}))
        head = b""
        while b"\r\n\r\n" not in head:
            part = super().recv()
            if not part:
                raise Ended(head)
            head += part
        head, _, self.raw = head.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101 "):
            raise Failed(f"no WebSocket: {head[:80]!r}")

    def send_raw(self, data):
        super().send(data)

    def send(self, data):
        for at in range(0, len(data), 65536):
            self.send_raw(frame(data[at : at + 65536]))

    def recv(self, most=65536):
        while not self.framed:
            if not self._read_frame():
                return b""
        data, self.framed = self.framed[:most], self.framed[most:]
        return data

    def _read_frame(self):
        head = self._raw(2)
        if len(head) < 2:
            return False
        size = head[1]
        if size in (126, 127):
            size = int.from_bytes(self._raw(2 if size == 126 else 8), "big")
        payload, opcode = self._raw(size), head[0] & 15
        if opcode == CLOSE:
            self.closed_with = int.from_bytes(payload[:2], "big") or None
        elif opcode == PING and self.answers_pings:
            self.try_send_raw(frame(payload, PONG))
        elif opcode == PONG:
            self.pongs += 1
        elif opcode != PING:
            self.framed += payload
        return True

    def try_send_raw(self, data):
        try:
            self.send_raw(data)
        except Ended:
            pass

    def _raw(self, length):
        while len(self.raw) < length and (part := super().recv()):
            self.raw += part
        data, self.raw = self.raw[:length], self.raw[length:]
        return data
