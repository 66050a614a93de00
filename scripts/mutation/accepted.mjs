// Changes that survive and that no caller can observe, each with the reason. `code` is the text that is changed,
// `becomes` what it is changed to, `within` a part of its line where the text alone is not unique.

const groups = "a group has at least one member, so this is never reached; the compiler asks for it"

/** @type {ReadonlyArray<{ file: string, code: string, becomes: string, within?: string, why: string }>} */
export const accepted = [
  { file: "src/strategies/select.ts", code: "first === undefined", becomes: "false", why: groups },
  {
    file: "src/strategies/select.ts",
    code: "[]",
    becomes: '["Stryker was here"]',
    within: "first === undefined",
    why: groups
  },
  {
    file: "src/strategies/s10.ts",
    code: "first === undefined",
    becomes: "false",
    why: "a set that is worth anything has two purchases or more"
  },
  {
    file: "src/strategies/s10.ts",
    code: "[]",
    becomes: '["Stryker was here"]',
    within: "first === undefined",
    why: "a set that is worth anything has two purchases or more"
  },
  {
    file: "src/strategies/s10.ts",
    code: "rows[0]?.source",
    becomes: "rows[0].source",
    why: "asked for each row, so there is a first one"
  },
  {
    file: "src/strategies/s1.ts",
    code: "group.length < 2",
    becomes: "false",
    why: "a shortcut: one row is its own dearest and cheapest, and gives nothing either"
  },
  ...["low === undefined", "high === undefined"].map((code) => ({
    file: "src/strategies/s1.ts",
    code,
    becomes: "false",
    why: groups
  })),
  {
    file: "src/strategies/s1.ts",
    code: "low === undefined || high === undefined",
    becomes: "false",
    why: groups
  },
  {
    file: "src/strategies/s1.ts",
    code: "low === undefined || high === undefined",
    becomes: "low === undefined && high === undefined",
    why: groups
  },
  ...["payload", "strategy"].map((field) => ({
    file: "src/strategies/edgeGate.ts",
    code: `first?.${field}`,
    becomes: `first.${field}`,
    why: groups
  })),
  {
    file: "src/strategies/checkSignals.ts",
    code: "given.length === 0",
    becomes: "false",
    why: "a shortcut: the checks of no signals give no signals"
  },
  {
    file: "src/strategies/signalChecks.ts",
    code: 'typeof value === "string"',
    becomes: "true",
    within: "place.markets.has(value)",
    why: "the ids of markets are texts, so no other value is one of them"
  }
]
