"""Viewers as there should be: each types, and looks whether what it typed is there, while others attack.

Each is a process of its own, so that it is not slowed by those who attack. It looks at a console of its own, where a program
echoes what is typed: a carriage return and a letter, A and B in turn, at the same place. Both letters' pictures are learned
at first, and from then on each must look as it did. At times it asks for the whole picture, which must be what it has.
"""

import multiprocessing
import threading
import time
import traceback

import rfb
from wire import PATIENCE, Failed, read_answer, request

# Seconds between two letters.
PAUSE = 0.1
# Of so many letters after one the whole picture is compared.
COMPARED = 25
# The console's cells.
COLUMNS, ROWS = 80, 24


class Healthy:
    """Such a viewer, seen from the process that attacks. `come_in` makes its client, in its own process."""

    def __init__(self, name, come_in, console):
        self.name = name
        self.ours, theirs = multiprocessing.Pipe()
        self.lock, self.wrong = threading.Lock(), None
        # Letters seen so far: what others may wait for.
        self.letters = multiprocessing.Value("i", 0)
        self.process = multiprocessing.Process(target=_run, args=(theirs, self.letters, come_in, console), daemon=True)
        self.process.start()
        theirs.close()

    def failure(self):
        """What was wrong so far, if anything was."""
        with self.lock:
            if self.wrong is None and self.ours.poll():
                self.wrong = self.ours.recv()
            if self.wrong is None and not self.process.is_alive():
                self.wrong = "it ended by itself"
            return self.wrong

    def served(self, letters):
        """Waits until it has seen so many more letters."""
        wanted, until = self.letters.value + letters, time.monotonic() + 2 * PATIENCE
        while self.letters.value < wanted:
            if wrong := self.failure():
                raise Failed(f"{self.name}: {wrong}")
            if time.monotonic() > until:
                raise Failed(f"{self.name} is not served any more")
            time.sleep(0.02)

    def stop(self):
        """Ends it. How many letters it saw, and how long it waited for the one that took longest, in seconds."""
        if wrong := self.failure():
            raise Failed(f"{self.name}: {wrong}")
        self.ours.send("stop")
        if not self.ours.poll(2 * PATIENCE):
            raise Failed(f"{self.name} does not end")
        said = self.ours.recv()
        self.process.join()
        if isinstance(said, str):
            raise Failed(f"{self.name}: {said}")
        return said

    def kill(self):
        self.process.kill()


def _run(pipe, letters, come_in, console):
    try:
        with come_in() as client:
            typist, worst = Typist(client, console), 0.0
            while not pipe.poll(PAUSE):
                begun = time.monotonic()
                typist.type_one()
                worst = max(worst, time.monotonic() - begun)
                letters.value += 1
                if letters.value % COMPARED == 0:
                    typist.compare()
            typist.compare()
        pipe.send((letters.value, worst))
    except Exception:
        pipe.send(traceback.format_exc())


class Browsing:
    """A browser as there should be: it asks for the page every two seconds, and gets it."""

    def __init__(self, server):
        self.server, self.done, self.wrong, self.pages = server, threading.Event(), None, 0
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.ask()
        self.thread.start()

    def ask(self):
        """Asks for the page. Whoever is too slow at first is taken for a viewer, and tries again."""
        for _ in range(20):
            with self.server.browser() as wire:
                wire.send(request())
                if (said := wire.read(4)) == b"RFB ":
                    continue
                wire.ahead = said + wire.ahead
                status, _, body = read_answer(wire)
                if status != 200 or not body:
                    raise Failed(f"the page is answered with {status}")
                self.pages += 1
                return
        raise Failed("a browser is taken for a viewer again and again")

    def _run(self):
        try:
            while not self.done.wait(2):
                self.ask()
        except Exception:
            self.wrong = traceback.format_exc()

    def stop(self):
        """Ends it; how many pages it got."""
        self.done.set()
        self.thread.join()
        if self.wrong:
            raise Failed(f"a browser: {self.wrong}")
        return self.pages


class Typist:
    def __init__(self, client, console):
        self.client = client
        client.picture = bytearray(client.width * client.height * 4)
        client.send(rfb.pressed(rfb.CONTROL, rfb.ALT, rfb.F1 + console - 1), rfb.update_request(0))
        client.wait_for("pixels")
        self.width, self.height = client.width // COLUMNS, client.height // ROWS
        self.known = {}
        self.turn = 0
        self.clear()

    def clear(self):
        """Types a blank where the letters will be, and waits until there is nothing to be seen."""
        self.client.send(rfb.pressed(rfb.RETURN), rfb.typed(" "))
        until = time.monotonic() + PATIENCE
        while len(set(zip(*[iter(self.cell())] * 4))) > 1:
            if time.monotonic() > until:
                raise Failed("a blank is not shown")
            self.client.send(rfb.update_request(0))
            self.client.wait_for("pixels")

    def cell(self):
        """The pixels of the first cell."""
        picture, line = self.client.picture, self.client.width * 4
        return b"".join(picture[row * line : row * line + self.width * 4] for row in range(self.height))

    def type_one(self):
        """Types the next letter, and waits until it is shown."""
        letter, before, until = "AB"[self.turn % 2], self.cell(), time.monotonic() + PATIENCE
        self.turn += 1
        self.client.send(rfb.pressed(rfb.RETURN), rfb.typed(letter), rfb.update_request(1))
        while True:
            self.client.wait_for("pixels")
            shown = self.cell()
            wanted = self.known.get(letter)
            if shown == wanted or (wanted is None and shown != before):
                self.known[letter] = shown
                return
            if time.monotonic() > until:
                raise Failed(f"{letter} is not shown")
            self.client.send(rfb.update_request(1))

    def compare(self):
        """The whole picture is what the changes have led to."""
        mine = bytes(self.client.picture)
        self.client.send(rfb.update_request(0))
        self.client.wait_for("pixels")
        if bytes(self.client.picture) != mine:
            raise Failed("the picture is not what its changes have led to")
