import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { writeText } from "../backtest/files.ts"
import { FileError, InputError } from "../domain/errors.ts"
import { makeFolders } from "../policy/makeFolders.ts"
import { writeFully } from "../policy/writeFully.ts"
import { type JsonObject } from "../domain/json.ts"
import { type EpochMicros, formatTime, parseTime } from "../domain/time.ts"
import { escapeControl } from "../reports/terminalText.ts"

/** A line of status/history.jsonl: one per cycle. */
export const CycleLine = Schema.Struct({
  ts: Schema.String,
  cycle: Schema.Number,
  status: Schema.Literal("ok", "partial"),
  ingest_ok: Schema.Boolean,
  signals_ok: Schema.Boolean,
  execute_ok: Schema.Boolean,
  executed_count: Schema.Number,
  execute_failures: Schema.Number,
  cycle_sec: Schema.Number,
  db_path: Schema.String,
  config: Schema.NullOr(Schema.String)
})
export type CycleLine = Schema.Schema.Type<typeof CycleLine>

/** The last line of status/history.jsonl. */
export const FinishedLine = Schema.Struct({
  ts: Schema.String,
  status: Schema.Literal("finished"),
  cycles: Schema.Number,
  out_dir: Schema.String,
  db_path: Schema.String
})
export type FinishedLine = Schema.Schema.Type<typeof FinishedLine>

/** What status/latest.json always has; the newest cycle's figures are beside it. */
export const LatestStatus = Schema.Struct({
  ts: Schema.String,
  status: Schema.Literal("starting", "ok", "partial", "finished"),
  cycle: Schema.Number,
  started_at: Schema.String,
  ends_at: Schema.String,
  interval_sec: Schema.Number,
  db_path: Schema.String
})
export type LatestStatus = Schema.Schema.Type<typeof LatestStatus>

const decodeLine = Schema.decodeUnknownEither(Schema.Union(CycleLine, FinishedLine))
const decodeLatest = Schema.decodeUnknownEither(LatestStatus)

export const soakPaths = (outDir: string) => ({
  log: join(outDir, "soak.log"),
  latest: join(outDir, "status", "latest.json"),
  history: join(outDir, "status", "history.jsonl"),
  pid: join(outDir, "status", "soak.pid")
})

const detailOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const touching = <A>(path: string, operation: string, body: () => A): Effect.Effect<A, FileError> =>
  Effect.try({ try: body, catch: (cause) => new FileError({ path, operation, detail: detailOf(cause) }) })

const readOptional = (path: string): Effect.Effect<string | null, FileError> =>
  touching(path, "read", () => (existsSync(path) ? readFileSync(path, "utf8") : null))

const parsed = (text: string): Either.Either<unknown, unknown> => Either.try((): unknown => JSON.parse(text))

/** The lines of a history, and its text without a last line that a kill left unfinished. */
export const readHistory = (path: string) =>
  Effect.map(readOptional(path), (text) => {
    const whole = text === null ? "" : text.slice(0, text.lastIndexOf("\n") + 1)
    const cycles: Array<CycleLine> = []
    let finished: FinishedLine | null = null
    for (const line of whole.split("\n")) {
      const entry = Either.flatMap(parsed(line), decodeLine)
      if (Either.isLeft(entry)) continue
      if (entry.right.status === "finished") finished = entry.right
      else cycles.push(entry.right)
    }
    const result: {
      readonly whole: string
      readonly torn: boolean
      readonly cycles: ReadonlyArray<CycleLine>
      readonly finished: FinishedLine | null
    } = { whole, torn: text !== null && whole !== text, cycles, finished }
    return result
  })

/** null: there is none. The whole object comes along, for the figures beside the known fields. */
export const readLatest = (path: string) =>
  Effect.gen(function* () {
    const text = yield* readOptional(path)
    if (text === null) return null
    const found = Either.flatMap(parsed(text), (value) =>
      Either.map(decodeLatest(value), (known) => ({ known, value }))
    )
    if (Either.isRight(found)) return found.right
    return yield* new FileError({ path, operation: "read", detail: `not a soak's status: ${detailOf(found.left)}` })
  })

/** Whether the process that the folder names still lives; null: it names none. */
export const livingPid = (
  path: string
): Effect.Effect<{ readonly pid: number; readonly alive: boolean } | null, FileError> =>
  Effect.map(readOptional(path), (text) => {
    const pid = Number(text?.trim())
    if (text === null || !Number.isSafeInteger(pid) || pid <= 0) return null
    return { pid, alive: Either.isRight(Either.try(() => process.kill(pid, 0))) }
  })

/** Appends a line in one write and waits until it is on the disk. */
const appendLine = (path: string, line: string): void => {
  const descriptor = openSync(path, "a")
  try {
    writeFully(descriptor, `${line}\n`)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** The files of one soak, open for writing. */
export interface SoakFiles {
  readonly outDir: string
  readonly startedAtUs: EpochMicros
  /** The last cycle that an earlier process recorded here; 0: none. */
  readonly lastCycle: number
  readonly resumed: boolean
  /** What earlier processes recorded here. */
  readonly before: { readonly partial: number; readonly executed: number }
  readonly log: (atUs: EpochMicros, text: string) => Effect.Effect<void, FileError>
  readonly history: (line: CycleLine | FinishedLine) => Effect.Effect<void, FileError>
  readonly latest: (status: LatestStatus & JsonObject) => Effect.Effect<void, FileError>
  /** Gives the folder free for another process. */
  readonly release: Effect.Effect<void, FileError>
}

const refuse = (problem: string) => new InputError({ field: "--out-dir", problem })

/** Opens the folder of a soak: a new one, or one whose process was killed. */
export const openSoakFiles = (
  outDir: string,
  dbPath: string,
  nowUs: EpochMicros
): Effect.Effect<SoakFiles, FileError | InputError> =>
  Effect.gen(function* () {
    const paths = soakPaths(outDir)
    yield* touching(outDir, "prepare", () => makeFolders(join(outDir, "status")))
    const latest = yield* readLatest(paths.latest)
    const history = yield* readHistory(paths.history)
    const owner = yield* livingPid(paths.pid)
    if (owner !== null && owner.alive && owner.pid !== process.pid) {
      const hint = `wait for it, or remove ${paths.pid} if that is another program`
      return yield* refuse(`process ${owner.pid} soaks in ${outDir}; ${hint}`)
    }
    if (history.finished !== null) {
      return yield* refuse(`the soak in ${outDir} finished at ${history.finished.ts}; name another folder`)
    }
    const known = latest?.known.db_path ?? history.cycles[0]?.db_path ?? dbPath
    if (known !== dbPath) return yield* refuse(`the soak in ${outDir} runs on ${known}, not on ${dbPath}`)
    if (history.torn) yield* writeText(paths.history, history.whole)
    yield* writeText(paths.pid, `${process.pid}\n`)
    const begun = latest?.known.started_at ?? history.cycles[0]?.ts
    const startedAtUs = begun === undefined ? undefined : parseTime(begun)
    return {
      outDir,
      startedAtUs: startedAtUs ?? nowUs,
      lastCycle: history.cycles.reduce((last, { cycle }) => Math.max(last, cycle), 0),
      resumed: begun !== undefined,
      before: {
        partial: history.cycles.filter(({ status }) => status === "partial").length,
        executed: history.cycles.reduce((sum, { executed_count }) => sum + executed_count, 0)
      },
      log: (atUs, text) =>
        touching(paths.log, "append", () => appendFileSync(paths.log, `${formatTime(atUs)} ${escapeControl(text)}\n`)),
      history: (line) => touching(paths.history, "append", () => appendLine(paths.history, JSON.stringify(line))),
      latest: (status) => writeText(paths.latest, `${JSON.stringify(status, null, 2)}\n`),
      release: touching(paths.pid, "remove", () => rmSync(paths.pid, { force: true }))
    }
  })
