/** The three protections, in the order in which a new order meets them. */
export const switchNames = ["KILL_SWITCH", "ENABLE_LIVE_TRADING", "REQUIRE_MANUAL_CONFIRM"] as const
export type SwitchName = (typeof switchNames)[number]

/** Environment wins over the database, the database over the config file. */
export type SwitchOrigin = "environment" | "database" | "config" | "default"

export interface SwitchState {
  readonly name: SwitchName
  readonly value: boolean
  readonly origin: SwitchOrigin
}

const truths = ["1", "true", "yes", "y", "on"]
const falsehoods = ["0", "false", "no", "n", "off"]
export const booleanWords = `${truths.join("/")} or ${falsehoods.join("/")}`

/** `undefined` for anything that is not clearly yes or no. */
export const parseBoolean = (text: string): boolean | undefined => {
  const word = text.trim().toLowerCase()
  return truths.includes(word) ? true : falsehoods.includes(word) ? false : undefined
}
