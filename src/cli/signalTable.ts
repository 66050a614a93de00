import { type Signal } from "../domain/Signal.ts"
import { type Column } from "../reports/terminal.ts"
import { formatInstant, formatNumber, formatPrice, formatShares } from "../reports/terminalFormat.ts"

/** How signals are shown to people. */
export const signalColumns: ReadonlyArray<Column<Signal>> = [
  { header: "id", value: ({ id }) => String(id), align: "right" },
  { header: "strategy", value: ({ strategy }) => strategy },
  { header: "market", value: ({ marketId }) => marketId, flexible: true },
  { header: "side", value: ({ side }) => side },
  { header: "target", value: ({ targetPrice }) => formatPrice(targetPrice), align: "right" },
  { header: "size", value: ({ sizeHint }) => formatShares(sizeHint), align: "right" },
  { header: "score", value: ({ score }) => formatNumber(score, 4), align: "right" },
  { header: "conf", value: ({ confidence }) => formatNumber(confidence, 2), align: "right", atLeast: 4 },
  {
    header: "status",
    value: ({ status }) => status,
    tone: ({ status }) => (status === "rejected" ? "bad" : status === "executed" ? "good" : undefined)
  },
  { header: "created", value: ({ createdAtUs }) => formatInstant(createdAtUs), atLeast: 20 },
  // Once it was given up, why that was says more than why it was made.
  { header: "rationale", value: ({ rationale, reason }) => reason ?? rationale, flexible: true, atLeast: 30 }
]
