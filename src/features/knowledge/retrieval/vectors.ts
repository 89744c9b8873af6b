/** Vectors as they are stored: int8 values, filled up with zeros to a multiple of 16, then their float32 scale. */
const laneBytes = 16;
const scaleBytes = 4;
const largest = 127;

/** Bytes of the values of one vector, without its scale. */
export function widthOf(dimensions: number): number {
  return Math.ceil(dimensions / laneBytes) * laneBytes;
}

export function strideOf(dimensions: number): number {
  return widthOf(dimensions) + scaleBytes;
}

/** One document's vectors in order of ordinal, each made to length one: value · scale ≈ component. */
export function packVectors(vectors: readonly Float32Array[]): Buffer {
  const dimensions = vectors[0]?.length ?? 0;
  const stride = strideOf(dimensions);
  const packed = Buffer.alloc(vectors.length * stride);
  const values = new Int8Array(packed.buffer, packed.byteOffset, packed.length);
  for (const [i, vector] of vectors.entries()) {
    if (vector.length !== dimensions) throw new Error('All vectors of a document come from one embedder');
    const unit = normalised(vector);
    const scale = largestOf(unit) / largest || 1;
    for (let k = 0; k < dimensions; k++) values[i * stride + k] = Math.round((unit[k] ?? 0) / scale);
    packed.writeFloatLE(scale, i * stride + stride - scaleBytes);
  }
  return packed;
}

/** Throws when the bytes are not whole vectors of these dimensions. */
export function unpackVectors(packed: Buffer, dimensions: number): Float32Array[] {
  const stride = strideOf(dimensions);
  if (packed.length % stride !== 0)
    throw new Error(`${packed.length} bytes are no vectors of ${dimensions} dimensions`);
  return Array.from({ length: packed.length / stride }, (_, i) => {
    const scale = packed.readFloatLE(i * stride + stride - scaleBytes);
    return Float32Array.from({ length: dimensions }, (_, k) => packed.readInt8(i * stride + k) * scale);
  });
}

/** Of length one; a vector of zeros stays what it is. */
export function normalised(vector: Float32Array): Float32Array {
  let square = 0;
  for (const value of vector) square += value * value;
  const length = Math.sqrt(square) || 1;
  return vector.map((value) => value / length);
}

export function largestOf(vector: Float32Array): number {
  let size = 0;
  for (const value of vector) size = Math.max(size, Math.abs(value));
  return size;
}
