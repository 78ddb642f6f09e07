import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "../tools/paths.ts";

/** A package as it is being put together, in build/npm. */
export class PackageFolder {
  readonly path: string;

  /** Empties the folder. */
  constructor(readonly name: string) {
    this.path = join(ROOT, "build/npm", name);
    rmSync(this.path, { recursive: true, force: true });
    mkdirSync(this.path, { recursive: true });
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.path, file)), { recursive: true });
    writeFileSync(join(this.path, file), text);
  }

  writeJson(file: string, value: unknown): void { this.write(file, `${JSON.stringify(value, null, 2)}\n`); }

  /** Copies a file or folder of the checkout, to the same place if no other is named. */
  copy(from: string, to = from): void { cpSync(join(ROOT, from), join(this.path, to), { recursive: true }); }
}

export const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");
export const readJson = (file: string): Record<string, unknown> => JSON.parse(read(file)) as Record<string, unknown>;
