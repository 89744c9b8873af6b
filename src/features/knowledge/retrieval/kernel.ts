/**
 * Scores stored vectors against a query inside one WebAssembly memory: for each of `count` vectors at `vectors`,
 * results[i] = Σ value · query · scale. The query is int16, so that one instruction multiplies and adds pairs.
 */
export type Kernel = (vectors: number, query: number, results: number, count: number, width: number) => void;

// WebAssembly core specification 2.0, chapter 5 (binary format).
const i32 = 0x7f;
const v128 = 0x7b;
const nothing = 0x40;

const param = { vectors: 0, query: 1, results: 2, count: 3, width: 4 } as const;
const local = { left: 5, right: 6, at: 7, end: 8 } as const;

const op = {
  loop: 0x03,
  end: 0x0b,
  branchIf: 0x0d,
  get: 0x20,
  set: 0x21,
  tee: 0x22,
  i32Const: 0x41,
  f32Load: 0x2a,
  f32Store: 0x38,
  i32LessUnsigned: 0x49,
  i32Add: 0x6a,
  i32Subtract: 0x6b,
  i32ShiftLeft: 0x74,
  f32Multiply: 0x94,
  f32FromI32: 0xb2,
} as const;

/** Vector instructions have a prefix, and numbers of their own as LEB128. */
const simd = {
  load: [0xfd, 0x00],
  loadEightBytesWidened: [0xfd, 0x01],
  constant: [0xfd, 0x0c],
  extractI32: [0xfd, 0x1b],
  addI32: [0xfd, 0xae, 0x01],
  multiplyPairsAndAdd: [0xfd, 0xba, 0x01],
} as const;

const get = (index: number): number[] => [op.get, index];
const set = (index: number): number[] => [op.set, index];
/** Constants here are below 64: one byte of signed LEB128. */
const advance = (index: number, by: number): number[] => [...get(index), op.i32Const, by, op.i32Add, ...set(index)];
const zeros = [...simd.constant, ...new Array<number>(16).fill(0)];
const memory = (offset: number): number[] => [0, offset];

/** sum += (eight int8 of the vector, widened) · (eight int16 of the query) */
const accumulate = (sum: number, offset: number): number[] => [
  ...get(sum),
  ...get(param.vectors),
  ...simd.loadEightBytesWidened,
  ...memory(offset),
  ...get(local.at),
  ...simd.load,
  ...memory(offset * 2),
  ...simd.multiplyPairsAndAdd,
  ...simd.addI32,
  ...set(sum),
];

const lane = (index: number): number[] => [...get(local.left), ...simd.extractI32, index];

const body = [
  // end = query + 2 · width
  ...[...get(param.query), ...get(param.width), op.i32Const, 1, op.i32ShiftLeft, op.i32Add, ...set(local.end)],
  ...[op.loop, nothing],
  ...[...zeros, ...set(local.left), ...zeros, ...set(local.right), ...get(param.query), ...set(local.at)],
  ...[op.loop, nothing],
  ...accumulate(local.left, 0),
  ...accumulate(local.right, 8),
  ...advance(param.vectors, 16),
  ...[...get(local.at), op.i32Const, 32, op.i32Add, op.tee, local.at, ...get(local.end)],
  ...[op.i32LessUnsigned, op.branchIf, 0, op.end],
  // results[i] = float(sum of lanes) · scale; the scale lies behind the values
  ...[...get(local.left), ...get(local.right), ...simd.addI32, ...set(local.left), ...get(param.results)],
  ...[...lane(0), ...lane(1), op.i32Add, ...lane(2), op.i32Add, ...lane(3), op.i32Add, op.f32FromI32],
  ...[...get(param.vectors), op.f32Load, ...memory(0), op.f32Multiply, op.f32Store, ...memory(0)],
  ...advance(param.vectors, 4),
  ...advance(param.results, 4),
  ...[...get(param.count), op.i32Const, 1, op.i32Subtract, op.tee, param.count, op.branchIf, 0, op.end],
  op.end,
];

function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}
const sized = (bytes: readonly number[]): number[] => [...unsigned(bytes.length), ...bytes];
const named = (name: string): number[] => sized([...Buffer.from(name)]);
const section = (id: number, content: readonly number[]): number[] => [id, ...sized(content)];

const locals = [2, 2, v128, 2, i32];
const moduleBytes = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...section(1, [1, 0x60, ...sized([i32, i32, i32, i32, i32]), 0]),
  ...section(2, [1, ...named('host'), ...named('memory'), 0x02, 0x00, 1]),
  ...section(3, [1, 0]),
  ...section(7, [1, ...named('score'), 0x00, 0]),
  ...section(10, [1, ...sized([...locals, ...body])]),
]);

let compiled: WebAssembly.Module | undefined;

/** The SIMD kernel, or undefined where the processor or the runtime has none. */
export function simdKernel(memory: WebAssembly.Memory): Kernel | undefined {
  if (!compiled && !WebAssembly.validate(moduleBytes)) return undefined;
  compiled ??= new WebAssembly.Module(moduleBytes);
  const { score } = new WebAssembly.Instance(compiled, { host: { memory } }).exports;
  if (typeof score !== 'function') return undefined;
  return (vectors, query, results, count, width) => {
    // The loop of the kernel runs at least once.
    if (count > 0) score(vectors, query, results, count, width);
  };
}

/** The same in JavaScript, some fifteen times as slow. */
export function plainKernel(memory: WebAssembly.Memory): Kernel {
  return (vectors, query, results, count, width) => {
    const bytes = new Int8Array(memory.buffer);
    const factors = new Int16Array(memory.buffer, query, width);
    const view = new DataView(memory.buffer);
    for (let i = 0, at = vectors; i < count; i++, at += width + 4) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += (bytes[at + k] ?? 0) * (factors[k] ?? 0);
      view.setFloat32(results + i * 4, Math.fround(sum) * view.getFloat32(at + width, true), true);
    }
  };
}
