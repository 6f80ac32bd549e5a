"""Attacks by doing nothing, or too little: who does not read, who does not go on, who leaves in the middle."""

import struct
import threading
import time

import consoles
import rfb
from rfb import CLIPBOARD, CONSOLE, CONTINUOUS_UPDATES, EXTENDED_DESKTOP_SIZE, EXTENDED_MOUSE, FENCE, RAW
from stage import until
from table import attack, expect
from wire import Ended

# A whole message of every kind.
MESSAGES = {
    "pixel_format": rfb.pixel_format(),
    "encodings": rfb.set_encodings(*[RAW] * 5),
    "request": rfb.update_request(),
    "key": rfb.key(0x61),
    "pointer": rfb.pointer(1, 1),
    "nine_buttons": rfb.pointer(1, 1, 255) + b"\1",
    "cut_text": rfb.cut_text(b"a text"),
    "clipboard": rfb.clipboard(rfb.PROVIDE | 1, rfb.provided(b"a text\0")),
    "continuous_updates": rfb.continuous(1),
    "fence": rfb.fence(payload=b"payload"),
    "desktop_size": rfb.desktop_size(800, 600, screens=2),
    "qemu_key": rfb.qemu_key(0x61, 0x1E),
    "search": rfb.search(),
    "lines": rfb.lines(),
    "subscribe": rfb.console(*consoles.WHOLE["subscribe"]),
}
LISTED = rfb.set_encodings(RAW, FENCE, CONTINUOUS_UPDATES, EXTENDED_DESKTOP_SIZE, EXTENDED_MOUSE, CLIPBOARD, CONSOLE)


@attack("forget it", cases=MESSAGES)
def message_that_is_cut(server, message):
    """Ends the connection at each byte of a message, properly and with RST."""
    for at in range(1, len(message)):
        for end in ("close", "reset"):
            client = server.client()
            client.send(LISTED, message[:at])
            getattr(client.wire, end)()


@attack("end the connection in turn", cases=MESSAGES)
def message_that_is_half_closed(server, message):
    """Says in the middle of a message that there will be no more, and goes on reading."""
    with server.client() as client:
        client.send(LISTED, message[: len(message) // 2])
        client.wire.half_close()
        client.wire.ended("Left")


@attack("take it", slow=True, cases={name: MESSAGES[name] for name in ("pixel_format", "clipboard", "search")})
def message_a_byte_a_second(server, message):
    """Sends the first bytes of a message a second apart, and the rest then."""
    with server.client() as client:
        client.send(LISTED)
        for at in range(8):
            client.send(message[at : at + 1])
            time.sleep(1)
        client.send(message[8:], rfb.set_encodings(RAW, FENCE))
        client.sync()


@attack("wait for them, at no cost", slow=True)
def messages_that_never_end(server):
    """Begins every kind of message on 75 connections, and ends none for ten seconds."""
    clients = [server.client() for _ in range(5) for _ in MESSAGES]
    try:
        for client, message in zip(clients, list(MESSAGES.values()) * 5):
            client.send(LISTED, message[:-1])
        time.sleep(10)
    finally:
        for client in clients:
            client.wire.reset()


ASKS = {"asks_and_asks": rfb.update_request(), "types": rfb.typed("x"), "continuous": rfb.continuous(1) + rfb.typed("x")}


@attack("end the connection when it took nothing for thirty seconds", cases=ASKS, slow=True)
def reader_with_a_closed_window(server, message):
    """Asks for pictures, reads nothing of them, and goes on asking or typing."""
    with server.client(wire=server.wire(receive_buffer=2048)) as client:
        client.send(rfb.set_encodings(RAW, FENCE, CONTINUOUS_UPDATES), rfb.update_request())
        until("the end of who reads nothing", lambda: gone(client, message))
        # The kernel loses patience at the same time.
        client.wire.trace.reasons.append("Stalled|TimedOut")


def gone(client, message):
    """Whether the server has ended the connection; it is asked for more if not."""
    try:
        client.wire.socket.settimeout(0.01)
        client.wire.socket.sendall(message)
    except TimeoutError:
        pass
    except OSError:
        return True
    return False


@attack("keep one update for each, and end them after thirty seconds", slow=True)
def fifty_readers_with_closed_windows(server):
    """The same, 50 times at once: what is kept for them must not be much."""
    before = server.memory()
    clients = [server.client(wire=server.wire(receive_buffer=2048)) for _ in range(50)]
    try:
        for client in clients:
            client.send(rfb.update_request() * 100)
        time.sleep(2)
        expect(server.memory() - before < 150 << 20, "updates are piled up")
        until("the end of who reads nothing", lambda: all([gone(client, rfb.update_request()) for client in clients]))
    finally:
        for client in clients:
            client.wire.close()


@attack("go on at that pace", slow=True)
def reader_of_a_byte_a_second(server):
    """Reads the picture a byte at a time, one a second, for ten seconds."""
    with server.client(wire=server.wire(receive_buffer=2048)) as client:
        client.send(rfb.update_request() * 10)
        for _ in range(10):
            client.wire.read(1)
            time.sleep(1)


@attack("hear what it sent before")
def writer_that_does_not_read(server):
    """Types with a picture on its way that it does not read, and leaves: what it typed was typed."""
    with server.client(wire=server.wire(receive_buffer=2048)) as client:
        client.send(rfb.update_request() * 10, rfb.pressed(rfb.RETURN), rfb.typed("~"))
        client.wire.half_close()
        until("what was typed", lambda: b"~" in server.typed())


@attack("end it when a second passes without room, or take it at the console's pace", server="deaf")
def guest_that_does_not_read(server):
    """Types and pastes into a console whose program reads nothing, for as long as that is taken."""
    with server.client() as client:
        client.send(rfb.set_encodings(RAW, FENCE), rfb.cut_text(b"x" * 262144))
        before = server.memory()
        for _ in range(10):
            client.send(rfb.typed("no one reads this") * 200, rfb.pressed(rfb.SHIFT, rfb.INSERT))
        client.sync()
        expect(server.memory() - before < 64 << 20, "input is piled up")


# Floods of connections.


@attack("serve the newest, and end all of them after ten seconds", "flood", slow=True)
def idle_connections_by_the_thousand(server):
    """Opens 1,500 connections and says nothing on any; meanwhile somebody comes in."""
    wires = [server.wire() for _ in range(1500)]
    try:
        with server.client() as client:
            client.goes_on()
        until("all of them to be ended", lambda: server.descriptors() <= server.before[2])
        for wire in wires:
            wire.ended()
    finally:
        for wire in wires:
            wire.close()


@attack("serve the newest", "flood", alone=True)
def half_web_sockets_by_the_thousand(server):
    """Opens 1,200 connections with half a request on each; meanwhile somebody comes in, over a WebSocket too."""
    wires = []
    try:
        for _ in range(1200):
            wires.append(server.browser())
            wires[-1].try_send(b"GET /websockify HTTP/1.1\r\nHost: a\r\n")
        with server.client() as client:
            client.goes_on()
        with server.client(wire=server.web_socket()) as client:
            client.goes_on()
    finally:
        for wire in wires:
            wire.reset()


@attack("turn away whom it has no descriptor for, and come back", "few")
def connections_beyond_the_descriptors(server):
    """Opens 120 connections to a server that may have 64 descriptors."""
    wires = [server.wire() for _ in range(120)]
    try:
        for wire in wires:
            try:
                wire.read(12)
            except Ended:
                pass
    finally:
        for wire in wires:
            wire.reset()

    def comes_in():
        try:
            with server.client() as client:
                client.goes_on()
            return True
        except (Ended, OSError):
            return False

    until("somebody to come in again", comes_in)


@attack("forget them", "flood")
def connections_that_come_and_go(server):
    """Comes in and leaves, 300 times, as fast as it can, over TCP and WebSockets in turn."""
    for turn in range(300):
        with server.client(wire=server.web_socket() if turn % 2 else None) as client:
            client.send(struct.pack(">B", 3))


FLOODS = {
    "keys": rfb.typed("k") * 30000,
    "motions": b"".join(rfb.pointer(at % 640, at % 384) for at in range(80000)),
    "encodings": rfb.set_encodings() * 120000,
    "pixel_formats": rfb.pixel_format() * 25000,
    "requests": rfb.update_request(1) * 50000,
    "console_operations": rfb.set_encodings(RAW, FENCE, CONSOLE) + rfb.console(9999) * 60000,
}


@attack("read it in pieces, and let others have their turn between", alone=True, cases=FLOODS)
def flood_of_messages(server, messages):
    """Floods the server from four connections at once, until the healthy viewers have seen ten letters."""
    done = threading.Event()

    def flood():
        with server.client() as client:
            while not done.is_set():
                client.send(messages)

    flooders = [threading.Thread(target=flood) for _ in range(4)]
    for flooder in flooders:
        flooder.start()
    try:
        for viewer in server.viewers:
            viewer.served(10)
    finally:
        done.set()
        for flooder in flooders:
            flooder.join()
