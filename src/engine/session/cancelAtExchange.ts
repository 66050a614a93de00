import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type OrderReport } from "../../domain/EngineEvent.ts"
import { type Order } from "../../domain/Order.ts"
import { type CancelCommand } from "../../domain/Command.ts"
import { reported } from "../../domain/rejection.ts"
import { answerTimeout } from "../../policy/packages.ts"
import { type Exchange } from "../../ports/Executor.ts"
import { answerOf, measured } from "./sendOrder.ts"

/** The cancel failed: as far as is known the order is unchanged, and may be cancelled again. */
const stays = ({ status }: Order, detail: string) =>
  answerOf({ status, fills: [], reason: reported("cancel refused", detail), countsAsRejection: false })

/**
 * Cancels an order at an exchange, and gives what became of it, with what it traded before the cancel came. `order` has
 * the database's id. The wait for an answer ends even where the venue's code cannot be interrupted.
 */
export const cancelAtExchange = (
  exchange: Pick<Exchange, "cancel">,
  order: Order,
  { reason: why, status: how }: Pick<CancelCommand, "reason" | "status">
): Effect.Effect<OrderReport> =>
  measured(
    Effect.interruptible(Effect.disconnect(exchange.cancel(order))).pipe(
      Effect.map(
        Option.match({
          onNone: () => answerOf({ status: how, fills: [], reason: why, countsAsRejection: false }),
          // An order that filled before the cancel came is reported as filled. Of one that was let go the reason is why
          // it was cancelled, and not that the exchange says it was.
          onSome: ({ fills, order: { reason, status } }) =>
            answerOf({ status, fills, reason: status === "canceled" ? why : reason, countsAsRejection: false })
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
