"""Attacks on the guest's power buttons (xvp): where they are offered, where not, and to whom."""

import time

import rfb
from rfb import FENCE, RAW, XVP
from stage import FULL, VIEW
from table import attack, ends, expect
from wire import Ended


@attack("end the connection", cases={"listed": (XVP,), "not_listed": ()})
def power_button_that_is_not_there(server, listed):
    """Presses power buttons where there are none."""
    ends(server, "not offered", rfb.power(4), listed=listed)


@attack("end the connection", "password", cases={"listed": (XVP,), "not_listed": ()})
def power_button_of_one_who_watches(server, listed):
    """Presses power buttons with the password for those who may only watch."""
    with server.client(VIEW) as client:
        client.send(rfb.set_encodings(RAW, *listed))
        client.wire.try_send(rfb.power(2) + rfb.power(3) + rfb.power(4))
        client.wire.ended("not offered")


def at_the_buttons(server):
    """A client that knows of them."""
    client = server.client(FULL)
    client.send(rfb.set_encodings(RAW, FENCE, XVP), rfb.update_request(1))
    expect(client.wait_for("power")[1] == 1, "they are not offered")
    return client


@attack("say that it cannot be, and go on", "password")
def power_buttons_that_are_not_there(server):
    """Presses every button and version there might be, but the one that is there."""
    with at_the_buttons(server) as client:
        client.send(*(rfb.power(code) for code in range(256) if code != 4))
        client.send(*(rfb.power(4, version) for version in range(256) if version != 1))
        expect(client.wait_for("power")[1] == 0, "it is not refused")
        client.sync()


@attack("press it at most once a second, and go on", "password")
def power_button_by_the_thousand(server):
    """Presses the button that is there 4,000 times for each of ten connections."""
    begun = time.monotonic()
    for _ in range(10):
        with at_the_buttons(server) as client:
            try:
                client.send(rfb.power(4) * 4000)
                client.sync()
            except Ended:
                pass
    pressed = server.path("pressed")
    count = len(pressed.read_text()) if pressed.exists() else 0
    expect(1 <= count <= time.monotonic() - begun + 1, f"pressed {count} times")
