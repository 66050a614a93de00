import * as Effect from "effect/Effect"
import { diagnose, type Diagnosis, doctorLayer } from "../../app/doctor.ts"
import { renderPairs, type Screen, type Tone } from "../../reports/terminal.ts"
import { defineCommand } from "../command.ts"
import { CommandFailed } from "../failure.ts"
import { flag } from "../options.ts"
import { Output } from "../Output.ts"

type Finding = Diagnosis["findings"][number]

const tones: { readonly [level in Finding["level"]]: Tone | undefined } = {
  ok: "good",
  warning: undefined,
  problem: "bad",
  skipped: "dim"
}

type Pair = readonly [name: string, value: string, tone?: Tone]

const pairsOf = ({ advice, check, found, level }: Finding): ReadonlyArray<Pair> => {
  const value = `${level.padEnd(7)}  ${found}`
  const tone = tones[level]
  const line: Pair = tone === undefined ? [check, value] : [check, value, tone]
  const shownAdvice = level !== "ok" && advice !== ""
  return shownAdvice ? [line, ["", `${" ".repeat(7)}  -> ${advice}`]] : [line]
}

const plain = ({ advice, level }: Finding): boolean => level === "skipped" && advice === ""

/** Checks in a row that were skipped for one reason take one line. */
const grouped = (findings: ReadonlyArray<Finding>): ReadonlyArray<Finding> => {
  const kept: Array<Finding> = []
  const others = new Map<Finding, ReadonlyArray<string>>()
  for (const finding of findings) {
    const last = kept.at(-1)
    if (last !== undefined && plain(last) && plain(finding) && last.found === finding.found) {
      others.set(last, [...(others.get(last) ?? []), finding.check])
    } else kept.push(finding)
  }
  return kept.map((finding) => {
    const also = others.get(finding)
    return also === undefined ? finding : { ...finding, found: `${finding.found}; so are ${also.join(", ")}` }
  })
}

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`

/** Live orders are judged by what could be looked at. */
const verdict = ({ liveReady, problems, warnings }: Diagnosis): string =>
  `${plural(problems, "problem")}, ${plural(warnings, "warning")}; live orders ${liveReady ? "can be placed" : "cannot be placed"}.`

const text = (diagnosis: Diagnosis, screen: Screen): string =>
  [renderPairs(grouped(diagnosis.findings).flatMap(pairsOf), screen), "", verdict(diagnosis)].join("\n")

const diagnosisJson = ({ findings, liveReady, problems, warnings }: Diagnosis) => ({
  problems,
  warnings,
  live_ready: liveReady,
  checks: findings.map(({ advice, blocksLive, check, found, level }) => ({
    check,
    result: level,
    found,
    advice,
    blocks_live: blocksLive
  }))
})

export const command = defineCommand({
  name: "doctor",
  description:
    "Looks at everything that trading needs (configuration, database, clock, exchange, credentials, money) and says for each what was found and what to do. Changes nothing, except that a key without API credentials gets them. Exit code 1 when there is a problem.",
  settings: {
    live: flag("live", "Also call a problem what keeps live orders from being placed, such as missing credentials")
  },
  layer: doctorLayer,
  handler: ({ live }) =>
    Effect.gen(function* () {
      const diagnosis = yield* diagnose({ live })
      const output = yield* Output
      yield* output.result(diagnosisJson(diagnosis), (screen) => text(diagnosis, screen))
      if (diagnosis.problems > 0) {
        const names = diagnosis.findings.flatMap(({ check, level }) => (level === "problem" ? [check] : []))
        return yield* new CommandFailed({ message: `${plural(diagnosis.problems, "problem")}: ${names.join(", ")}` })
      }
    })
})
