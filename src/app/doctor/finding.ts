/** `skipped`: could not be looked at, for a reason that another finding gives. */
export type FindingLevel = "ok" | "warning" | "problem" | "skipped"

/** What one check found. */
export interface Finding {
  /** Stable, such as `order_version`. */
  readonly check: string
  readonly level: FindingLevel
  /** What is there, in a few words; no secret. */
  readonly found: string
  /** What to do about it; "" when nothing has to be done. */
  readonly advice: string
  /** No live order can be placed, or none should be, as long as it stands. */
  readonly blocksLive: boolean
}

export const ok = (check: string, found: string): Finding => ({
  check,
  level: "ok",
  found,
  advice: "",
  blocksLive: false
})

export const warning = (check: string, found: string, advice: string): Finding => ({
  check,
  level: "warning",
  found,
  advice,
  blocksLive: false
})

export const problem = (check: string, found: string, advice: string): Finding => ({
  check,
  level: "problem",
  found,
  advice,
  blocksLive: true
})

export const skipped = (check: string, found: string): Finding => ({
  check,
  level: "skipped",
  found,
  advice: "",
  blocksLive: false
})

/** No fault by itself, but no live order goes through. */
export const blockingLive = (finding: Finding, advice = finding.advice): Finding => ({
  ...finding,
  advice,
  blocksLive: true
})

/** What stands in the way of live orders is a problem for who wants to place one. */
export const demandingLive = (finding: Finding): Finding =>
  finding.blocksLive ? { ...finding, level: "problem" } : finding
