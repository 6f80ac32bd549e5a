"""Attacks on who is let in: passwords, VeNCrypt and TLS."""

import os
import ssl
import struct
import threading
import time

import des
import rfb
from rfb import VERSION
from stage import AUTHORITY, FULL, VIEW, until
from table import attack, expect
from wire import Ended, Failed

# VNC authentication.


def challenged(wire, version=VERSION):
    """Goes as far as the challenge, which is returned."""
    rfb.greet(wire, version)
    if version == b"RFB 003.003\n":
        wire.read(4)
    else:
        rfb.choose(wire, rfb.VNC_AUTH)
    return wire.read(16)


def is_denied(said):
    """Whether this is the answer to a wrong password: which of them it is depends on how many were wrong before."""
    return said[:4] == b"\0\0\0\1" and (b"Authentication failed" in said or b"Too many attempts failed" in said)


def tried(wire, answer):
    """Answers a challenge; what the server then says until it ends the connection."""
    wire.try_send(answer)
    said = wire.ended()
    expect(is_denied(said), f"a wrong answer is answered with {said!r}")
    return said


WRONG = {
    "zeros": lambda challenge: bytes(16),
    "the_challenge": lambda challenge: challenge,
    "half_right": lambda challenge: des.answer(FULL, challenge)[:8] + bytes(8),
    "other_half_right": lambda challenge: bytes(8) + des.answer(FULL, challenge)[8:],
    "no_password": lambda challenge: des.answer(b"", challenge),
    "a_longer_password": lambda challenge: des.answer(FULL + b"x", challenge),
    "both_passwords": lambda challenge: des.answer(FULL, challenge)[:8] + des.answer(VIEW, challenge)[8:],
    "with_bytes_behind": lambda challenge: bytes(16) + des.answer(FULL, challenge) + b"\1" * 1000,
}


@attack("refuse it with the same reason as any", "password", cases=WRONG)
def wrong_answer(server, made):
    """Answers the challenge with something else than the password makes of it."""
    with server.wire() as wire:
        tried(wire, made(challenged(wire)))


@attack(
    "refuse it, with a reason where the version has one", "password", cases={"3.3": b"RFB 003.003\n", "3.7": b"RFB 003.007\n"}
)
def wrong_answer_in_old_versions(server, version):
    """Answers the challenge wrongly in the older versions."""
    with server.wire() as wire:
        challenged(wire, version)
        wire.send(bytes(16))
        expect(wire.ended() == b"\0\0\0\1", "after 3.3 and 3.7 there are no reasons")


@attack("refuse it: no two challenges are the same", "password")
def answer_of_another_connection(server):
    """Gives the right answer to the challenge of another connection, as somebody who listened would."""
    with server.wire() as heard, server.wire() as wire:
        answer = des.answer(FULL, challenged(heard))
        challenged(wire)
        tried(wire, answer)
        heard.send(bytes(15))
    challenges = set()
    for _ in range(100):
        with server.wire() as wire:
            challenges.add(challenged(wire))
    expect(len(challenges) == 100, "a challenge came twice")


@attack(
    "refuse the types that are not offered",
    "password",
    cases={str(kind): kind for kind in (0, 1, 5, 16, 18, 19, 22, 30, 35, 113)},
)
def way_in_that_is_not_offered(server, kind):
    """Chooses no authentication, or another kind, where a password is asked for; and goes on as if it were in."""
    with server.wire() as wire:
        rfb.greet(wire)
        rfb.offered(wire)
        wire.try_send(bytes([kind, 1]) + rfb.typed("never-typed"))
        expect(b"was not offered" in wire.ended("security type"), "no reason")
    expect(b"never-typed" not in server.typed(), "the guest got keys of who is not in")


@attack("take none of it for input of a viewer", "password")
def keys_instead_of_an_answer(server):
    """Sends ClientInit and keys behind a wrong answer."""
    with server.wire() as wire:
        challenged(wire)
        wire.try_send(bytes(16) + b"\1" + rfb.typed("never-typed") * 100)
        expect(is_denied(wire.ended()), "let in")
    expect(b"never-typed" not in server.typed(), "the guest got keys of who is not in")


@attack("end the connection after ten seconds", "password", slow=True, cases={"no_answer": b"", "half_an_answer": bytes(15)})
def answer_that_does_not_come(server, part):
    """Does not answer the challenge, or with less than there must be."""
    with server.wire() as wire:
        challenged(wire)
        wire.send(part)
        wire.ended("HandshakeTimeout")


@attack("refuse all, let others in who know the password", "password", alone=True)
def many_guess_at_once(server):
    """Guesses 60 passwords at once from this machine; then somebody comes in who knows it."""
    denied = []

    def guess(number):
        with server.wire() as wire:
            wire.send(VERSION)
            expect(wire.read(14)[-1] == rfb.VNC_AUTH, "no password is asked for")
            wire.send(b"\2")
            wire.send(des.answer(b"guess%d" % number, wire.read(16)))
            denied.append(is_denied(wire.ended()))

    together([lambda number=number: guess(number) for number in range(60)])
    expect(denied == [True] * 60, f"of 60 guesses {denied.count(True)} were refused")
    comes_in_at_last(server)


def together(attacks):
    """Does all of these at the same time, and fails as the first of them that does."""
    failures = []

    def run(one):
        try:
            one()
        except (Failed, Ended, OSError) as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in attacks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise Failed(f"{len(failures)} of {len(attacks)} failed, the first: {failures[0]!r}") from failures[0]


def comes_in_at_last(server):
    """Somebody near who knows the password comes in, if need be after a while."""

    def comes_in():
        try:
            with server.wire() as wire:
                server.client(FULL, wire=wire).goes_on()
            return True
        except (Failed, Ended):
            return False

    until("who knows the password to come in", comes_in)


@attack("answer no sooner than after a second, and forget who did not wait", "password", alone=True)
def guesses_that_do_not_wait(server):
    """Guesses 50 passwords and leaves before the answers; the next wrong one is still answered late."""
    for _ in range(50):
        with server.wire() as wire:
            challenged(wire)
            wire.send(bytes(16))
            wire.reset()
    comes_in_at_last(server)
    with server.wire() as wire:
        challenged(wire)
        begun = time.monotonic()
        tried(wire, bytes(16))
        expect(time.monotonic() - begun >= 0.9, "a wrong answer is answered at once")


@attack("let it watch, and nothing of it reach the guest", "password")
def viewer_that_may_only_watch(server):
    """Comes in to watch; types, clicks, pastes, resizes, sends breaks and takes over all the same."""
    with server.client(VIEW) as client:
        listed = (rfb.FENCE, rfb.EXTENDED_DESKTOP_SIZE, rfb.QEMU_KEYS, rfb.CLIPBOARD, rfb.CONSOLE)
        client.send(rfb.set_encodings(rfb.RAW, *listed), rfb.update_request(width=1, height=1))
        client.wait_for("size")
        client.send(rfb.typed("never-typed") * 10, rfb.cut_text(b"never-pasted"), rfb.pressed(rfb.SHIFT, rfb.INSERT))
        client.send(rfb.clipboard(rfb.PROVIDE | 1, rfb.provided(b"never-pasted\0")), rfb.pointer(5, 5, 2), rfb.pointer(5, 5))
        client.send(*(rfb.qemu_key(ord(char), 0x1E, down) for char in "never-typed" for down in (1, 0)))
        client.send(rfb.console(rfb.BREAK, struct.pack(">I", 1)), rfb.console(rfb.SYSRQ, struct.pack(">IB", 1, 0x62)))
        client.send(rfb.console(rfb.TAKE, b"\1"), rfb.desktop_size(800, 600), rfb.update_request(1))
        while client.wait_for("size")[1:3] != (1, 1):
            client.send(rfb.update_request(1))
        client.sync()
    typed = server.typed()
    expect(b"never-typed" not in typed and b"never-pasted" not in typed, "the guest got input of who may only watch")


# From another machine: limits are by address.


@attack("refuse after five, for longer and longer; near ones come in", "far", alone=True)
def guessing_from_another_machine(server):
    """Guesses from another address until it is refused, then gives the right password, which is not looked at."""
    far = server.far
    for turn in range(8):
        with server.wire(host=far, source=far) as wire:
            challenge = challenged(wire)
            said = tried(wire, des.answer(FULL, challenge) if turn == 7 else os.urandom(16))
            expect((b"Too many" in said) == (turn >= 5), f"attempt {turn + 1} is answered with {said!r}")
    with server.client(FULL) as near:
        near.goes_on()


@attack("hold 64, and close the others at once; near ones come in", "far", alone=True)
def half_handshakes_from_one_source(server):
    """Begins 200 handshakes from another address, and goes on with none."""
    far = server.far
    wires = [server.wire(host=far, source=far) for _ in range(200)]
    try:
        until("64 of them to be held", lambda: server.descriptors() <= server.before[2] + 64)
        with server.client(FULL) as near:
            near.goes_on()
        held = 0
        for wire in wires:
            try:
                wire.read(12)
                held += 1
            except Ended:
                pass
        expect(held == 64, f"{held} are held")
    finally:
        for wire in wires:
            wire.close()


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


def before_tls(server, **settings):
    """A connection whose next byte is of TLS."""
    wire = server.wire(**settings)
    rfb.vencrypt(wire)
    wire.send(struct.pack(">I", rfb.X509_VNC))
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
            wire.reset()


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
