// Coefficients of chosen words. The tensor algebra is the trie of all words, and what StepAdjoint does there is done here on the trie of
// the words asked for: a block takes a path, in double, and threads share the nodes out.
#pragma once

#include "signature_backprop.cuh"

namespace sig_cuda {

// The table of sigCoef: node n > 0 appends letter[n] to node parent[n] < n; node 0 is the empty word.
struct Trie {
  const int32_t *parent, *letter, *outputs;
  int32_t nodes, columns;

  __device__ explicit Trie(const sig_call &call)
      : parent(static_cast<const int32_t *>(call.tables[0].data)), letter(static_cast<const int32_t *>(call.tables[1].data)),
        outputs(static_cast<const int32_t *>(call.tables[2].data)), nodes(int32_t(call.tables[0].length)),
        columns(int32_t(call.tables[2].length)) {}

  // times_exponential of levels.cuh, at a node.
  __device__ double times_exponential(int32_t node, const double *c, const double *z, double sign, int32_t q = 0) const {
    double factor = 1;
    SIG_ROLLED for (int32_t i = 2; i <= q; ++i) factor /= i;
    double sum = factor * c[node];
    SIG_ROLLED for (int32_t p = 1; node > 0; ++p) {
      factor *= sign * z[letter[node]] / (p + q);
      node = parent[node];
      sum += factor * c[node];
    }
    return sum;
  }
};

// c after a step, in `after`; c[0] stays 1. Ends with a barrier.
__device__ inline void step_coefficients(const Trie &trie, const double *c, const double *z, double sign, double *after) {
  SIG_ROLLED for (int32_t n = threadIdx.x; n < trie.nodes; n += blockDim.x) after[n] = trie.times_exponential(n, c, z, sign);
  __syncthreads();
}

// What both kernels work in.
template <class T>
struct TriePath {
  const AugmentedPath path;
  const Trie trie;
  double *c, *other, *z;
  int32_t *stopped;

  __device__ TriePath(const Job &job, BlockMemory &memory) : path(job.call), trie(job.call) {
    c = memory.take<double>(trie.nodes);
    other = memory.take<double>(trie.nodes);
    z = memory.take<double>(path.letters);
    stopped = memory.take<int32_t>(1);
  }

  __device__ void load_increment(const T *points, int64_t step) {
    __syncthreads();
    SIG_ROLLED for (int64_t l = threadIdx.x; l < path.letters; l += blockDim.x) z[l] = path.increment<double>(points, step, l);
    __syncthreads();
  }

  __device__ void step(double sign) {
    step_coefficients(trie, c, z, sign, other);
    double *const before = c;
    c = other;
    other = before;
  }

  // To the coefficients of the whole path. Ends with a barrier.
  __device__ void run(const T *points) {
    SIG_ROLLED for (int32_t n = threadIdx.x; n < trie.nodes; n += blockDim.x) c[n] = n == 0;
    SIG_ROLLED for (int64_t step = 0; step < path.steps(); ++step) {
      load_increment(points, step);
      this->step(1);
    }
  }
};

template <class T>
__device__ void coefficients(const Job &job) {
  BlockMemory memory(job);
  TriePath<T> work(job, memory);
  SIG_ROLLED for (int64_t b = blockIdx.x; b < job.call.batch; b += gridDim.x) {
    if (block_stopped(job, work.stopped)) return;
    work.run(input<T>(job, 0) + b * work.path.length * work.path.dimension);
    const Trie &trie = work.trie;
    SIG_ROLLED for (int32_t i = threadIdx.x; i < trie.columns; i += blockDim.x) output<T>(job, 0)[b * trie.columns + i] = T(work.c[trie.outputs[i]]);
  }
}

// The first child of each node and the next one of the same parent, 0 where there is none, so that sums can be gathered.
__device__ inline void link_children(const Trie &trie, int32_t *child, int32_t *sibling) {
  SIG_ROLLED for (int32_t n = threadIdx.x; n < trie.nodes; n += blockDim.x) child[n] = 0;
  __syncthreads();
  if (threadIdx.x == 0)
    SIG_ROLLED for (int32_t n = trie.nodes - 1; n > 0; --n) {
      sibling[n] = child[trie.parent[n]];
      child[trie.parent[n]] = n;
    }
  __syncthreads();
}

// As in StepAdjoint: with the gradients g = e_0, e_q+1(v) is the sum over children w of v of e_q(w) z_letter(w), and
// dz_j the sum over q and nodes w with letter j of a_q(parent of w) e_q(w).
template <class T>
__device__ void coefficients_backprop(const Job &job) {
  BlockMemory memory(job);
  TriePath<T> work(job, memory);
  const Trie &trie = work.trie;
  double *const g = memory.take<double>(trie.nodes), *const sums = memory.take<double>(work.path.letters);
  double *e = memory.take<double>(trie.nodes), *next = memory.take<double>(trie.nodes);
  double *const flow = memory.take<double>(trie.nodes);  // a_q(parent) e_q
  int32_t *const child = memory.take<int32_t>(trie.nodes), *const sibling = memory.take<int32_t>(trie.nodes);
  int32_t *const depth = memory.take<int32_t>(1);
  link_children(trie, child, sibling);
  if (threadIdx.x == 0) {
    int32_t deepest = 0;
    SIG_ROLLED for (int32_t n = 1; n < trie.nodes; ++n) {
      int32_t length = 0;
      if (child[n] == 0)
        for (int32_t p = n; p > 0; p = trie.parent[p]) ++length;
      deepest = length > deepest ? length : deepest;
    }
    *depth = deepest;
  }
  const int64_t size = work.path.length * work.path.dimension;
  SIG_ROLLED for (int64_t b = blockIdx.x; b < job.call.batch; b += gridDim.x) {
    if (block_stopped(job, work.stopped)) return;
    const T *const points = input<T>(job, 0) + b * size, *const derivs = input<T>(job, 1) + b * trie.columns;
    T *const d_points = output<T>(job, 0) + b * size;
    SIG_ROLLED for (int64_t i = threadIdx.x; i < size; i += blockDim.x) d_points[i] = 0;
    SIG_ROLLED for (int32_t n = threadIdx.x; n < trie.nodes; n += blockDim.x) g[n] = 0;
    __syncthreads();
    if (threadIdx.x == 0)
      SIG_ROLLED for (int32_t i = 0; i < trie.columns; ++i) g[trie.outputs[i]] += derivs[i];
    work.run(points);
    SIG_ROLLED for (int64_t step = work.path.steps() - 1; step >= 0; --step) {
      work.load_increment(points, step);
      work.step(-1);
      SIG_ROLLED for (int32_t n = threadIdx.x; n < trie.nodes; n += blockDim.x) e[n] = g[n];
      SIG_ROLLED for (int64_t l = threadIdx.x; l < work.path.letters; l += blockDim.x) sums[l] = 0;
      __syncthreads();
      double factor = 1;
      SIG_ROLLED for (int32_t q = 0; q < *depth; ++q) {
        if (q > 0) factor /= q;
        SIG_ROLLED for (int32_t n = threadIdx.x; n < trie.nodes; n += blockDim.x) {
          if (q > 0) g[n] += factor * e[n];
          double sum = 0;
          SIG_ROLLED for (int32_t w = child[n]; w > 0; w = sibling[w]) sum += e[w] * work.z[trie.letter[w]];
          next[n] = sum;
          flow[n] = n ? e[n] * trie.times_exponential(trie.parent[n], work.c, work.z, 1, q + 1) : 0;
        }
        __syncthreads();
        SIG_ROLLED for (int64_t l = threadIdx.x; l < work.path.letters; l += blockDim.x)
          SIG_ROLLED for (int32_t n = 1; n < trie.nodes; ++n)
            if (trie.letter[n] == l) sums[l] += flow[n];
        __syncthreads();
        double *const last = e;
        e = next;
        next = last;
      }
      add_to_points(work.path, step, [&](uint32_t letter) { return sums[letter]; }, d_points);
    }
    __syncthreads();
  }
}

// out[b, i] = rows[b, index[i]].
template <class T>
__device__ void extract(const Job &job) {
  const int32_t *const index = static_cast<const int32_t *>(job.call.tables[0].data);
  const int64_t columns = job.call.tables[0].length;
  SIG_ROLLED for (int64_t i = first_item(); i < job.call.batch * columns; i += item_stride())
    output<T>(job, 0)[i] = input<T>(job, 0)[i / columns * job.call.length + index[i % columns]];
}

// The adjoint; repeated places add up, in their order.
template <class T>
__device__ void extract_backprop(const Job &job) {
  const int32_t *const index = static_cast<const int32_t *>(job.call.tables[0].data);
  const int64_t columns = job.call.tables[0].length, length = job.call.length;
  SIG_ROLLED for (int64_t b = blockIdx.x; b < job.call.batch; b += gridDim.x) {
    T *const row = output<T>(job, 0) + b * length;
    SIG_ROLLED for (int64_t i = threadIdx.x; i < length; i += blockDim.x) row[i] = 0;
    __syncthreads();
    if (threadIdx.x == 0)
      SIG_ROLLED for (int64_t i = 0; i < columns; ++i) row[index[i]] += input<T>(job, 0)[b * columns + i];
  }
}

SIG_KERNELS(coefficients, coefficients)
SIG_KERNELS(coefficients_backprop, coefficients_backprop)
SIG_KERNELS(extract, extract)
SIG_KERNELS(extract_backprop, extract_backprop)

}  // namespace sig_cuda
