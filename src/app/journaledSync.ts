import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { nowUs } from "../engine/now.ts"
import { Journal } from "../ports/Journal.ts"
import { VenueSync } from "../ports/VenueSync.ts"

/**
 * Looks at the own orders of which the journal hears when they failed: the program then sends nothing, and a replay has to
 * be told. What a look found is in the portfolio that is read afterwards.
 */
export const journaledSync = <A, E, R>(
  sync: Layer.Layer<VenueSync | A, E, R>
): Layer.Layer<VenueSync, E, R | Journal> =>
  Layer.flatMap(sync, (context) =>
    Layer.effect(
      VenueSync,
      Effect.map(Journal, (journal) => {
        const inner = Context.get(context, VenueSync)
        let looks = 0
        const look = Effect.suspend(() => {
          looks += 1
          const read = looks
          return Effect.tapErrorTag(inner.sync, "VenueUnavailable", ({ detail, operation }) =>
            Effect.flatMap(nowUs, (atUs) =>
              journal.append(() => [{ kind: "blind", atUs, body: { read, operation, detail } }])
            )
          )
        })
        return VenueSync.of({ ...inner, sync: look })
      })
    )
  )
