import { type Attribute, type ElementType, encodeModel, type Operation, type Port, type Tensor } from './onnx.js';
import { quantiseColumns } from './quantise.js';

type Attributes = Readonly<Record<string, Attribute>>;

export interface Dense {
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly inputs: number;
  readonly outputs: number;
}

/** Collects operations and constants of an ONNX graph; every method answers the name of its result. */
export class GraphBuilder {
  readonly #operations: Operation[] = [];
  readonly #constants: Tensor[] = [];
  #count = 0;

  add(operator: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const output = this.#fresh(operator);
    this.#operations.push({ operator, inputs, outputs: [output], attributes });
    return output;
  }

  /** For operators with three results. */
  addTriple(operator: string, inputs: readonly string[], attributes: Attributes = {}): [string, string, string] {
    const outputs: [string, string, string] = [this.#fresh(operator), this.#fresh(operator), this.#fresh(operator)];
    this.#operations.push({ operator, inputs, outputs, attributes });
    return outputs;
  }

  floats(values: ArrayLike<number>, shape: readonly number[] = [values.length]): string {
    return this.#constant('float', shape, Float32Array.from(values));
  }

  bytes(values: Int8Array, shape: readonly number[]): string {
    return this.#constant('int8', shape, values);
  }

  ints(...values: number[]): string {
    const wide = BigInt64Array.from(values, (value) => BigInt(value));
    return this.#constant('int64', [values.length], wide);
  }

  /** x · weights + bias in whole numbers: weights are int8 by column, x is made uint8 at each call. */
  dense(x: string, { weights, bias, inputs, outputs }: Dense): string {
    const { values, scales } = quantiseColumns(weights, inputs, outputs);
    const [whole, scale, zero] = this.addTriple('DynamicQuantizeLinear', [x]);
    const product = this.add('MatMulInteger', [whole, this.bytes(values, [inputs, outputs]), zero]);
    const steps = this.add('Mul', [scale, this.floats(scales)]);
    const scaled = this.add('Mul', [this.add('Cast', [product], { to: 1 }), steps]);
    return this.add('Add', [scaled, this.floats(bias)]);
  }

  /** The file, in which `result` leaves by the port `output`. */
  encode(input: Port, output: Port, result: string): Buffer {
    this.#operations.push({ operator: 'Identity', inputs: [result], outputs: [output.name], attributes: {} });
    return encodeModel({
      name: 'sentence_encoder',
      operations: this.#operations,
      constants: this.#constants,
      inputs: [input],
      outputs: [output],
    });
  }

  #constant(type: ElementType, shape: readonly number[], content: NodeJS.ArrayBufferView): string {
    const name = this.#fresh(type);
    this.#constants.push({ name, type, shape, content });
    return name;
  }

  #fresh(kind: string): string {
    return `${kind}_${this.#count++}`;
  }
}
