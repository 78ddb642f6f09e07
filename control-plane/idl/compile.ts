import type { IdlOption } from "../api/idl.ts";
import type { Problems } from "../api/problem.ts";
import { didYouMean } from "../api/suggest.ts";
import type { Service } from "./ast.ts";
import { lookUp, Types } from "./types.ts";

import { Mistake, Units, type Unit } from "./units.ts";

/** What the codec takes as `options.idl`: codecs/thrift/idl/tables.ts. */
export interface IdlTables {
  types: number[][];
  structs: (number | string)[][];
  calls: Record<string, number>;
  oneway: Record<string, number>;
  unknownFields?: "skip";
}

interface Method { struct: number; oneway: boolean; of: string }

const MAX_METHODS = 1 << 13, MAX_EXTENDS = 32;

/** Compiles the files of an option; undefined, and a problem, if something is wrong with them. `read`: text of a file of the mesh. */
export function compileIdl(option: IdlOption, read: (file: string) => string | undefined, problems: Problems): IdlTables | undefined {
  let at = option.at;
  try {
    const units = new Units(option, read), types = new Types(), services = new Map<string, Map<string, Method>>();
    for (const file of option.files) {
      at = file.at;
      for (const [name, methods] of servicesOf(units.root(file.value), types)) services.set(name, methods);
    }
    at = option.at;
    const methods = named(option, services, problems), entries = [...methods].map(([name, method]) => [name, method.struct, method.oneway] as const);
    if (entries.length > MAX_METHODS) throw new Mistake(`too many methods; allowed: ${MAX_METHODS}`);
    const of = (wanted: boolean): Record<string, number> => Object.fromEntries(entries.flatMap(([name, struct, oneway]) => (oneway === wanted ? [[name, struct]] : [])));
    return { types: types.types, structs: types.structs, calls: of(false), oneway: of(true), ...(option.unknownFields === "skip" ? { unknownFields: "skip" } : {}) };
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    problems.error(at, error.message);
    return undefined;
  }
}

/** Services of a file with their methods, those of the services that they extend too. */
function servicesOf(unit: Unit, types: Types): [string, Map<string, Method>][] {
  const services = [...unit.definitions.values()].filter((definition): definition is Service => definition.type === "Service");
  return services.map((service) => [service.id.name, methodsOf(unit, service, types, 0)]);
}

function methodsOf(unit: Unit, service: Service, types: Types, depth: number): Map<string, Method> {
  if (depth > MAX_EXTENDS) throw new Mistake(`${unit.file}: service ${service.id.name} extends itself, or ${MAX_EXTENDS} others`);
  const base = service.baseService && lookUp(unit, service.baseService.name);
  if (service.baseService && base?.definition.type !== "Service") throw new Mistake(`${unit.file}:${service.baseService.line}: there is no service ${service.baseService.name}`);
  const methods = base?.definition.type === "Service" ? methodsOf(base.unit, base.definition, types, depth + 1) : new Map<string, Method>();
  for (const { id, fields, oneway } of service.functions) {
    methods.set(id.name, { struct: types.arguments(unit, `${service.id.name}.${id.name}`, fields), oneway, of: service.id.name });
  }
  return methods;
}

/** Methods by their names on the wire. One that services have with different arguments has none without its service's. */
function named({ services: wanted, at }: IdlOption, services: Map<string, Map<string, Method>>, problems: Problems): Map<string, Method> {
  if (wanted) return asWanted(wanted, services, problems);
  const named = new Map<string, Method>(), alone = new Map<string, Method | undefined>();
  for (const [service, methods] of services) {
    for (const [name, method] of methods) {
      named.set(`${service}:${name}`, method);
      alone.set(name, alone.has(name) && alone.get(name)?.struct !== method.struct ? undefined : method);
    }
  }
  for (const [name, method] of alone) {
    if (method) named.set(name, method);
    else problems.warn(at, `several services have a method ${name}: requests for it without the name of its service are refused; name the default service in services, as in { "": NAME }`);
  }
  return named;
}

function asWanted(wanted: NonNullable<IdlOption["services"]>, services: Map<string, Map<string, Method>>, problems: Problems): Map<string, Method> {
  const named = new Map<string, Method>();
  for (const [wire, { value, at }] of wanted) {
    const methods = services.get(value);
    if (!methods) problems.error(at, `there is no service of this name in the files${didYouMean(value, services.keys())}`, { found: JSON.stringify(value), allowed: [...services.keys()] });
    for (const [name, method] of methods ?? []) named.set(wire === "" ? name : `${wire}:${name}`, method);
  }
  return named;
}
