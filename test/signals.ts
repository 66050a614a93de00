import { type NewSignal } from "../src/domain/Signal.ts"
import { type SignalRow } from "../src/ports/HistoryReader.ts"
import { decodeBasket, decodeLegs, decodePayload } from "../src/store/signals/decode.ts"

/** A signal without its orders, as the original writes it: columns and payload. */
export type PayloadSignal = Omit<NewSignal, "legs" | "style" | "basket">

/** The signal with the orders that its columns and its payload come to. */
export const withOrders = (signal: PayloadSignal): NewSignal => ({
  ...signal,
  legs: decodeLegs(signal, signal.payload),
  style: "aggressive",
  basket: decodeBasket(signal.payload)
})

/** The same for a stored row. */
export const rowWithOrders = (row: Omit<SignalRow, "legs" | "style" | "packageId">): SignalRow => ({
  ...row,
  ...decodePayload(row, row.payloadJson),
  style: "aggressive"
})
