import * as Cause from "effect/Cause"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import { type AppConfigShape } from "../config/AppConfig.ts"
import { escapeControl } from "../reports/terminalText.ts"

const textOf = (value: unknown): string => {
  if (typeof value === "string") return value
  if (value instanceof Error) return value.message
  return JSON.stringify(value) ?? String(value)
}

/** One line per entry on stderr: stdout belongs to results. */
const stderrLogger = Logger.make<unknown, void>(({ annotations, cause, date, logLevel, message }) => {
  const parts = (Array.isArray(message) ? message : [message]).map(textOf)
  for (const [key, value] of HashMap.toEntries(annotations)) parts.push(`${key}=${textOf(value)}`)
  if (!Cause.isEmpty(cause)) parts.push(Cause.pretty(cause))
  process.stderr.write(`${date.toISOString()} ${logLevel.label.padEnd(5)} ${escapeControl(parts.join(" "))}\n`)
})

const levels = {
  DEBUG: LogLevel.Debug,
  INFO: LogLevel.Info,
  WARNING: LogLevel.Warning,
  ERROR: LogLevel.Error
} as const

/** Logs to stderr from `level` up. */
export const loggingLayer = (level: AppConfigShape["app"]["log_level"]): Layer.Layer<never> =>
  Layer.merge(Logger.replace(Logger.defaultLogger, stderrLogger), Logger.minimumLogLevel(levels[level]))
