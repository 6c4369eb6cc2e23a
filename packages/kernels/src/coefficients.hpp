// Coefficients of chosen words, by Chen's identity along the trie of their prefixes.
//
// One step with increments z multiplies the signature by exp(z). For a word w of length i that is the Horner scheme
//   t_0 = 1,  t_j = t_{j-1} z[w_j] / (i - j + 1) + c(w_1 .. w_j),  new c(w) = t_i,
// where t_j depends on the prefix of length j and on i - j alone. So a node of the trie keeps t[s] for each distance s to the nodes
// below it, all words share the work of their common prefixes, and a step costs one multiply-add per node and distance:
//   t[s] = (t of the parent)[s + 1] * z[letter] / (s + 1) + c,  new c = t[0].
// Nodes are visited depth first, so that the t of one branch suffice.
#pragma once

#include "tiles.hpp"
#include "wide.hpp"

namespace sig::SIG_TARGET {

struct TrieNode {
  int32_t depth;
  int32_t height; // length of the longest way down, counting this node
  int32_t slot;   // of its letter
  int32_t closes; // nodes that are left after this one before the next is entered: itself, its parent, ...
};

// The trie in depth-first order without its root, made once per call in shared memory.
struct Trie {
  int64_t nodes;
  int64_t depth; // of the deepest node
  int64_t letters;
  int64_t slots; // letters that occur

  TrieNode *node;
  int32_t *place;       // by number of the table: position in `node`, -1 for the root
  int32_t *slot_letter; // by slot
  int32_t *slot_height; // by slot: the largest height among its nodes
  int32_t *letter_slot; // by letter, -1 where it does not occur
  int32_t *links;       // working memory: child, sibling and height of each node of the table

  Trie(const sig_call &call, int64_t letters, void *shared) : nodes(call.tables[0].length - 1), letters(letters) {
    Scratch memory(shared);
    header = memory.take<int64_t>(2);
    depth = header[0];
    slots = header[1];
    node = memory.take<TrieNode>(nodes);
    place = memory.take<int32_t>(nodes + 1);
    slot_letter = memory.take<int32_t>(letters);
    slot_height = memory.take<int32_t>(letters);
    letter_slot = memory.take<int32_t>(letters);
    links = memory.take<int32_t>(3 * (nodes + 1));
  }

  static int64_t bytes(int64_t nodes, int64_t letters) {
    return Scratch::bytes<int64_t>(2) + Scratch::bytes<TrieNode>(nodes) + Scratch::bytes<int32_t>(nodes + 1) +
           3 * Scratch::bytes<int32_t>(letters) + Scratch::bytes<int32_t>(3 * (nodes + 1));
  }

  void build(const sig_call &call) {
    const int32_t *parent = static_cast<const int32_t *>(call.tables[0].data), *letter = static_cast<const int32_t *>(call.tables[1].data);
    int32_t *child = links, *sibling = links + nodes + 1, *height = links + 2 * (nodes + 1);
    for (int64_t n = 0; n <= nodes; ++n) child[n] = sibling[n] = -1, height[n] = 1;
    for (int64_t n = nodes; n > 0; --n) {
      const int32_t p = parent[n];
      sibling[n] = child[p];
      child[p] = int32_t(n);
      if (height[p] <= height[n]) height[p] = height[n] + 1;
    }
    for (int64_t l = 0; l < letters; ++l) letter_slot[l] = -1;
    slots = 0;
    place[0] = -1;
    int32_t n = child[0], position = 0, level = 1;
    while (n > 0) {
      int32_t &slot = letter_slot[letter[n]];
      if (slot < 0) {
        slot = int32_t(slots++);
        slot_letter[slot] = letter[n];
        slot_height[slot] = 0;
      }
      if (slot_height[slot] < height[n]) slot_height[slot] = height[n];
      place[n] = position;
      TrieNode &entry = node[position++];
      entry = {level, height[n], slot, 0};
      if (child[n] > 0) {
        n = child[n];
        ++level;
        continue;
      }
      entry.closes = 1;
      while (sibling[n] < 0 && parent[n] > 0) {
        n = parent[n];
        --level;
        ++entry.closes;
      }
      n = sibling[n];
    }
    header[0] = height[0] - 1;
    header[1] = slots;
  }

 private:
  int64_t *header;
};

// Length of the longest word.
static inline int64_t trie_depth(const sig_call &call) {
  const int32_t *parent = static_cast<const int32_t *>(call.tables[0].data);
  int64_t deepest = 0, depth = 0;
  for (int64_t n = 1; n < call.tables[0].length; ++n) {
    if (parent[n] != n - 1) {
      depth = 0;
      for (int32_t p = parent[n]; p > 0; p = parent[p]) ++depth;
    }
    if (++depth > deepest) deepest = depth;
  }
  return deepest;
}

// Working memory of the steps: per slot and distance s the increment over s + 1, and per level the t of the branch at hand.
// An element E is a vector of lanes, or several side by side.
template <class E>
struct TrieWork {
  using T = RealOf<E>;

  int64_t stride; // of a level of t and of a slot of scaled
  E *scaled, *t;
  T *inverse; // 1 / (s + 1)

  TrieWork(Scratch &memory, int64_t slots, int64_t depth) : stride(depth + 1) {
    scaled = memory.take<E>(slots * stride);
    t = memory.take<E>((depth + 1) * stride);
    inverse = memory.take<T>(stride);
    Vec<T> *ones = reinterpret_cast<Vec<T> *>(t);
    for (int64_t s = 0; s < stride * int64_t(sizeof(E) / sizeof(Vec<T>)); ++s) ones[s] = broadcast(T(1));
    for (int64_t s = 0; s < stride; ++s) inverse[s] = T(1) / T(s + 1);
  }

  static int64_t bytes(int64_t slots, int64_t depth) {
    const int64_t stride = depth + 1;
    return Scratch::bytes<E>(slots * stride) + Scratch::bytes<E>((depth + 1) * stride) + Scratch::bytes<T>(stride);
  }

  // z: the increments of all letters.
  void scale(const Trie &trie, const E *z) {
    for (int64_t slot = 0; slot < trie.slots; ++slot) {
      const E v = z[trie.slot_letter[slot]];
      E *to = scaled + slot * stride;
      for (int64_t s = 0; s < trie.slot_height[slot]; ++s) to[s] = inverse[s] * v;
    }
  }

  // The adjoint of scale at gradients `scaled`, which are cleared; letters that do not occur get zero.
  void unscale(const Trie &trie, E *dz) {
    for (int64_t l = 0; l < trie.letters; ++l) dz[l] = E{};
    for (int64_t slot = 0; slot < trie.slots; ++slot) {
      E sum{};
      for (int64_t s = trie.slot_height[slot] - 1; s >= 0; --s) {
        sum += inverse[s] * scaled[slot * stride + s];
        scaled[slot * stride + s] = E{};
      }
      dz[trie.slot_letter[slot]] = sum;
    }
  }
};

// Coefficients after one step, for nodes begin .. end - 1 in order. `after` may be `before`.
template <class E>
static inline void trie_step(const Trie &trie, const TrieWork<E> &work, int64_t begin, int64_t end, const E *before, E *after) {
  for (int64_t i = begin; i < end; ++i) {
    const TrieNode &node = trie.node[i];
    const E *z = work.scaled + node.slot * work.stride;
    E *t = work.t + node.depth * work.stride;
    const E *up = t - work.stride + 1;
    const E c = before[i];
    after[i] = up[0] * z[0] + c;
    for (int64_t s = 1; s < node.height; ++s) t[s] = up[s] * z[s] + c;
  }
}

// The adjoint of trie_step. `before`: the coefficients before the step; `g`: gradients of those after it, then of those before it;
// `adjoint`: gradients of what `work` holds, added to where scaled; `open`: by level the node that is open.
template <class E>
static inline void trie_step_adjoint(const Trie &trie, const TrieWork<E> &work, const TrieWork<E> &adjoint, int64_t begin, int64_t end,
                                     const E *before, E *g, int64_t *open) {
  const int64_t stride = work.stride;
  for (int64_t i = begin; i < end; ++i) {
    const TrieNode &node = trie.node[i];
    const E *z = work.scaled + node.slot * stride;
    if (node.height > 1) {
      const E c = before[i];
      E *t = work.t + node.depth * stride, *dt = adjoint.t + node.depth * stride;
      const E *up = t - stride + 1;
      for (int64_t s = 1; s < node.height; ++s) {
        t[s] = up[s] * z[s] + c;
        dt[s] = E{};
      }
      open[node.depth] = i;
      continue;
    }
    // A leaf, then the inner nodes that end with it.
    const int64_t above = (node.depth - 1) * stride + 1;
    adjoint.t[above] += g[i] * z[0];
    adjoint.scaled[node.slot * stride] += g[i] * work.t[above];
    for (int64_t depth = node.depth - 1; depth > node.depth - node.closes; --depth) {
      const int64_t k = open[depth];
      const TrieNode &inner = trie.node[k];
      const E *factor = work.scaled + inner.slot * stride, *up = work.t + (depth - 1) * stride + 1, *dt = adjoint.t + depth * stride;
      E *d_factor = adjoint.scaled + inner.slot * stride, *d_up = adjoint.t + (depth - 1) * stride + 1;
      E sum = g[k];
      d_up[0] += sum * factor[0];
      d_factor[0] += sum * up[0];
      for (int64_t s = 1; s < inner.height; ++s) {
        const E d = dt[s];
        sum += d;
        d_up[s] += d * factor[s];
        d_factor[s] += d * up[s];
      }
      g[k] = sum;
    }
  }
}

}  // namespace sig::SIG_TARGET
