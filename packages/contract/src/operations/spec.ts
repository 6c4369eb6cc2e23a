import { type Jet } from "../reference/jet.js";
import { lyndonCount } from "../reference/lyndon.js";
import { augmentedDimension, augmentedLength } from "../reference/paths.js";
import { type Sample, algebraDimension, rowLength } from "./sample.js";

/** The shape of one item of an array, without the batch. */
export type ItemShape = (s: Sample) => readonly number[];

export interface Operation {
  /** Name of the public function of @sig/api. */
  readonly name: string;
  /** Names of its positional arguments: those of `arrays`, and `dimension`, `degree`, `words`. */
  readonly positional: readonly string[];
  /** Array arguments by name, in the order in which the reference takes them. */
  readonly arrays: Readonly<Record<string, ItemShape>>;
  /** Names of its options, beside those that every operation has. */
  readonly options: readonly string[];
  /** The result for one item, from jets of its arrays; `correction` has one row of added levels per segment. */
  readonly reference: (inputs: readonly Jet[], s: Sample, correction: readonly (readonly number[])[] | undefined) => Jet;
  readonly output: ItemShape;
  /** Lengths of the groups of a result's row that are compared on a scale of their own. */
  readonly levels?: (s: Sample) => readonly number[];
  readonly backprop: Backprop;
  readonly samples: readonly Sample[];
  /** Tells entries of the same function apart. */
  readonly form?: string;
  /** One result is made of all items of every array: the shapes above are those of whole arrays, batches included. */
  readonly joint?: boolean;
  /** What a sample must have besides its sizes, for the tests that choose these themselves. */
  readonly required?: Partial<Sample>;
  /** Samples large enough to be split among threads in every way there is. */
  readonly large?: readonly Sample[];
  /** The smallest scale that errors are measured on, for results that may vanish. */
  readonly floor?: number;
  /** The largest entry of the arrays of a sample; 1 where there is none. */
  readonly magnitude?: (s: Sample) => number;
}

/** The name of an entry in the titles of tests. */
export const titleOf = ({ name, form }: Operation): string => (form ? `${name} ${form}` : name);

/** The batch of a sample over which results come item by item. */
export const itemBatch = (op: Operation, s: Sample): readonly number[] => (op.joint ? [] : s.batch);

export interface Backprop {
  readonly name: string;
  /** As in `Operation`; gradients of the arrays come in the order of the operation's own arrays. */
  readonly positional: readonly string[];
  /** The name under which the backprop takes each array of the operation, where it takes it at all. */
  readonly arrays: readonly string[];
  /** Its argument for the gradient of the result, and the one for the result itself, where there is one. */
  readonly derivs: string;
  readonly value?: string;
  readonly options: readonly string[];
  /** Samples that have no gradient to ask for. */
  readonly skip?: (s: Sample) => boolean;
}

export const path: ItemShape = (s) => [s.length, s.dimension];
export const augmentedPath: ItemShape = (s) => [augmentedLength(s.length, s.options), augmentedDimension(s.dimension, s.options)];
export const vector: ItemShape = (s) => [s.dimension];
/** A signature or tensor given as input, in the format of the sample. */
export const tensorRow: ItemShape = (s) => [rowLength(s, s.scalar)];
/** A signature or tensor made by the operation, in the format that its options ask for. */
export const producedRow: ItemShape = (s) => [rowLength(s, s.options.scalarTerm ?? false)];
export const brackets: ItemShape = (s) => [lyndonCount(algebraDimension(s), s.degree)];
/** A log-signature in the coordinates of `method`, which is expanded in the format of `expanded`. */
export const coordinates =
  (expanded: ItemShape): ItemShape =>
  (s) =>
    (s.options.method ?? 1) === 0 ? expanded(s) : brackets(s);
/** One row of `item` for each time but the first, where the sample asks for a stream. */
export const streamed =
  (item: ItemShape): ItemShape =>
  (s) =>
    s.options.stream ? [Math.max(0, augmentedLength(s.length, s.options) - 1), ...item(s)] : item(s);
