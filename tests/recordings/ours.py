"""What vncterm shows, told as xterm.py tells what xterm shows, and what differs between the two.

VNCTERM names the program, target/debug/vncterm if unset.
"""

import json
import os
import subprocess
from pathlib import Path

import xterm

VNCTERM = os.environ.get("VNCTERM", str(Path(__file__).parents[2] / "target/debug/vncterm"))


def dumped(data, *options):
    """The dump of the screen that these bytes end on, where a guest may do all that it may in xterm."""
    command = [VNCTERM, "dump", "--format", "json", "--scrollback", "0", "--window-ops", "on", *options]
    return json.loads(subprocess.run(command, input=data, capture_output=True, check=True).stdout)


def screen(told):
    """The screen of a dump, told as xterm's is."""
    rows, styles, lines = [], [], []
    for number, row in enumerate(told["rows"]):
        rows.append("".join(" " if hidden(cell) else cell["ch"] or " " for cell in row["cells"] if cell["wide"] != 2).rstrip())
        looks = []
        for cell in row["cells"]:
            own = look(cell)
            blank = not cell["ch"].strip() or hidden(cell)
            if cell["wide"] == 2 or looks and blank and not xterm.LINES & set((own + " " + looks[-1]).replace("/", " ").split()) and \
                    xterm.background(own) == xterm.background(looks[-1]):
                own = looks[-1]
            looks.append(own)
        styles += xterm.runs(number, looks)
        if row["line"] != "single":
            lines.append([number, row["line"]])
    while rows and not rows[-1]:
        rows.pop()
    size = told["geometry"]
    return {"geometry": [size["cols"], size["rows"]], "screen": rows, "styles": styles, "lines": lines, "cursor": [told["cursor"]["row"], told["cursor"]["col"]],
            "cursor_visible": told["cursor"]["visible"], "alt_screen": told["modes"]["alt_screen"]}


def hidden(cell):
    return "hidden" in cell["attrs"]


def look(cell):
    colour = lambda value, own: own if value == "default" else value.get("rgb") or (
        str(value["index"]) if value["index"] < 16 else xterm.cube(value["index"]))
    fore, back = colour(cell["fg"], "fg"), colour(cell["bg"], "bg")
    if "reverse" in cell["attrs"]:
        fore, back = back, fore
    # Curls and dots are lines to xterm 379, and fast blinking is blinking.
    names = {"rapid_blink": "blink", "curly_underline": "underline", "dotted_underline": "underline", "dashed_underline": "underline"}
    names = sorted({names.get(name, name) for name in cell["attrs"]} & set(xterm.ATTRIBUTES.values()))
    if not cell["ch"].strip() or hidden(cell):
        names = [name for name in names if name in xterm.LINES]
        fore = fore if names else "fg"
    return " ".join([f"{fore}/{back}", *names])


def differences(theirs, ours, keys=("geometry", "cursor", "cursor_visible", "alt_screen", "lines")):
    """Lines that say what differs."""
    told = [f"{key}: xterm {theirs[key]}, ours {ours[key]}" for key in keys if theirs[key] != ours[key]]
    for row in range(max(len(theirs["screen"]), len(ours["screen"]))):
        one, other = ((screen["screen"][row:] or [""])[0] for screen in (theirs, ours))
        if one != other:
            told.append(f"row {row}: xterm |{one}|\n{'':{len(str(row))}}       ours |{other}|")
    for only, name in ((set(theirs["styles"]) - set(ours["styles"]), "xterm"), (set(ours["styles"]) - set(theirs["styles"]), "ours")):
        told += [f"styles of {name} only: {sorted(only)}"] if only else []
    return told
