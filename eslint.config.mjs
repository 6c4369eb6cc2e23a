import eslint from "@eslint/js";
import tseslint from "typescript-eslint";

const backends = ["@sig/cpu", "@sig/cpu/*", "@sig/wasm", "@sig/wasm/*", "@sig/cuda", "@sig/cuda/*", "@sig/webgl", "@sig/webgl/*"];
const restrict = (patterns, message) => ({ "no-restricted-imports": ["error", { patterns: [{ group: patterns, message }] }] });

export default tseslint.config(
  { ignores: ["**/dist/", "**/build/", "**/generated/", "**/node_modules/", ".tools/", "**/.turbo/", "**/data/"] },
  eslint.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Indices are checked by the loops that make them.
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/consistent-type-definitions": "off",
      "@typescript-eslint/unified-signatures": "off",
      "@typescript-eslint/no-meaningless-void-operator": "off",
      eqeqeq: "error",
      "prefer-const": "error",
    },
  },
  { files: ["packages/core/src/**"], rules: restrict(["@sig/*", "node:*"], "core imports nothing") },
  { files: ["packages/api/src/**"], rules: restrict([...backends, "node:*"], "api knows no backend and runs in browsers") },
  {
    files: ["packages/{cpu,wasm,cuda,webgl}/src/**", "packages/kernels/describe/**"],
    rules: restrict(["@sig/api", "@sig/api/*", ...backends], "a backend imports core, and the description of calls to the kernels"),
  },
  {
    files: ["**/*.mjs", "**/*.cjs", "**/*.js"],
    languageOptions: {
      globals: { process: "readonly", console: "readonly", URL: "readonly", setTimeout: "readonly", WebAssembly: "readonly" },
    },
  },
  {
    // Tests hand over what the types forbid.
    files: ["**/test/**/*.ts", "packages/contract/**/*.ts"],
    rules: {
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-empty-function": "off",
      "@typescript-eslint/require-await": "off",
    },
  },
);
