// Signature kernels by finite differences for few pairs: the lanes share one pair, each with a group of rows of its own.
//
// A strip is W groups of four fine rows, group k in lane k. Its lanes step through the columns together, each some columns behind the one
// before. The node below a group is thus ready some steps before the next lane needs it as the node above its own; nodes below the last
// group are kept for the next strip. Rows that are missing to whole strips are put before the first, and have no increments, as have
// the columns that a lane has not reached or has passed: nodes there are 1.
#pragma once

#include "kernel_difference.hpp"

namespace sig::SIG_TARGET {

// values[0 .. W - 2] after the first of `first`.
template <int... I>
static inline Double shift_in(Double first, Double values, transposition::Sequence<I...>) {
  return __builtin_shufflevector(values, first, (I == 0 ? Lanes<double>::W : I - 1)...);
}

template <class T>
class DifferenceStrips {
 public:
  static constexpr int W = Lanes<double>::W;
  static constexpr int64_t group = 4, strip = W * group;

  // Time of one pair, in the time that a tile of pairs takes for a node.
  static double cost(const sig_call &call) {
    const int64_t rows = (call.length - 1) << call.dyadic_x, columns = (call.length_y - 1) << call.dyadic_y;
    return 1.3 * double(divide_up(rows, strip) * group) * double(columns + (W - 1) * (lag_of(call.dyadic_y) << call.dyadic_y));
  }

  static int64_t scratch_bytes(const sig_call &call, const Pairs<double> &pairs) {
    return IncrementRows<T, double>::scratch_bytes(call, pairs, lag_of(pairs.columns.dyadic)) +
           Scratch::bytes<Cell<double>>(group * stride_of(pairs)) + Scratch::bytes<Double>(nodes_of(pairs));
  }

  DifferenceStrips(const Task &task, const Pairs<double> &pairs, Scratch &scratch)
      : task_(task),
        pairs_(pairs),
        lag_(lag_of(pairs.columns.dyadic)),
        increments_(task.call, pairs, scratch, &task, increment_scale(pairs.rows.dyadic, pairs.columns.dyadic), lag_),
        stride_(stride_of(pairs)),
        cells_(scratch.take<Cell<double>>(group * stride_)),
        above_(scratch.take<Double>(nodes_of(pairs))) {}

  void load(const PairTile<double> &tile) {
    increments_.load(tile);
    for (int64_t s = 0; s < nodes_of(pairs_); ++s) above_[s] = broadcast(1.0);
  }

  int64_t strips() const { return divide_up(pairs_.rows.fine_cells(), strip); }

  // Strips follow one another.
  void advance(int64_t number) {
    const int64_t first = pairs_.rows.fine_cells() - (strips() - number) * strip;
    int64_t coarse[W];
    for (int k = 0; k < W; ++k) coarse[k] = (first + k * group) >> pairs_.rows.dyadic;
    increments_.set_lane_rows(coarse);
    if (pairs_.rows.dyadic == 0)
      run<4, 1>();
    else if (pairs_.rows.dyadic == 1)
      run<2, 2>();
    else
      run<1, 4>();
  }

  // The last node, after the last strip.
  double last() const { return above_[pairs_.columns.fine_cells() - 1][0]; }

 private:
  // Coarse columns from lane to lane: at least 8 fine ones, which take as long as a node from above a group to below it.
  static int64_t lag_of(int64_t dyadic) { return dyadic < 3 ? 8 >> dyadic : 1; }
  static int64_t coarse_steps(const Pairs<double> &pairs) { return pairs.columns.cells() + (W - 1) * lag_of(pairs.columns.dyadic); }
  static int64_t stride_of(const Pairs<double> &pairs) { return whole_column_blocks(coarse_steps(pairs)); }
  static int64_t nodes_of(const Pairs<double> &pairs) {
    return (coarse_steps(pairs) + lag_of(pairs.columns.dyadic)) << pairs.columns.dyadic;
  }

  template <int C, int P>
  void run() {
    constexpr int once = C < 2 ? C : 2;
    for (int c = 0; c < C; c += once) {
      CellSink<double> sink{cells_ + c * stride_, stride_};
      increments_.template visit<once>(c, sink);
    }
    const int64_t steps = coarse_steps(pairs_), piece = divide_up(1 << 13, int64_t(1) << pairs_.columns.dyadic);
    Front<double, C, P> front;
    front.start();
    for (int64_t j = 0; j < steps && !task_.stopped(); j += piece) run_steps(front, j, steps - j < piece ? steps : j + piece);
  }

  template <int C, int P>
  void run_steps(Front<double, C, P> &outside, int64_t begin, int64_t end) {
    Front<double, C, P> front = outside;
    const int64_t each = int64_t(1) << pairs_.columns.dyadic, lag = lag_ * each, behind = (W - 1) * lag;
    for (int64_t j = begin, s = begin * each; j < end; ++j)
      for (int64_t f = 0; f < each; ++f, ++s) {
        const Double below = front.step(above_[s], cells_ + j, stride_);
        above_[s + lag] = shift_in(above_[s + lag], below, transposition::MakeSequence<W>::type());
        if (s >= behind) above_[s - behind][0] = below[W - 1];
      }
    outside = front;
  }

  const Task &task_;
  const Pairs<double> &pairs_;
  int64_t lag_;
  IncrementRows<T, double> increments_;
  int64_t stride_;
  Cell<double> *cells_;
  Double *above_;  // the node above each lane at every step
};

}  // namespace sig::SIG_TARGET
