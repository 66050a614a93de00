import { isMatched, type SessionParity } from "../app/parity.ts"
import { type ReplayedPnl, type SessionReplay } from "../app/replaySession.ts"
import { type Parity } from "../backtest/DecisionComparison.ts"
import { type JsonObject } from "../domain/json.ts"
import { formatTime } from "../domain/time.ts"
import { fromMicros } from "../domain/units.ts"
import { type Column, renderPairs, renderTable, type Screen } from "../reports/terminal.ts"
import { formatInstant, formatNumber, NOTHING } from "../reports/terminalFormat.ts"
import { pnl } from "./tradeTables.ts"

const count = (value: number): string => formatNumber(value, 0)

const parityJson = ({ beyond, divergence, matched, recorded }: Parity): JsonObject => ({
  decisions: recorded,
  matched,
  beyond,
  divergence:
    divergence === null
      ? null
      : { seq: divergence.seq, at: formatTime(divergence.atUs), kind: divergence.kind, cause: divergence.cause }
})

/** What is wrong with a session, in one line; null: nothing. */
export const problemOf = (session: SessionParity): string | null => {
  if (session._tag === "NotReplayed") return `session ${session.session.sessionId} is not replayed: ${session.reason}`
  const { parity, sessionId } = session.replay
  if (parity.divergence === null) return null
  const { atUs, cause, kind, seq } = parity.divergence
  const where = seq === null ? "behind its last record" : `record ${seq}`
  return `session ${sessionId}: ${where} (${kind} at ${formatTime(atUs)}): ${cause}`
}

/** The decisions in a few words. */
const matchedText = ({ beyond, divergence, matched, recorded }: Parity): string => {
  const same = `${count(matched)} of ${count(recorded)} the same`
  if (divergence !== null) return same
  return beyond === 0 ? same : `${same}, ${count(beyond)} more where the session was interrupted`
}

export const replayJson = (replay: SessionReplay): JsonObject => ({
  session_id: replay.sessionId,
  mode: replay.mode,
  version: replay.version,
  started_at: formatTime(replay.startedAtUs),
  ended_at: formatTime(replay.endedAtUs),
  ended: replay.ended,
  cycles: replay.cycles,
  ...replay.totals,
  pnl: replay.pnl.map(({ realized, strategy, unrealized }) => ({
    strategy,
    realized: fromMicros(realized),
    unrealized: fromMicros(unrealized)
  })),
  parity: parityJson(replay.parity)
})

const pnlColumns: ReadonlyArray<Column<ReplayedPnl>> = [
  { header: "strategy", value: ({ strategy }) => strategy },
  { header: "realized", value: ({ realized }) => pnl(realized), align: "right", tone: "signed" },
  { header: "unrealized", value: ({ unrealized }) => pnl(unrealized), align: "right", tone: "signed" }
]

export const replayText = (replay: SessionReplay, screen: Screen): string => {
  const { cycles, ended, endedAtUs, mode, parity, pnl: strategies, sessionId, startedAtUs, totals } = replay
  const { alarms, events, executed, rejected, settlements, signals, skipped, updates } = totals
  const problem = problemOf({ _tag: "Replayed", replay })
  const summary = renderPairs(
    [
      ["session", `${sessionId}, ${mode}, ${ended ? "stopped" : "interrupted"}`],
      ["time", `${formatInstant(startedAtUs)} to ${formatInstant(endedAtUs)}`],
      ["cycles", `${count(cycles)} with ${count(events)} events`],
      [
        "signals",
        `${count(signals)} (${count(executed)} executed, ${count(rejected)} rejected), ${count(skipped)} left`
      ],
      ["orders", `${count(updates)} updates of resting orders, ${count(settlements)} settlements`],
      ["alarms", count(alarms), alarms === 0 ? "good" : "bad"],
      ["decisions", matchedText(parity), problem === null ? "good" : "bad"],
      ...(problem === null ? [] : [["first other", problem, "bad"] as const])
    ],
    screen
  )
  return strategies.length === 0 ? summary : `${summary}\n\n${renderTable(pnlColumns, strategies, screen)}`
}

export const sessionParityJson = (session: SessionParity): JsonObject =>
  session._tag === "NotReplayed"
    ? { session_id: session.session.sessionId, replayed: false, reason: session.reason }
    : {
        session_id: session.replay.sessionId,
        replayed: true,
        mode: session.replay.mode,
        ended: session.replay.ended,
        cycles: session.replay.cycles,
        ...parityJson(session.replay.parity)
      }

const replayed = (session: SessionParity, value: (replay: SessionReplay) => string): string =>
  session._tag === "Replayed" ? value(session.replay) : NOTHING

const sessionColumns: ReadonlyArray<Column<SessionParity>> = [
  {
    header: "session",
    value: (session) => String(session._tag === "Replayed" ? session.replay.sessionId : session.session.sessionId),
    align: "right"
  },
  {
    header: "started",
    value: (session) =>
      formatInstant(session._tag === "Replayed" ? session.replay.startedAtUs : session.session.startedAtUs)
  },
  { header: "mode", value: (session) => replayed(session, ({ mode }) => mode) },
  { header: "end", value: (session) => replayed(session, ({ ended }) => (ended ? "stopped" : "interrupted")) },
  { header: "cycles", value: (session) => replayed(session, ({ cycles }) => count(cycles)), align: "right" },
  {
    header: "decisions",
    value: (session) => replayed(session, ({ parity }) => count(parity.recorded)),
    align: "right"
  },
  { header: "matched", value: (session) => replayed(session, ({ parity }) => count(parity.matched)), align: "right" },
  { header: "beyond", value: (session) => replayed(session, ({ parity }) => count(parity.beyond)), align: "right" },
  {
    header: "parity",
    value: (session) => (isMatched(session) ? "same" : session._tag === "Replayed" ? "differs" : "not replayed"),
    tone: (session) => (isMatched(session) ? "good" : "bad")
  }
]

export const parityTable = (sessions: ReadonlyArray<SessionParity>, screen: Screen): string =>
  renderTable(sessionColumns, sessions, screen, "No sessions.")
