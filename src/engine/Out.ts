import { type Command } from "../domain/Command.ts"
import { type Fact } from "../domain/Fact.ts"

/** Where a step puts what it wants done and what happened. */
export interface Out {
  readonly commands: Array<Command>
  /** Called as it happens, while the state is as the fact says. */
  readonly fact: (fact: Fact) => void
}
