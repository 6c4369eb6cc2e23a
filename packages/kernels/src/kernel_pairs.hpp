// The pairs of paths of a kernel call: which pair each lane of a tile computes, and how tiles are cut into tasks.
//
// A solver walks rows and columns: cell (i, j) belongs to increment i of the row path and increment j of the column path. The row path is
// x and the column path y, unless `swapped`: kernels are symmetric in their arguments, so where y are too few for the lanes, x take
// them. Three layouts:
//   shared: the lanes hold W different column paths and one row path for all, whose numbers are broadcast. The tiles of a task have the
//           same column paths, which go into lanes once.
//   listed: every lane has a pair of its own, from the list of all pairs.
//   single: all lanes have the same pair, of which they compute different parts; the first lane is live.
#pragma once

#include "families.hpp"
#include "lanes.hpp"
#include "tiles.hpp"

namespace sig::SIG_TARGET {

struct PathSide {
  const void *points;  // (batch, length, dimension)
  int64_t batch;
  int64_t length;
  int64_t dyadic;

  int64_t cells() const { return length - 1; }
  int64_t fine_cells() const { return cells() << dyadic; }
};

// A pair for each lane of S. Lanes that are not live repeat other pairs, and what they compute is dropped.
template <class S>
struct PairTile {
  static constexpr int W = Lanes<S>::W;
  int64_t row[W];     // numbers of the row paths
  int64_t column[W];  // numbers of the column paths
  bool live[W];
  bool new_columns;  // other column paths than those of the tile before in the same task
};

static inline bool has_increments(const sig_call &call) {
  return call.operation == SIG_INCREMENT_KERNEL || call.operation == SIG_INCREMENT_KERNEL_BACKPROP ||
         call.operation == SIG_BRANCHED_INCREMENT_KERNEL || call.operation == SIG_BRANCHED_INCREMENT_KERNEL_BACKPROP;
}

// Whether finite differences in float lanes serve, with growths from row to row for nodes: without refinement that keeps the precision of
// float32, with it nothing less than double does.
static inline bool float_serves(const sig_call &call) {
  const int64_t pairs = call.flags & SIG_GRAM ? call.batch * call.batch_y : call.batch;
  return call.dtype == SIG_FLOAT32 && !has_increments(call) && call.static_kernel == SIG_LINEAR && call.dyadic_x == 0 &&
         call.dyadic_y == 0 && pairs >= Lanes<float>::W;
}

// Whether the refined side of a grid, or the whole grid of a pair, is of a size that what is derived from it cannot overflow. Larger ones
// would take weeks.
constexpr int64_t most_nodes = int64_t(1) << 52;
static inline bool refinement_fits(int64_t length, int64_t dyadic) { return dyadic <= 52 && length <= most_nodes >> dyadic; }
static inline bool refinement_fits(const sig_call &call) {
  return refinement_fits(call.length, call.dyadic_x) && refinement_fits(call.length_y, call.dyadic_y) &&
         call.length << call.dyadic_x <= most_nodes / (call.length_y << call.dyadic_y);
}

template <class S>
struct Pairs {
  static constexpr int W = Lanes<S>::W;
  PathSide rows;
  PathSide columns;
  bool gram;
  bool triangle;
  bool shared;
  bool swapped;
  bool single;
  int64_t tiles_per_task;

  // first: the operand of x, which y follows. tile_work: operations of one tile.
  Pairs(const sig_call &call, int64_t first, int64_t tile_work, bool single = false)
      : rows{call.in[first].data, call.batch, call.length, call.dyadic_x},
        columns{call.in[first + 1].data, call.batch_y, call.length_y, call.dyadic_y},
        gram(call.flags & SIG_GRAM),
        triangle(call.flags & SIG_TRIANGLE),
        shared(false),
        swapped(false),
        single(single) {
    if (gram && !single) {
      const int64_t listed = divide_up(pairs(), W), by_columns = shared_tiles(rows.batch, columns.batch);
      const int64_t by_rows = triangle || (call.flags & SIG_GRID) ? by_columns : shared_tiles(columns.batch, rows.batch);
      swapped = by_rows < by_columns;
      // To list pairs costs a transposition for each.
      shared = (swapped ? by_rows : by_columns) <= listed + listed / 4;
      swapped = swapped && shared;
      if (swapped) {
        const PathSide side = rows;
        rows = columns;
        columns = side;
      }
    }
    const int64_t most = divide_up(1 << 20, tile_work + 1), least = divide_up(1 << 18, tile_work + 1), even = divide_up(tiles(), 256);
    tiles_per_task = even < least ? least : even > most ? most : even;
  }

  int64_t pairs() const { return !gram ? rows.batch : triangle ? rows.batch * (rows.batch + 1) / 2 : rows.batch * columns.batch; }
  int64_t tiles() const { return shared ? shared_tiles(rows.batch, columns.batch) : single ? pairs() : divide_up(pairs(), W); }
  int64_t tasks() const {
    return shared ? divide_up(columns.batch, W) * divide_up(rows.batch, tiles_per_task) : divide_up(tiles(), tiles_per_task);
  }

  // How many tiles a task has; where the triangle cuts it off, none.
  int64_t tiles_of(int64_t task) const {
    const int64_t first = first_of(task);
    const int64_t end = shared ? rows_of_block(rows.batch, columns.batch, block_of(task)) : tiles();
    return end <= first ? 0 : end - first < tiles_per_task ? end - first : tiles_per_task;
  }

  PairTile<S> tile(int64_t task, int64_t t) const {
    PairTile<S> tile;
    const int64_t place = first_of(task) + t;
    tile.new_columns = !shared || t == 0;
    for (int k = 0; k < W; ++k) {
      if (shared) {
        const int64_t column = block_of(task) * W + k;
        tile.row[k] = place;
        tile.column[k] = column < columns.batch ? column : columns.batch - 1;
        tile.live[k] = column < columns.batch && (!triangle || column >= place);
      } else {
        const int64_t pair = single ? place : place * W + k;
        tile.live[k] = single ? k == 0 : pair < pairs();
        find(pair < pairs() ? pair : pairs() - 1, tile.row[k], tile.column[k]);
      }
    }
    return tile;
  }

  // Where the result of the pair of lane k belongs among those of the call.
  int64_t place(const PairTile<S> &tile, int k) const {
    if (!gram) return tile.row[k];
    return swapped ? tile.column[k] * rows.batch + tile.row[k] : tile.row[k] * columns.batch + tile.column[k];
  }
  // The other place of the same result, of a triangle.
  int64_t mirrored(const PairTile<S> &tile, int k) const { return tile.column[k] * columns.batch + tile.row[k]; }
  bool is_mirrored(const PairTile<S> &tile, int k) const { return triangle && tile.row[k] != tile.column[k]; }

 private:
  int64_t rows_of_block(int64_t rows, int64_t columns, int64_t block) const {
    const int64_t end = (block + 1) * W;
    return triangle && end < columns ? end : rows;
  }
  int64_t shared_tiles(int64_t rows, int64_t columns) const {
    const int64_t blocks = divide_up(columns, W);
    if (!triangle) return blocks * rows;
    return blocks ? (blocks - 1) * blocks / 2 * W + rows : 0;
  }
  int64_t block_of(int64_t task) const { return task / divide_up(rows.batch, tiles_per_task); }
  int64_t first_of(int64_t task) const {
    return (shared ? task - block_of(task) * divide_up(rows.batch, tiles_per_task) : task) * tiles_per_task;
  }

  // The pair of that number in the list: row after row, of a triangle from its diagonal on.
  void find(int64_t pair, int64_t &row, int64_t &column) const {
    if (!gram) {
      row = column = pair;
    } else if (!triangle) {
      row = pair / columns.batch;
      column = pair - row * columns.batch;
    } else {
      row = 0;
      for (int64_t length = rows.batch; pair >= length; --length, ++row) pair -= length;
      column = row + pair;
    }
  }
};

}  // namespace sig::SIG_TARGET
