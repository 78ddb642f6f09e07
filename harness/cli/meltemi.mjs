#!/usr/bin/env node
/** `npx meltemi`: installs the packages of a fresh checkout, then runs main.ts in this same process. */
import { checkNode, installPackages } from "../start.mjs";

checkNode();
await installPackages();
const { register } = await import("tsx/esm/api");
register();
const { main } = await import("./main.ts");
await main(process.argv);
