"""Attacks before anybody is in: the version, the security type, ClientInit."""

import socket
import struct
import time

import rfb
from rfb import VERSION
from table import attack, expect
from wire import Ended, Failed

NOT_RFB = {
    "zeros": bytes(1 << 20),
    "ones": b"\xff" * 12,
    "no_line_end": b"RFB 003.0089" + b"9" * 4096,
    "small_letters": b"rfb 003.008\n",
    "version_0": b"RFB 000.000\n",
    "no_digits": b"RFB a03.b08\n",
    "signs": b"RFB -03.+08\n",
    "blanks": b"RFB   3.  8\n",
    "ssh": b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
    "mail": b"EHLO mail.example\r\n",
    "small_http": b"get / http/1.1\r\nhost: a\r\n\r\n",
    "remote_desktop": bytes.fromhex("0300002b26e00000000000436f6f6b69653a206d737473686173683d78780d0a0100080003000000"),
    "smb": b"\0\0\0\x85\xffSMBr" + bytes(128),
    "tls_where_there_is_none": bytes.fromhex("16030100c8010000c40303") + bytes(194),
}


@attack("end the connection", cases=NOT_RFB)
def not_rfb(server, said):
    """Says something else than a version of RFB."""
    with server.wire() as wire:
        wire.try_send(said)
        wire.ended()


@attack("end the connection, or take it for the version that it says")
def version_with_a_wrong_byte(server):
    """Says the version with each of its bytes changed in several ways."""
    for at in range(12):
        for wrong in (0, 0x20, 0x2F, 0x3A, 0x7F, 0xFF, VERSION[at] ^ 0x20):
            with server.wire() as wire:
                rfb.greet(wire, VERSION[:at] + bytes([wrong]) + VERSION[at + 1 :])
                wire.try_send(b"\1\1")
                wire.half_close()
                wire.ended()


@attack("go by the rules of the nearest version", cases={v: v for v in ("003.002", "003.005", "003.889", "004.001", "999.999")})
def odd_version(server, version):
    """Says a version that there is not."""
    old = version < "003.007"
    with server.wire() as wire:
        rfb.greet(wire, b"RFB %s\n" % version.encode())
        if old:
            expect(wire.read(4) == b"\0\0\0\1", "3.3 decides by itself")
        else:
            rfb.choose(wire, rfb.NONE)
            rfb.result(wire)
        wire.send(b"\1")
        wire.read(24)


@attack("answer with a reason where the version has one, and end the connection")
def security_type_not_offered(server):
    """Chooses each security type that is not offered, in 3.8 and in 3.7."""
    for kind in [0, *range(2, 256)]:
        version = VERSION if kind % 2 else b"RFB 003.007\n"
        with server.wire() as wire:
            rfb.greet(wire, version)
            rfb.offered(wire)
            wire.send(bytes([kind]))
            said = wire.ended("security type")
            told = struct.pack(">I", 1) + (struct.pack(">I", 34) + b"This security type was not offered")
            expect(said == (told if version == VERSION else told[:4]), f"type {kind} is answered with {said!r}")


@attack("take none of it for input of a viewer")
def keys_before_it_is_in(server):
    """Chooses a type that is not offered, and types at once, as if it were in."""
    for kind in (0, 2, 19, 255):
        with server.wire() as wire:
            wire.try_send(VERSION + bytes([kind, 1]) + rfb.typed("never-typed") * 20)
            wire.ended("security type")
    expect(b"never-typed" not in server.typed(), "the guest got keys of who is not in")


@attack("take it")
def all_at_once(server):
    """Sends the whole handshake and its first messages before it has heard a word."""
    with server.wire() as wire:
        wire.send(VERSION + b"\1\1" + rfb.set_encodings(rfb.RAW, rfb.FENCE) + rfb.fence(payload=b"at once"))
        said = b""
        while b"at once" not in said:
            part = wire.recv()
            expect(part, "the server ended the connection")
            said += part


@attack("take it")
def byte_by_byte(server):
    """Sends the handshake and its first messages a byte at a time."""
    with server.wire() as wire:
        wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in VERSION + b"\1\1" + rfb.set_encodings(rfb.RAW, rfb.FENCE) + rfb.fence(payload=b"piecewise"):
            wire.send(bytes([byte]))
        said = b""
        while b"piecewise" not in said:
            part = wire.recv()
            expect(part, "the server ended the connection")
            said += part


@attack("take any for a flag", cases={str(flag): flag for flag in (0, 2, 127, 255)})
def odd_shared_flag(server, flag):
    """Says in ClientInit neither that it shares nor that it does not."""
    with server.client(shared=flag) as client:
        client.goes_on()


UNFINISHED = {
    "nothing": b"",
    "half_a_version": VERSION[:6],
    "no_type": VERSION,
    "no_client_init": VERSION + b"\1",
    "half_a_version_3_3": b"RFB 003.00",
}


@attack("end the connection after ten seconds", cases=UNFINISHED, slow=True)
def handshake_that_stops(server, said):
    """Stops in the middle of the handshake, and keeps the connection."""
    with server.wire() as wire:
        wire.trace.spoke = True
        wire.send(said)
        wire.ended("HandshakeTimeout")


@attack("end the connection after ten seconds", slow=True)
def handshake_a_byte_a_second(server):
    """Sends a byte of the handshake each second, for as long as it may."""
    with server.wire() as wire:
        wire.trace.spoke = True
        try:
            for byte in VERSION + b"\1\1" + bytes(20):
                wire.send(bytes([byte]))
                time.sleep(1)
            raise Failed("the handshake may take as long as one likes")
        except Ended:
            wire.ended("HandshakeTimeout")


CUTS = {"version": VERSION[:5], "type": VERSION, "client_init": VERSION + b"\1", "first_message": VERSION + b"\1\1\2"}


@attack("forget it", cases=CUTS)
def handshake_that_is_cut(server, said):
    """Ends the connection in the middle of the handshake: properly, by half, and as if it had crashed."""
    for end in ("close", "half_close", "reset"):
        with server.wire() as wire:
            wire.read(12)
            wire.trace.spoke = True
            wire.send(said)
            getattr(wire, end)()
            if end == "half_close":
                wire.ended("Left")


@attack("forget them")
def connections_that_say_nothing_and_go(server):
    """Connects and leaves, 500 times, half of them with RST."""
    for turn in range(500):
        wire = server.wire()
        wire.reset() if turn % 2 else wire.close()


@attack("refuse with a reason", server="full")
def more_viewers_than_there_may_be(server):
    """Comes in as often as it can, where four viewers may be, in each version."""
    inside = []
    try:
        for version in [VERSION] * 6 + [b"RFB 003.007\n"] * 2 + [b"RFB 003.003\n"] * 2:
            wire = server.wire()
            try:
                inside.append(server.client(wire=wire, version=version))
                continue
            except (Ended, Failed):
                pass
            wire.close()
        expect(len(inside) == 2, f"beside two healthy ones, {len(inside)} came in of 2")
        for version, length in ((VERSION, 1), (b"RFB 003.007\n", 1), (b"RFB 003.003\n", 4)):
            with server.wire() as wire:
                rfb.greet(wire, version)
                said = wire.ended("Refused")
                expect(said[:length] == bytes(length) and b"as many viewers already" in said, f"{said!r}")
    finally:
        for client in inside:
            client.wire.close()


@attack("forget the console at once", server="plain")
def comes_in_and_crashes(server):
    """Comes in, asks for the picture, and ends with RST before it has read it; 100 times."""
    for _ in range(100):
        client = server.client()
        client.send(rfb.update_request())
        client.wire.reset()
