import * as FileSystem from "@effect/platform/FileSystem"
import * as SystemError from "@effect/platform/Error"
import { describe, expect, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { defaultConfig } from "../../src/config/AppConfig.ts"
import { type ConfigOptions, loadConfig } from "../../src/config/load.ts"

const files = (contents: Readonly<Record<string, string>>) =>
  FileSystem.layerNoop({
    exists: (path) => Effect.succeed(path in contents),
    readFileString: (path) =>
      path in contents
        ? Effect.succeed(contents[path]!)
        : Effect.fail(
            new SystemError.SystemError({
              reason: "NotFound",
              module: "FileSystem",
              method: "readFileString",
              pathOrDescriptor: path
            })
          )
  })

const load = (
  options: Partial<ConfigOptions>,
  environment: Readonly<Record<string, string>>,
  contents: Readonly<Record<string, string>> = {}
) =>
  loadConfig({ configPath: null, dbPath: null, bankroll: null, ...options }).pipe(
    Effect.provide(
      Layer.merge(
        files(contents),
        Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(environment))))
      )
    )
  )

const withDb = (path: string) => `app: {db_path: ${path}}`

describe("loadConfig", () => {
  it.effect("runs on the defaults when nothing is configured", () =>
    Effect.gen(function* () {
      const { config, sources } = yield* load({}, {})
      expect(config).toStrictEqual(defaultConfig)
      expect(sources.file).toBeNull()
    })
  )

  it.effect("takes option over environment over file over default", () =>
    Effect.gen(function* () {
      const contents = { "configs/config.yaml": withDb("from-file.db") }
      const env = { MONOMARKET_DB: "from-env.db" }
      const paths = [
        yield* load({ dbPath: "from-option.db" }, env, contents),
        yield* load({}, env, contents),
        yield* load({}, {}, contents),
        yield* load({}, {})
      ].map(({ config }) => config.app.db_path)
      expect(paths).toStrictEqual(["from-option.db", "from-env.db", "from-file.db", defaultConfig.app.db_path])
    })
  )

  it.effect("takes --config over MONOMARKET_CONFIG over configs/config.yaml", () =>
    Effect.gen(function* () {
      const contents = { "configs/config.yaml": withDb("c"), "a.yaml": withDb("a"), "b.yaml": withDb("b") }
      const env = { MONOMARKET_CONFIG: "b.yaml" }
      const option = yield* load({ configPath: "a.yaml" }, env, contents)
      const environment = yield* load({}, env, contents)
      const standard = yield* load({}, {}, contents)
      expect([option, environment, standard].map(({ sources }) => sources.file)).toStrictEqual([
        "a.yaml",
        "b.yaml",
        "configs/config.yaml"
      ])
      expect(option.config.app.db_path).toBe("a")
    })
  )

  it.effect("reads mode, URLs and switches from the environment", () =>
    Effect.gen(function* () {
      const { config, sources } = yield* load(
        {},
        { MONOMARKET_MODE: "LIVE", MONOMARKET_GAMMA_URL: "http://127.0.0.1:1", KILL_SWITCH: "yes" }
      )
      expect(config.trading.mode).toBe("live")
      expect(config.data.gamma_base_url).toBe("http://127.0.0.1:1")
      expect([...sources.environmentSwitches]).toStrictEqual([["KILL_SWITCH", "yes"]])
    })
  )

  const refused: ReadonlyArray<readonly [Partial<ConfigOptions>, Record<string, string>, string]> = [
    [{ configPath: "gone.yaml" }, {}, '--config: file "gone.yaml" does not exist'],
    [{ configPath: "" }, {}, "--config: must not be empty"],
    [{ dbPath: " " }, {}, "--db: must not be empty"],
    [{}, { MONOMARKET_CONFIG: "gone.yaml" }, 'MONOMARKET_CONFIG: file "gone.yaml" does not exist'],
    [{}, { MONOMARKET_DB: "" }, "MONOMARKET_DB: must not be empty"],
    [{}, { MONOMARKET_MODE: "backtest" }, 'MONOMARKET_MODE: must be paper or live, not "backtest"'],
    [{}, { MONOMARKET_CLOB_URL: "http://example.com" }, "MONOMARKET_CLOB_URL: must be https"]
  ]
  for (const [options, environment, message] of refused) {
    it.effect(`refuses: ${message}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(load(options, environment))
        expect(error._tag).toBe("InputError")
        expect(error.message).toContain(message)
      })
    )
  }
})
