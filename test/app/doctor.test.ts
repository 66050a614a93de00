import { chmodSync, writeFileSync } from "node:fs"
import { it } from "@effect/vitest"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { describe, expect } from "vitest"
import { type Diagnosis } from "../../src/app/doctor.ts"
import { databaseFindings } from "../../src/app/doctor/database.ts"
import { parseFaults } from "../../src/simulator/faults.ts"
import { type DatabaseFileReport, inspectDatabase } from "../../src/store/inspectDatabase.ts"
import { latestMigration } from "../../src/store/migrations/all.ts"
import { CONDITION, START, YES } from "../simulator/tradingSupport.ts"
import { advance, hashOf, live, signed, stage } from "../store/liveSupport.ts"
import { olderOriginal, using, withSqlite } from "../store/support.ts"
import {
  address,
  examine,
  makeWorld,
  ownAccount,
  type Patient,
  privateKey,
  readyWorld,
  type World
} from "./doctorWorld.ts"

const finding = (diagnosis: Diagnosis, check: string) => {
  const found = diagnosis.findings.filter((one) => one.check === check)
  expect(found, check).toHaveLength(1)
  return found[0]
}

const levels = ({ findings }: Diagnosis) =>
  Object.fromEntries(findings.map(({ check, level }) => [check, level] as const))

/** A database that knows the market, and all switches set for live orders. */
const ready: Patient = { credentials: ownAccount, switches: { ENABLE_LIVE_TRADING: "true" } }

const control = (world: World, path: string, body: object) =>
  Effect.promise(() =>
    fetch(`${world.exchange.urls.control}/${path}`, { method: "POST", body: JSON.stringify(body) })
  ).pipe(Effect.map((response) => expect(response.status).toBe(200)))

const bytesOf = (path: string): Buffer => withSqlite(path, (db) => db.serialize())

/** Only these checks find something that is not all right. */
const wrong = (diagnosis: Diagnosis): ReadonlyArray<string> =>
  diagnosis.findings.filter(({ level }) => level === "warning" || level === "problem").map(({ check }) => check)

describe("doctor", () => {
  it.scoped("finds nothing wrong where everything is there, and says that live orders can be placed", () =>
    Effect.gen(function* () {
      const diagnosis = yield* examine(yield* readyWorld(), { ...ready, live: true })
      expect(diagnosis).toMatchObject({ problems: 0, warnings: 0, liveReady: true })
      expect(Object.values(levels(diagnosis)).filter((level) => level !== "ok")).toEqual([])
      expect(finding(diagnosis, "signer")?.found).toContain(address)
      expect(finding(diagnosis, "balance")?.found).toBe("1,000.00 pUSD")
      expect(finding(diagnosis, "tick_sizes")?.found).toBe("1 of 1 markets compared, all as stored")
      expect(finding(diagnosis, "geoblock")?.found).toBe("orders from IE L are accepted")
    })
  )

  it.scoped(
    "skips what needs credentials where there are none; that is a problem only for who wants to trade live",
    () =>
      Effect.gen(function* () {
        const world = yield* readyWorld()
        const paper = yield* examine(world)
        expect(paper).toMatchObject({ problems: 0, liveReady: false })
        for (const check of ["credentials", "signer", "api_credentials", "trading_rights", "balance", "allowances"]) {
          expect(finding(paper, check)).toMatchObject({ level: "skipped", found: "no credentials" })
        }
        const live = yield* examine(world, { live: true })
        expect(live.findings.filter(({ level }) => level === "problem").map(({ check }) => check)).toEqual([
          "enable_live_trading",
          "credentials"
        ])
        expect(finding(live, "credentials")?.advice).toContain("POLYMARKET_PRIVATE_KEY")
      })
  )

  it.scoped("changes nothing at the exchange and in the database", () =>
    Effect.gen(function* () {
      const world = yield* readyWorld()
      const before = bytesOf(world.dbPath)
      yield* examine(world, ready)
      expect(bytesOf(world.dbPath).equals(before)).toBe(true)
      const { recent } = yield* world.exchange.stats
      // Credentials that do not exist yet are asked for; nothing else is written.
      expect(recent.filter(({ method }) => method !== "GET").map(({ path }) => path)).toEqual(["/auth/api-key"])
    })
  )

  it.scoped("never shows a secret", () =>
    Effect.gen(function* () {
      const world = yield* readyWorld()
      const given = {
        POLYMARKET_API_KEY: "own-key-77",
        POLYMARKET_API_SECRET: "c2VjcmV0LXRleHQ=",
        POLYMARKET_API_PASSPHRASE: "pass-88"
      }
      const derived = yield* examine(world, { ...ready, live: true })
      const refused = yield* examine(world, { credentials: { ...ownAccount, ...given } })
      expect(finding(refused, "api_credentials")).toMatchObject({ level: "problem" })
      const gateway = yield* examine(world, {
        credentials: { POLYMARKET_CLOB_HEADERS_JSON: '{"POLY_API_KEY":"gate-99","X-Secret":"hidden-11"}' }
      })
      const secrets = [privateKey, privateKey.slice(2), ...Object.values(given), "gate-99", "hidden-11"]
      const text = JSON.stringify([derived, refused, gateway])
      for (const secret of secrets) expect(text).not.toContain(secret)
    })
  )
})

describe("doctor, the exchange", () => {
  const skewed: ReadonlyArray<readonly [number, string, string]> = [
    [20, "problem", "20 s ahead of the exchange's"],
    [-20, "problem", "20 s behind the exchange's"],
    [4, "warning", "4 s ahead of the exchange's"],
    [1, "ok", "as the exchange's, to a second"]
  ]
  it.scoped.each(skewed)("says of a clock that is off by %i s: %s", ([seconds, level, found]) =>
    Effect.gen(function* () {
      const world = yield* readyWorld()
      yield* TestClock.setTime(START / 1_000 + 500 + seconds * 1_000)
      const diagnosis = yield* examine(world, ready)
      expect(finding(diagnosis, "clock")).toMatchObject({ level, found })
      expect(wrong(diagnosis)).toEqual(level === "ok" ? [] : ["clock"])
    })
  )

  it.scoped("takes the time of a loopback exchange for its own affair", () =>
    Effect.gen(function* () {
      const world = yield* readyWorld()
      yield* TestClock.adjust("1 day")
      const diagnosis = yield* examine(world, { clobUrl: world.exchange.urls.clob })
      expect(finding(diagnosis, "clock")).toMatchObject({ level: "warning", advice: /nothing to do/ })
    })
  )

  it.scoped("calls an exchange of another order version a problem", () =>
    Effect.gen(function* () {
      const diagnosis = yield* examine(yield* readyWorld(), { ...ready, answers: { "/version": { version: 3 } } })
      expect(finding(diagnosis, "order_version")).toMatchObject({ level: "problem", found: /takes version 3/ })
      expect(diagnosis.liveReady).toBe(false)
    })
  )

  it.scoped("calls a blocked place a problem, and one that nobody tells a warning", () =>
    Effect.gen(function* () {
      const world = yield* readyWorld()
      yield* control(world, "geoblock", { blocked: true })
      const blocked = yield* examine(world, ready)
      expect(finding(blocked, "geoblock")).toMatchObject({ level: "problem", found: "orders from US NY are refused" })
      const unclear = yield* examine(world, {
        ...ready,
        answers: { "/api/geoblock": { ip: "192.0.2.1", country: "DE" } }
      })
      expect(finding(unclear, "geoblock")).toMatchObject({ level: "warning" })
      expect(unclear.liveReady).toBe(true)
      expect(JSON.stringify(unclear)).not.toContain("192.0.2.1")
    })
  )

  it.scoped("tells of a changed tick size", () =>
    Effect.gen(function* () {
      const world = yield* readyWorld()
      withSqlite(world.dbPath, (db) => db.exec("UPDATE markets SET tick_size = 0.001"))
      const diagnosis = yield* examine(world, ready)
      expect(finding(diagnosis, "tick_sizes")).toMatchObject({ level: "warning", found: /m1 0.001 now 0.01/ })
    })
  )

  it.scoped("goes on where nobody answers", () =>
    Effect.gen(function* () {
      const world = yield* readyWorld()
      yield* world.unplug
      const diagnosis = yield* examine(world, ready)
      expect(levels(diagnosis)).toMatchObject({
        database: "ok",
        kill_switch: "ok",
        exchange: "problem",
        clock: "skipped",
        order_version: "skipped",
        geoblock: "warning",
        credentials: "ok",
        signer: "ok",
        api_credentials: "problem",
        balance: "skipped",
        open_orders: "skipped",
        tick_sizes: "skipped"
      })
    })
  )

  const moment = Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 20)))

  it.scoped("gives up a request that is never answered, and tells the rest", () =>
    Effect.gen(function* () {
      const world = yield* readyWorld()
      const served = Effect.map(world.exchange.stats, ({ total }) => total)
      yield* examine(world, ready)
      const before = yield* served
      yield* examine(world, ready)
      const usual = (yield* served) - before
      const start = yield* served
      const fiber = yield* Effect.fork(examine(world, { ...ready, silent: ["/closed-only"] }))
      while ((yield* served) < start + usual - 1) yield* moment
      // The last answers are read meanwhile; the clock of this test stands still.
      for (let n = 0; n < 10; n++) yield* moment
      yield* TestClock.adjust("11 seconds")
      const diagnosis = yield* Fiber.join(fiber)
      expect(finding(diagnosis, "trading_rights")).toMatchObject({
        level: "problem",
        found: /no complete answer in time/
      })
      expect(wrong(diagnosis)).toEqual(["trading_rights"])
    })
  )

  it.scoped("one request that fails stops no other", () =>
    Effect.gen(function* () {
      const world = yield* readyWorld()
      yield* world.exchange.setFaults(yield* parseFaults("clob/closed-only/500"))
      const diagnosis = yield* examine(world, ready)
      expect(wrong(diagnosis)).toEqual(["trading_rights"])
      yield* world.exchange.setFaults(yield* parseFaults("clob/api-keys/reset,clob/balance/html,clob/version/empty"))
      expect(wrong(yield* examine(world, ready))).toEqual(["api_credentials", "balance", "outcome_tokens"])
    })
  )
})

describe("doctor, the account", () => {
  const wallet = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
  const refusedCredentials: ReadonlyArray<readonly [string, Record<string, string>, string, RegExp]> = [
    [
      "no key",
      { POLYMARKET_FUNDER: wallet, POLYMARKET_SIGNATURE_TYPE: "3" },
      "credentials",
      /missing: POLYMARKET_PRIVATE_KEY; set: POLYMARKET_FUNDER/
    ],
    ["no funder", { ...ownAccount, POLYMARKET_SIGNATURE_TYPE: "3" }, "credentials", /missing: POLYMARKET_FUNDER/],
    [
      "a key that is none",
      { ...ownAccount, POLYMARKET_PRIVATE_KEY: "0x1234" },
      "signer",
      /must be 64 hexadecimal digits/
    ],
    [
      "an unknown type",
      { ...ownAccount, POLYMARKET_SIGNATURE_TYPE: "4", POLYMARKET_FUNDER: wallet },
      "signer",
      /must be 0 \(own key\)/
    ],
    [
      "type 0 with a wallet's address",
      { ...ownAccount, POLYMARKET_FUNDER: wallet },
      "signer",
      /must be the key's own address with signature type 0/
    ],
    [
      "a wallet's type with the key's address",
      { ...ownAccount, POLYMARKET_SIGNATURE_TYPE: "2", POLYMARKET_FUNDER: address },
      "signer",
      /signature type 2 needs the wallet's/
    ],
    [
      "half of the API credentials",
      { ...ownAccount, POLYMARKET_API_KEY: "k" },
      "api_credentials",
      /give all three or none/
    ]
  ]
  it.scoped.each(refusedCredentials)("says of %s what is wrong", ([, credentials, check, found]) =>
    Effect.gen(function* () {
      const diagnosis = yield* examine(yield* readyWorld(), { ...ready, credentials })
      expect(finding(diagnosis, check)).toMatchObject({ level: "problem", found })
      expect(wrong(diagnosis)).toEqual([check])
      expect(levels(diagnosis)).toMatchObject({ balance: "skipped", allowances: "skipped", trading_rights: "skipped" })
    })
  )

  it.scoped("knows a wallet's account by both of its addresses", () =>
    Effect.gen(function* () {
      const credentials = { ...ownAccount, POLYMARKET_SIGNATURE_TYPE: "3", POLYMARKET_FUNDER: wallet }
      const diagnosis = yield* examine(yield* readyWorld(), { ...ready, credentials })
      expect(finding(diagnosis, "signer")?.found).toBe(`key of ${address}, type 3 (deposit wallet), money in ${wallet}`)
      expect(diagnosis.liveReady).toBe(true)
    })
  )

  it.scoped("hints at a wrong signature type where the balance is zero", () =>
    Effect.gen(function* () {
      const world = yield* readyWorld({ trading: { openingBalance: 0 } })
      const diagnosis = yield* examine(world, ready)
      expect(finding(diagnosis, "balance")).toMatchObject({
        level: "warning",
        found: `0.00 pUSD in ${address} (type 0, the key's own account)`,
        advice: /since 2026-05-04 have type 3/
      })
      expect(diagnosis.liveReady).toBe(false)
      const asked = (yield* world.exchange.stats).recent.map(({ path }) => path)
      expect(asked).toContain("/balance-allowance/update")
    })
  )

  it.scoped("finds the money in another wallet of the key", () =>
    Effect.gen(function* () {
      const answers = {
        "/balance-allowance?signature_type=3": { balance: "42500000" },
        "/balance-allowance?asset_type=COLLATERAL": { balance: "0" }
      }
      const diagnosis = yield* examine(yield* readyWorld(), { ...ready, answers })
      expect(finding(diagnosis, "balance")).toMatchObject({
        level: "problem",
        found: `0.00 pUSD in ${address} (type 0, the key's own account), but 42.50 with type 3 (deposit wallet)`,
        advice: "set POLYMARKET_SIGNATURE_TYPE to 3 and POLYMARKET_FUNDER to that wallet"
      })
    })
  )

  it.scoped("names the contracts that may take nothing", () =>
    Effect.gen(function* () {
      const world = yield* readyWorld()
      yield* control(world, "allowance", { address, amount: "none" })
      const diagnosis = yield* examine(world, ready)
      expect(finding(diagnosis, "allowances")).toMatchObject({
        level: "problem",
        found: "pUSD: exchange 0.00, neg-risk exchange 0.00",
        advice: /0xE111180000d2663C0091e4f400237545B87B996B .* 0xe2222d279d744050d28e00520010520000310F59/
      })
      expect(finding(diagnosis, "outcome_tokens")).toMatchObject({ level: "warning", found: "shares cannot be sold" })
    })
  )

  it.scoped("tells an allowance below the balance, and an exchange that tells none", () =>
    Effect.gen(function* () {
      const world = yield* readyWorld()
      const spenders = ["0xE111180000d2663C0091e4f400237545B87B996B", "0xe2222d279d744050d28e00520010520000310F59"]
      const balance = (allowances: object) => ({ "/balance-allowance": { balance: "5000000", ...allowances } })
      const low = { allowances: Object.fromEntries(spenders.map((one) => [one.toLowerCase(), "2000000"])) }
      const short = yield* examine(world, { ...ready, answers: balance(low) })
      expect(finding(short, "allowances")).toMatchObject({ level: "warning", found: /2.00.*less than the balance/ })
      const silent = yield* examine(world, { ...ready, answers: balance({}) })
      expect(finding(silent, "allowances")).toMatchObject({ level: "warning", found: /does not tell/ })
    })
  )

  it.scoped("tells that the account may only close", () =>
    Effect.gen(function* () {
      const world = yield* readyWorld()
      yield* control(world, "account", { address, standing: "closed_only" })
      const diagnosis = yield* examine(world, ready)
      expect(finding(diagnosis, "trading_rights")).toMatchObject({ level: "problem", found: /closed-only/ })
    })
  )

  const row = (n: number) => ({
    ...{ id: hashOf(n).toUpperCase().replace("0X", "0x"), status: "LIVE", maker_address: address, market: CONDITION },
    ...{ asset_id: YES, side: "BUY", original_size: "10", size_matched: "0", price: "0.5", created_at: 1_000_000 }
  })
  const onBook = (...numbers: ReadonlyArray<number>): Patient => ({
    ...ready,
    answers: { "/data/orders": { data: numbers.map(row), next_cursor: "LTE=" } }
  })

  it.scoped("holds the orders of the account against those of the database", () =>
    Effect.gen(function* () {
      const world = yield* readyWorld()
      const seen = (patient: Patient) => Effect.map(examine(world, patient), (found) => finding(found, "open_orders"))
      expect(yield* seen(onBook())).toMatchObject({ level: "ok", found: "none at the exchange" })
      expect(yield* seen(onBook(1))).toMatchObject({
        level: "warning",
        found: "1 at the exchange, 1 not of this database"
      })
      const { order } = yield* using(world.dbPath, stage(signed(1)))
      expect(yield* seen(onBook(1))).toMatchObject({ level: "warning", found: /; of 1 it is not known/ })
      yield* using(world.dbPath, advance(order.id, live()))
      expect(yield* seen(onBook(1))).toMatchObject({ level: "ok", found: "1 at the exchange, all of this database" })
      expect(yield* seen(onBook())).toMatchObject({
        level: "warning",
        advice: /live-sync/,
        found: /1 more only in the/
      })
    })
  )

  it.scoped("says that a gateway without a key signs no orders here", () =>
    Effect.gen(function* () {
      const credentials = { POLYMARKET_CLOB_HEADERS_JSON: '{"POLY_API_KEY":"k"}' }
      const diagnosis = yield* examine(yield* readyWorld(), { ...ready, credentials })
      expect(finding(diagnosis, "signer")).toMatchObject({ level: "warning", found: /cannot be signed here/ })
      expect(diagnosis.liveReady).toBe(false)
    })
  )
})

describe("doctor, this machine", () => {
  it.scoped("tells of a kill switch, and where it is set", () =>
    Effect.gen(function* () {
      const world = yield* readyWorld()
      withSqlite(world.dbPath, (db) => db.exec("INSERT INTO switches VALUES ('KILL_SWITCH', 'on', '')"))
      const stored = yield* examine(world, ready)
      expect(finding(stored, "kill_switch")).toMatchObject({
        level: "warning",
        found: "true (database): every new order is refused; sync and cancel still work",
        advice: /set-switch KILL_SWITCH false/
      })
      expect(stored).toMatchObject({ problems: 0, liveReady: false })
      const environment = yield* examine(world, { ...ready, live: true, switches: { KILL_SWITCH: "1" } })
      expect(finding(environment, "kill_switch")).toMatchObject({ level: "problem", advice: /in the environment/ })
    })
  )

  it.scoped("calls a switch that cannot be read a problem", () =>
    Effect.gen(function* () {
      const diagnosis = yield* examine(yield* readyWorld(), { ...ready, switches: { KILL_SWITCH: "maybe" } })
      expect(finding(diagnosis, "switches")).toMatchObject({ level: "problem", found: /KILL_SWITCH: must be/ })
    })
  )

  it.scoped("warns of live orders that go without a confirmation", () =>
    Effect.gen(function* () {
      const trading = { require_manual_confirm: false }
      const diagnosis = yield* examine(yield* readyWorld(), { ...ready, trading })
      expect(wrong(diagnosis)).toEqual(["require_manual_confirm"])
      expect(diagnosis.liveReady).toBe(true)
    })
  )

  it.scoped("names the command for a missing database", () =>
    Effect.gen(function* () {
      const diagnosis = yield* examine(yield* makeWorld(), ready)
      expect(finding(diagnosis, "database")).toMatchObject({ level: "problem", advice: "run `monomarket init-db`" })
      expect(levels(diagnosis)).toMatchObject({ kill_switch: "ok", exchange: "ok", balance: "ok" })
    })
  )

  it.scoped("does not upgrade an older database, but reads its switches", () =>
    Effect.gen(function* () {
      const world = yield* makeWorld()
      withSqlite(world.dbPath, (db) => {
        db.exec(olderOriginal)
        db.exec("CREATE TABLE IF NOT EXISTS switches (name TEXT PRIMARY KEY, value TEXT, updated_at TEXT)")
        db.exec("INSERT INTO switches VALUES ('KILL_SWITCH', 'true', '')")
      })
      const before = bytesOf(world.dbPath)
      const diagnosis = yield* examine(world, ready)
      expect(finding(diagnosis, "database")).toMatchObject({
        level: "warning",
        found: new RegExp(`schema 0 of ${latestMigration}, journal delete`)
      })
      expect(finding(diagnosis, "kill_switch")?.level).toBe("warning")
      expect(finding(diagnosis, "tick_sizes")?.level).toBe("skipped")
      expect(bytesOf(world.dbPath).equals(before)).toBe(true)
    })
  )

  const broken: ReadonlyArray<readonly [string, (path: string) => void, RegExp]> = [
    ["no database", (path) => writeFileSync(path, "not a database at all"), /not a SQLite database/],
    ["of another program", (path) => withSqlite(path, (db) => db.exec("CREATE TABLE t (x)")), /another program/]
  ]
  it.scoped.each(broken)("says of a file that is %s what it is, and that no switch can be read", ([, make, found]) =>
    Effect.gen(function* () {
      const world = yield* makeWorld()
      make(world.dbPath)
      const diagnosis = yield* examine(world, ready)
      expect(finding(diagnosis, "database")).toMatchObject({ level: "problem", found })
      expect(finding(diagnosis, "switches")?.level).toBe("problem")
    })
  )

  it.scoped("tells of another process that holds the file", () =>
    Effect.gen(function* () {
      const world = yield* readyWorld()
      const blocker = new Sqlite(world.dbPath)
      blocker.exec("BEGIN IMMEDIATE")
      const report = yield* inspectDatabase(world.dbPath)
      blocker.close()
      expect(report.access).toBe("locked")
      expect(databaseFindings(report)[0]).toMatchObject({ level: "problem", found: /locked by another process/ })
    })
  )

  // Root may write whatever the mode says.
  it.scoped.skipIf(process.getuid?.() === 0)("tells that the file is write-protected", () =>
    Effect.gen(function* () {
      const world = yield* readyWorld()
      chmodSync(world.dbPath, 0o444)
      const diagnosis = yield* examine(world, ready)
      expect(finding(diagnosis, "database")).toMatchObject({ level: "problem", found: /read-only/ })
    })
  )

  const report: DatabaseFileReport = {
    path: "m.db",
    state: "usable",
    migration: latestMigration,
    latestMigration,
    journalMode: "wal",
    sizeBytes: 2_500_000,
    access: "writable",
    freeBytes: 5e9,
    switches: new Map()
  }
  const levelsOf = (fields: Partial<DatabaseFileReport>) =>
    databaseFindings({ ...report, ...fields }).map(({ level }) => level)

  it("judges the file and the room around it", () => {
    expect(levelsOf({})).toEqual(["ok", "ok"])
    expect(levelsOf({ access: "read-only" })).toEqual(["problem", "ok"])
    expect(levelsOf({ state: "empty" })).toEqual(["problem", "ok"])
    expect(levelsOf({ freeBytes: 5e8 })).toEqual(["ok", "warning"])
    expect(levelsOf({ freeBytes: 5e7 })).toEqual(["ok", "problem"])
    expect(levelsOf({ freeBytes: null })).toEqual(["ok", "warning"])
  })
})
