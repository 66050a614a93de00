import * as Context from "effect/Context"
import { type SwitchName } from "../domain/Switches.ts"

/** Where the configuration of this run came from. The origin of a switch's value is derived from it. */
export class ConfigSources extends Context.Tag("monomarket/config/ConfigSources")<
  ConfigSources,
  {
    /** The file that was read; null: none, the defaults. */
    readonly file: string | null
    /** Key paths that the file set, such as `trading.kill_switch`. */
    readonly setKeys: ReadonlySet<string>
    /** The switches as the environment spells them; a name that is not set is not there. */
    readonly environmentSwitches: ReadonlyMap<SwitchName, string>
  }
>() {}
