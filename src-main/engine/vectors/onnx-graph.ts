import { Writer } from "protobufjs/minimal.js";

/** `TensorProto.DataType` codes in onnx.proto for the types that Twinlens writes. */
const TENSOR_TYPES = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7 } as const;
export type TensorType = keyof typeof TENSOR_TYPES;

/** `AttributeProto.AttributeType` codes in onnx.proto. */
const ATTRIBUTE_TYPES = { float: 1, int: 2, string: 3, ints: 7 } as const;

/** Format version introduced with opset 17. ONNX Runtime reads all older versions. */
const IR_VERSION = 8;
const OPSET = 17;
/** ONNX Runtime's contrib operators (https://onnxruntime.ai/docs/reference/operators/ContribOperators.html). */
const RUNTIME_DOMAIN = "com.microsoft";
const RUNTIME_OPSET = 1;

/** A graph input or output. A dimension is a size, or a symbol such as `"n"` for a size known only at run time. */
export interface ValueInfo {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly (number | string)[];
}

/** A constant in the graph. */
export interface Initializer {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | Uint8Array | Int8Array | Int32Array | BigInt64Array;
}

/** One operator. Attributes name their type because a number could be an int or a float: `{ axis: { int: 1 } }`. */
export interface GraphNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** The operator's domain; omitted for standard ONNX operators. */
  readonly domain?: typeof RUNTIME_DOMAIN;
}

export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] };

export interface OnnxGraph {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** In topological order. */
  readonly nodes: readonly GraphNode[];
  readonly initializers?: readonly Initializer[];
}

/**
 * Encodes a graph as the bytes of an `.onnx` file (opset 17), ready for `InferenceSession.create`.
 * Field numbers are from onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
 */
export function encodeOnnx(graph: OnnxGraph): Uint8Array {
  const model = Writer.create();
  model.uint32(tag(1, VARINT)).int64(IR_VERSION);
  message(model, 7, () => writeGraph(model, graph));
  message(model, 8, () => model.uint32(tag(2, VARINT)).int64(OPSET));
  if (graph.nodes.some(({ domain }) => domain === RUNTIME_DOMAIN))
    message(model, 8, () => {
      model.uint32(tag(1, BYTES)).string(RUNTIME_DOMAIN);
      model.uint32(tag(2, VARINT)).int64(RUNTIME_OPSET);
    });
  return model.finish();
}

const VARINT = 0;
const BYTES = 2;
const FIXED32 = 5;

const tag = (field: number, wireType: number) => ((field << 3) | wireType) >>> 0;

/** Writes an embedded message: field tag, length, then whatever `body` writes. */
function message(writer: Writer, field: number, body: () => void): void {
  writer.uint32(tag(field, BYTES)).fork();
  body();
  writer.ldelim();
}

function writeGraph(writer: Writer, graph: OnnxGraph): void {
  for (const node of graph.nodes) message(writer, 1, () => writeNode(writer, node));
  writer.uint32(tag(2, BYTES)).string("graph");
  for (const tensor of graph.initializers ?? [])
    message(writer, 5, () => writeInitializer(writer, tensor));
  for (const value of graph.inputs) message(writer, 11, () => writeValueInfo(writer, value));
  for (const value of graph.outputs) message(writer, 12, () => writeValueInfo(writer, value));
}

function writeNode(writer: Writer, node: GraphNode): void {
  for (const input of node.inputs) writer.uint32(tag(1, BYTES)).string(input);
  for (const output of node.outputs) writer.uint32(tag(2, BYTES)).string(output);
  writer.uint32(tag(4, BYTES)).string(node.op);
  for (const [name, attribute] of Object.entries(node.attributes ?? {}))
    message(writer, 5, () => writeAttribute(writer, name, attribute));
  if (node.domain !== undefined) writer.uint32(tag(7, BYTES)).string(node.domain);
}

function writeAttribute(writer: Writer, name: string, attribute: Attribute): void {
  writer.uint32(tag(1, BYTES)).string(name);
  const type = writer.uint32.bind(writer, tag(20, VARINT));
  if ("float" in attribute) {
    writer.uint32(tag(2, FIXED32)).float(attribute.float);
    type().int32(ATTRIBUTE_TYPES.float);
  } else if ("int" in attribute) {
    writer.uint32(tag(3, VARINT)).int64(attribute.int);
    type().int32(ATTRIBUTE_TYPES.int);
  } else if ("string" in attribute) {
    writer.uint32(tag(4, BYTES)).bytes(Buffer.from(attribute.string));
    type().int32(ATTRIBUTE_TYPES.string);
  } else {
    for (const value of attribute.ints) writer.uint32(tag(8, VARINT)).int64(value);
    type().int32(ATTRIBUTE_TYPES.ints);
  }
}

function writeInitializer(writer: Writer, { name, shape, data }: Initializer): void {
  for (const size of shape) writer.uint32(tag(1, VARINT)).int64(size);
  writer.uint32(tag(2, VARINT)).int32(TENSOR_TYPES[typeOf(data)]);
  writer.uint32(tag(8, BYTES)).string(name);
  writer.uint32(tag(9, BYTES)).bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function typeOf(data: Initializer["data"]): TensorType {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Uint8Array) return "uint8";
  if (data instanceof Int8Array) return "int8";
  if (data instanceof Int32Array) return "int32";
  return "int64";
}

function writeValueInfo(writer: Writer, { name, type, shape }: ValueInfo): void {
  writer.uint32(tag(1, BYTES)).string(name);
  message(writer, 2, () =>
    message(writer, 1, () => {
      writer.uint32(tag(1, VARINT)).int32(TENSOR_TYPES[type]);
      message(writer, 2, () => {
        for (const size of shape)
          message(writer, 1, () => {
            if (typeof size === "number") writer.uint32(tag(1, VARINT)).int64(size);
            else writer.uint32(tag(2, BYTES)).string(size);
          });
      });
    }),
  );
}
