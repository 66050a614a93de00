import { type SqlClient } from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import { type Market } from "../domain/Market.ts"
import { type EpochMicros } from "../domain/time.ts"

/** Rows of one contract at several sources, tied by condition and token ids; each row is its own twin. */
const twins = `twin.id = seen.id OR (twin.condition_id = seen.condition_id
  AND twin.yes_token_id IN (seen.yes_token_id, seen.no_token_id))`

/** Where another source calls our YES token NO, the payouts change places. */
const turned = "twin.id <> seen.id AND twin.yes_token_id = seen.no_token_id"

const seenRows = `FROM json_each(?) AS asked
  CROSS JOIN markets AS seen ON seen.source = ? AND seen.market_id = json_extract(asked.value, '$[0]')
  JOIN markets AS twin ON ${twins}`

/** A contract that another source resolved before pays the same here, whatever this source says now. */
const adopt = `INSERT INTO market_resolutions (market_id, payout_yes, payout_no, resolved_us, seen_us, basis)
  SELECT seen.market_id, CASE WHEN ${turned} THEN paid.payout_no ELSE paid.payout_yes END,
    CASE WHEN ${turned} THEN paid.payout_yes ELSE paid.payout_no END, paid.resolved_us, ?, 'venue'
  ${seenRows} JOIN market_resolutions AS paid ON paid.market_id = twin.market_id AND paid.basis = 'venue'
  WHERE twin.id <> seen.id
  ON CONFLICT (market_id) DO UPDATE SET payout_yes = excluded.payout_yes, payout_no = excluded.payout_no,
    resolved_us = excluded.resolved_us, seen_us = excluded.seen_us, basis = excluded.basis
  WHERE basis <> 'venue'`

/** What the venue says replaces what prices suggested, and is never replaced. */
const record = `INSERT INTO market_resolutions (market_id, payout_yes, payout_no, resolved_us, seen_us, basis)
  SELECT twin.market_id,
    json_extract(asked.value, CASE WHEN ${turned} THEN '$[2]' ELSE '$[1]' END),
    json_extract(asked.value, CASE WHEN ${turned} THEN '$[1]' ELSE '$[2]' END),
    json_extract(asked.value, '$[3]'), ?, 'venue'
  ${seenRows} WHERE TRUE
  ON CONFLICT (market_id) DO UPDATE SET payout_yes = excluded.payout_yes, payout_no = excluded.payout_no,
    resolved_us = excluded.resolved_us, seen_us = excluded.seen_us, basis = excluded.basis
  WHERE basis <> 'venue'`

const notePrefix = "INSERT INTO resolution_contradictions (market_id, source, report, first_us, last_us)"
const noteTail = "ON CONFLICT (market_id, source, report) DO UPDATE SET last_us = excluded.last_us"

/** A payout other than the recorded one, of this source's row and of its twins. (1,1) pays what (0.5,0.5) does. */
const noteOther = `${notePrefix}
  SELECT twin.market_id, seen.source, 'final ' ||
    json_extract(asked.value, CASE WHEN ${turned} THEN '$[2]' ELSE '$[1]' END) || '/' ||
    json_extract(asked.value, CASE WHEN ${turned} THEN '$[1]' ELSE '$[2]' END), ?, ?
  ${seenRows} JOIN market_resolutions AS paid ON paid.market_id = twin.market_id AND paid.basis = 'venue'
  WHERE CASE WHEN ${turned} THEN paid.payout_no ELSE paid.payout_yes END
    / CAST(paid.payout_yes + paid.payout_no AS REAL)
    <> json_extract(asked.value, '$[1]') / CAST(json_extract(asked.value, '$[1]') + json_extract(asked.value, '$[2]') AS REAL)
  ${noteTail}`

/** The source itself had said final, and now says that the outcome is only proposed, or is contested. */
const noteRevoked = `${notePrefix}
  SELECT seen.market_id, seen.source, json_extract(asked.value, '$[1]'), ?, ?
  FROM json_each(?) AS asked
  CROSS JOIN markets AS seen ON seen.source = ? AND seen.market_id = json_extract(asked.value, '$[0]')
  WHERE seen.payout_yes IS NOT NULL ${noteTail}`

/** The source itself had said final, and the market trades again. */
const noteReopened = `${notePrefix}
  SELECT market_id, source, 'open', ?, ? FROM markets
  WHERE payout_yes IS NOT NULL AND status = 'open' AND source = ?
    AND market_id NOT IN (SELECT json_extract(value, '$[0]') FROM json_each(?)) ${noteTail}`

/** Closed at 0 and 1 looked final in an older database; the venue says that it is not. */
const withdraw = `DELETE FROM market_resolutions WHERE basis = 'price'
  AND market_id IN (SELECT json_extract(value, '$[0]') FROM json_each(?))`

/**
 * Records what pays from now on, for every source's row of the contract. The first final word of the venue stands: a
 * position was paid by it. A later one that disagrees is kept beside it and changes nothing.
 */
export const recordResolutions = (sql: SqlClient, markets: ReadonlyArray<Market>, capturedAtUs: EpochMicros) =>
  Effect.gen(function* () {
    const source = markets[0]?.source ?? ""
    const finals = markets.flatMap(({ marketId, payout, resolvedAtUs }) =>
      payout === null ? [] : [[marketId, payout.yes, payout.no, resolvedAtUs ?? capturedAtUs]]
    )
    if (finals.length > 0) {
      const rows = JSON.stringify(finals)
      yield* sql.unsafe(adopt, [capturedAtUs, rows, source])
      yield* sql.unsafe(record, [capturedAtUs, rows, source])
      yield* sql.unsafe(noteOther, [capturedAtUs, capturedAtUs, rows, source])
    }
    const pending = markets.flatMap(({ marketId, payout, resolution }) =>
      payout === null && resolution !== null && resolution.state !== "final" ? [[marketId, resolution.state]] : []
    )
    if (pending.length > 0) {
      const rows = JSON.stringify(pending)
      yield* sql.unsafe(noteRevoked, [capturedAtUs, capturedAtUs, rows, source])
      yield* sql.unsafe(withdraw, [rows])
    }
    yield* sql.unsafe(noteReopened, [capturedAtUs, capturedAtUs, source, JSON.stringify(finals)])
  })
