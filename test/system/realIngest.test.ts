import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { gunzipSync, gzipSync } from "node:zlib"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type IngestReport } from "../../src/ports/Ingestor.ts"
import { openRecorded, type RecordedStats } from "../../src/simulator/recorded.ts"
import { type Exchange, type ExchangeStats } from "../../src/simulator/server.ts"
import { makeUniverse } from "../../src/simulator/universe.ts"
import { scratch } from "../cli/cli.ts"
import { describeShared } from "../shared.ts"
import { get, type Loose, walkKeyset, withExchange } from "../simulator/support.ts"
import { ingestAll, problemsOf, query, type Row, scalar } from "./support.ts"

/** What the store should hold of a raw row, read from it here by hand. */
type Expected = Readonly<Record<string, string | number | null>>

const lastNumber = (value: unknown): number | null =>
  value === undefined || value === null || value === "" ? null : Number(value)

const textOrNull = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null)

/** YES stands first unless the labels say otherwise. */
const yesIndex = (labels: ReadonlyArray<string>): 0 | 1 =>
  labels[0] !== "Yes" && (labels[1] === "Yes" || labels[0] === "No") ? 1 : 0

const isFinal = (row: Loose): boolean =>
  row.closed === true &&
  (row.umaResolutionStatus === "resolved" || (row.umaResolutionStatus === undefined && row.automaticallyResolved))

const payable = ["0,1", "1,0", "0.5,0.5", "1,1", "0,0"]

const expectedOfGamma = (row: Loose): Expected => {
  const labels = JSON.parse(row.outcomes ?? "[]")
  const prices = JSON.parse(row.outcomePrices ?? "[]").map(Number)
  const tokens = JSON.parse(row.clobTokenIds || "[]")
  const yes = yesIndex(labels)
  const [yesPrice, noPrice] = [lastNumber(prices[yes]), lastNumber(prices[1 - yes])]
  const pays = isFinal(row) && payable.includes(`${yesPrice},${noPrice}`)
  const free = row.feesEnabled === false
  const schedule = row.feeSchedule
  return {
    question: row.question.trim(),
    condition_id: textOrNull(row.conditionId),
    event_id: row.events?.[0]?.id ?? "unknown",
    yes_token_id: tokens[yes] ?? null,
    no_token_id: tokens[1 - yes] ?? null,
    yes_label: labels[yes]?.trim() ?? null,
    no_label: labels[1 - yes]?.trim() ?? null,
    yes_price: yesPrice,
    no_price: noPrice,
    liquidity: lastNumber(row.liquidity) ?? lastNumber(row.liquidityNum) ?? 0,
    volume: lastNumber(row.volume) ?? lastNumber(row.volumeNum) ?? 0,
    tick_size: lastNumber(row.orderPriceMinTickSize),
    min_order_size: lastNumber(row.orderMinSize),
    fee_rate: free ? 0 : lastNumber(schedule?.rate),
    fee_exponent: free ? 1 : schedule === undefined ? null : (schedule.exponent ?? 1),
    status: row.closed === true || row.active === false ? "closed" : "open",
    neg_risk: row.negRisk === true ? 1 : 0,
    slug: textOrNull(row.slug),
    payout_yes: pays ? yesPrice : null,
    payout_no: pays ? noPrice : null
  }
}

const expectedOfClob = (row: Loose): Expected => {
  const yes = yesIndex(row.tokens.map((token: Loose) => token.outcome))
  const [first, second] = [row.tokens[yes], row.tokens[1 - yes]]
  const won = (token: Loose) => (token.winner === true ? 1 : 0)
  const half = row.is_50_50_outcome === true
  const pays = row.closed === true && (half || row.tokens.some((token: Loose) => token.winner === true))
  const paid = won(first) + won(second) > 0 ? [won(first), won(second)] : [0.5, 0.5]
  return {
    question: row.question.trim(),
    condition_id: row.condition_id,
    yes_token_id: textOrNull(first.token_id),
    no_token_id: textOrNull(second.token_id),
    yes_label: textOrNull(first.outcome),
    no_label: textOrNull(second.outcome),
    yes_price: first.price,
    no_price: second.price,
    liquidity: 0,
    tick_size: row.minimum_tick_size,
    min_order_size: row.minimum_order_size,
    fee_rate: null,
    status: row.closed === true || row.active === false ? "closed" : "open",
    neg_risk: row.neg_risk === true ? 1 : 0,
    slug: textOrNull(row.market_slug),
    payout_yes: pays ? paid[0]! : null,
    payout_no: pays ? paid[1]! : null
  }
}

const walkClob = async (base: string): Promise<ReadonlyArray<Loose>> => {
  const rows: Array<Loose> = []
  for (let cursor = ""; cursor !== "LTE=";) {
    const { body } = await get(`${base}/markets${cursor === "" ? "" : `?next_cursor=${cursor}`}`)
    rows.push(...body.data)
    cursor = body.next_cursor
  }
  return rows
}

interface Taken {
  readonly recorded: RecordedStats
  readonly report: IngestReport
  readonly stats: ExchangeStats
  readonly gamma: ReadonlyArray<Loose>
  readonly clob: ReadonlyArray<Loose>
}

/** Ingests a recording, then asks the exchange for the same rows again, to read them independently. */
const takeAll = async (database: string, path: string): Promise<Taken> => {
  const backend = await Effect.runPromise(openRecorded(path))
  return withExchange({ backend }, async ({ stats: read, urls }: Exchange) => {
    const report = await ingestAll(database, urls, { clob_listing: "markets", include_closed: true })
    const stats = await Effect.runPromise(read)
    const open = await walkKeyset(urls.gamma)
    const closed = await walkKeyset(urls.gamma, "&closed=true")
    const gamma = [...open.rows, ...closed.rows]
    return { recorded: backend.stats, report, stats, gamma, clob: await walkClob(urls.clob) }
  })
}

const summaryOf = ({ report }: Taken) =>
  report.sources.map(({ buckets, dropped, received, refused, requestCount, rowsIngested, source, status }) => ({
    source,
    status,
    requests: requestCount,
    received,
    stored: rowsIngested,
    refused: Object.fromEntries(refused),
    ...(dropped.size > 0 && { dropped: Object.fromEntries(dropped) }),
    buckets: Object.fromEntries(buckets.map(({ bucket, count }) => [bucket, count]))
  }))

const countsOf = (database: string) => ({
  markets: query(database, "SELECT source, status, COUNT(*) AS n FROM markets GROUP BY 1, 2 ORDER BY 1, 2").map(
    ({ n, source, status }) => [source, status, n]
  ),
  snapshots: query(database, "SELECT source, COUNT(*) AS n FROM market_snapshots GROUP BY 1 ORDER BY 1").map(
    ({ n, source }) => [source, n]
  ),
  resolutions: query(
    database,
    `SELECT source, basis, CAST(r.payout_yes AS TEXT) || '/' || CAST(r.payout_no AS TEXT) AS paid, COUNT(*) AS n
     FROM market_resolutions AS r JOIN markets USING (market_id) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`
  ).map(({ basis, n, paid, source }) => [source, basis, paid, n])
})

const marketsOf = (database: string, source: string): ReadonlyMap<string, Row> =>
  new Map(query(database, "SELECT * FROM markets WHERE source = ?", source).map((row) => [row["market_id"], row]))

/** Compares every stored row with its raw row; the first differences are shown. */
const differences = (
  stored: ReadonlyMap<string, Row>,
  raws: ReadonlyArray<Loose>,
  idOf: (raw: Loose) => string,
  expectedOf: (raw: Loose) => Expected
) => {
  const found: Array<string> = []
  for (const raw of raws) {
    const row = stored.get(idOf(raw))
    if (row === undefined) continue
    for (const [name, value] of Object.entries(expectedOf(raw))) {
      if (row[name] !== value) found.push(`${idOf(raw)} ${name}: stored ${row[name]}, the source said ${value}`)
    }
  }
  return found.slice(0, 10)
}

const textOf = (path: string): string => {
  const bytes = readFileSync(path)
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8").replace(/^\ufeff/, "")
}

const { dir, remove } = scratch()
afterAll(remove)

/** Rows as the generated exchange never sends them, though the real one did. */
const oddGamma = (row: Loose): ReadonlyArray<Loose> => {
  const closed = { closed: true, active: true, acceptingOrders: false, closedTime: "2026-01-05 10:00:00+00" }
  const resolved = { ...closed, umaResolutionStatus: "resolved" }
  const odd = [
    { bestAsk: 1.009 },
    { ...resolved, outcomePrices: '["1", "1"]' },
    { ...resolved, outcomePrices: '["0.5", "0.5"]' },
    { ...resolved, outcomePrices: '["0", "1"]' },
    { ...resolved, outcomes: '["No", "Yes"]', outcomePrices: '["0", "1"]' },
    { ...resolved, outcomePrices: '["0.3", "0.7"]' },
    { ...closed, umaResolutionStatus: "disputed", outcomePrices: '["1", "0"]' },
    { ...closed, umaResolutionStatus: "proposed", outcomePrices: '["1", "0"]' },
    { ...closed, active: false, clobTokenIds: undefined, outcomes: '["Long", "Short"]' }
  ]
  return odd.map((change, index) => {
    const id = `9000${index}`
    const tokens = JSON.stringify([`${index}1`.repeat(38), `${index}2`.repeat(38)])
    return { ...row, id, slug: `odd-${id}`, conditionId: `0x${id.padStart(64, "0")}`, clobTokenIds: tokens, ...change }
  })
}

const oddClob = (row: Loose): ReadonlyArray<Loose> => {
  const [yes, no] = row.tokens
  const closed = { closed: true, active: true, accepting_orders: false }
  const odd = [
    { condition_id: "", tokens: [yes, no].map((token) => ({ ...token, token_id: "", outcome: "" })) },
    {
      ...closed,
      tokens: [
        { ...yes, price: 1, winner: true },
        { ...no, price: 0, winner: false }
      ]
    },
    {
      ...closed,
      tokens: [
        { ...yes, price: 0, winner: false },
        { ...no, price: 1, winner: true }
      ]
    },
    { ...closed, is_50_50_outcome: true, tokens: [yes, no].map((token) => ({ ...token, price: 0.5, winner: false })) },
    { ...closed, tokens: [yes, no].map((token) => ({ ...token, price: 0, winner: false })) }
  ]
  return odd.map((change, index) => ({ ...row, condition_id: `0x${`80${index}`.padStart(64, "0")}`, ...change }))
}

/** Writes what the generated exchange answers, and the odd rows, as files that a recording may have. */
const recordGenerated = async (folder: string): Promise<void> => {
  mkdirSync(folder)
  await withExchange({ backend: makeUniverse({ seed: "recording", markets: 120 }) }, async ({ advance, urls }) => {
    await Effect.runPromise(advance(30 * 86_400_000_000))
    const { rows: open } = await walkKeyset(urls.gamma)
    const { rows: closed } = await walkKeyset(urls.gamma, "&closed=true")
    const clob = await walkClob(urls.clob)
    const gamma = [...open, ...closed, ...oddGamma(open[0])]
    const data = [...clob, ...oddClob(clob.find((row) => row.closed !== true))]
    writeFileSync(join(folder, "markets.json"), `\ufeff${JSON.stringify(gamma)}`)
    const page = { data, next_cursor: "LTE=", limit: 1000, count: data.length }
    writeFileSync(join(folder, "clob.json.gz"), gzipSync(JSON.stringify(page)))
  })
}

describe("a recording of the generated exchange, ingested", () => {
  const database = join(dir, "generated.db")
  let taken: Taken
  beforeAll(async () => {
    const folder = join(dir, "generated")
    await recordGenerated(folder)
    taken = await takeAll(database, folder)
  })

  it("is served whole, and stored but for the rows that cannot be", async () => {
    const { recorded } = taken
    expect(recorded).toMatchObject({ files: 2, broken: [], ignored: [], duplicates: 0 })
    const [gamma, , clob] = summaryOf(taken)
    const served = recorded.rows["gamma /markets"] ?? 0
    expect(gamma).toMatchObject({ status: "ok", received: served, stored: served, refused: {} })
    expect(gamma?.dropped).toStrictEqual({ "best ask outside [0, 1]": 1 })
    const listed = recorded.rows["clob /markets"] ?? 0
    expect(clob).toMatchObject({ status: "ok", received: listed, stored: listed - 1, refused: { "no market id": 1 } })
    expect(Math.min(served, listed)).toBeGreaterThan(100)
    expect(await problemsOf(database)).toStrictEqual([])
  })

  it("stored every market as its source described it", () => {
    const gamma = marketsOf(database, "gamma")
    const clob = marketsOf(database, "clob")
    expect(differences(gamma, taken.gamma, (row) => row.id, expectedOfGamma)).toStrictEqual([])
    expect(differences(clob, taken.clob, (row) => row.condition_id, expectedOfClob)).toStrictEqual([])
    const above = taken.gamma.filter(({ bestAsk }) => bestAsk > 1)
    expect(above.map(({ bestAsk, id }) => [bestAsk, gamma.get(id)?.["best_ask"]])).toStrictEqual([[1.009, null]])
  })

  it("paid each kind of resolution, and nothing for looking final", () => {
    const paid = (source: string, ids: string) =>
      query(
        database,
        `SELECT market_id, CAST(r.payout_yes AS TEXT) || '/' || CAST(r.payout_no AS TEXT) AS paid
         FROM market_resolutions AS r JOIN markets USING (market_id)
         WHERE source = ? AND market_id GLOB ? AND r.payout_yes IS NOT NULL ORDER BY 1`,
        source,
        ids
      ).map((row) => row["paid"])
    expect(paid("gamma", "9000*")).toStrictEqual(["1.0/1.0", "0.5/0.5", "0.0/1.0", "1.0/0.0"])
    expect(paid("clob", `0x${"80".padStart(63, "0")}*`)).toStrictEqual(["1.0/0.0", "0.0/1.0", "0.5/0.5"])
  })

  it("gave a contract that both sources list one canonical id, and the same tokens", () => {
    const pairs = query(
      database,
      `SELECT g.canonical_id AS g, c.canonical_id AS c, g.yes_token_id AS gy, c.yes_token_id AS cy
       FROM markets AS g JOIN markets AS c USING (condition_id) WHERE g.source = 'gamma' AND c.source = 'clob'`
    )
    expect(pairs.length).toBeGreaterThan(20)
    for (const { c, cy, g, gy } of pairs) expect([c, cy]).toStrictEqual([g, gy])
  })
})

describeShared("data/dev/borat-gamma-clob-2026-02", "recordings of February 2026, ingested", (borat) => {
  const database = join(dir, "borat.db")
  let taken: Taken
  beforeAll(async () => {
    taken = await takeAll(database, borat)
  })

  it("serves, receives, stores and refuses exactly this", () => {
    expect(taken.recorded).toMatchObject({ files: 9, broken: [], duplicates: 998 })
    expect(taken.recorded.rows).toMatchObject({
      "gamma /markets": 694,
      "gamma /markets?closed=false": 398,
      "clob /markets": 2008
    })
    expect(taken.stats.requests).toStrictEqual({ "clob /markets": 3, "data /markets": 1, "gamma /markets/keyset": 7 })
    expect(taken.report.status).toBe("ok")
    expect(summaryOf(taken)).toStrictEqual([
      { source: "gamma", status: "ok", requests: 7, received: 694, stored: 694, refused: {}, buckets: {} },
      {
        ...{ source: "data", status: "ok", requests: 1, received: 0, stored: 0, refused: {} },
        buckets: { source_skipped_404: 1 }
      },
      {
        ...{ source: "clob", status: "ok", requests: 3, received: 2008, stored: 1954 },
        refused: { "no market id": 54 },
        buckets: { decode: 54 }
      }
    ])
  })

  it("leaves exactly these rows", async () => {
    expect(countsOf(database)).toStrictEqual({
      markets: [
        ["clob", "closed", 946],
        ["clob", "open", 1008],
        ["gamma", "closed", 296],
        ["gamma", "open", 398]
      ],
      snapshots: [
        ["clob", 1954],
        ["gamma", 694]
      ],
      resolutions: [
        ["clob", "venue", "0.0/1.0", 294],
        ["clob", "venue", "0.5/0.5", 7],
        ["clob", "venue", "1.0/0.0", 285],
        ["gamma", "venue", "0.0/1.0", 177],
        ["gamma", "venue", "0.5/0.5", 1],
        ["gamma", "venue", "1.0/0.0", 108]
      ]
    })
    expect(await problemsOf(database)).toStrictEqual([])
  })

  it("refused only rows without any id: the archived leftovers of the CLOB", () => {
    const refused = taken.clob.filter((row) => row.condition_id === "")
    expect(refused.length).toBe(54)
    expect(refused.every((row) => row.tokens.every((token: Loose) => token.token_id === ""))).toBe(true)
  })

  it("served the recorded rows unchanged", () => {
    const files = [
      `${borat}/gh-pages/polymarket-backtest__data__raw__markets.json`,
      `${borat}/master/active-markets.json`
    ]
    const recorded = new Map<string, Array<Loose>>()
    for (const raw of files.flatMap((path) => JSON.parse(textOf(path)))) {
      recorded.set(raw.id, [...(recorded.get(raw.id) ?? []), raw])
    }
    expect(recorded.size).toBe(694)
    const changed = taken.gamma.filter((row) => !recorded.get(row.id)?.some((raw) => isDeepStrictEqual(raw, row)))
    expect(changed.map(({ id }) => id)).toStrictEqual([])
  })

  it("stored every market as its source described it", () => {
    const gamma = marketsOf(database, "gamma")
    const clob = marketsOf(database, "clob")
    expect(new Set(taken.gamma.map(({ id }) => id))).toStrictEqual(new Set(gamma.keys()))
    expect(differences(gamma, taken.gamma, (row) => row.id, expectedOfGamma)).toStrictEqual([])
    const named = taken.clob.filter((row) => row.condition_id !== "")
    expect(new Set(named.map((row) => row.condition_id))).toStrictEqual(new Set(clob.keys()))
    expect(differences(clob, named, (row) => row.condition_id, expectedOfClob)).toStrictEqual([])
  })

  it("gave a contract that both sources list one canonical id, and the same tokens", () => {
    const pairs = query(
      database,
      `SELECT g.canonical_id AS g, c.canonical_id AS c, g.yes_token_id AS gy, c.yes_token_id AS cy, g.slug AS slug
       FROM markets AS g JOIN markets AS c USING (condition_id) WHERE g.source = 'gamma' AND c.source = 'clob'`
    )
    expect(pairs.length).toBe(27)
    for (const { c, cy, g, gy } of pairs) expect([c, cy]).toStrictEqual([g, gy])
  })
})

describeShared("data/dev/statground-2024/split", "events of 2024, ingested", (split) => {
  const database = join(dir, "split.db")
  let taken: Taken
  beforeAll(async () => {
    taken = await takeAll(database, split)
  })

  it("serves, receives, stores and refuses exactly this", () => {
    expect(taken.recorded).toMatchObject({ files: 1, broken: [], ignored: [], duplicates: 0 })
    expect(taken.recorded.rows).toMatchObject({
      "gamma /markets": 6558,
      "gamma /markets?closed=false": 15,
      "gamma /events": 2376,
      "clob /markets": 0
    })
    expect(taken.stats.requests).toStrictEqual({ "clob /markets": 1, "data /markets": 1, "gamma /markets/keyset": 67 })
    expect(summaryOf(taken)).toStrictEqual([
      {
        ...{ source: "gamma", status: "ok", requests: 67, received: 6558, stored: 6558 },
        ...{ refused: {}, dropped: { "best ask outside [0, 1]": 1 } },
        buckets: { decode: 1 }
      },
      {
        ...{ source: "data", status: "ok", requests: 1, received: 0, stored: 0, refused: {} },
        buckets: { source_skipped_404: 1 }
      },
      { source: "clob", status: "ok", requests: 1, received: 0, stored: 0, refused: {}, buckets: {} }
    ])
  })

  it("leaves exactly these rows", async () => {
    expect(countsOf(database)).toStrictEqual({
      // The exchange still calls 15 of them not closed, but none is active.
      markets: [["gamma", "closed", 6558]],
      snapshots: [["gamma", 6558]],
      resolutions: [
        ["gamma", "venue", "0.0/1.0", 4602],
        ["gamma", "venue", "0.5/0.5", 10],
        ["gamma", "venue", "1.0/0.0", 1468],
        ["gamma", "venue", "1.0/1.0", 10]
      ]
    })
    expect(scalar(database, "SELECT COUNT(DISTINCT event_id) FROM markets")).toBe(2361)
    expect(await problemsOf(database)).toStrictEqual([])
  })

  it("served every market of every event unchanged", () => {
    const name = "events.dev.2024-01..08.jsonl.gz"
    const events: ReadonlyArray<Loose> = textOf(`${split}/${name}`)
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
    const served = new Map(taken.gamma.map((row) => [row.id, row]))
    const changed: Array<string> = []
    let markets = 0
    for (const event of events) {
      for (const raw of event.markets ?? []) {
        markets += 1
        const { events: parents, ...row } = served.get(raw.id) ?? {}
        const { events: own, ...rest } = raw
        if (parents?.[0]?.id !== (own?.[0]?.id ?? event.id) || !isDeepStrictEqual(row, rest)) changed.push(raw.id)
      }
    }
    expect([markets, served.size]).toStrictEqual([6558, 6558])
    expect(changed).toStrictEqual([])
  })

  it("left out only the ask above 1, and kept its market and what that pays", () => {
    const stored = marketsOf(database, "gamma")
    const above = taken.gamma.filter(({ bestAsk }) => bestAsk > 1)
    expect(above.map(({ bestAsk, id }) => [id, bestAsk, stored.get(id)?.["best_ask"]])).toStrictEqual([
      ["503322", 1.009, null]
    ])
    expect(stored.get("503322")).toMatchObject({ status: "closed", payout_yes: 1, payout_no: 0 })
  })

  it("stored every market as its source described it", () => {
    expect(differences(marketsOf(database, "gamma"), taken.gamma, (row) => row.id, expectedOfGamma)).toStrictEqual([])
  })
})
