import { type EpochMicros } from "../domain/time.ts"
import { type Fault } from "./faults.ts"
import { type ServedApi } from "./routing.ts"

/** One request as it was served. */
export interface RequestRecord {
  readonly seq: number
  readonly method: string
  readonly api: ServedApi
  readonly path: string
  readonly query: string
  /** The pattern that matched, such as `/markets/{id}`. */
  readonly endpoint: string
  /** Status of the answer, before any fault; 0 for a write that a fault kept from being carried out. */
  readonly status: number
  readonly fault: Fault | null
  readonly marketUs: EpochMicros
}

export interface ExchangeStats {
  readonly total: number
  /** Requests by "api endpoint". */
  readonly requests: { readonly [endpoint: string]: number }
  readonly faults: { readonly [kind: string]: number }
  /** Newest last, at most 256. */
  readonly recent: ReadonlyArray<RequestRecord>
}

const RECENT = 256

/** What was asked so far. */
export interface Traffic {
  readonly add: (record: Omit<RequestRecord, "seq">) => void
  readonly stats: () => Omit<ExchangeStats, "faults">
}

export const makeTraffic = (): Traffic => {
  const requests = new Map<string, number>()
  const recent: Array<RequestRecord> = []
  let total = 0
  return {
    add: (record) => {
      total += 1
      const key = `${record.api} ${record.endpoint}`
      requests.set(key, (requests.get(key) ?? 0) + 1)
      recent.push({ seq: total, ...record })
      if (recent.length > RECENT) recent.shift()
    },
    stats: () => ({
      total,
      requests: Object.fromEntries([...requests].sort(([a], [b]) => (a < b ? -1 : 1))),
      recent: [...recent]
    })
  }
}
