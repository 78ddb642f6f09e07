/** Beside what the emulator declares of the WebAssembly API: Node has it, its types do not. */
declare namespace WebAssembly {
  namespace Module {
    function exports(module: Module): { module: string; name: string; kind: string }[];
  }
}
