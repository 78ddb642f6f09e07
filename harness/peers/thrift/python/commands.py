"""One JSON command a line from standard input, one JSON answer a line with the same id; the ways of all Python clients."""

import hashlib
import json
import sys
import time
from collections import Counter


def pattern(size):
    """The bytes 0..250, again and again."""
    return (bytes(range(251)) * (size // 251 + 1))[:size]


def arguments(method, values):
    return [pattern(values[0])] if method == "blob" else values


def shown(method, value):
    if method == "blob":
        return f"{len(value)}:{hashlib.sha256(value).hexdigest()[:16]}"
    return value


def numbered(value, n):
    return json.loads(json.dumps(value).replace("{n}", str(n)))


def refused(error):
    answer = {"ok": False, "class": type(error).__name__, "error": str(error)}
    if isinstance(getattr(error, "type", None), int):
        answer["type"] = error.type
    return answer


def many(call, command):
    """One call after the other on one connection; counts values and errors."""
    results, errors = Counter(), Counter()
    start = time.monotonic()
    for n in range(command["count"]):
        answer = call(numbered(command["calls"][n % len(command["calls"])], n))
        if answer["ok"]:
            results[str(answer["value"])] += 1
        else:
            errors[f'{answer["class"]}: {answer["error"]}'] += 1
    return {"ok": True, "results": results, "errors": errors, "millis": round((time.monotonic() - start) * 1000)}


def serve(call, pipeline):
    """`call` and `pipeline` take a command and return its answer."""
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        if "pipeline" in command:
            answer = {"ok": True, "answers": pipeline([numbered(each, n) for n, each in enumerate(command["pipeline"])])}
        elif "count" in command:
            answer = many(call, command)
        else:
            answer = call(command)
        print(json.dumps({**answer, "id": command["id"]}), flush=True)
