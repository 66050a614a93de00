import { afterAll, describe, expect, it } from "vitest"
import { address, ownAccount, privateKey } from "../app/doctorWorld.ts"
import { withExchange } from "../simulator/support.ts"
import { oneMarket, usual } from "../simulator/tradingSupport.ts"
import { runCli, scratch } from "./cli.ts"

const { dir, remove } = scratch()
afterAll(remove)

const environmentOf = (urls: { readonly clob: string; readonly geoblock: string }) => ({
  MONOMARKET_CLOB_URL: urls.clob,
  MONOMARKET_GEOBLOCK_URL: urls.geoblock
})

describe("doctor from the command line", () => {
  it("says what to do, names the problems, and exits with 1", () =>
    withExchange({ backend: oneMarket([usual]), trading: {} }, async ({ urls }) => {
      const run = await runCli(["doctor"], { cwd: dir, env: environmentOf(urls) })
      expect(run.code).toBe(1)
      expect(run.stdout).toMatch(
        /^database +problem +data\/monomarket.db does not exist\n +-> run `monomarket init-db`$/m
      )
      expect(run.stdout).toMatch(/^signer +skipped +no credentials; so are api_credentials, trading_rights, balance/m)
      expect(run.stdout).toMatch(/^1 problem, \d warnings?; live orders cannot be placed\.$/m)
      expect(run.stderr).toBe("error: 1 problem: database\n")
    }))

  it("finds no problem, and live orders possible, where all is there", () =>
    withExchange({ backend: oneMarket([usual]), trading: {} }, async ({ urls }) => {
      const env = { ...environmentOf(urls), ...ownAccount, ENABLE_LIVE_TRADING: "true" }
      expect((await runCli(["init-db"], { cwd: dir, env })).code).toBe(0)
      const run = await runCli(["doctor", "--live", "--json"], { cwd: dir, env })
      expect([run.code, run.stderr]).toEqual([0, ""])
      const found = JSON.parse(run.stdout)
      expect(found).toMatchObject({ problems: 0, live_ready: true })
      expect(found.checks).toContainEqual({
        check: "balance",
        result: "ok",
        found: "1,000.00 pUSD",
        advice: "",
        blocks_live: false
      })
      expect(run.stdout).toContain(address)
      expect(run.stdout).not.toContain(privateKey.slice(2))
    }))

  it("demands credentials of who wants to trade live", () =>
    withExchange({ backend: oneMarket([usual]), trading: {} }, async ({ urls }) => {
      const env = { ...environmentOf(urls), MONOMARKET_DB: "none.db" }
      const run = await runCli(["doctor", "--live"], { cwd: dir, env })
      expect(run.code).toBe(1)
      expect(run.stderr).toBe("error: 3 problems: database, enable_live_trading, credentials\n")
    }))
})
