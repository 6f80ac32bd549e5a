"""Attacks on users' passwords and on tokens: Plain within TLS, and what a WebSocket carries."""

import base64
import hmac
import os
import struct
import time

import rfb
from credentials import together
from encrypted import before_tls
from stage import AUTHORITY, GUEST, PASSWORD, TOKEN_KEY, USER
from table import attack, expect
from wire import Ended, Failed

# Words that refuse, whatever was wrong.
DENIED = (b"Authentication failed", b"Too many attempts failed", b"This token was used already")


def within_tls(server):
    """A connection within TLS, where a name and a password are waited for."""
    wire = before_tls(server, rfb.X509_PLAIN)
    wire.start_tls(AUTHORITY)
    return wire


def denied(wire, said):
    wire.try_send(said)
    answer = wire.ended()
    expect(answer[:4] == b"\0\0\0\1" and any(words in answer for words in DENIED), f"answered with {answer!r}")


def let_in(server, user, password):
    """Whether somebody comes in with these, over RFB within TLS."""
    with within_tls(server) as wire:
        wire.send(rfb.plain(user, password))
        if wire.read(4) != bytes(4):
            wire.ended()
            return False
        wire.send(b"\1")
        wire.read(24)
        return True


LENGTHS = {
    "name_of_257": (257, 0),
    "name_of_4_gib": (0xFFFFFFFF, 0),
    "password_of_1025": (3, 1025),
    "password_of_4_gib": (3, 0xFFFFFFFF),
    "both_of_2_gib": (0x80000000, 0x80000000),
    "lengths_that_add_up_to_0": (0xFFFFFFFF, 1),
}


@attack("end the connection when the length has come", "users", cases=LENGTHS)
def plain_announced_too_long(server, lengths):
    """Announces a name or a password that is too long."""
    with within_tls(server) as wire:
        wire.try_send(rfb.plain(b"ann", b"x" * 2000, lengths))
        wire.ended("more than")


NAMES = {
    "nobody": (b"nobody", b"password"),
    "no_name": (b"", PASSWORD),
    "no_password": (USER, b""),
    "nothing": (b"", b""),
    "longest": (b"n" * 256, b"p" * 1024),
    "name_with_more": (USER + b" ", PASSWORD),
    "name_with_nul": (USER + b"\0", PASSWORD),
    "name_in_capitals": (USER.upper(), PASSWORD),
    "password_with_more": (USER, PASSWORD + b"\0"),
    "password_cut_to_eight": (USER, PASSWORD[:8]),
    "line_of_the_file": (b"ann:admin:", PASSWORD),
    "line_ends": (b"eve\nmallory:admin:$argon2id$v=19$m=8,t=1,p=1$", PASSWORD),
    "not_utf8": (b"\xff\xfe\xc0\x80", b"\xff" * 100),
    "comment": (b"#", b"#"),
    "hash": (USER, b"$argon2id$v=19$m=19456,t=2,p=1$"),
    "escapes": (b"\x1b]0;owned\x07\x1b[2J", b"x"),
}


@attack("refuse it like any, and log no control character of it", "users", cases=NAMES)
def wrong_user(server, case):
    """Gives a name and a password that are not somebody's."""
    with within_tls(server) as wire:
        denied(wire, rfb.plain(*case))
    expect("\x1b" not in server.log(), "the log has control characters of a name")


@attack(
    "end the connection after ten seconds",
    "users",
    slow=True,
    cases={"nothing": 0, "one_length": 4, "half_a_name": 10, "half_a_password": 20},
)
def plain_that_stops(server, length):
    """Stops in the middle of its name and password."""
    with within_tls(server) as wire:
        wire.send(rfb.plain(USER, PASSWORD)[:length])
        wire.ended("HandshakeTimeout")


@attack("take no memory or time that others miss, and let in who knows a password", "users", alone=True)
def many_users_guess_at_once(server):
    """Guesses the passwords of 40 users at once, each of which costs the server a hash of 19 MiB."""
    before, most = server.memory(), [0]

    def guess(number):
        with within_tls(server) as wire:
            wire.send(rfb.plain(b"user%d" % number, b"guess"))
            most[0] = max(most[0], server.memory())
            try:
                wire.ended()
            except Failed:
                raise Failed("a guess hangs") from None

    together([lambda number=number: guess(number) for number in range(40)])
    expect(most[0] - before < 120 << 20, f"{(most[0] - before) >> 20} MiB were taken")
    comes_in(server)


def comes_in(server):
    """Somebody comes in who knows his password, if need be after a while."""
    until = time.monotonic() + 40
    while not let_in(server, USER, PASSWORD):
        if time.monotonic() > until:
            raise Failed("who knows the password does not come in")
        time.sleep(1)


@attack("forget them, with what was being worked out", "users", alone=True)
def users_who_do_not_wait(server):
    """Gives 30 users' passwords and leaves before they are judged."""
    for number in range(30):
        with within_tls(server) as wire:
            wire.send(rfb.plain(b"user%d" % number, b"guess"))
            wire.reset()
    comes_in(server)


# Tokens.


def token(key=TOKEN_KEY, guest=GUEST, role=1, console=b"", made=0, seconds=60, version=1, cut=None):
    now = int((time.time() + made) * 1000)
    body = struct.pack(">BBQQ", version, role, now, now + seconds * 1000) + os.urandom(16) + console
    made = body + hmac.new(key, b"vncterm.token\0" + guest + b"\0" + body, "sha256").digest()
    return b"vncterm.token." + base64.urlsafe_b64encode(made[:cut]).rstrip(b"=")


@attack("let one of them in, once", "users", cases={"one_after_the_other": False, "at_once": True})
def token_used_twice(server, at_once):
    """Uses a token ten times."""
    one, results = token(), []
    tries = [lambda: results.append(let_in(server, b"", one))] * 10
    if at_once:
        together(tries)
    else:
        [again() for again in tries]
    expect(results.count(True) == 1, f"let in {results.count(True)} times")


BAD_TOKENS = {
    "expired": lambda: token(made=-120),
    "made_before_the_start": lambda: token(made=-3000, seconds=3600),
    "made_tomorrow": lambda: token(made=86400),
    "good_for_a_day": lambda: token(seconds=86400),
    "good_for_no_time": lambda: token(seconds=0),
    "another_key": lambda: token(key=b"j" * 32),
    "no_key": lambda: token(key=b""),
    "another_guest": lambda: token(guest=b"db2"),
    "another_version": lambda: token(version=2),
    "role_3": lambda: token(role=3),
    "role_255": lambda: token(role=255),
    "another_console": lambda: token(console=b"nothing of that name"),
    "console_not_utf8": lambda: token(console=b"\xff\xfe"),
    "console_of_257": lambda: token(console=b"c" * 257),
    "nothing": lambda: b"vncterm.token.",
    "only_the_mark": lambda: token(cut=10),
    "without_the_mark": lambda: token(cut=-32),
    "half_the_mark": lambda: token(cut=-16),
    "not_base64": lambda: b"vncterm.token.!!!!",
    "with_padding": lambda: token() + b"==",
    "with_a_line_end": lambda: token() + b"\n",
    "of_1024_bytes": lambda: (b"vncterm.token." + b"A" * 2000)[:1024],
}


@attack("refuse it, and say as little as of any", "users", cases=BAD_TOKENS)
def bad_token(server, made):
    """Shows a token that is not good, as the password of Plain."""
    with within_tls(server) as wire:
        denied(wire, rfb.plain(b"", made()))


@attack("refuse each of them", "users", alone=True)
def token_with_a_wrong_bit(server):
    """Shows a good token with one of its bits changed, at 12 places; it is good all the while."""
    good = token()
    made = bytearray(base64.urlsafe_b64decode(good[14:] + b"=="))
    for at in (0, 1, 9, 17, 18, 33, 34, 40, 50, 60, 64, 65):
        wrong = bytearray(made)
        wrong[at] ^= 1
        said = b"vncterm.token." + base64.urlsafe_b64encode(bytes(wrong)).rstrip(b"=")
        with within_tls(server) as wire:
            denied(wire, rfb.plain(b"", said))
    until = time.monotonic() + 30
    while not let_in(server, b"", good):
        if time.monotonic() > until:
            raise Failed("the good one does not let in")
        good = token()
        time.sleep(1)


@attack(
    "refuse it in RFB's words, or close",
    "users",
    cases={name: BAD_TOKENS[name] for name in ("expired", "another_key", "another_guest", "half_the_mark")},
)
def bad_token_of_a_page(server, made):
    """Shows a token that is not good as the subprotocol of a WebSocket, over wss."""
    offers = {"Sec-WebSocket-Protocol": f"binary, {made().decode()}"}
    with server.web_socket(headers=offers, authority=AUTHORITY) as wire:
        try:
            rfb.Client(wire)
        except (Ended, Failed):
            return
        raise Failed("it lets in")


@attack("let it watch, in the console it names and in no other", "users")
def token_for_one_console(server):
    """Comes in with a token to view one console; types, and switches to the others in every way there is."""
    with within_tls(server) as wire:
        wire.send(rfb.plain(b"", token(role=0, console=b"attacked")))
        expect(wire.read(4) == bytes(4), "not let in")
        client = rfb.Client.let_in(wire)
        client.send(rfb.set_encodings(rfb.RAW, rfb.FENCE, rfb.CONSOLE), rfb.update_request(width=1, height=1))
        client.send(rfb.console(rfb.SUBSCRIBE, struct.pack(">I", 7)), rfb.typed("never-typed"))
        for number in range(2, 5):
            client.send(
                rfb.pressed(rfb.CONTROL, rfb.ALT, rfb.F1 + number - 1), rfb.console(rfb.SWITCH, struct.pack(">I", number))
            )
        client.send(rfb.update_request(1))
        client.sync()
        told = [found[2] for found in client.seen if found[0] == "console" and found[1] == 16]
        expect(len(told) <= 1, f"it is told of {len(told)} consoles")
    expect(b"never-typed" not in server.typed(), "the guest got keys of who may only watch")
