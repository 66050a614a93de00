import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { parseTime } from "../../src/domain/time.ts"
import { blankMarket } from "../../src/domain/blankMarket.ts"
import { noLooks, regularSpacing, type RecordedLooks } from "../../src/domain/looks.ts"
import { type Instrument, instrumentOf } from "../../src/domain/instrument.ts"
import { HistoryReader, type ResolutionRow, type SignalRow, type SnapshotRow } from "../../src/ports/HistoryReader.ts"
import { rowWithOrders } from "../signals.ts"

export const at = (text: string): number => {
  const us = parseTime(text)
  if (us === undefined) throw new Error(`not a time: ${text}`)
  return us
}

export interface MemoryHistory {
  readonly signals: ReadonlyArray<SignalRow>
  readonly snapshots: ReadonlyArray<SnapshotRow>
  readonly resolutions?: ReadonlyArray<ResolutionRow>
  /** What is known of markets, by id; of those that are not listed, nothing but their id. */
  readonly rules?: ReadonlyMap<string, Partial<Instrument>>
  readonly looks?: RecordedLooks
}

const instrumentsOf = (rules: MemoryHistory["rules"]): ReadonlyMap<string, Instrument> =>
  new Map(
    [...(rules ?? [])].map(([marketId, fields]) => [marketId, instrumentOf(blankMarket({ ...fields, marketId }))])
  )

/** A history made of arrays, for tests: rows must be in time order. */
export const memoryHistory = (history: MemoryHistory): Layer.Layer<HistoryReader> =>
  Layer.succeed(HistoryReader, {
    open: ({ fromUs, strategies, toUs }) =>
      Effect.sync(() => {
        const signals = history.signals.filter(
          (row) =>
            row.createdAtUs >= fromUs &&
            row.createdAtUs <= toUs &&
            (strategies === null || strategies.includes(row.strategy))
        )
        const inside = history.snapshots.filter((row) => row.atUs >= fromUs && row.atUs <= toUs)
        return {
          signals,
          snapshots: history.snapshots.filter((row) => row.atUs <= toUs),
          resolutions: (history.resolutions ?? []).filter((row) => row.atUs <= toUs),
          looks: () => history.looks ?? noLooks,
          spacing: () => regularSpacing([...new Set(inside.map(({ atUs }) => atUs))]),
          instruments: instrumentsOf(history.rules),
          signalCount: signals.length,
          coverage: inside.length === 0 ? null : { firstUs: inside[0]!.atUs, lastUs: inside[inside.length - 1]!.atUs }
        }
      }),
    openMarkets: () => Effect.die("a signal replay asks for no markets"),
    spacings: () => Effect.succeed(new Map()),
    span: Effect.succeed(null)
  })

let nextId = 1

/** A signal row with sensible defaults. */
export const signal = (row: Partial<SignalRow> & { readonly at: string }): SignalRow =>
  rowWithOrders({
    id: nextId++,
    strategy: "s4",
    marketId: "m1",
    eventId: "e1",
    side: "buy",
    targetPrice: 0.5,
    sizeHint: 10,
    payloadJson: "{}",
    timeToLiveSec: null,
    withdrawnAtUs: null,
    createdAtUs: at(row.at),
    ...row
  })

/** A snapshot row; NO is the mirror of YES unless given. */
export const snapshot = (
  row: Partial<SnapshotRow> & { readonly at: string; readonly yes: number | null }
): SnapshotRow => ({
  marketId: "m1",
  atUs: at(row.at),
  no: row.yes === null ? null : Math.round((1 - row.yes) * 1e6) / 1e6,
  bid: null,
  ask: null,
  liquidity: 5000,
  status: "open",
  acceptingOrders: null,
  disputed: null,
  tickSize: null,
  ...row
})
