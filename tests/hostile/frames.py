"""Attacks on WebSockets: their handshake, where they come from, and their frames."""

import os
import struct

import rfb
from rfb import VERSION
from table import attack, expect
from wire import BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT, WEB_SOCKET, Ended, frame, read_answer, request

# The handshake.

HANDSHAKES = {
    "no_key": ({"Sec-WebSocket-Key": None}, 400),
    "empty_key": ({"Sec-WebSocket-Key": ""}, 400),
    "short_key": ({"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25j"}, 400),
    "long_key": ({"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZSBhbmQgbW9yZQ=="}, 400),
    "key_not_base64": ({"Sec-WebSocket-Key": "!!!!!!!!!!!!!!!!!!!!!!=="}, 400),
    "two_keys": ({"sec-websocket-key": WEB_SOCKET["Sec-WebSocket-Key"]}, 400),
    "no_version": ({"Sec-WebSocket-Version": None}, 426),
    "version_8": ({"Sec-WebSocket-Version": "8"}, 426),
    "version_14": ({"Sec-WebSocket-Version": "14"}, 426),
    "version_list": ({"Sec-WebSocket-Version": "13, 8"}, 426),
    "no_upgrade": ({"Upgrade": None}, 426),
    "other_upgrade": ({"Upgrade": "h2c"}, 426),
    "connection_closes": ({"Connection": "close"}, 400),
    "no_connection": ({"Connection": None}, 400),
    "empty_token": ({"Sec-WebSocket-Protocol": "vncterm.token."}, 400),
    "two_tokens": ({"Sec-WebSocket-Protocol": "vncterm.token.a, vncterm.token.b"}, 400),
    "with_a_body": ({"Content-Length": "5"}, 413),
    "with_chunks": ({"Transfer-Encoding": "chunked"}, 413),
}


@attack("refuse it with a status and a reason", cases=HANDSHAKES)
def web_socket_handshake_that_is_wrong(server, case):
    """Asks for a WebSocket in a way that is not as it should be."""
    headers, wanted = case
    refused(server, request("/websockify", {**WEB_SOCKET, **headers}), wanted)


REQUESTS = {
    "http_1.0": (request("/websockify", WEB_SOCKET, version="HTTP/1.0"), 400),
    "head": (request("/websockify", WEB_SOCKET, method="HEAD"), 400),
    "post": (request("/websockify", WEB_SOCKET, method="POST"), 405),
    "elsewhere": (request("/", WEB_SOCKET), 404),
    "beside_it": (request("/websockify/x", WEB_SOCKET), 404),
    "encoded": (request("/%77ebsockify", WEB_SOCKET), 404),
    "no_host": (request("/websockify", WEB_SOCKET, host=None), 400),
}


@attack("refuse it with a status and a reason", cases=REQUESTS)
def web_socket_request_that_is_wrong(server, case):
    """Asks for a WebSocket with another method, elsewhere, or in an older HTTP."""
    refused(server, *case)


def refused(server, data, wanted):
    with server.browser() as wire:
        wire.send(data)
        head = wire.read_until(b"\r\n\r\n")
        status = int(head.split(b" ")[1])
        expect(status == wanted, f"answered with {status}, not with {wanted}")


OWN = {"Origin": "http://127.0.0.1:{port}"}
FORGED = {
    "another_host": ("https://evil.example", None),
    "null": ("null", None),
    "empty": ("", None),
    "another_port": ("http://127.0.0.1:1", None),
    "no_port": ("http://127.0.0.1", None),
    "own_as_a_prefix": ("http://127.0.0.1:{port}.evil.example", None),
    "own_as_a_user": ("http://127.0.0.1:{port}@evil.example", None),
    "own_as_a_path": ("http://evil.example/http://127.0.0.1:{port}", None),
    "own_and_another": ("http://127.0.0.1:{port} https://evil.example", None),
    "list": ("http://127.0.0.1:{port}, https://evil.example", None),
    "file": ("file://", None),
    "extension": ("moz-extension://127.0.0.1:{port}", None),
    "not_an_origin": ("127.0.0.1:{port}", None),
    "number_in_another_way": ("http://2130706433:{port}", None),
    "name_led_here": ("http://evil.example:{port}", "evil.example:{port}"),
    "name_led_here_with_a_dot": ("http://localhost.:{port}", "localhost.:{port}"),
    "localhost_below_another": ("http://localhost.evil.example:{port}", "localhost.evil.example:{port}"),
}


@attack("refuse it with 403, or with 400 what is no origin", cases=FORGED)
def forged_origin(server, case):
    """Asks for a WebSocket as a page of another host would, or as one whose name was led here."""
    origin, host = (text and text.format(port=server.port) for text in case)
    data = request("/websockify", {**WEB_SOCKET, "Origin": origin}, host=host or f"127.0.0.1:{server.port}")
    with server.browser() as wire:
        wire.send(data)
        status = int(wire.read_until(b"\r\n\r\n").split(b" ")[1])
        expect(status in (400, 403), f"answered with {status}")


@attack("refuse it with 400")
def two_origins(server):
    """Names two origins, one of them ours."""
    own = f"http://127.0.0.1:{server.port}"
    lines = {**WEB_SOCKET, "Origin": own, "origin": "https://evil.example"}
    refused(server, request("/websockify", lines, host=f"127.0.0.1:{server.port}"), 400)


# Frames.

NAME = b"RFB 003.008\n"
BAD_FRAMES = {
    "not_masked": (frame(NAME, mask=None), 1002),
    "reserved_1": (frame(NAME, first=FIN | 0x40 | BINARY), 1002),
    "reserved_2": (frame(NAME, first=FIN | 0x20 | BINARY), 1002),
    "reserved_3": (frame(NAME, first=FIN | 0x10 | BINARY), 1002),
    "text": (frame(NAME, TEXT), 1003),
    "continuation_of_nothing": (frame(NAME, CONTINUATION), 1002),
    "message_within_another": (frame(b"R", first=BINARY) + frame(b"F", BINARY), 1002),
    "ping_of_126_bytes": (frame(bytes(126), PING), 1002),
    "ping_of_64_kib": (frame(bytes(65536), PING), 1002),
    "ping_in_fragments": (frame(b"x", first=PING), 1002),
    "close_in_fragments": (frame(b"\x03\xe8", first=CLOSE), 1002),
    "length_63_bits_and_1": (frame(b"", length=b"\x7f" + b"\x80" + bytes(7)), 1002),
    "length_all_ones": (frame(b"", length=b"\x7f" + b"\xff" * 8), 1002),
    "length_over_2_gib": (frame(b"", length=b"\x7f" + struct.pack(">Q", (1 << 31) + 1)), 1009),
    "length_of_5_in_16_bits": (frame(b"", length=b"\x7e\0\5"), 1002),
    "length_of_5_in_64_bits": (frame(b"", length=b"\x7f" + struct.pack(">Q", 5)), 1002),
    "empty_frames": (frame(b"") * 1002, 1002),
    "empty_fragments": (frame(b"", first=BINARY) + frame(b"", first=CONTINUATION) * 1002, 1002),
    "half_a_code": (frame(b"\x03", CLOSE), 1002),
    "reason_not_utf8": (frame(b"\x03\xe8\xff\xfe", CLOSE), 1007),
}
BAD_FRAMES |= {f"opcode_{code}": (frame(b"x", code), 1002) for code in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)}
BAD_FRAMES |= {
    f"code_{code}": (frame(struct.pack(">H", code), CLOSE), 1002)
    for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535)
}


@attack("close with the right code", cases=BAD_FRAMES)
def bad_frame(server, case):
    """Sends a frame that may not be."""
    data, code = case
    with server.web_socket() as wire:
        rfb.greet(wire, b"")
        wire.try_send_raw(data)
        wire.ended()
        expect(wire.closed_with == code, f"closed with {wire.closed_with}, not with {code}")


@attack("close, too, once the viewer is in")
def bad_frame_of_a_viewer(server):
    """Comes in, and then sends a frame that is not masked."""
    with server.client(wire=server.web_socket()) as client:
        client.goes_on()
        client.wire.send_raw(frame(rfb.typed("never-typed"), mask=None))
        client.wire.ended("not masked")
    expect(b"never-typed" not in server.typed(), "the guest got it")


@attack("take what they carry")
def endless_fragments(server):
    """Sends everything in fragments of one byte of one message that never ends, with pings and empty ones between."""
    listed = rfb.set_encodings(rfb.RAW, rfb.FENCE)
    said = VERSION + b"\1\1" + listed * 500 + rfb.fence(payload=b"fragments")
    with server.web_socket() as wire:
        rfb.greet(wire, b"")
        pieces = [frame(said[:1], first=BINARY)]
        for at in range(1, len(said)):
            pieces.append(frame(said[at : at + 1], first=CONTINUATION))
            pieces.append(frame(b"", first=CONTINUATION) if at % 3 else frame(b"p", PING))
        wire.send_raw(b"".join(pieces))
        heard = b""
        while b"fragments" not in heard:
            part = wire.recv()
            expect(part, f"closed with {wire.closed_with}")
            heard += part


@attack("take it byte by byte")
def frames_byte_by_byte(server):
    """Sends frames a byte at a time."""
    with server.web_socket() as wire:
        rfb.greet(wire, b"")
        for byte in frame(VERSION[:5]) + frame(b"", PING) + frame(VERSION[5:]) + frame(b"\1\1"):
            wire.send_raw(bytes([byte]))
        expect(wire.read(2 + 4 + 4), "it does not come in")


@attack("answer at most twenty a second, and go on")
def ping_flood(server):
    """Sends 20,000 pings of 125 bytes."""
    with server.client(wire=server.web_socket()) as client:
        for _ in range(20):
            client.wire.send_raw(frame(bytes(125), PING) * 1000)
        client.goes_on()
        expect(client.wire.pongs <= 20 * 60, f"{client.wire.pongs} are answered")


@attack("ignore them, and go on")
def pong_flood(server):
    """Sends 20,000 pongs that nobody asked for."""
    with server.client(wire=server.web_socket()) as client:
        client.wire.send_raw(frame(b"unasked", PONG) * 20000)
        client.goes_on()


@attack("let none of it reach the guest")
def keys_behind_a_close(server):
    """Closes, and goes on typing behind it."""
    with server.client(wire=server.web_socket()) as client:
        client.goes_on()
        client.wire.send_raw(frame(struct.pack(">H", 1000), CLOSE) + frame(rfb.typed("never-typed")))
        client.wire.ended("Left")
        expect(client.wire.closed_with == 1000, f"closed with {client.wire.closed_with}")
    expect(b"never-typed" not in server.typed(), "the guest got it")


@attack("take of it what comes, and store none")
def frame_of_2_gib(server):
    """Announces a frame of 2 GiB, sends 32 MiB of it, and leaves."""
    before = server.memory()
    with server.client(wire=server.web_socket()) as client:
        client.goes_on()
        client.wire.send_raw(frame(b"", length=b"\x7f" + struct.pack(">Q", 1 << 31), mask=bytes(4)))
        for _ in range(512):
            client.wire.send_raw(rfb.set_encodings(*[rfb.RAW] * 16383))
        expect(server.memory() - before < 100 << 20, "it is stored")
        client.wire.reset()


@attack("forget it", cases={"close": "close", "reset": "reset"})
def frame_that_is_cut(server, end):
    """Leaves in the middle of a frame, at each byte of its head and in what it carries."""
    data = frame(bytes(70000), mask=os.urandom(4))
    for at in (1, 2, 3, 5, 9, 10, 11, 13, 14, 15, 1000, 69999):
        with server.web_socket() as wire:
            wire.send_raw(data[:at])
            getattr(wire, end)()


@attack(
    "end it after ten seconds", slow=True, cases={"nothing": b"", "half_a_head": b"\x82", "half_a_version": frame(VERSION[:4])}
)
def web_socket_that_stops(server, said):
    """Opens a WebSocket, and stops in RFB's handshake."""
    with server.web_socket() as wire:
        wire.answers_pings = False
        rfb.greet(wire, b"")
        wire.send_raw(said)
        wire.ended("HandshakeTimeout")


@attack("close with 1002")
def no_rfb_within(server):
    """Speaks something else than RFB in well-formed frames."""
    with server.web_socket() as wire:
        rfb.greet(wire, b"")
        wire.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        wire.ended("SpeaksHttp")
        expect(wire.closed_with == 1002, f"closed with {wire.closed_with}")


@attack("go on as if it were one")
def bytes_behind_the_handshake(server):
    """Sends frames in the same segment as the request, before it knows whether it gets a WebSocket."""
    with server.browser() as wire:
        wire.send(request("/websockify", WEB_SOCKET) + frame(VERSION) + frame(b"\1\1"))
        heard = b""
        while b"attacked" not in heard:
            part = wire.recv()
            expect(part, "ended")
            heard += part


@attack("answer with none of it")
def answer_split(server):
    """Puts line ends and other controls into what the answer might repeat."""
    for field in ("Sec-WebSocket-Protocol", "Sec-WebSocket-Key"):
        for text in ("binary\rX: y", "binary\nX: y", "binary\0", "bin\x7fary", "bin\u00e4ry"):
            with server.browser() as wire:
                wire.send(request("/websockify", {**WEB_SOCKET, field: text}))
                try:
                    status, head, _ = read_answer(wire)
                except Ended:
                    continue
                expect(status == 400 and "X: y" not in head, f"answered with {status}")
