const largest = 127;

export interface Quantised {
  readonly values: Int8Array;
  readonly scales: Float32Array;
}

/** int8 values with one scale a column: weight ≈ value · scale. */
export function quantiseColumns(weights: Float32Array, rows: number, columns: number): Quantised {
  const scales = new Float32Array(columns);
  for (let i = 0; i < weights.length; i++) {
    const size = Math.abs(weights[i] ?? 0);
    if (size > (scales[i % columns] ?? 0)) scales[i % columns] = size;
  }
  return scaled(weights, scales, (i) => i % columns, rows * columns);
}

/** int8 values with one scale a row. */
export function quantiseRows(weights: Float32Array, rows: number, columns: number): Quantised {
  const scales = new Float32Array(rows);
  for (let i = 0; i < weights.length; i++) {
    const row = Math.floor(i / columns);
    const size = Math.abs(weights[i] ?? 0);
    if (size > (scales[row] ?? 0)) scales[row] = size;
  }
  return scaled(weights, scales, (i) => Math.floor(i / columns), rows * columns);
}

/** `scales` comes in as the largest magnitude of each line and is turned into its step. */
function scaled(weights: Float32Array, scales: Float32Array, line: (i: number) => number, count: number): Quantised {
  for (let i = 0; i < scales.length; i++) scales[i] = (scales[i] ?? 0) / largest || 1;
  const values = new Int8Array(count);
  for (let i = 0; i < count; i++) values[i] = Math.round((weights[i] ?? 0) / (scales[line(i)] ?? 1));
  return { values, scales };
}
