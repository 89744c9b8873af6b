import { bytesField, floatField, intField } from './protobuf.js';

// Field numbers are those of onnx.proto3 (https://github.com/onnx/onnx), IR version 8, operator set 17.
const irVersion = 8;
const opset = 17;
const elementType = { float: 1, int8: 3, int32: 6, int64: 7 } as const;
const attributeType = { float: 1, int: 2, ints: 7 } as const;

export type ElementType = keyof typeof elementType;
/** A whole number stays `int`; write `{ float: 1 }` for a number that ONNX wants as float. */
export type Attribute = number | readonly number[] | { readonly float: number };

export interface Tensor {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly content: NodeJS.ArrayBufferView;
}

export interface Port {
  readonly name: string;
  readonly type: ElementType;
  /** A name stands for a length known at run time only. */
  readonly shape: readonly (number | string)[];
}

export interface Operation {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface Graph {
  readonly name: string;
  readonly operations: readonly Operation[];
  readonly constants: readonly Tensor[];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

export function encodeModel(graph: Graph): Buffer {
  const body = [
    ...graph.operations.map((operation) => bytesField(1, encodeOperation(operation))),
    bytesField(2, graph.name),
    ...graph.constants.map((tensor) => bytesField(5, encodeTensor(tensor))),
    ...graph.inputs.map((port) => bytesField(11, encodePort(port))),
    ...graph.outputs.map((port) => bytesField(12, encodePort(port))),
  ];
  const operatorSet = [bytesField(1, ''), intField(2, opset)];
  return Buffer.concat([intField(1, irVersion), bytesField(7, body), bytesField(8, operatorSet)]);
}

function encodeOperation({ operator, inputs, outputs, attributes }: Operation): Buffer[] {
  return [
    ...inputs.map((input) => bytesField(1, input)),
    ...outputs.map((output) => bytesField(2, output)),
    bytesField(4, operator),
    ...Object.entries(attributes).map(([name, value]) => bytesField(5, encodeAttribute(name, value))),
  ];
}

function encodeAttribute(name: string, value: Attribute): Buffer[] {
  if (typeof value === 'number') return [bytesField(1, name), intField(3, value), intField(20, attributeType.int)];
  if ('float' in value) return [bytesField(1, name), floatField(2, value.float), intField(20, attributeType.float)];
  return [bytesField(1, name), ...value.map((item) => intField(8, item)), intField(20, attributeType.ints)];
}

function encodeTensor({ name, type, shape, content }: Tensor): Buffer[] {
  const raw = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  return [
    ...shape.map((length) => intField(1, length)),
    intField(2, elementType[type]),
    bytesField(8, name),
    bytesField(9, raw),
  ];
}

function encodePort({ name, type, shape }: Port): Buffer[] {
  const dimensions = shape.map((length) =>
    bytesField(1, typeof length === 'number' ? intField(1, length) : bytesField(2, length)),
  );
  const tensorType = [intField(1, elementType[type]), bytesField(2, dimensions)];
  return [bytesField(1, name), bytesField(2, bytesField(1, tensorType))];
}
