import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import { type StoreError } from "../../src/domain/errors.ts"
import { type SourceId } from "../../src/domain/ids.ts"
import { type Market } from "../../src/domain/Market.ts"
import { type EpochMicros } from "../../src/domain/time.ts"
import { type Admission, type BreakerState, type IngestionRun, IngestRepo } from "../../src/ports/IngestRepo.ts"
import { MarketRepo } from "../../src/ports/MarketRepo.ts"

export interface MemoryState {
  readonly markets: ReadonlyMap<string, Market>
  readonly snapshots: ReadonlyArray<{ readonly marketId: string; readonly atUs: EpochMicros }>
  readonly checkpoints: ReadonlyMap<SourceId, EpochMicros>
  readonly runs: ReadonlyArray<IngestionRun>
  readonly breakers: ReadonlyMap<SourceId, BreakerState & { readonly probing: boolean }>
  readonly settled: ReadonlyArray<string>
}

const empty: MemoryState = {
  markets: new Map(),
  snapshots: [],
  checkpoints: new Map(),
  runs: [],
  breakers: new Map(),
  settled: []
}

/** A store in memory that keeps the promises of the two ports; `failCommit` makes the next commits fail. */
export const makeMemoryRepo = (options?: { readonly failCommit?: StoreError }) =>
  Effect.map(Ref.make(empty), (state) => {
    const ingest: IngestRepo["Type"] = {
      checkpoint: (source) => Effect.map(Ref.get(state), (s) => s.checkpoints.get(source) ?? null),
      commitRun: ({ run, markets, capturedAtUs, checkpointUs }) =>
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
                runs: [...s.runs, run]
              }
            }),
      admit: (source, nowUs) =>
        Ref.modify(state, (s): readonly [Admission, MemoryState] => {
          const breaker = s.breakers.get(source)
          if (breaker === undefined || breaker.openUntilUs === null) return [{ _tag: "closed" }, s]
          if (breaker.openUntilUs > nowUs || breaker.probing) {
            return [{ _tag: "refused", openUntilUs: breaker.openUntilUs }, s]
          }
          return [
            { _tag: "probe" },
            { ...s, breakers: new Map([...s.breakers, [source, { ...breaker, probing: true }]]) }
          ]
        }),
      settle: (source, nowUs, settings, outcome) =>
        Ref.modify(state, (s) => {
          const before = s.breakers.get(source)
          const failures = outcome._tag === "success" ? 0 : (before?.consecutiveFailures ?? 0) + 1
          const opens = failures >= settings.failureThreshold || (before?.probing === true && failures > 0)
          const after: BreakerState = {
            consecutiveFailures: failures,
            openUntilUs: opens ? nowUs + settings.cooldownUs : null
          }
          const word = outcome._tag === "success" ? "success" : outcome.bucket
          return [
            after,
            {
              ...s,
              breakers: new Map([...s.breakers, [source, { ...after, probing: false }]]),
              settled: [...s.settled, `${source}:${word}`]
            }
          ]
        })
    }
    const unexpected = Effect.die("unexpected call")
    const markets: MarketRepo["Type"] = {
      open: unexpected,
      list: () => unexpected,
      find: () => unexpected,
      changedSince: () => unexpected,
      findAll: (ids) =>
        Effect.map(Ref.get(state), (s) => {
          const wanted = new Set(ids)
          return new Map([...s.markets.values()].filter((m) => wanted.has(m.marketId)).map((m) => [m.marketId, m]))
        })
    }
    return {
      state,
      layer: Layer.merge(Layer.succeed(IngestRepo, ingest), Layer.succeed(MarketRepo, markets))
    }
  })
