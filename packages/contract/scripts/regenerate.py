"""Makes reference cases like those of ../fixtures from an installed pysiglib.

    pip install pysiglib==4.0.0 numpy
    python scripts/regenerate.py --out some/folder [--seed 1] [--cases 40]

One JSON file per function, in the format that ../fixtures/README.md describes, with new random inputs. To hold the library against them:

    SIG_FIXTURES=some/folder npx vitest run test/fixtures.test.ts

Inputs on which pysiglib 4.0.0 is known to be wrong are not drawn: paths of fewer than two points under method 3, under time_aug in
transform_path, or with the empty word; degree 0 of sig_join_backprop; for kernels paths of one point, polynomial static kernels beyond
degree 5, Matern12Kernel where a path meets itself (it finds distances of about 1e-9 there), unequal dyadic orders of metrics and
metrics of large kernels (it subtracts the diagonal from the sum of all); for branched signatures corrections without planar beyond degree 2,
scalar terms other than 1, and in the gradients of products any.
Two answers are put right: gradients of a single pair get the shape of its paths, and those of grams the dtype of theirs. Float32 cases in
which pysiglib's own float64 answer is another one are drawn again.
"""

import argparse
import inspect
import json
import math
import pathlib
import random

import numpy as np
import pysiglib

from regenerate_streams import stream_cases

VERSION = "4.0.0"
SIZES = [(1, 1), (1, 5), (2, 1), (2, 2), (2, 3), (2, 4), (2, 5), (3, 2), (3, 3), (3, 4), (4, 3), (5, 2), (7, 2)]
BRANCHED_SIZES = [(1, 1), (1, 4), (2, 1), (2, 2), (2, 3), (3, 2), (3, 3)]
BATCHES = [(), (1,), (3,), (2, 2), (2, 3)]
LENGTHS = [2, 3, 5, 8]
STATIC_KERNELS = [
    ("LinearKernel", []),
    ("ScaledLinearKernel", [0.5]),
    ("RBFKernel", [0.8]),
    ("PolynomialKernel", [2.0, 1.0, 0.5]),
    ("PolynomialKernel", [2.5, 4.0, 0.5]),
    ("Matern12Kernel", [1.3]),
    ("Matern32Kernel", [1.1]),
    ("Matern52Kernel", [0.9]),
    ("RationalQuadraticKernel", [1.2, 0.7]),
]


class Draw:
    """One case being drawn: sizes, flags, and arrays of one dtype."""

    def __init__(self, rng):
        self.rng = rng
        self.dtype = rng.choice(["float64", "float64", "float32"])
        self.dimension, self.degree = rng.choice(SIZES)
        self.batch = rng.choice(BATCHES)
        self.length = rng.choice(LENGTHS)
        self.flags = {name: True for name in ("time_aug", "lead_lag") if rng.random() < 0.3}
        if self.letters(True) ** self.degree > 300:
            self.flags = {}
        self.scalar = rng.random() < 0.4
        self.prepare = []

    def letters(self, flags):
        """Dimension of the algebra, counting the flags or not."""
        if not flags:
            return self.dimension
        return self.dimension * (2 if "lead_lag" in self.flags else 1) + (1 if "time_aug" in self.flags else 0)

    def numbers(self, *shape):
        return np.random.default_rng(self.rng.getrandbits(32)).uniform(-1, 1, (*self.batch, *shape)).astype(self.dtype)

    def like(self, array):
        return self.numbers(*array.shape[len(self.batch):])

    def path(self):
        """A random walk."""
        steps = np.random.default_rng(self.rng.getrandbits(32)).standard_normal((*self.batch, self.length, self.dimension))
        return (0.5 * np.cumsum(steps, axis=-2)).astype(self.dtype)

    def vector(self):
        return self.numbers(self.dimension)

    def tensor(self, flags=False):
        """A signature, or numbers that are none."""
        if self.rng.random() < 0.5:
            walk = np.cumsum(self.numbers(5, self.letters(flags)), axis=-2)
            return pysiglib.sig(walk, self.degree, scalar_term=self.scalar)
        return self.numbers(pysiglib.sig_length(self.letters(flags), self.degree, scalar_term=self.scalar))

    def brackets(self, flags=False):
        return self.numbers(pysiglib.log_sig_length(self.letters(flags), self.degree))

    def method(self, methods, flags=True):
        """Draws a method and prepares it, as pysiglib wants."""
        method = self.rng.choice(methods)
        if method:
            self.prepared(max(method, 2), flags)
        return method

    def prepared(self, level, flags=True):
        self.prepare.append(["prepare_log_sig", [self.dimension, self.degree, level], dict(self.flags) if flags else {}])

    def words(self, flags=True):
        letters = self.letters(flags)
        word = lambda: tuple(self.rng.randrange(letters) for _ in range(self.rng.randint(1, self.degree)))
        return word() if self.rng.random() < 0.2 else [word() for _ in range(self.rng.randint(1, 5))]

    def path_flags(self):
        return {**self.flags, **({"end_time": self.rng.choice([0.5, 1.0, 2.5])} if "time_aug" in self.flags else {})}

    def correction(self):
        """Rows of level 2, or of some more levels, where they are allowed."""
        if self.degree < 2 or "lead_lag" in self.flags or self.rng.random() < 0.6:
            return {}
        width = sum(self.dimension**level for level in range(2, self.rng.randint(2, self.degree) + 1))
        shape = self.rng.choice([(width,), (self.length - 1, width), (*self.batch, self.length - 1, width)])
        return {"correction": np.random.default_rng(self.rng.getrandbits(32)).uniform(-0.5, 0.5, shape).astype(self.dtype)}

    def scalar_term(self):
        return {"scalar_term": True} if self.scalar else {}

    def branched(self, flags=False, method=None):
        """Turns to a small algebra of trees or forests, prepared as pysiglib wants; gives its option."""
        self.dimension, self.degree = self.rng.choice(BRANCHED_SIZES)
        algebra = {"planar": True} if self.rng.random() < 0.5 or method == 3 else {}
        if not flags or pysiglib.branched_sig_length(self.letters(True), self.degree, **algebra) > 300:
            self.flags = {}
        sizes, keywords = [self.dimension, self.degree], {**self.flags, **algebra}
        call = ["prepare_branched_sig", sizes, keywords]
        if method is not None:
            self.drawn_method = self.rng.choice([0, 1, 2, 3][: method + 1]) if algebra else 0
            call = ["prepare_branched_log_sig", [*sizes, 3 if method == 3 else self.drawn_method], keywords]
        self.prepare.append(call)
        getattr(pysiglib, call[0])(*call[1], **call[2])
        return algebra

    def branched_row(self, algebra):
        row = self.numbers(pysiglib.branched_sig_length(self.letters(True), self.degree, scalar_term=self.scalar, **algebra))
        if self.scalar:
            row[..., 0] = 1
        return row

    def branched_log_row(self, algebra, method):
        if method == 0:
            return self.branched_row(algebra)
        return self.numbers(pysiglib.branched_log_sig_length(self.letters(True), self.degree, **algebra))

    def trees(self, algebra):
        basis = pysiglib.trees(self.letters(True), self.degree, **algebra)[1:]
        return [self.rng.choice(basis) for _ in range(self.rng.randint(1, 5))]

    def branched_correction(self, algebra):
        return self.correction() if algebra or self.degree < 3 else {}


class StaticKernel:
    """A static kernel with what it was made from."""

    def __init__(self, name, arguments):
        self.encoded = {"$kernel": [name, arguments]}
        self.kernel = getattr(pysiglib, name)(*arguments)


def static_kernel(d, kernels):
    return StaticKernel(*d.rng.choice(kernels))


def apart(d, options):
    """Keeps to static kernels that pysiglib evaluates rightly where a path meets itself."""
    while "static_kernel" in options and options["static_kernel"].encoded["$kernel"][0] == "Matern12Kernel":
        options["static_kernel"] = static_kernel(d, STATIC_KERNELS)


def kernel_options(d, grid=False, normalize=False):
    """Options of a kernel call."""
    options = dict(d.path_flags())
    if d.rng.random() < 0.4:
        options.update(method="polynomial", order=d.rng.choice([2, 3, 4, 8, 12]))
    else:
        options["dyadic_order"] = d.rng.choice([0, 1, 2, (0, 1), (1, 0), (2, 1)])
    if d.rng.random() < 0.8:
        options["static_kernel"] = static_kernel(d, STATIC_KERNELS)
    if grid and d.rng.random() < 0.25:
        options["return_grid"] = True
    elif normalize and d.rng.random() < 0.3:
        options["normalize"] = True
        apart(d, options)
    return options


def short(array):
    """Paths whose kernels are of the order of 1."""
    return (array / math.sqrt(array.shape[-2])).astype(array.dtype)


def kernel_paths(d, batches=None):
    """Two paths or two samples of them, with a length and, where batches are given, a batch each."""
    arrays = []
    for batch in batches or [d.batch, d.batch]:
        d.batch, d.length = batch, d.rng.choice(LENGTHS)
        arrays.append(short(d.path()))
    return arrays


def sample_batches(d, least):
    return [d.rng.choice([(n,), (n, 1)]) for n in (d.rng.randint(least, 4), d.rng.randint(least, 3))]


def sides(d):
    return d.rng.choice([{}, {"left_deriv": True, "right_deriv": True}, {"left_deriv": False, "right_deriv": True}])


def sig_kernel(d):
    options = kernel_options(d, grid=True, normalize=True)
    return kernel_paths(d), options


def sig_kernel_backprop(d):
    options = kernel_options(d, grid=True)
    paths = kernel_paths(d)
    value = called("sig_kernel", paths, options)
    return [d.numbers(*value.shape[len(d.batch):]), *paths], {**options, **sides(d)}


def sig_kernel_gram(d):
    options = kernel_options(d, normalize=True)
    if d.rng.random() < 0.3:
        options["max_batch"] = d.rng.choice([-1, 1, 2])
    return kernel_paths(d, sample_batches(d, 1)), options


def sig_kernel_gram_backprop(d):
    options = kernel_options(d)
    paths = kernel_paths(d, sample_batches(d, 1))
    d.batch = ()
    return [d.numbers(*called("sig_kernel_gram", paths, options).shape), *paths], {**options, **sides(d)}


def metric(d, lam=False):
    options = kernel_options(d)
    apart(d, options)
    if "dyadic_order" in options:
        options["dyadic_order"] = d.rng.choice([0, 1, 2])  # with unequal ones pysiglib mirrors what is not symmetric
    if lam and d.rng.random() < 0.5:
        options["lam"] = d.rng.choice([0.0, 0.5, 1.0])
    samples = kernel_paths(d, sample_batches(d, 2))
    largest = max(called("sig_kernel_gram", [sample, sample], without(options, "lam")).max() for sample in samples)
    return (samples, options) if largest < 1e4 else metric(d, lam)


def without(options, name):
    return {option: value for option, value in options.items() if option != name}


def sig(d):
    return [d.path(), d.degree], {**d.path_flags(), **d.correction(), **d.scalar_term(), **({"horner": False} if d.rng.random() < 0.3 else {})}


def sig_backprop(d):
    path, options = d.path(), {**d.path_flags(), **d.correction()}
    value = pysiglib.sig(path, d.degree, **options, **d.scalar_term())
    return [path, value, d.like(value), d.degree], options


def sig_coef_backprop(d):
    path, words, flags = d.path(), d.words(), d.path_flags()
    coefs = pysiglib.sig_coef(path, words, prefixes=True, **flags)
    return [path, words, coefs, d.like(coefs)], flags


def log_sig(d):
    method = d.method([0, 1, 2, 3])
    options = {**d.path_flags(), "method": method, **(d.correction() if method < 3 else {})}
    if method == 0:
        options.update(d.scalar_term())
    return [d.path(), d.degree], options


def sig_to_log_sig(d):
    return [d.tensor(True), d.dimension, d.degree], {**d.flags, "method": d.method([0, 1, 2])}


def sig_to_log_sig_backprop(d):
    method = d.method([0, 1, 2])
    return [d.tensor(True), d.tensor(True) if method == 0 else d.brackets(True), d.dimension, d.degree], {**d.flags, "method": method}


def logsig_to_sig(d):
    method = d.method([0, 1, 2])
    return [d.tensor(True) if method == 0 else d.brackets(True), d.dimension, d.degree], {**d.flags, **d.scalar_term(), "method": method}


def logsig_to_sig_backprop(d):
    (log_sig_row, *sizes), options = logsig_to_sig(d)
    return [log_sig_row, d.tensor(True), *sizes], options


def linear_log_sig(d):
    return [d.vector(), d.dimension, d.degree], {"method": d.method([0, 1, 2, 3], False), **d.scalar_term()}


def linear_log_sig_backprop(d):
    (displacement, *sizes), options = linear_log_sig(d)
    return [d.tensor() if options["method"] == 0 else d.brackets(), displacement, *sizes], options


def bch(d, *arrays, flags):
    d.prepared(3, flags)
    return [array(flags) if array != d.vector else array() for array in arrays] + [d.dimension, d.degree], dict(d.flags) if flags else {}


def joined(d, *arrays):
    return [*arrays, d.dimension, d.degree], {"prepend": True} if d.rng.random() < 0.5 else {}


def extract_sig_coef(d):
    return [d.tensor(True), d.words(), d.dimension], {**d.flags, **d.scalar_term()}


def transform_path_backprop(d):
    path, flags = d.path(), {**d.path_flags(), "time_aug": True}
    return [d.like(pysiglib.transform_path(path, **flags))], flags


def branched_sig(d):
    algebra = d.branched(flags=True)
    return [d.path(), d.degree], {**d.path_flags(), **algebra, **d.branched_correction(algebra), **d.scalar_term()}


def branched_sig_backprop(d):
    algebra = d.branched(flags=True)
    path, options = d.path(), {**d.path_flags(), **algebra, **d.branched_correction(algebra)}
    value = called("branched_sig", [path, d.degree], {**options, **d.scalar_term()})
    return [path, value, d.like(value), d.degree], options


def branched_product(d, backprop=False, displacement=False):
    """Combine and join; of a backprop the derivatives come first."""
    algebra = d.branched()
    d.scalar = d.scalar and not backprop
    arrays = [d.branched_row(algebra) for _ in range(2 + backprop - displacement)] + ([d.vector()] if displacement else [])
    prepend = {"prepend": True} if displacement and d.rng.random() < 0.5 else {}
    return [*arrays, d.dimension, d.degree], {**algebra, **prepend}


def linear_branched_sig(d, backprop=False):
    algebra = d.branched()
    return [*([d.branched_row(algebra)] if backprop else []), d.vector(), d.dimension, d.degree], {**algebra, **d.scalar_term()}


def extract_branched_sig_coef(d):
    algebra = d.branched(flags=True)
    return [d.branched_row(algebra), d.trees(algebra), d.dimension], {**d.flags, **algebra, **d.scalar_term()}


def branched_sig_coef(d):
    algebra = d.branched(flags=True)
    trees = d.trees(algebra)
    d.prepare = [["prepare_branched_sig_coef", [d.dimension, trees], {**d.flags, **algebra}]]
    return [d.path(), trees], {**d.path_flags(), **algebra}


def branched_sig_coef_backprop(d):
    (path, trees), options = branched_sig_coef(d)
    pysiglib.prepare_branched_sig_coef(d.dimension, trees, **d.prepare[0][2])
    coefs = called("branched_sig_coef", [path, trees], options)
    return [path, trees, coefs, d.like(coefs)], options


def branched_log_sig(d):
    algebra = d.branched(flags=True, method=2)
    correction = d.branched_correction(algebra)
    if algebra and not correction and d.rng.random() < 0.2:
        d.drawn_method = d.prepare[0][1][2] = 3
    options = {**d.path_flags(), **algebra, "method": d.drawn_method, **correction}
    return [d.path(), d.degree], {**options, **(d.scalar_term() if d.drawn_method == 0 else {})}


def branched_sig_to_log_sig(d, backprop=False):
    algebra = d.branched(flags=True, method=2)
    derivs = [d.branched_log_row(algebra, d.drawn_method)] if backprop else []
    return [d.branched_row(algebra), *derivs, d.dimension, d.degree], {**d.flags, **algebra, "method": d.drawn_method}


def linear_branched_log_sig(d, backprop=False):
    algebra = d.branched(method=2)
    derivs = [d.branched_log_row(algebra, d.drawn_method)] if backprop else []
    scalar = d.scalar_term() if d.drawn_method == 0 else {}
    return [*derivs, d.vector(), d.dimension, d.degree], {**algebra, "method": d.drawn_method, **scalar}


def branched_log_sig_join(d, backprop=False):
    algebra = d.branched(method=3)
    rows = [d.branched_log_row(algebra, 2) for _ in range(1 + backprop)]
    return [*rows, d.vector(), d.dimension, d.degree], {"prepend": True} if d.rng.random() < 0.5 else {}


def branched_kernel_options(d):
    """Depth, dyadic order and options: iterated exponentials of long times pass all bounds."""
    options = d.path_flags()
    if d.rng.random() < 0.6:
        options["static_kernel"] = static_kernel(d, [kernel for kernel in STATIC_KERNELS if kernel[0] != "PolynomialKernel"])
    return [d.rng.randint(0, 3), d.rng.choice([0, 1, 2, (0, 1), (1, 0), (2, 1)])], options


def branched_sig_kernel(d):
    sizes, options = branched_kernel_options(d)
    options.update(d.rng.choice([{}, {}, {"normalize": True}, {"return_grid": True}]))
    if "normalize" in options:
        apart(d, options)
    return [*kernel_paths(d), *sizes], options


def branched_sig_kernel_backprop(d):
    sizes, options = branched_kernel_options(d)
    options.update(d.rng.choice([{}, {"return_grid": True}]))
    arguments = [*kernel_paths(d), *sizes]
    value = called("branched_sig_kernel", arguments, options)
    return [d.numbers(*value.shape[len(d.batch):]), *arguments], {**options, **sides(d)}


def branched_sig_kernel_gram(d):
    sizes, options = branched_kernel_options(d)
    options.update(d.rng.choice([{}, {"max_batch": 1}, {"max_batch": 2}, {"normalize": True}]))
    if "normalize" in options:
        apart(d, options)
    return [*kernel_paths(d, sample_batches(d, 1)), *sizes], options


def branched_sig_kernel_gram_backprop(d):
    sizes, options = branched_kernel_options(d)
    arguments = [*kernel_paths(d, sample_batches(d, 2)), *sizes]
    d.batch = ()
    return [d.numbers(*called("branched_sig_kernel_gram", arguments, options).shape), *arguments], {**options, **sides(d)}


def element(d):
    """A tree or forest of a basis, and its place."""
    algebra = d.branched()
    d.prepare = []
    basis = pysiglib.trees(d.dimension, d.degree, **algebra)
    place = d.rng.randrange(1, len(basis))
    return basis[place], place - (not d.scalar), {**algebra, **d.scalar_term()}


def tree_to_idx(d):
    tree, _, options = element(d)
    return [tree, d.dimension, d.degree], options


def idx_to_tree(d):
    _, place, options = element(d)
    return [place, d.dimension, d.degree], options


def branched_sizes(d):
    return [d.rng.randint(1, 5), d.rng.randint(1, 6)], {"planar": True} if d.rng.random() < 0.5 else {}


def sizes(d):
    return [d.rng.randint(1, 6), d.rng.randint(1, 6)], dict(d.flags)


DRAWN = {
    "transform_path": lambda d: ([d.path()], {**d.path_flags(), "time_aug": True}),
    "transform_path_backprop": transform_path_backprop,
    "sig": sig,
    "sig_backprop": sig_backprop,
    "sig_combine": lambda d: ([d.tensor(True), d.tensor(True), d.dimension, d.degree], dict(d.flags)),
    "sig_combine_backprop": lambda d: ([d.tensor(True), d.tensor(True), d.tensor(True), d.dimension, d.degree], dict(d.flags)),
    "sig_join": lambda d: joined(d, d.tensor(), d.vector()),
    "sig_join_backprop": lambda d: joined(d, d.tensor(), d.tensor(), d.vector()),
    "linear_sig": lambda d: ([d.vector(), d.dimension, d.degree], d.scalar_term()),
    "sig_coef": lambda d: ([d.path(), d.words()], {**d.path_flags(), **({"prefixes": True} if d.rng.random() < 0.5 else {})}),
    "sig_coef_backprop": sig_coef_backprop,
    "extract_sig_coef": extract_sig_coef,
    "log_sig": log_sig,
    "sig_to_log_sig": sig_to_log_sig,
    "sig_to_log_sig_backprop": sig_to_log_sig_backprop,
    "logsig_to_sig": logsig_to_sig,
    "logsig_to_sig_backprop": logsig_to_sig_backprop,
    "linear_log_sig": linear_log_sig,
    "linear_log_sig_backprop": linear_log_sig_backprop,
    "log_sig_combine": lambda d: bch(d, d.brackets, d.brackets, flags=True),
    "log_sig_combine_backprop": lambda d: bch(d, d.brackets, d.brackets, d.brackets, flags=True),
    "log_sig_join": lambda d: bch(d, d.brackets, d.vector, flags=False),
    "log_sig_join_backprop": lambda d: bch(d, d.brackets, d.brackets, d.vector, flags=False),
    "sig_kernel": sig_kernel,
    "sig_kernel_backprop": sig_kernel_backprop,
    "sig_kernel_gram": sig_kernel_gram,
    "sig_kernel_gram_backprop": sig_kernel_gram_backprop,
    "sig_score": lambda d: metric(d, lam=True),
    "expected_sig_score": lambda d: metric(d, lam=True),
    "sig_mmd": metric,
    "branched_sig": branched_sig,
    "branched_sig_backprop": branched_sig_backprop,
    "branched_sig_combine": branched_product,
    "branched_sig_combine_backprop": lambda d: branched_product(d, backprop=True),
    "branched_sig_join": lambda d: branched_product(d, displacement=True),
    "branched_sig_join_backprop": lambda d: branched_product(d, backprop=True, displacement=True),
    "linear_branched_sig": linear_branched_sig,
    "linear_branched_sig_backprop": lambda d: linear_branched_sig(d, backprop=True),
    "extract_branched_sig_coef": extract_branched_sig_coef,
    "branched_sig_coef": branched_sig_coef,
    "branched_sig_coef_backprop": branched_sig_coef_backprop,
    "branched_log_sig": branched_log_sig,
    "branched_sig_to_log_sig": branched_sig_to_log_sig,
    "branched_sig_to_log_sig_backprop": lambda d: branched_sig_to_log_sig(d, backprop=True),
    "linear_branched_log_sig": linear_branched_log_sig,
    "linear_branched_log_sig_backprop": lambda d: linear_branched_log_sig(d, backprop=True),
    "branched_log_sig_join": branched_log_sig_join,
    "branched_log_sig_join_backprop": lambda d: branched_log_sig_join(d, backprop=True),
    "branched_sig_kernel": branched_sig_kernel,
    "branched_sig_kernel_backprop": branched_sig_kernel_backprop,
    "branched_sig_kernel_gram": branched_sig_kernel_gram,
    "branched_sig_kernel_gram_backprop": branched_sig_kernel_gram_backprop,
    "tree_to_idx": tree_to_idx,
    "idx_to_tree": idx_to_tree,
    "branched_sig_length": lambda d: (branched_sizes(d)[0], {**branched_sizes(d)[1], **d.scalar_term()}),
    "branched_log_sig_length": branched_sizes,
    "sig_length": lambda d: (sizes(d)[0], {**d.flags, **d.scalar_term()}),
    "log_sig_length": sizes,
    "word_to_idx": lambda d: ([tuple(d.rng.randrange(3) for _ in range(d.rng.randint(1, 6))), 3], d.scalar_term()),
    "idx_to_word": lambda d: ([d.rng.randrange(400), d.rng.randint(1, 4)], d.scalar_term()),
    "is_lyndon": lambda d: ([tuple(d.rng.randrange(3) for _ in range(d.rng.randint(0, 6)))], {}),
}

COUNTED = {name: [[2, 0], [0, 2], [1, 3], [2, 4], [3, 3], [4, 2], [5, 1], [2, 6]] for name in ("words", "words_of_length", "lyndon_words", "lyndon_words_of_length")}
COUNTED.update({name: [[2, 0], [0, 2], [1, 5], [2, 4], [3, 2], [4, 1]] for name in ("trees", "trees_of_order")})

# Options that are sometimes given though they say what holds anyway.
DEFAULTS = ["planar", "prepend", "scalar_term", "prefixes", "horner", "time_aug", "lead_lag", "end_time", "normalize", "return_grid", "max_batch"]

# Calls that pysiglib refuses; each names arguments by a valid draw and what is put in their place.
SPOILT = {
    "sig": [(1, -1), (1, 2.5), ("n_jobs", 0), ("time_aug", 1)],
    "sig_join": [(3, -1), ("n_jobs", 0)],
    "sig_combine": [(2, "2"), ("n_jobs", 0)],
    "log_sig": [("method", 4), ("method", -1)],
    "sig_kernel": [("dyadic_order", -1), ("method", "spline"), ("order", 1), ("n_jobs", 0), ("time_aug", 1)],
    "sig_kernel_gram": [("max_batch", 0), ("dyadic_order", -1)],
    "branched_sig": [(1, -1), (1, 2.5), ("n_jobs", 0)],
    "branched_sig_join": [(3, -1), ("n_jobs", 0)],
    "branched_log_sig": [("method", 4), ("method", -1)],
    "branched_sig_kernel": [(2, -1), (3, -1), ("n_jobs", 0)],
    "tree_to_idx": [(1, 0)],
    "sig_length": [(0, -1), (1, -3)],
    "log_sig_length": [(0, -2), (1, 0), (1, "3")],
    "word_to_idx": [(1, 0)],
}


def encode(value):
    if isinstance(value, np.ndarray):
        numbers = [float(x) if math.isfinite(x) else {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(float(x))] for x in value.ravel()]
        return {"$tensor": {"dtype": str(value.dtype), "shape": list(value.shape), "data": numbers}}
    if isinstance(value, StaticKernel):
        return value.encoded
    if isinstance(value, (tuple, list)):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {name: encode(item) for name, item in value.items()}
    return value


def called(name, args, kwargs):
    """What pysiglib answers, on arrays of its own."""
    plain = {option: value.kernel if isinstance(value, StaticKernel) else value for option, value in kwargs.items()}
    arrays = [array.copy() if isinstance(array, np.ndarray) else array for array in args]
    value = getattr(pysiglib, name)(*arrays, **plain)
    if not name.endswith(("kernel_backprop", "gram_backprop")):
        return value
    return [gradient if gradient is None else gradient.reshape(path.shape).astype(path.dtype) for gradient, path in zip(value, arrays[1:])]


def case_of(name, args, kwargs, prepare=()):
    for function, positional, keywords in prepare:
        getattr(pysiglib, function)(*positional, **keywords)
    case = {"prepare": list(prepare), "args": encode(args), "kwargs": encode(kwargs)}
    try:
        return {**case, "expected": encode(called(name, args, kwargs))}
    except Exception as error:  # whatever pysiglib raises is the expectation
        return {**case, "error": {"type": type(error).__name__, "message": str(error)}}


def spelt_out(name, kwargs, rng):
    """Names some of the options that a call leaves at their defaults, and draws a number of threads."""
    known = inspect.signature(getattr(pysiglib, name)).parameters
    defaults = {option: known[option].default for option in DEFAULTS if option in known and option not in kwargs and rng.random() < 0.3}
    threads = {"n_jobs": rng.choice([1, 2, -1])} if "n_jobs" in known and rng.random() < 0.5 else {}
    return {**kwargs, **defaults, **threads}


def widened(value):
    return value.astype("float64") if isinstance(value, np.ndarray) else value


def arrays_in(value):
    if isinstance(value, (tuple, list)):
        return [array for item in value for array in arrays_in(item)]
    return [value] if isinstance(value, np.ndarray) else []


def well_conditioned(name, args, kwargs, expected):
    """Whether float32 is enough to find the expected result, as float64 says on the same numbers; overflow is left to the dtype."""
    exact = called(name, [widened(item) for item in args], {option: widened(item) for option, item in kwargs.items()})
    for rough, fine in zip(arrays_in([expected]), arrays_in([exact])):
        finite = np.isfinite(rough) & np.isfinite(fine)
        if finite.any() and np.abs(rough - fine)[finite].max() > 1e-4 * np.abs(rough[finite]).max():
            return False
    return True


def valid_case(name, rng):
    while True:
        draw = Draw(rng)
        args, kwargs = DRAWN[name](draw)
        kwargs = spelt_out(name, kwargs, rng)
        case = case_of(name, args, kwargs, draw.prepare)
        if "error" in case:
            raise SystemExit(f"{name}: drew a call that pysiglib refuses: {case['error']}")
        if draw.dtype == "float64" or well_conditioned(name, args, kwargs, called(name, args, kwargs)):
            return case


def spoilt_case(name, rng, place, value):
    draw = Draw(rng)
    args, kwargs = DRAWN[name](draw)
    if isinstance(place, int):
        args[place] = value
    else:
        kwargs[place] = value
    case = case_of(name, args, kwargs, draw.prepare)
    if "error" not in case:
        raise SystemExit(f"{name}: pysiglib does not refuse {place} = {value}")
    return case


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=40)
    options = parser.parse_args()
    if pysiglib.__version__ != VERSION:
        raise SystemExit(f"pysiglib {VERSION} is needed, {pysiglib.__version__} is installed")
    options.out.mkdir(parents=True, exist_ok=True)
    for name in [*DRAWN, *COUNTED]:
        rng = random.Random(f"{options.seed} {name}")
        cases = [case_of(name, args, {}) for args in COUNTED[name]] if name in COUNTED else [valid_case(name, rng) for _ in range(options.cases)]
        cases += [spoilt_case(name, rng, place, value) for place, value in SPOILT.get(name, [])]
        content = {"function": name, "oracle": f"pysiglib {VERSION}", "cases": cases}
        (options.out / f"{name}.json").write_text(json.dumps(content, separators=(", ", ": ")) + "\n")
        print(f"{name}: {len(cases)} cases")
    streams = stream_cases(random.Random(f"{options.seed} streams"), max(4, options.cases // 10), encode)
    (options.out / "streams.json").write_text(json.dumps({"oracle": f"pysiglib {VERSION}", "streams": streams}) + "\n")
    print(f"streams: {len(streams)} objects")


if __name__ == "__main__":
    main()
