"""A viewer made of asyncvnc, led by lines on its standard input: "picture FILE" brings the picture up to date and writes
it as a PPM, "type TEXT" types it and Return. Each is answered with a line.

asyncvnc_viewer.py HOST PORT
"""

import asyncio
import sys

import asyncvnc

QUIET = 0.1  # seconds without an update, after which the picture is taken for whole


async def main(host, port):
    loop = asyncio.get_running_loop()
    async with asyncvnc.connect(host, int(port)) as client:
        update = None
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            verb, _, rest = line.rstrip("\n").partition(" ")
            if verb == "picture":
                while True:
                    if update is None:
                        client.video.refresh()
                        update = asyncio.ensure_future(client.read())
                    # A read that is not done goes on: it may be half-way through an update.
                    done, _ = await asyncio.wait([update], timeout=QUIET)
                    if not done:
                        break
                    update.result()
                    update = None
                with open(rest, "wb") as file:
                    file.write(b"P6\n%d %d\n255\n" % (client.video.width, client.video.height))
                    file.write(client.video.as_rgba()[:, :, :3].tobytes())
            elif verb == "type":
                client.keyboard.write(rest)
                client.keyboard.press("Return")
            print("done", flush=True)


asyncio.run(main(*sys.argv[1:]))
