import * as Either from "effect/Either"
import { ArtifactError } from "../../domain/errors.ts"
import { type Json } from "../../domain/json.ts"
import { minorOf } from "../decodeArtifact.ts"
import { WIDER_LEDGER_MINOR } from "../digest.ts"
import { PrintedLedgerDigest } from "../ledgerDigest.ts"
import { type ArtifactFacts } from "./facts.ts"
import { compareMarket, compareOriginal, type Compared } from "./figures.ts"
import { LedgerFold, OriginalFold } from "./LedgerFold.ts"
import { readRow, type ReplayRow } from "./rowShape.ts"

/** What was found in order, and what nothing in the file can prove. */
export interface Findings {
  readonly checks: ReadonlyArray<string>
  readonly notCheckable: ReadonlyArray<string>
}

/**
 * Holds a backtest artifact against itself while its rows come by: their shape, their number and digest, and what they
 * add up to. Memory grows with strategies, events and markets, not with rows.
 */
export class LedgerChecker {
  /** The first row that is not what the schema says. */
  private problem: ArtifactError | null = null
  private rows = 0
  private readonly file: string
  private readonly version: string
  private readonly facts: ArtifactFacts
  private readonly digest: PrintedLedgerDigest | null
  private readonly fold: LedgerFold | OriginalFold

  /** `version` is the file's own, which a migration changed. */
  constructor(file: string, version: string, facts: ArtifactFacts) {
    this.file = file
    this.version = version
    this.facts = facts
    const { compat, ledger_sha256, schema_version } = facts
    const minor = minorOf(schema_version)
    const known = compat === "market" && minor !== null && minor <= WIDER_LEDGER_MINOR
    this.digest = known && ledger_sha256 !== undefined ? new PrintedLedgerDigest(minor) : null
    this.fold = compat === "market" ? new LedgerFold() : new OriginalFold()
  }

  /** Takes the next row; it is the one that was read from it when it is what the schema says. */
  readonly row = (value: Json, index: number): ReplayRow | null => {
    this.rows += 1
    if (this.problem !== null) return null
    const row = readRow(this.file, value, index)
    if (Either.isLeft(row)) {
      this.problem = row.left
      return null
    }
    this.digest?.add(row.right)
    this.fold.add(row.right, index)
    return row.right
  }

  finish(): Either.Either<Findings, ArtifactError> {
    if (this.problem !== null) return Either.left(this.problem)
    const { ledger_rows, places } = this.facts
    if (ledger_rows !== undefined && ledger_rows !== this.rows) {
      return this.wrong(`${places.added}ledger_rows`, `is ${ledger_rows}, but replay has ${this.rows} rows`)
    }
    return Either.flatMap(this.checkDigest(), (digest) => {
      const { contradiction, notCheckable } = this.compared()
      return contradiction === null
        ? Either.right({
            checks: [`schema ${this.version}`, `${this.rows} ledger rows`, ...digest.checks, "figures"],
            notCheckable: [...digest.notCheckable, ...notCheckable]
          })
        : this.wrong(contradiction.at, contradiction.detail)
    })
  }

  private compared(): Compared {
    const { facts, fold } = this
    return fold instanceof LedgerFold ? compareMarket(facts, fold) : compareOriginal(facts, fold)
  }

  private checkDigest(): Either.Either<Findings, ArtifactError> {
    const { ledger_sha256: claimed, places } = this.facts
    const at = `${places.added}ledger_sha256`
    if (claimed === undefined) return Either.right({ checks: [], notCheckable: [] })
    const unproven = (why: string) => Either.right({ checks: [], notCheckable: [`${at} (${why})`] })
    if (this.digest === null) {
      return unproven(this.facts.compat === "market" ? "of a later schema" : "rows lack fractions of micro-units")
    }
    const made = this.digest.result()
    if (Either.isLeft(made)) return unproven(`replay[${made.left}] lacks a column, or has a leg that is not known`)
    return made.right === claimed
      ? Either.right({ checks: ["ledger digest"], notCheckable: [] })
      : this.wrong(at, `is ${claimed}, but the rows have ${made.right}`)
  }

  private wrong(at: string, detail: string): Either.Either<never, ArtifactError> {
    return Either.left(new ArtifactError({ file: this.file, at, detail }))
  }
}
