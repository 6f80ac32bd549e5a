"""Attacks on who is let in: the passwords of VNC authentication, and guessing."""

import os
import struct
import threading
import time

import des
import rfb
from rfb import VERSION
from stage import FULL, VIEW, until
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
