/** Just enough of the protocol buffers wire format to write an ONNX file. */

const wire = { varint: 0, bytes: 2, fixed32: 5 } as const;

function varint(value: number): Buffer {
  const bytes: number[] = [];
  // Negative numbers are ten bytes long: two's complement of 64 bits.
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Buffer.from(bytes);
}

const key = (field: number, type: number): Buffer => varint((field << 3) | type);

export function intField(field: number, value: number): Buffer {
  return Buffer.concat([key(field, wire.varint), varint(value)]);
}

export function floatField(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([key(field, wire.fixed32), bytes]);
}

/** A string, bytes, or a nested message given by its parts. */
export function bytesField(field: number, content: string | Buffer | readonly Buffer[]): Buffer {
  const parts = typeof content === 'string' ? [Buffer.from(content)] : Buffer.isBuffer(content) ? [content] : content;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([key(field, wire.bytes), varint(length), ...parts]);
}
