import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { bareEstimate } from "../core/bareEstimate.ts"
import { secrets } from "../config/secrets.ts"
import { VenueUnavailable } from "../domain/errors.ts"
import { Executor, type ExecutorShape } from "../ports/Executor.ts"

type Secrets = Config.Config.Success<typeof secrets>

const missing = (secret: Option.Option<Redacted.Redacted>): boolean =>
  Option.match(secret, { onNone: () => true, onSome: (value) => Redacted.value(value).trim() === "" })

/** Names of what no order can be signed without; a gateway that signs by itself needs only its headers. */
const missingCredentials = (found: Secrets): ReadonlyArray<string> =>
  missing(found.clobHeadersJson)
    ? [
        ...(missing(found.privateKey) ? ["POLYMARKET_PRIVATE_KEY"] : []),
        ...(missing(found.funder) ? ["POLYMARKET_FUNDER"] : []),
        ...(missing(found.signatureType) ? ["POLYMARKET_SIGNATURE_TYPE"] : [])
      ]
    : []

const refuse = (operation: string) =>
  secrets.pipe(
    Effect.map(missingCredentials),
    Effect.mapError(
      (error) => new VenueUnavailable({ operation, detail: `credentials: ${String(error)}`, nothingSent: true })
    ),
    Effect.flatMap((names) =>
      Effect.fail(
        new VenueUnavailable({
          operation,
          detail:
            names.length > 0
              ? `missing credentials ${names.join(", ")}; nothing was sent`
              : "live execution is not available in this version; nothing was sent",
          nothingSent: true
        })
      )
    )
  )

/**
 * The slot of the real exchange. Live orders pass every gate and end here: refused with the reason, nothing sent, nothing
 * that could be taken for a trade.
 */
export const layer: Layer.Layer<Executor> = Layer.succeed(
  Executor,
  Executor.of({
    atomic: false,
    estimate: (orders) => Effect.succeed(orders.map(bareEstimate)),
    submit: () => refuse("live order"),
    refresh: () => Effect.succeed([]),
    cancel: () => refuse("live cancel")
  } satisfies ExecutorShape)
)
