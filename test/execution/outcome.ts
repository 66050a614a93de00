import { type Refuser } from "../../src/domain/Fact.ts"
import { type Rejection, rejectionText } from "../../src/domain/rejection.ts"
import { type PackageResult, type RoutedOrder } from "../../src/engine/session/runPackages.ts"

export type Outcome =
  | { readonly _tag: "Accepted"; readonly orders: ReadonlyArray<RoutedOrder> }
  | {
      readonly _tag: "Refused"
      readonly by: Refuser
      readonly reason: Rejection
      readonly orders: ReadonlyArray<RoutedOrder>
    }

/** Whether a package traded, or rests, and else who refused it and why. */
export const outcomeOf = ({ decision, ended, orders }: PackageResult): Outcome => {
  if (decision === null) throw new Error("the package was not begun")
  const refusal = decision.refusal ?? ended?.refusal ?? null
  return refusal === null
    ? { _tag: "Accepted", orders }
    : { _tag: "Refused", by: refusal.by, reason: refusal.reason, orders }
}

/** The reason as people read it, or "Accepted". */
export const reasonOf = (result: PackageResult): string => {
  const outcome = outcomeOf(result)
  return outcome._tag === "Refused" ? rejectionText(outcome.reason) : outcome._tag
}
