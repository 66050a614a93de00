import tseslint from "typescript-eslint"

/** The wall clock and unseeded randomness would make two runs of the same inputs differ. */
const impureSyntax = [
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: "Use the event's time or Effect's Clock."
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: "Use the event's time or Effect's Clock."
  },
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: "Use core/rng (seeded) or Effect's Random for jitter."
  },
  {
    selector: "CallExpression[callee.property.name=/^toLocale/]",
    message: "Locale-dependent formatting differs between machines."
  }
]
const timers = ["setTimeout", "setInterval", "setImmediate"].map((name) => ({
  name,
  message: "Use Effect.sleep or a Schedule, so that virtual time works."
}))

export default tseslint.config(
  {
    ignores: ["dist/**", "node_modules/**", "artifacts/**", "data/**", "coverage/**", "reports/**", ".stryker-tmp/**"]
  },
  {
    files: ["src/**/*.ts", "test/**/*.ts", "docs/**/*.ts"],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "require-yield": "off",
      "max-lines": ["error", { max: 400, skipBlankLines: true, skipComments: true }]
    }
  },
  {
    files: ["src/**/*.ts"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "error",
      "no-console": "error",
      "no-restricted-syntax": ["error", ...impureSyntax],
      "no-restricted-globals": ["error", ...timers, "fetch"]
    }
  },
  {
    // The loopback exchange injects slow and broken bodies straight into sockets; it never runs on virtual time.
    files: ["src/simulator/**/*.ts"],
    rules: { "no-restricted-globals": ["error", "fetch"] }
  },
  { files: ["test/**/*.ts"], rules: { "max-lines": "off" } }
)
