"""Attacks on the control socket (--control): who may write to it is the operator, and his scripts have bugs."""

import json
import os
import time

from stage import until
from table import attack, expect
from wire import Ended, Failed, Wire

MIB = 1 << 20


def line(**fields):
    return json.dumps(fields).encode() + b"\n"


def connected(server, **settings):
    return Wire(str(server.path("control")), **settings)


def answered(wire):
    return json.loads(wire.read_until(b"\n"))


def goes_on(wire):
    """It still answers."""
    wire.send(line(id="still there", verb="status"))
    while (answer := answered(wire))["id"] != "still there":
        pass
    expect(answer["ok"], f"answered with {answer}")


WRONG = {
    "rubbish": b"\xff\xfe\0\1 rubbish\n",
    "zeros": bytes(1000) + b"\n",
    "half": b'{"verb": "status"\n',
    "list": b'["status"]\n',
    "text": b'"status"\n',
    "nothing": b"{}\n",
    "nested": b"[" * 100000 + b"\n",
    "nested_objects": b'{"a":' * 50000 + b"\n",
    "two_in_a_line": b'{"verb":"status"}{"verb":"status"}\n',
    "verb_twice": b'{"verb":"nothing","verb":"nothing"}\n',
    "no_such_verb": line(verb="launch"),
    "verb_of_500_kib": line(verb="v" * 500000),
    "verb_is_a_number": line(verb=1),
    "unknown_field": line(verb="status", colour="red"),
    "id_is_a_list": line(id=[1], verb="status"),
    "no_such_console": line(verb="screen", console="nowhere"),
    "console_0": line(verb="screen", console=0),
    "console_below_0": line(verb="screen", console=-1),
    "console_2_64": b'{"verb":"screen","console":18446744073709551616}\n',
    "console_is_a_fraction": b'{"verb":"screen","console":1.5e300}\n',
    "format": line(verb="screen", format="exe"),
    "text_from_below_0": line(verb="text", first=-5),
    "text_from_both_ends": line(verb="text", first=1, last=1),
    "nothing_to_send": line(verb="send"),
    "send_unknown_key": line(verb="send", keys="Ctrl-Alt-Nothing"),
    "send_too_much": line(verb="send", text="x" * 5000),
    "send_too_many_keys": line(verb="send", keys="x " * 5000),
    "paste_too_much": line(verb="paste", text="x" * 300000),
    "resize_to_nothing": line(verb="resize", columns=0, rows=0),
    "resize_beyond": line(verb="resize", columns=65535, rows=65535),
    "resize_to_2_32": line(verb="resize", columns=2**32, rows=2**32),
    "sysrq_of_no_key": line(verb="sysrq", key="\u20ac"),
    "sysrq_of_a_word": line(verb="sysrq", key="reboot"),
    "break_where_none_can_be": line(verb="break"),
    "lone_surrogate": b'{"verb":"send","text":"\\ud800"}\n',
}


@attack("say what is wrong, and read the next line", "control", cases=WRONG)
def wrong_line(server, said):
    """Sends a line that is no request, or one that cannot be."""
    with connected(server) as wire:
        wire.send(said)
        answer = answered(wire)
        expect(answer["ok"] is False and answer["error"], f"answered with {answer}")
        expect(len(json.dumps(answer)) < 2000, "the answer repeats what was sent")
        goes_on(wire)


@attack("say so, and end the connection", "control", cases={"with_an_end": b"x" * MIB + b"x\n", "without": b"x" * (8 * MIB)})
def line_too_long(server, said):
    """Sends a line of more than 1 MiB."""
    with connected(server) as wire:
        wire.try_send(said)
        expect(b"at most" in wire.ended(), "no reason")


@attack("say so after ten seconds, and end the connection", "control", slow=True)
def line_that_stops(server):
    """Sends half a line, and a byte more each second."""
    with connected(server) as wire:
        try:
            for _ in range(20):
                wire.send(b"{")
                time.sleep(1)
        except Ended as ended:
            wire.ahead = ended.said
        expect(b"whole within" in wire.ended(), "no reason")


@attack("answer them one by one, and keep none in memory", "control")
def lines_by_the_thousand(server):
    """Sends 20,000 requests without waiting for an answer, and then reads the answers."""
    before = server.memory()
    with connected(server) as wire:
        wire.socket.setblocking(False)
        sent = 0
        ask = line(verb="screen", format="json")
        while sent < 20000 * len(ask):
            try:
                sent += wire.socket.send(ask * 1000)
            except BlockingIOError:
                break
        wire.socket.settimeout(20)
        expect(server.memory() - before < 32 * MIB, "requests or answers are piled up")
        expect(answered(wire)["ok"], "the first is refused")


@attack("make room for the next", "control", alone=True)
def clients_by_the_hundred(server):
    """Connects 100 times and asks nothing; whoever comes then is answered."""
    wires = [connected(server) for _ in range(100)]

    def is_answered():
        try:
            with connected(server) as wire:
                goes_on(wire)
            return True
        except (Ended, KeyError):
            # All are looked at as long as they have just come.
            return False

    try:
        until("somebody to be answered", is_answered)
    finally:
        for wire in wires:
            wire.close()


@attack("forget them", "control", alone=True)
def clients_who_do_not_wait(server):
    """Asks for pictures, pastes and sizes, and leaves before the answers, 200 times."""
    asks = (
        line(verb="screen", format="png"),
        line(verb="paste", text="x" * 100000),
        line(verb="resize", columns=80, rows=24),
        b"{",
    )
    for turn in range(200):
        with connected(server) as wire:
            wire.try_send(asks[turn % len(asks)])


@attack("answer each, and go back to its size", "control")
def sizes_by_the_hundred(server):
    """Gives the console 200 sizes, the largest there may be among them."""
    with connected(server) as wire:
        for turn in range(200):
            wire.send(line(id=turn, verb="resize", columns=1 + turn * 37 % 400, rows=1 + turn * 13 % 150))
            expect(answered(wire)["id"] == turn, "not answered in turn")
        wire.send(line(id="back", verb="resize", columns=80, rows=24))
        expect(answered(wire)["ok"], "not resized")


@attack("be closed to others", "control")
def modes_of_the_socket(server):
    """Looks whether others than the owner may connect."""
    mode = os.stat(server.path("control")).st_mode & 0o777
    expect(mode == 0o600, f"its mode is {mode:o}")


@attack("read nothing more from it until it has read", "control")
def answers_that_are_not_read(server):
    """Asks for 2,000 pictures and reads nothing for a while."""
    before = server.memory()
    with connected(server) as wire:
        wire.socket.settimeout(1)
        try:
            for _ in range(2000):
                wire.socket.sendall(line(verb="screen", format="png"))
        except TimeoutError:
            pass
        except OSError as error:
            raise Failed("it is sent away at once") from error
        expect(server.memory() - before < 64 * MIB, "answers are piled up")
