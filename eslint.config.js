import eslint from "@eslint/js";
import tseslint from "typescript-eslint";

/** Functions of node:test, whose promise the test runner itself awaits. */
const TEST_FUNCTIONS = ["test", "it", "describe", "suite", "before", "after", "beforeEach", "afterEach"];

export default tseslint.config(
  {
    // AssemblyScript is not TypeScript: its own compiler checks it; guests are AssemblyScript too
    ignores: [
      "node_modules/", ".cache/", "build/", "**/target/", "**/*.d.ts",
      "assembly/**", "codecs/**/*.ts", "examples/**/*.ts", "tests/guests/**", "tests/toy/*.ts", "**/guest.ts", "harness/cli/init/templates/",
      "!**/*.test.ts", "!codecs/**/vectors/*.ts", "!examples/**/vectors/*.ts", "!codecs/**/smuggling/*.ts", "!examples/**/peer/**/*.ts",
    ],
  },
  eslint.configs.recommended,
  ...tseslint.configs.recommended,
  {
    languageOptions: { globals: { module: "readonly", process: "readonly", WebAssembly: "readonly", URL: "readonly", console: "readonly", setTimeout: "readonly", clearTimeout: "readonly" } },
    rules: {
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_", caughtErrorsIgnorePattern: "^_", ignoreRestSiblings: true }],
      // protocols are full of control characters
      "no-control-regex": "off",
      "no-empty": ["error", { allowEmptyCatch: false }],
    },
  },
  {
    files: ["harness/**/*.ts", "control-plane/**/*.ts", "envoy-configs/**/*.ts", "tests/**/*.ts", "bench/**/*.ts"],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-floating-promises": ["error", { allowForKnownSafeCalls: [{ from: "package", package: "node:test", name: TEST_FUNCTIONS }] }],
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: false }],
      "@typescript-eslint/await-thenable": "error",
    },
  },
);
