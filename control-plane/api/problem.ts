/** Where something stands: a field of one document of a file. `document` counts from 1. */
export interface Place {
  file: string;
  document: number;
  line?: number;
  /** As in `spec.http[0].match[0].headers.user`; empty for the document as a whole. */
  path: string;
}

/** One mistake (or warning) of the person who wrote a resource. */
export interface Problem extends Place {
  message: string;
  found?: string;
  allowed?: string[];
  /** It ends by itself when what is named comes. */
  waits?: true;
}

/** A value together with where it was written. */
export interface Located<T> { value: T; at: Place }

type Detail = Pick<Problem, "found" | "allowed">;

/** Collects mistakes, so that all are told at once. `open`: what resources name comes and goes by itself. */
export class Problems {
  readonly errors: Problem[] = [];
  readonly warnings: Problem[] = [];

  constructor(private readonly open = false) {}

  error(at: Place, message: string, detail: Detail = {}): void {
    this.errors.push(problem(at, message, detail));
  }

  warn(at: Place, message: string, detail: Detail = {}): void {
    this.warnings.push(problem(at, message, detail));
  }

  /** `what`: there is none of what a resource names. A mistake, but for `open`: then `meanwhile` says what happens until it comes. */
  missing(at: Place, what: string, meanwhile: string, { hint = "", ...detail }: Detail & { hint?: string } = {}): void {
    if (!this.open) this.error(at, what + hint, detail);
    else this.warnings.push({ ...problem(at, `${what} now: ${meanwhile}`, { found: detail.found }), waits: true });
  }
}

function problem(at: Place, message: string, detail: Detail): Problem {
  const { file, document, line, path } = at;
  return {
    file, document, ...(line === undefined ? {} : { line }), path, message,
    ...(detail.found === undefined ? {} : { found: detail.found }),
    ...(detail.allowed === undefined ? {} : { allowed: detail.allowed }),
  };
}

/** In reading order; the same mistake at the same place once. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const unique = new Map(problems.map((p) => [JSON.stringify([p.file, p.document, p.path, p.message, p.found]), p]));
  return [...unique.values()].sort((a, b) =>
    order(a.file, b.file) || a.document - b.document || (a.line ?? 0) - (b.line ?? 0) ||
    order(a.path, b.path) || order(a.message, b.message));
}

/** Compares by code points, the same on every machine. */
export function order(a: string, b: string): number { return a < b ? -1 : a > b ? 1 : 0; }

/** `mesh.yaml:7: document 2, spec.hosts: what is wrong; found ..; allowed: ..` */
export function formatProblem(p: Problem): string {
  const line = p.line === undefined ? "" : `:${p.line}`;
  const path = p.path === "" ? "" : `, ${p.path}`;
  const found = p.found === undefined ? "" : `; found ${p.found}`;
  const allowed = p.allowed === undefined ? "" : `; allowed: ${p.allowed.join(", ") || "nothing"}`;
  return `${p.file}${line}: document ${p.document}${path}: ${p.message}${found}${allowed}`;
}

/** `a[0]` or `a.b`; keys that hold dots or brackets are quoted. */
export function joinPath(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  if (/[.[\]\s"]/.test(key) || key === "") return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
