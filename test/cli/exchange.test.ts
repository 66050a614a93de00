import { afterAll, describe, expect, it } from "vitest"
import { get, type Loose, post } from "../simulator/support.ts"
import { runCli, scratch } from "./cli.ts"

const { dir, remove } = scratch()
afterAll(remove)

const exchange = ["exchange", "--port", "0", "--markets", "20"]
const wallet = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"

describe("exchange", () => {
  it("says where everything is, and is steered from another process", async () => {
    const seen: Array<Loose> = []
    let started = false
    const server = await runCli([...exchange, "--json", "--balance", "25"], {
      cwd: dir,
      onStdout: (text, kill) => {
        if (started || !text.endsWith("}\n")) return
        started = true
        const { control, environment }: Loose = JSON.parse(text)
        const steps = async () => {
          seen.push((await get(environment.MONOMARKET_GEOBLOCK_URL)).body)
          seen.push((await post(`${control}/deposit`, { address: wallet, amount: 5 })).body)
          seen.push((await get(`${control}/state`)).body.mode)
          seen.push((await post(`${environment.MONOMARKET_CLOB_URL}/order`, {})).status)
        }
        void steps().finally(() => kill("SIGTERM"))
      }
    })
    expect(server.code).toBe(143)
    expect(seen).toEqual([
      { blocked: false, ip: "127.0.0.1", country: "IE", region: "L" },
      { address: wallet, balance: 30 },
      "normal",
      401
    ])
  })

  it.each([
    [["--balance", "-1"], "--balance: must be a number of at least 0"],
    [["--balance", "much"], "--balance: must be a number of at least 0"],
    [["--fault", "clob/sell/reset"], 'unknown endpoint "clob/sell": use one of clob/order, '],
    [["--fault", "clob/order/429-after"], '"429" says that nothing was done']
  ])("refuses %j", async (args, said) => {
    const { code, stderr, stdout } = await runCli([...exchange, ...args], { cwd: dir })
    expect(code).not.toBe(0)
    expect(stderr + stdout).toContain(said)
  })
})
