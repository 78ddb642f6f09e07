import { Filter } from "./filter";

export type FilterFactory = () => Filter;

const names: string[] = [];
const factories: FilterFactory[] = [];

/** Makes a filter known under the name that `filters[].name` of configurations uses. */
export function registerFilter(name: string, factory: FilterFactory): void {
  names.push(name);
  factories.push(factory);
}

/** True if two filters of this module have the name: which one is meant cannot be known. */
export function isAmbiguous(name: string): bool { return names.indexOf(name) != names.lastIndexOf(name); }

export function createFilter(name: string): Filter | null {
  const at = names.indexOf(name);
  return at < 0 ? null : factories[at]();
}

export function filterNames(): string[] { return names; }
