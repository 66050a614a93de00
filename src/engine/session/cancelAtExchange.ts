import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type OrderReport } from "../../domain/EngineEvent.ts"
import { type Order } from "../../domain/Order.ts"
import { canceledByStrategy, reported } from "../../domain/rejection.ts"
import { answerTimeout } from "../../policy/packages.ts"
import { type Exchange } from "../../ports/Executor.ts"
import { answerOf, measured } from "./sendOrder.ts"

/** The order is where it was, as far as is known, and may be cancelled again. */
const stays = ({ status }: Order, detail: string) =>
  answerOf({ status, fills: [], reason: reported("cancel refused", detail), countsAsRejection: false })

/**
 * Takes an order off a venue outside, and gives what became of it: what it traded before the cancel came is in the report.
 * `order` bears the database's number. Silence ends even where the venue's code cannot be interrupted.
 */
export const cancelAtExchange = (exchange: Pick<Exchange, "cancel">, order: Order): Effect.Effect<OrderReport> =>
  measured(
    Effect.interruptible(Effect.disconnect(exchange.cancel(order))).pipe(
      Effect.map(
        Option.match({
          onNone: () =>
            answerOf({ status: "canceled", fills: [], reason: canceledByStrategy, countsAsRejection: false }),
          onSome: ({ fills, order: { reason, status } }) =>
            answerOf({ status, fills, reason, countsAsRejection: false })
        })
      ),
      Effect.timeoutTo({
        duration: answerTimeout,
        onSuccess: (report) => report,
        onTimeout: () => stays(order, "no answer in time")
      }),
      Effect.catchTags({
        VenueUnavailable: ({ message }) => Effect.succeed(stays(order, message)),
        StoreError: ({ message }) => Effect.succeed(stays(order, message))
      }),
      Effect.uninterruptible
    )
  )
