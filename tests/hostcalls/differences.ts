/** Where the emulator is known to differ from Envoy, by case; docs/emulator.md names each. */
export const DIFFERENCES: Record<string, string> = {
  expressions: "`expr_create`, `expr_evaluate` and `expr_delete` need CEL, which the emulator has not: it answers NotFound.",
};

/** Callbacks that no case has on Envoy, and why. */
export const WITHOUT_CALLER: Record<string, string> = {
  proxy_on_foreign_function: "Envoy has no code that calls it; the emulator's `callForeignFunction` does.",
  malloc: "another name of proxy_on_memory_allocate",
};
