#!/usr/bin/env python3
"""A console's bytes over a VNC connection: a reference client of vncterm's console extension (docs/protocol.md).

    stream.py HOST:PORT|/run/x.sock                    lists the consoles
    stream.py HOST:PORT|/run/x.sock NUMBER [oldest]    standard input goes there, standard output is what it writes

RFB 3.8 without a password, and no picture. When the connection breaks it comes back and goes on with the byte that it needs
next. What is missing is said on standard error; the exit status is 1 then.
"""
import os, select, socket, struct, sys, time

VTC1 = 0x56544331                                   # the extension's pseudo-encoding
WINDOW = 1 << 20                                    # what may come before we allow more
SUBSCRIBE, OPEN, CREDIT, INPUT = 1, 256, 257, 258
REFUSED, CONSOLE, HERE, OPENED, DATA, GAP, ROOM, CLOSED = 0, 16, 18, 256, 257, 258, 261, 262


class Connection:
    """An RFB connection on which the extension was acknowledged."""

    def __init__(self, address):
        if address.startswith("/"):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(address)
        else:
            host, _, port = address.rpartition(":")
            self.socket = socket.create_connection((host.strip("[]"), int(port)))
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()
        self.read(12)
        self.socket.sendall(b"RFB 003.008\n")
        if 1 not in self.read(self.read(1)[0]):
            raise SystemExit("the server wants a password, or refuses us")
        self.socket.sendall(b"\x01")
        if self.read(4) != bytes(4):
            raise SystemExit("the server does not let us in")
        self.socket.sendall(b"\x01")                # ClientInit: others may stay
        self.read(struct.unpack(">20xI", self.read(24))[0])
        # Raw and the extension; and a request for one pixel, for the acknowledgement comes with an update.
        self.socket.sendall(struct.pack(">BxHii BBHHHH", 2, 2, 0, VTC1, 3, 0, 0, 0, 1, 1))
        acknowledged = False
        while not acknowledged:
            for _ in range(struct.unpack(">BxH", self.read(4))[1]):
                _, _, width, height, encoding = struct.unpack(">HHHHi", self.read(12))
                self.read(4 * width * height if encoding == 0 else 0)
                acknowledged |= encoding == VTC1

    def read(self, count):
        while len(self.buffer) < count:
            more = self.socket.recv(1 << 18)
            if not more:
                raise ConnectionError("the server has gone")
            self.buffer += more
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        return taken

    def say(self, operation, body):
        self.socket.sendall(struct.pack(">BBHI", 255, 2, operation, len(body)) + body)

    def hear(self):
        """The next notice: its operation and its body."""
        kind, _, operation, length = struct.unpack(">BBHI", self.read(8))
        if kind != 255:
            raise ConnectionError("a message that nobody asked for")
        return operation, self.read(length)


def string(body, at):
    return body[at + 2:at + 2 + struct.unpack_from(">H", body, at)[0]].decode()


def list_consoles(address):
    connection = Connection(address)
    connection.say(SUBSCRIBE, struct.pack(">I", 1))
    while True:
        operation, body = connection.hear()
        if operation == HERE:                       # comes when all have been told
            return
        if operation == CONSOLE:
            number, _, graphical, state, rights, columns, rows = struct.unpack_from(">IBBBBHH", body)
            if not graphical:
                state = ("waiting", "open", "ended")[state]
                print(number, string(body, 12), f"{columns}x{rows}", state, "rw" if rights & 1 else "ro")


class Stream:
    """One console's bytes, over as many connections as it takes."""

    def __init__(self, address, console, oldest):
        self.address, self.console = address, console
        self.begin = 2 if oldest else 0             # OPEN's from
        self.run, self.next, self.lost = 0, 0, False
        self.typed, self.open, self.room = b"", True, 0

    def serve(self):
        """Passes bytes until the console has ended."""
        link, taken = Connection(self.address), 0
        self.room = 0
        link.say(OPEN, struct.pack(">IIBBQQII", 1, self.console, self.begin, 0, self.run, self.next, 0, WINDOW))
        while True:
            if not link.buffer:
                stdin = [0] if self.open and not self.typed else []
                ready = select.select([link.socket] + stdin, [], [])[0]
                if 0 in ready:
                    self.typed = os.read(0, 1 << 14)
                    self.open = bool(self.typed)
                    self.type(link)
                if link.socket not in ready:
                    continue
            operation, body = link.hear()
            if operation == OPENED:
                _, _, run, self.next, _, _, _, _, self.room = struct.unpack_from(">IIQQHHBBI", body)
                if self.begin == 1 and run != self.run:
                    self.miss("the console runs anew, and what was missed is not known")
                self.begin, self.run = 1, run
                self.type(link)
            elif operation == DATA:
                _, offset, length = struct.unpack_from(">IQI", body)
                assert offset == self.next, "the server left something out"
                sys.stdout.buffer.write(body[16:16 + length])
                sys.stdout.buffer.flush()
                self.next, taken = self.next + length, taken + length
                if taken > WINDOW // 2:
                    link.say(CREDIT, struct.pack(">II", 1, taken))
                    taken = 0
            elif operation == GAP:
                _, offset, length = struct.unpack_from(">IQQ", body)
                self.miss(f"{length} bytes are missing from byte {offset} on")
                self.next = offset + length
            elif operation == ROOM:
                self.room += struct.unpack_from(">II", body)[1]
                self.type(link)
            elif operation == REFUSED:
                self.miss("refused: " + string(body, 6))
                if struct.unpack_from(">H", body)[0] == OPEN:
                    return
            elif operation == CLOSED:
                return

    def type(self, link):
        """Says what there is room for."""
        now, self.typed = self.typed[:self.room], self.typed[self.room:]
        self.room -= len(now)
        if now:
            link.say(INPUT, struct.pack(">II", 1, len(now)) + now)

    def miss(self, what):
        print(what, file=sys.stderr)
        self.lost = True


def main(address, console=None, start="now"):
    if console is None:
        return list_consoles(address)
    stream = Stream(address, int(console), start == "oldest")
    while True:
        try:
            stream.serve()
            return 1 if stream.lost else 0
        except OSError as error:
            print(f"{error}: trying again", file=sys.stderr)
            time.sleep(1)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) > 1 else __doc__)
