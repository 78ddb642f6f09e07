import { drain } from "./drain.ts";
import { failure } from "./failure.ts";
import { filters } from "./filters.ts";
import { halfClose } from "./half-close.ts";
import { hostile } from "./hostile.ts";
import { hotRules } from "./hot-rules.ts";
import { large } from "./large.ts";
import { load } from "./load.ts";
import { mutation } from "./mutation.ts";
import { routing } from "./routing.ts";
import type { Scenario } from "./world.ts";

/** In the order in which they are played: those that end servers and connections come last. */
export const SCENARIOS: Scenario[] = [routing, load, mutation, filters, hotRules, large, halfClose, failure, hostile, drain];
