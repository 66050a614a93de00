import { type Command } from "../domain/Command.ts"
import { type Fact } from "../domain/Fact.ts"

/** Where a step puts its commands and the facts of what happened. */
export interface Out {
  readonly commands: Array<Command>
  /** Called at once, while the state is as the fact describes it. */
  readonly fact: (fact: Fact) => void
}
