"""Random lives of streams: what an object of each class of pysiglib answers, step by step."""

import numpy as np
import pysiglib

SIZES = [(1, 3), (2, 2), (2, 3), (3, 2)]
BATCHES = [(), (2,), (2, 2)]


class Life:
    """One object, what it was made from, and the steps taken on it."""

    def __init__(self, rng, name, encode):
        self.rng, self.name, self.encode = rng, name, encode
        self.dimension, self.degree = rng.choice(SIZES)
        self.batch = rng.choice(BATCHES)
        self.dtype = rng.choice(["float64", "float64", "float32"])
        self.options, self.prepare = {}, []
        if "Branched" in name:
            self.options["planar"] = rng.random() < 0.5
        if "Log" in name:
            self.draw_method()
        elif "Branched" in name:
            self.prepare.append(["prepare_branched_sig", [self.dimension, self.degree], {"planar": self.options["planar"]}])
        if ("Log" not in name or "Branched" in name) and rng.random() < 0.5:
            self.options["scalar_term"] = True
        self.sizes = [self.dimension, self.degree]
        if "Window" in name:
            self.sizes.append(rng.randint(2 if self.options.get("method") == 3 else 1, 5))
            self.options["stride"] = rng.randint(1, 4)
        for function, positional, keywords in self.prepare:
            getattr(pysiglib, function)(*positional, **keywords)
        self.stream = getattr(pysiglib, name)(*self.sizes, **self.options)
        self.steps = []

    def draw_method(self):
        windows = "Window" in self.name
        if "Branched" not in self.name:
            method = self.options["method"] = self.rng.choice([0, 1, 2, 3] if windows else [2, 3])
            self.prepare.append(["prepare_log_sig", [self.dimension, self.degree, max(method, 2) if windows else 3], {}])
            return
        planar = self.options["planar"]
        methods = [0] if not planar else [0, 1, 2, 3] if windows else [0, 1, 2]
        method = self.options["method"] = self.rng.choice(methods)
        self.prepare.append(["prepare_branched_log_sig", [self.dimension, self.degree, method], {"planar": planar}])
        self.prepare.append(["prepare_branched_sig", [self.dimension, self.degree], {"planar": planar}])

    def points(self, *shape):
        generator = np.random.default_rng(self.rng.getrandbits(32))
        return generator.uniform(-1, 1, (*self.batch, *shape, self.dimension)).astype(self.dtype)

    def step(self, method, *args):
        member = getattr(type(self.stream), method)
        step = {"method": method, "args": self.encode(list(args))}
        try:
            value = getattr(self.stream, method) if isinstance(member, property) else getattr(self.stream, method)(*args)
            if value is not None or isinstance(member, property):
                step["expected"] = self.encode(value)
        except (IndexError, ValueError) as error:
            step["error"] = {"type": type(error).__name__, "message": str(error)}
        self.steps.append(step)

    def push(self):
        if self.rng.random() < 0.6:
            self.step("push", self.points())
        else:
            self.step("push_batch", self.points(self.rng.randint(0, 6)))

    def ask_intervals(self):
        for name in ("size", "start_index", "end_index", "batch_shape"):
            self.step(name)
        first, last = self.stream.start_index, self.stream.end_index
        if last < first:
            return
        interval = lambda: (self.rng.randint(first, last), self.rng.randint(first, last))
        self.step("sig", *interval())
        self.step("sig_batch", [interval() for _ in range(self.rng.randint(1, 3))])
        self.step("sig_all")
        self.step("sig", first, last + 1)
        if self.rng.random() < 0.7:
            self.step("pop_front")

    def live(self):
        for _ in range(self.rng.randint(3, 6)):
            for _ in range(self.rng.randint(0, 3)):
                self.push()
            if "Window" in self.name:
                for name in ("num_windows", "batch_shape", "sig"):
                    self.step(name)
            else:
                self.ask_intervals()
        self.step("push", np.zeros(self.dimension + 4))
        return self.steps


def stream_cases(rng, count, encode):
    """`count` lives of each class."""
    cases = []
    for name in ("SigStream", "LogSigStream", "BranchedSigStream", "BranchedLogSigStream"):
        for kind in (name, name.replace("Stream", "WindowStream")):
            for index in range(count):
                life = Life(rng, kind, encode)
                steps = life.live()
                made_from = {"prepare": life.prepare, "args": life.sizes, "kwargs": life.options}
                cases.append({"class": kind, "name": f"{kind}/{index}", **made_from, "steps": steps})
    return cases
