import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import { type BreakerState, closedBreaker } from "../../src/domain/Breaker.ts"
import { type StoreError } from "../../src/domain/errors.ts"
import { type SourceId } from "../../src/domain/ids.ts"
import { type Market } from "../../src/domain/Market.ts"
import { type EpochMicros } from "../../src/domain/time.ts"
import { type IngestionRun, IngestRepo } from "../../src/ports/IngestRepo.ts"
import { stepBreaker } from "../../src/policy/breaker.ts"
import { type WatchedMarket } from "../../src/domain/watched.ts"
import { LookRepo } from "../../src/ports/LookRepo.ts"
import { MarketRepo } from "../../src/ports/MarketRepo.ts"

export interface MemoryState {
  readonly markets: ReadonlyMap<string, Market>
  readonly snapshots: ReadonlyArray<{ readonly marketId: string; readonly atUs: EpochMicros }>
  readonly checkpoints: ReadonlyMap<SourceId, EpochMicros>
  readonly runs: ReadonlyArray<IngestionRun>
  readonly breakers: ReadonlyMap<SourceId, BreakerState>
  readonly settled: ReadonlyArray<string>
  readonly looks: ReadonlyArray<{ readonly source: SourceId; readonly shown: ReadonlyArray<string> }>
}

const empty: MemoryState = {
  markets: new Map(),
  snapshots: [],
  checkpoints: new Map(),
  runs: [],
  breakers: new Map(),
  settled: [],
  looks: []
}

/** A store in memory that keeps the promises of the two ports; `failCommit` makes the next commits fail. */
export const makeMemoryRepo = (options?: {
  readonly failCommit?: StoreError
  readonly watched?: ReadonlyArray<WatchedMarket>
}) =>
  Effect.map(Ref.make(empty), (state) => {
    const ingest: IngestRepo["Type"] = {
      checkpoint: (source) => Effect.map(Ref.get(state), (s) => s.checkpoints.get(source) ?? null),
      commitRun: ({ run, markets, confirmed, capturedAtUs, checkpointUs }) =>
        options?.failCommit !== undefined
          ? Effect.fail(options.failCommit)
          : Ref.update(state, (s) => {
              const before = s.checkpoints.get(run.source)
              return {
                ...s,
                markets: new Map([...s.markets, ...markets.map((m) => [`${m.source}:${m.marketId}`, m] as const)]),
                snapshots: [...s.snapshots, ...markets.map(({ marketId }) => ({ marketId, atUs: capturedAtUs }))],
                checkpoints:
                  checkpointUs === null
                    ? s.checkpoints
                    : new Map([...s.checkpoints, [run.source, Math.max(before ?? checkpointUs, checkpointUs)]]),
                runs: [...s.runs, run],
                looks:
                  confirmed === null
                    ? s.looks
                    : [...s.looks, { source: run.source, shown: [...markets.map((m) => m.marketId), ...confirmed] }]
              }
            }),
      stepBreaker: (source, nowUs, settings, input) =>
        Effect.gen(function* () {
          const before = (yield* Ref.get(state)).breakers.get(source) ?? closedBreaker
          const step = yield* stepBreaker(settings, before, nowUs, input)
          yield* Ref.update(state, (s) => ({
            ...s,
            breakers: new Map([...s.breakers, [source, step.state]]),
            settled:
              input._tag === "asked"
                ? s.settled
                : [...s.settled, `${source}:${input._tag === "failed" ? input.reason : "success"}`]
          }))
          return step
        })
    }
    const unexpected = Effect.die("unexpected call")
    const markets: MarketRepo["Type"] = {
      open: unexpected,
      list: () => unexpected,
      find: () => unexpected,
      changedSince: () => unexpected,
      shownBy: (source, ids) =>
        Effect.map(Ref.get(state), (s) => {
          const rows = ids.map((id) => s.markets.get(`${source}:${id}`)).filter((row) => row !== undefined)
          return new Map(rows.map((m) => [m.marketId, m]))
        }),
      findAll: (ids) =>
        Effect.map(Ref.get(state), (s) => {
          const wanted = new Set(ids)
          return new Map([...s.markets.values()].filter((m) => wanted.has(m.marketId)).map((m) => [m.marketId, m]))
        })
    }
    const looks: LookRepo["Type"] = {
      confirmations: () => unexpected,
      confirmationsOf: () => unexpected,
      spacings: unexpected,
      unread: unexpected,
      watched: Effect.succeed(options?.watched ?? [])
    }
    return {
      state,
      layer: Layer.mergeAll(
        Layer.succeed(IngestRepo, ingest),
        Layer.succeed(MarketRepo, markets),
        Layer.succeed(LookRepo, looks)
      )
    }
  })
