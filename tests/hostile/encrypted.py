"""Attacks on what is encrypted: VeNCrypt, and TLS, within it and from the first byte on."""

import os
import ssl
import struct

import frames
import pages
import rfb
from credentials import challenged, is_denied, tried
from rfb import VERSION
from stage import AUTHORITY, FULL
from table import attack, expect
from wire import Failed, read_answer, request

# VeNCrypt.


@attack(
    "refuse it with 255, and end the connection",
    "tls",
    cases={f"{a}.{b}": bytes([a, b]) for a, b in ((0, 0), (0, 1), (0, 3), (1, 2), (255, 255))},
)
def vencrypt_version(server, version):
    """Says a version of VeNCrypt that there is not."""
    with server.wire() as wire:
        rfb.greet(wire)
        rfb.choose(wire, rfb.VENCRYPT)
        wire.read(2)
        wire.send(version)
        expect(wire.ended("version of VeNCrypt") == b"\xff", "no refusal")


NOT_OFFERED = (0, 1, 2, 19, 256, 257, 258, 259, 260, 262, 263, 264, 0x7FFFFFFF, 0xFFFFFFFF)


@attack("refuse it with 0, and end the connection", "tls", cases={str(number): number for number in NOT_OFFERED})
def vencrypt_subtype(server, number):
    """Chooses a sub-type that is not offered: anonymous TLS, a password in clear, none."""
    with server.wire() as wire:
        offered = rfb.vencrypt(wire)
        expect(number not in offered, f"{number} is offered")
        wire.try_send(struct.pack(">I", number) + struct.pack(">II", 4, 4) + b"rootfull\1")
        expect(wire.ended("VeNCrypt sub-type") == b"\0", "no refusal")


UNFINISHED = {"no_version": 0, "half_a_version": 1, "no_subtype": 2, "half_a_subtype": 3}


@attack("end the connection after ten seconds", "tls", cases=UNFINISHED, slow=True)
def vencrypt_that_stops(server, case):
    """Stops in the middle of VeNCrypt."""
    with server.wire() as wire:
        if case < 2:
            rfb.greet(wire)
            rfb.choose(wire, rfb.VENCRYPT)
            wire.send(b"\0" * case)
        else:
            rfb.vencrypt(wire)
            wire.send(b"\0\0" * (case - 2))
        wire.ended("HandshakeTimeout")


@attack("end the connection, and take none of it for what came through TLS", "tls")
def clear_bytes_before_tls(server):
    """Sends a handshake and keys in clear behind the choice of TLS, to have them read as if they had come through it."""
    with server.wire() as wire:
        rfb.vencrypt(wire)
        wire.try_send(struct.pack(">I", rfb.X509_VNC) + b"\1" + rfb.typed("never-typed") * 20)
        wire.ended()
    expect(b"never-typed" not in server.typed(), "the guest got keys of who is not in")


# TLS.


def before_tls(server, subtype=rfb.X509_VNC):
    """A connection whose next byte is of TLS."""
    wire = server.wire()
    rfb.vencrypt(wire)
    wire.send(struct.pack(">I", subtype))
    if wire.read(1) != b"\1":
        raise Failed("TLS is refused")
    return wire


def client_hello():
    """A real ClientHello."""
    coming, going = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context(cafile=AUTHORITY).wrap_bio(coming, going, server_hostname="localhost")
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return going.read()


def record(kind, payload, version=b"\3\3", length=None):
    return bytes([kind]) + version + struct.pack(">H", len(payload) if length is None else length) + payload


HELLO = client_hello()
GARBAGE = {
    "handshake_and_rubbish": b"\x16\3\1\2\0" + os.urandom(512),
    "rubbish": os.urandom(4096),
    "zeros": bytes(4096),
    "http": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "rfb": VERSION + b"\1\1",
    "sslv2": bytes.fromhex("802e0100020015000000100100800200800300800400800500800600400700c0") + os.urandom(16),
    "version_0": b"\x16\0\0" + HELLO[3:],
    "record_too_long": record(22, b"", length=65535) + os.urandom(70000),
    "empty_records": record(22, b"") * 10000,
    "heartbeat": record(24, b"\1\x40\0") * 3,
    "data_before_handshake": record(23, os.urandom(64)),
    "change_cipher_before_handshake": record(20, b"\1") * 1000,
    "fatal_alert": record(21, b"\2\x28"),
    "warnings": record(21, b"\1\0") * 10000,
    "hello_twice": HELLO + HELLO,
    "hello_of_16_mib": record(22, b"\1\xff\xff\xff" + bytes(16000)) + record(22, bytes(16000)) * 64,
    "finished_first": record(22, b"\x14\0\0\x0c" + bytes(12)),
    "server_hello": record(22, b"\2\0\0\x26\3\3" + bytes(36)),
    "hello_length_beyond": record(22, b"\1\0\xff\xff" + HELLO[9:]) + record(22, bytes(500)) * 200,
}


@attack("answer with an alert or not at all, and end the connection", "tls", cases=GARBAGE, slow=True)
def tls_garbage(server, said):
    """Sends something else where TLS begins."""
    with before_tls(server) as wire:
        wire.try_send(said)
        wire.ended()


@attack("end the connection, or go on, and crash at none", "tls")
def tls_hello_with_a_wrong_byte(server):
    """Sends a real ClientHello with one of its bytes changed, for 60 of them."""
    for at in range(0, len(HELLO), max(1, len(HELLO) // 60)):
        with before_tls(server) as wire:
            wire.try_send(HELLO[:at] + bytes([HELLO[at] ^ 0x55]) + HELLO[at + 1 :])
            # It may wait for more, if it takes it for longer now.
            wire.half_close()
            wire.ended()


@attack(
    "end the connection after ten seconds",
    "tls",
    slow=True,
    cases={"nothing": 0, "half_a_head": 3, "half": 100, "whole": 1 << 20},
)
def tls_hello_that_stops(server, length):
    """Stops in the middle of TLS's handshake: before ClientHello, in it, and after it."""
    with before_tls(server) as wire:
        wire.send(HELLO[:length])
        wire.ended("HandshakeTimeout")


@attack("forget it", "tls")
def tls_hello_that_is_cut(server):
    """Ends the connection at 40 places of ClientHello."""
    for turn, at in enumerate(range(0, len(HELLO), max(1, len(HELLO) // 40))):
        wire = before_tls(server)
        wire.send(HELLO[:at])
        wire.reset() if turn % 2 else wire.close()


@attack("refuse it with an alert", "tls", cases={"1.1": ssl.TLSVersion.TLSv1_1, "1.0": ssl.TLSVersion.TLSv1})
def tls_of_an_old_version(server, version):
    """Wants a version of TLS that is not spoken any more."""
    hello = b"\3\2" if version == ssl.TLSVersion.TLSv1_1 else b"\3\1"
    body = hello + os.urandom(32) + b"\0" + struct.pack(">H", 4) + b"\0\x2f\0\x35" + b"\1\0"
    with before_tls(server) as wire:
        wire.send(record(22, b"\1" + struct.pack(">I", len(body))[1:] + body, version=hello))
        expect(wire.ended()[:1] in (b"\x15", b""), "no alert")


@attack(
    "refuse it with an alert",
    "tls",
    cases={"rsa_key_exchange": "AES128-GCM-SHA256", "cbc": "ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA256"},
)
def tls_with_weak_ciphers(server, ciphers):
    """Knows no other ciphers than those without forward secrecy, or with CBC."""
    with before_tls(server) as wire:
        try:
            wire.start_tls(AUTHORITY, ciphers=ciphers, newest=ssl.TLSVersion.TLSv1_2)
        except (ssl.SSLError, ConnectionError):
            return
        raise Failed(f"{ciphers} is agreed on")


@attack("end the connection", "tls")
def tls_with_a_forged_record(server):
    """Comes in over TLS, and then sends a record that has no right mark of authenticity."""
    with server.client(FULL, subtype=rfb.X509_VNC) as client:
        client.goes_on()
        os.write(client.wire.socket.fileno(), record(23, os.urandom(80)))
        client.wire.ended()


@attack("forget it", "tls", cases={"close": "close", "reset": "reset"})
def tls_that_is_cut(server, end):
    """Comes in over TLS, asks for pictures, and leaves without a farewell, 10 times."""
    for _ in range(10):
        client = server.client(FULL, subtype=rfb.X509_VNC)
        client.send(rfb.update_request() * 10, b"\2\0\xff\xff")
        getattr(client.wire, end)()


@attack("refuse it as without TLS", "tls")
def wrong_answer_within_tls(server):
    """Gives a wrong password within TLS."""
    with before_tls(server) as wire:
        wire.start_tls(AUTHORITY)
        wire.read(16)
        tried(wire, bytes(16))


@attack(
    "end the connection",
    "tls",
    cases={"tls": HELLO, "http": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "rfb": VERSION + b"\2" + bytes(16)},
)
def another_protocol_within_tls(server, said):
    """Speaks another protocol within TLS, where the challenge is to be answered."""
    with before_tls(server) as wire:
        wire.start_tls(AUTHORITY)
        wire.read(16)
        wire.try_send(said)
        expect(is_denied(wire.ended()), "not refused")


@attack("end each of them after ten seconds, and serve the others", "tls", slow=True)
def many_half_handshakes_of_tls(server):
    """Begins 100 handshakes of TLS at once, and goes on with none."""
    wires = [before_tls(server) for _ in range(100)]
    try:
        for wire in wires:
            wire.send(HELLO)
        for wire in wires:
            wire.ended("HandshakeTimeout")
    finally:
        for wire in wires:
            wire.close()


# TLS from the first byte on: https, wss, and RFB within it.


@attack(
    "answer with an alert or not at all, and end the connection",
    "tls",
    slow=True,
    cases={name: said for name, said in GARBAGE.items() if said[0] == 0x16},
)
def garbage_as_the_first_bytes(server, said):
    """Begins as TLS does, and goes on with something else."""
    with server.wire() as wire:
        wire.try_send(said)
        wire.ended()


@attack("end the connection after five seconds", "tls", slow=True, cases={"a_byte": 1, "half": 100, "whole": 1 << 20})
def tls_that_stops_at_once(server, length):
    """Begins TLS with the first byte, and stops in its handshake."""
    with server.wire() as wire:
        wire.send(HELLO[:length])
        wire.ended()


@attack(
    "end the connection in time, whatever it was taken for",
    "tls",
    slow=True,
    cases={"as_a_browser": ["http/1.1"], "as_nobody": None},
)
def silence_within_tls(server, protocols):
    """Says nothing within TLS, neither as a browser nor as a viewer."""
    with server.wire() as wire:
        wire.start_tls(AUTHORITY, protocols=protocols)
        wire.ended()


@attack("refuse it with an alert", "tls", cases={"h2": ["h2"], "unknown": ["x" * 200]})
def tls_for_another_protocol(server, protocols):
    """Wants to speak another protocol within TLS, and no other."""
    with server.wire() as wire:
        try:
            wire.start_tls(AUTHORITY, protocols=protocols)
        except (ssl.SSLError, ConnectionError):
            return
        expect(wire.socket.selected_alpn_protocol() is None, f"{protocols} is agreed on")


@attack("take it for no RFB, and end the connection", "tls")
def tls_within_tls(server):
    """Begins TLS within TLS."""
    with server.wire() as wire:
        wire.start_tls(AUTHORITY)
        wire.try_send(HELLO)
        wire.ended()


@attack("not offer it", "tls")
def vencrypt_within_tls(server):
    """Chooses VeNCrypt where all is encrypted already."""
    with server.wire() as wire:
        wire.start_tls(AUTHORITY)
        rfb.greet(wire)
        offered = rfb.offered(wire)
        expect(offered == [rfb.VNC_AUTH], f"{offered} are offered")
        wire.send(bytes([rfb.VENCRYPT]))
        expect(b"was not offered" in wire.ended("security type"), "no reason")


@attack(
    "refuse it with a status, as without TLS",
    "tls",
    cases={name: pages.HEADS[name] for name in ("8_kib", "two_hosts", "body_in_chunks", "post", "version_2")},
)
def bad_head_within_tls(server, case):
    """Asks over https in a way that two programs could understand differently."""
    data, wanted = case
    with server.browser() as wire:
        wire.start_tls(AUTHORITY, protocols=["http/1.1"])
        wire.try_send(data)
        status, _, _ = read_answer(wire)
        expect(status == wanted, f"answered with {status}, not with {wanted}")


@attack("send nothing that lies elsewhere", "tls")
def path_that_leads_out_within_tls(server):
    """Asks over https for what is not of the page."""
    for path in pages.PATHS.values():
        with server.browser() as wire:
            wire.start_tls(AUTHORITY, protocols=["http/1.1"])
            wire.send(request(path))
            status, _, body = read_answer(wire)
            expect(b"root:" not in body and (status != 200 or "?" in path), f"{path} is answered with {status}")


@attack(
    "refuse it with 403",
    "tls",
    cases={name: frames.FORGED[name] for name in ("another_host", "null", "another_port", "own_as_a_prefix")},
)
def forged_origin_within_tls(server, case):
    """Asks for a WebSocket over https as a page of another host would."""
    origin = case[0].format(port=server.port)
    with server.browser() as wire:
        wire.start_tls(AUTHORITY, protocols=["http/1.1"])
        wire.send(request("/websockify", {**frames.WEB_SOCKET, "Origin": origin}, host=f"127.0.0.1:{server.port}"))
        status = int(wire.read_until(b"\r\n\r\n").split(b" ")[1])
        expect(status in (400, 403), f"answered with {status}")


@attack(
    "close with the right code, as without TLS",
    "tls",
    cases={
        name: frames.BAD_FRAMES[name] for name in ("not_masked", "text", "length_over_2_gib", "empty_frames", "ping_of_64_kib")
    },
)
def bad_frame_within_tls(server, case):
    """Sends over wss a frame that may not be."""
    data, code = case
    with server.web_socket(authority=AUTHORITY) as wire:
        rfb.greet(wire, b"")
        wire.try_send_raw(data)
        wire.ended()
        expect(wire.closed_with == code, f"closed with {wire.closed_with}, not with {code}")


@attack("refuse it as without TLS", "tls")
def wrong_answer_over_wss(server):
    """Gives a wrong password over wss, and over RFB within TLS."""
    with server.web_socket(authority=AUTHORITY) as wire:
        challenged(wire)
        tried(wire, bytes(16))
    with server.wire() as wire:
        wire.start_tls(AUTHORITY)
        challenged(wire)
        tried(wire, bytes(16))


@attack("forget them", "tls")
def tls_that_comes_and_goes(server):
    """Begins TLS with the first byte and leaves when it has begun, 60 times, properly and with RST."""
    for turn in range(60):
        with server.wire() as wire:
            wire.start_tls(AUTHORITY, protocols=["http/1.1"] if turn % 3 else None)
            if turn % 2:
                wire.reset()


@attack("end each of them after five seconds, and serve the others", "tls", slow=True)
def many_half_handshakes_as_the_first_bytes(server):
    """Begins TLS 200 times at once, and goes on with none."""
    wires = [server.wire() for _ in range(200)]
    try:
        for turn, wire in enumerate(wires):
            wire.try_send(HELLO if turn % 2 else HELLO[:50])
        for wire in wires:
            wire.ended()
    finally:
        for wire in wires:
            wire.close()
