#!/usr/bin/python3 -IS
# SPDX-License-Identifier: Apache-2.0
"""Stands in for bin/java: writes what it was given as JSON into the file that it is told."""
import json
import os

# taken by number before anything is opened here
listing = os.listdir("/proc/self/fd")
fds = {}
for fd in listing:
    try:
        fds[fd] = os.readlink("/proc/self/fd/" + fd)
    except FileNotFoundError:
        pass  # the listing's own

with open("/proc/self/cmdline", "rb") as f:
    # python, its options, this file
    argv = f.read().split(b"\0")[3:-1]
with open("/proc/self/environ", "rb") as f:
    environ = f.read()

properties = {}
main = None
for i, arg in enumerate(argv):
    if arg.startswith(b"-Djstrace."):
        key, _, value = arg[len(b"-Djstrace.") :].partition(b"=")
        properties[key.decode()] = value.decode("latin-1")
    elif arg.startswith(b"io.github.jstrace."):
        main = i
        break

callers = None
if "envfd" in properties:
    parts = []
    for fd in properties["envfd"].split(","):
        with open("/proc/self/fd/" + fd, "rb") as f:
            f.readline()
            parts.append(f.read())
    if len(parts) == 1 or len(parts[-1]) < 60000:
        callers = b"".join(parts).hex()

out = os.path.dirname(os.path.abspath(__file__)) + "/report"
with open(out, "w") as f:
    json.dump(
        {
            "pid": os.getpid(),
            "options": [a.decode("latin-1") for a in argv[:main]],
            "args": [a.hex() for a in argv[main + 1 :]],
            "properties": properties,
            "fds": fds,
            "callersEnvironment": callers,
            "environment": environ.decode("latin-1").split("\0")[:-1],
        },
        f,
    )
