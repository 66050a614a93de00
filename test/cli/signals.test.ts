import { afterAll, describe, expect, it } from "vitest"
import { runCli, scratch } from "./cli.ts"

const { dir, remove } = scratch()
afterAll(remove)

const exchange = ["exchange", "--port", "0", "--markets", "20"]

describe("being told to stop", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143]
  ] as const)("%s runs the finalizers and exits %i", async (signal, code) => {
    let told = false
    const run = await runCli(exchange, {
      cwd: dir,
      onStdout: (text, kill) => {
        if (told || !text.includes("Ctrl-C")) return
        told = true
        kill(signal)
      }
    })
    expect(run).toMatchObject({ code, signal: null })
    expect(run.stderr).toBe("Served 0 requests; faults: none.\n")
  })
})

describe("ingest against the loopback exchange", () => {
  it("stores markets of every source and exits 0", async () => {
    const results: Array<Awaited<ReturnType<typeof runCli>>> = []
    let started = false
    const server = await runCli([...exchange, "--json", "--fault", "clob/500#1"], {
      cwd: dir,
      onStdout: (text, kill) => {
        if (started || !text.endsWith("}\n")) return
        started = true
        const { environment }: { environment: Record<string, string> } = JSON.parse(text)
        const env = { ...environment }
        const steps = async () => {
          results.push(await runCli(["ingest", "--limit", "10", "--json"], { cwd: dir, env }))
          results.push(await runCli(["list-markets", "--json"], { cwd: dir }))
          kill("SIGTERM")
        }
        void steps()
      }
    })
    expect(server.code).toBe(143)
    const [ingest, list] = results
    expect(ingest).toMatchObject({ code: 0 })
    const report: { status: string; sources: ReadonlyArray<Record<string, unknown>> } = JSON.parse(ingest!.stdout)
    expect(report.sources.map(({ source }) => source)).toStrictEqual(["gamma", "data", "clob"])
    expect(report.sources[2]).toMatchObject({ failure_count: 1, retry_count: 1, error_buckets: { http_5xx: 1 } })
    expect(JSON.parse(list!.stdout).length).toBeGreaterThan(0)
  })

  it("exits 1 with the sources in the result when nothing could be stored", async () => {
    const env = { MONOMARKET_GAMMA_URL: "http://127.0.0.1:1" }
    const run = await runCli(["ingest", "--source", "gamma", "--json"], { cwd: dir, env })
    expect(run.code).toBe(1)
    expect(JSON.parse(run.stdout)).toMatchObject({ status: "error", sources: [{ source: "gamma", status: "error" }] })
    expect(run.stderr).toContain("error: ingest: nothing was stored")
  })
})
