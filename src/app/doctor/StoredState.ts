import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import { AppConfig } from "../../config/AppConfig.ts"
import { type StoreError } from "../../domain/errors.ts"
import { LiveOrderRepo } from "../../ports/LiveOrderRepo.ts"
import { LookRepo } from "../../ports/LookRepo.ts"
import { MarketRepo } from "../../ports/MarketRepo.ts"
import { type DatabaseFileReport, inspectDatabase } from "../../store/inspectDatabase.ts"
import { storeLayer } from "../../store/layer.ts"

export interface StoredStateShape {
  readonly file: Either.Either<DatabaseFileReport, StoreError>
  /** null: the database is not there, or cannot be used as it is. */
  readonly repositories: {
    readonly markets: Context.Tag.Service<MarketRepo>
    readonly looks: Context.Tag.Service<LookRepo>
    readonly liveOrders: Context.Tag.Service<LiveOrderRepo>
  } | null
}

/** The database as far as it is usable: none, an older one and a broken one are findings here, not errors. */
export class StoredState extends Context.Tag("monomarket/app/doctor/StoredState")<StoredState, StoredStateShape>() {}

const usable = ({ access, latestMigration, migration, state }: DatabaseFileReport): boolean =>
  state === "usable" && migration === latestMigration && access === "writable"

const make = Effect.gen(function* () {
  const { db_path } = (yield* AppConfig).app
  const file = yield* Effect.either(inspectDatabase(db_path))
  // Opening an older file would upgrade it, and looking must change nothing.
  if (Either.isLeft(file) || !usable(file.right)) return StoredState.of({ file, repositories: null })
  const opened = yield* Effect.either(Layer.build(storeLayer(db_path, { create: false })))
  if (Either.isLeft(opened)) return StoredState.of({ file: Either.left(opened.left), repositories: null })
  const { right } = opened
  return StoredState.of({
    file,
    repositories: {
      markets: Context.get(right, MarketRepo),
      looks: Context.get(right, LookRepo),
      liveOrders: Context.get(right, LiveOrderRepo)
    }
  })
})

export const layer: Layer.Layer<StoredState, never, AppConfig> = Layer.scoped(StoredState, make)
