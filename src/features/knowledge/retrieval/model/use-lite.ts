import { type Dense, GraphBuilder } from './graph.js';
import { quantiseRows } from './quantise.js';

/**
 * Universal Sentence Encoder lite (Cer et al. 2018, arXiv:1803.11175): piece embeddings with a timing signal, two
 * transformer layers with layer normalisation in front of each step, the mean over the pieces, tanh, length one.
 */
export const dimensions = 512;
/** The original clips here without a word; longer texts must come in windows. */
export const maxPieces = 128;

const pieces = 8002;
const width = 256;
const heads = 4;
const hidden = 1536;
const layers = [
  { inner: width, project: true },
  { inner: dimensions, project: false },
] as const;

const encoder = 'Encoder_en/KonaTransformer/Encode';
const variables = `module/${encoder}`;
const applied = `module_apply_default/${encoder}`;
const bias = 'bias/ConcatPartitions/concat';

type Weights = (name: string) => Float32Array;

/** The ONNX file. Input `pieces` int32 [batch, length], -1 where a text has ended; output `vectors` [batch, 512]. */
export function useLiteModel(weights: Weights): Buffer {
  const graph = new GraphBuilder();
  const present = graph.add('Cast', [graph.add('Greater', ['pieces', int32(graph, -1)])], { to: 1 });
  const absent = graph.add('Mul', [graph.add('Sub', [present, graph.floats([1])]), graph.floats([1e9])]);
  const mask = graph.add('Unsqueeze', [absent, graph.ints(1, 2)]);
  let x = embedded(graph, weights);
  for (const layer of layers.keys()) x = transformer(graph, weights, { layer, x, mask });
  return graph.encode(
    { name: 'pieces', type: 'int32', shape: ['batch', 'length'] },
    { name: 'vectors', type: 'float', shape: ['batch', dimensions] },
    pooled(graph, weights, x, present),
  );
}

const int32 = (graph: GraphBuilder, value: number): string => graph.add('Cast', [graph.ints(value)], { to: 6 });

function embedded(graph: GraphBuilder, weights: Weights): string {
  const { values, scales } = quantiseRows(weights('module/Embeddings_en'), pieces, width);
  const ids = graph.add('Max', ['pieces', int32(graph, 0)]);
  const rows = graph.add('Cast', [graph.add('Gather', [graph.bytes(values, [pieces, width]), ids])], { to: 1 });
  // The original doubles every embedding; the doubling rides in the scales.
  const steps = graph.floats(
    scales.map((scale) => scale * 2),
    [pieces, 1],
  );
  const length = graph.add('Slice', [graph.add('Shape', ['pieces']), graph.ints(1), graph.ints(2)]);
  const rates = weights(`${applied}/TransformerStack/Layer_0/AddTimingSignal/TimingSignal/ExpandDims_1`);
  const signal = graph.add('Slice', [timingSignal(graph, rates), graph.ints(0), length, graph.ints(0)]);
  return graph.add('Add', [graph.add('Mul', [rows, graph.add('Gather', [steps, ids])]), signal]);
}

/** Sines in the first half of each row, cosines in the second. */
function timingSignal(graph: GraphBuilder, rates: Float32Array): string {
  const half = width / 2;
  const at = (i: number): number => {
    const angle = Math.floor(i / width) * (rates[i % half] ?? 0);
    return i % width < half ? Math.sin(angle) : Math.cos(angle);
  };
  return graph.floats(
    Float32Array.from({ length: maxPieces * width }, (_, i) => at(i)),
    [maxPieces, width],
  );
}

interface Step {
  readonly layer: number;
  readonly x: string;
  readonly mask: string;
}

function transformer(graph: GraphBuilder, weights: Weights, { layer, x, mask }: Step): string {
  const { inner, project } = layers[layer] ?? layers[0];
  const at = `${applied}/Layer_${layer}/TransformerLayer`;
  const stack = `${applied}/TransformerStack/Layer_${layer}/TransformerLayer`;
  const dense = (from: string, weight: string, offset: string, inputs: number, outputs: number): string =>
    graph.dense(from, { weights: weights(weight), bias: weights(`${offset}/${bias}`), inputs, outputs });

  const residual = project
    ? dense(x, `${at}/dense/kernel/ConcatPartitions/concat`, `${at}/dense`, inner, dimensions)
    : x;
  const normal = layerNorm(graph, weights, at, x);
  const attended = attention(graph, { x: normal, mask, inner, ...queryKeyValue(weights, layer, inner) });
  const output = `${variables}/Layer_${layer}/TransformerLayer/MultiheadAttention/output_transform_single/kernel/part_0`;
  const mixed = dense(attended, output, `${at}/MultiheadAttention/output_transform_single`, inner, dimensions);
  const sum = graph.add('Add', [mixed, residual]);

  const feed = layerNorm(graph, weights, `${at}/FFN`, sum);
  const wide = dense(feed, `${stack}/FFN/conv1/Tensordot/Reshape_1`, `${at}/FFN/conv1`, dimensions, hidden);
  const relu = graph.add('Relu', [wide]);
  const narrow = dense(relu, `${stack}/FFN/conv2/Tensordot/Reshape_1`, `${at}/FFN/conv2`, hidden, dimensions);
  return graph.add('Add', [narrow, sum]);
}

function layerNorm(graph: GraphBuilder, weights: Weights, at: string, x: string): string {
  const part = (name: string): string =>
    graph.floats(weights(`${at}/layer_prepostprocess/layer_norm/layer_norm_${name}/ConcatPartitions/concat`));
  return graph.add('LayerNormalization', [x, part('scale'), part('bias')], { axis: -1, epsilon: { float: 1e-6 } });
}

/** One layer makes queries, keys and values; the factor of attention is folded into the queries' columns. */
function queryKeyValue(weights: Weights, layer: number, inner: number): { qkv: Dense } {
  const name = `Layer_${layer}/TransformerLayer/MultiheadAttention`;
  const matrix = weights(`${variables}/${name}/qkv_transform_single/kernel/part_0`);
  const offsets = weights(`${applied}/${name}/qkv_transform_single/${bias}`);
  const [factor = 1] = weights(`${applied}/TransformerStack/${name}/mul/y`);
  const outputs = inner * 3;
  const folded = (value: number, i: number): number => (i % outputs < inner ? value * factor : value);
  return { qkv: { weights: matrix.map(folded), bias: offsets.map(folded), inputs: inner, outputs } };
}

interface Attention {
  readonly x: string;
  readonly mask: string;
  readonly inner: number;
  readonly qkv: Dense;
}

function attention(graph: GraphBuilder, { x, mask, inner, qkv }: Attention): string {
  const sizes = graph.ints(inner, inner, inner);
  const [query, key, value] = graph.addTriple('Split', [graph.dense(x, qkv), sizes], { axis: -1 });
  const byHead = graph.ints(0, 0, heads, inner / heads);
  const split = (tensor: string, perm: number[]): string =>
    graph.add('Transpose', [graph.add('Reshape', [tensor, byHead])], { perm });
  const likeness = graph.add('MatMul', [split(query, [0, 2, 1, 3]), split(key, [0, 2, 3, 1])]);
  const shares = graph.add('Softmax', [graph.add('Add', [likeness, mask])], { axis: -1 });
  const mixed = graph.add('MatMul', [shares, split(value, [0, 2, 1, 3])]);
  return graph.add('Reshape', [graph.add('Transpose', [mixed], { perm: [0, 2, 1, 3] }), graph.ints(0, 0, inner)]);
}

function pooled(graph: GraphBuilder, weights: Weights, x: string, present: string): string {
  const second = graph.ints(1);
  const counted = graph.add('Mul', [x, graph.add('Unsqueeze', [present, graph.ints(2)])]);
  const sum = graph.add('ReduceSum', [counted, second], { keepdims: 0 });
  const count = graph.add('Max', [graph.add('ReduceSum', [present, second], { keepdims: 1 }), graph.floats([1])]);
  const layer = 'module/Encoder_en/hidden_layers/tanh_layer_0';
  const last = { weights: weights(`${layer}/weights`), bias: weights(`${layer}/bias`) };
  const dense = graph.dense(graph.add('Div', [sum, count]), { ...last, inputs: dimensions, outputs: dimensions });
  const vector = graph.add('Tanh', [dense]);
  const square = graph.add('ReduceSum', [graph.add('Mul', [vector, vector]), second], { keepdims: 1 });
  return graph.add('Div', [vector, graph.add('Sqrt', [graph.add('Max', [square, graph.floats([1e-12])])])]);
}
