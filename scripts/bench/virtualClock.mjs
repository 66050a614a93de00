// What virtual time costs: between chunks of events, and where nothing happens for a hundred days.
import * as Effect from "effect/Effect"
import { onVirtualTime } from "../../dist/index.js"
import { cpuMs } from "./cpu.mjs"
import { makeHistory } from "./history.mjs"
import { replayStrategies } from "./strategyReplay.mjs"

const CHUNK = 4_096
const CHUNKS = 2_000
const DAYS = 100
const CYCLES = DAYS * 288
const DAY_US = 86_400_000_000
const DAYS_A_MINUTE = 2_000
/** Nanoseconds per event that the clock may cost. */
const ALLOWED_NS = 100

/** A sleep on virtual time and a look at the clock before every chunk. */
const chunksOnVirtualTime = () =>
  Effect.runPromise(
    onVirtualTime(0, (clock) =>
      Effect.gen(function* () {
        let seen = 0
        for (let chunk = 0; chunk < CHUNKS; chunk += 1) {
          yield* Effect.sleep(1_000)
          seen += clock.nowUs / 1_000_000
        }
        if (seen !== (CHUNKS * (CHUNKS + 1)) / 2) throw new Error(`time went to ${seen}`)
      })
    )
  )

/** Two snapshots a hundred days apart, and the trading program asked every five minutes between them. */
const idleDays = async (history) => {
  const report = await replayStrategies(history)
  if (report.strategy_replay.cycles < CYCLES) throw new Error(`${report.strategy_replay.cycles} cycles`)
}

export const virtualClock = [
  {
    name: `virtual clock, events in chunks of ${CHUNK.toLocaleString("en")}`,
    unit: "ns/event",
    target: 1,
    floorIs: "what it may cost: 0.1 us an event",
    prepare: () => null,
    run: async () => ((await cpuMs(chunksOnVirtualTime)) * 1e6) / (CHUNK * CHUNKS),
    floor: () => ALLOWED_NS
  },
  {
    name: `trading program, ${DAYS} virtual days in which nothing happens`,
    unit: "ms",
    target: 1,
    floorIs: `what it may take: ${DAYS_A_MINUTE.toLocaleString("en")} days a minute`,
    prepare: async (folder) => {
      const history = await makeHistory(folder, {
        name: "idle",
        signals: 0,
        markets: 2,
        snapshots: 2,
        whole: true,
        stepUs: DAYS * DAY_US
      })
      return history
    },
    run: (history) => cpuMs(() => idleDays(history)),
    floor: () => (60_000 * DAYS) / DAYS_A_MINUTE
  }
]
