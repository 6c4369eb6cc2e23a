"""Times calls of pysiglib for the benchmark: one JSON request a line on standard input, one JSON answer a line on standard output."""

import json
import sys
import time

import numpy as np
import pysiglib
import torch

MACHINE_THREADS = torch.get_num_threads()


def value(argument):
    if isinstance(argument, dict) and "kernel" in argument:
        name, parameters = argument["kernel"]
        return getattr(pysiglib, name)(*parameters)
    if isinstance(argument, dict):
        # A copy owns its data; views would be cloned by pysiglib in every call.
        return np.fromfile(argument["file"], dtype=argument["dtype"]).reshape(argument["shape"]).copy()
    if isinstance(argument, list):
        return [tuple(word) for word in argument]
    return argument


def load(request):
    for name, args, *options in request["prepare"]:
        getattr(pysiglib, name)(*args, **(options[0] if options else {}))
    function = getattr(pysiglib, request["function"])
    args = [value(argument) for argument in request["args"]]
    options = {name: value(option) for name, option in request["options"].items()}
    torch.set_num_threads(1 if options.get("n_jobs", 1) == 1 else MACHINE_THREADS)

    def call():
        return function(*args, **options)

    return call


def seconds(call, repeats):
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats


current = None
for line in sys.stdin:
    request = json.loads(line)
    if "function" in request:
        current = load(request)
        answer = {"seconds": seconds(current, 1)}
    else:
        answer = {"seconds": seconds(current, request["repeats"])}
    print(json.dumps(answer), flush=True)
