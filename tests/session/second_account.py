"""What a log says of the dose, from JOURNAL.md alone; it shares no code with the package."""

import json
from typing import Any

PRIME, TRAIN, CURRENT, PULSE, PASS, MEASURE = "prime", 2, 3, 4, 5, 6


def account(data: bytes, sealed_bytes: int) -> tuple[int, int]:
    """Return lo and hi of what went into zones.

    Args:
        data: The log; a record cut off at its end is left out.
        sealed_bytes: Length of its sealed prefix, by the second reader.
    """
    events, spec = read(data)
    books: dict[int, dict[str, Any]] = {}
    last: dict[str, Any] | None = None
    for one in (spec.get("resume") or {"commands": []})["commands"]:
        last = books[one["command"]] = book(spec, one)
        last["top"] = one["ceiling"]
        last["done"] = {unit["unit"]: (unit["lo"], unit["hi"]) for unit in one["settled"]}
        last["answered"], last["closed"] = set(one["answered"]), one["closed"]
    ended: dict[str, Any] | None = None
    for place, event in events:
        sealed = place < sealed_bytes
        if event["event"] == "intent":
            last = books[event["command"]] = book(spec, event)
        elif event["event"] == "at_rest" and sealed and last is not None and not last["closed"]:
            narrow(last, event["next"])
        elif event["event"] == "ended" and sealed:
            ended = event
        elif event.get("command") in books:
            take(books[event["command"]], event, sealed=sealed)
    if ended is not None:
        return ended["lo"], ended["hi"]
    treated = [one for one in books.values() if not one["prime"]]
    return sum(map(lo, treated)), sum(map(hi, treated))


def take(mine: dict[str, Any], event: dict[str, Any], *, sealed: bool) -> None:
    name = event["event"]
    if name == "unit" and event["known"]:
        take_unit(mine, event, sealed=sealed)
    elif name == "ceiling":
        mine["top"] = max(mine["top"], event["upto"])
    elif name == "uncertain":
        mine["top"] = max([mine["top"], *(unit + 1 for unit in event["units"])])
    elif name == "recovered" and event["relation"] in ("open", "closed"):
        mine["top"] = max(mine["top"], event["next"])
    elif name == "resolved" and sealed:
        mine["answered"] |= set(event["units"])
    elif name in ("closed", "never_opened") and sealed:
        narrow(mine, event.get("next", 0))
        mine["closed"] = True


def book(spec: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    program = spec["stages"][facts["stage"]]["programs"][facts["program"]]
    kind = program["kind"]
    amounts = [amount(kind, step) for step in program["steps"] for _ in range(step["units"])]
    return {
        "amounts": amounts[facts["done"] :], "top": 0, "done": {}, "answered": set(),
        "closed": False, "prime": program["purpose"] == PRIME,
    }  # fmt: skip


def amount(kind: int, step: dict[str, Any]) -> int:
    if kind in (PASS, MEASURE):
        return 0
    if kind == PULSE:
        whole, rest = divmod(step["cap_ua"] * step["width_us"], 1_000_000)
        return int(whole + (rest > 0))
    named = {TRAIN: "strokes", CURRENT: "charge_uc"}
    return int(step[named.get(kind, "dose_nl")])


def take_unit(mine: dict[str, Any], event: dict[str, Any], *, sealed: bool) -> None:
    unit, amounts = event["unit"], mine["amounts"]
    if unit >= len(amounts):
        return
    sense = 0 <= event["lo"] <= event["hi"] <= amounts[unit]
    if sealed and sense and unit not in mine["done"]:
        mine["done"][unit] = (event["lo"], event["hi"])
    if sense or not sealed:
        mine["top"] = max(mine["top"], unit + 1)


def narrow(mine: dict[str, Any], next_unit: int) -> None:
    kept = [unit + 1 for unit in (*mine["done"], *mine["answered"])]
    mine["top"] = min(mine["top"], max([next_unit, *kept]))


def lo(mine: dict[str, Any]) -> int:
    return sum(least for least, _ in mine["done"].values())


def hi(mine: dict[str, Any]) -> int:
    done = mine["done"]
    without: list[int] = [
        amount for at, amount in enumerate(mine["amounts"][: mine["top"]]) if at not in done
    ]
    settled: int = sum(most for _, most in done.values())
    return settled + sum(without)


def read(data: bytes) -> tuple[list[tuple[int, dict[str, Any]]], dict[str, Any]]:
    """Return the events with their places, and the specification."""
    events: list[tuple[int, dict[str, Any]]] = []
    spec: dict[str, Any] = {}
    at = 0
    while at + 17 <= len(data):
        length, kind = int.from_bytes(data[at + 4 : at + 8], "little"), data[at + 8]
        body = data[at + 17 : at + 17 + length]
        if len(body) < length:
            break
        if kind == 1:
            spec = json.loads(body)["spec"]
        place = 0
        while kind == 2 and place < len(body):
            size = int.from_bytes(body[place + 5 : place + 7], "little")
            if body[place + 4] == 131:
                events.append((at + place, json.loads(body[place + 7 : place + 7 + size])))
            place += 7 + size
        at += 17 + length
    return events, spec
