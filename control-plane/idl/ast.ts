/** What the parser of thriftrw gives of a .thrift file, as far as it is used here. */
export interface Program { headers: Header[]; definitions: Definition[] }

export interface Identifier { type: "Identifier"; name: string; line: number; column: number }

export type ValueType =
  | Identifier
  | { type: "BaseType"; baseType: string }
  | { type: "List"; valueType: ValueType }
  | { type: "Set"; valueType: ValueType }
  | { type: "Map"; keyType: ValueType; valueType: ValueType };

/** Of a struct, a union, an exception, or a method's arguments. */
export interface Field { id: { value: number } | null; name: string; valueType: ValueType; required: boolean; optional: boolean; defaultValue: unknown }

export interface StructLike { type: "Struct" | "Union" | "Exception"; id: Identifier; fields: Field[] }
export interface Service { type: "Service"; id: Identifier; functions: { id: Identifier; fields: Field[]; oneway: boolean }[]; baseService: Identifier | null }

export type Definition =
  | StructLike
  | Service
  | { type: "Typedef"; id: Identifier; valueType: ValueType }
  | { type: "Enum" | "Senum" | "Const"; id: Identifier };

type Header = { type: "Include"; id: string } | { type: "Namespace" };
