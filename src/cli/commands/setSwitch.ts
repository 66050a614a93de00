import * as Args from "@effect/cli/Args"
import * as Effect from "effect/Effect"
import { existingStore } from "../../app/store.ts"
import { ConfigSources } from "../../config/ConfigSources.ts"
import { parseSwitchName, parseSwitchValue } from "../../config/switches.ts"
import { booleanWords, switchNames } from "../../domain/Switches.ts"
import { setSwitch } from "../../engine/switches.ts"
import { defineCommand } from "../command.ts"
import { Output } from "../Output.ts"

export const command = defineCommand({
  name: "set-switch",
  description: "Stores a safety switch in the database. The environment wins over it where it sets the same name.",
  settings: {
    name: Args.text({ name: "NAME" }).pipe(Args.withDescription(switchNames.join(", "))),
    value: Args.text({ name: "VALUE" }).pipe(Args.withDescription(booleanWords))
  },
  layer: existingStore,
  handler: (input) =>
    Effect.gen(function* () {
      const name = yield* parseSwitchName(input.name)
      const value = yield* parseSwitchValue("VALUE", input.value)
      yield* setSwitch(name, value)
      const output = yield* Output
      const overruled = (yield* ConfigSources).environmentSwitches.get(name)
      if (overruled !== undefined) {
        yield* output.note(`note: the environment sets ${name}=${overruled}, which wins over the database`)
      }
      yield* output.result(
        { name, value, overruled_by_environment: overruled !== undefined },
        () => `${name} is now ${value} in the database.`
      )
    })
})
