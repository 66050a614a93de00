import * as Schema from "effect/Schema"
import {
  buildInstrument,
  type FeeSchedule,
  type FieldKind,
  type FieldTypes,
  type Instrument,
  instrumentFields,
  instrumentNames
} from "../domain/instrument.ts"
import { flag, type SqlValue } from "./statements.ts"

/** How the values of one kind are kept: in which columns, and the way there and back. */
interface Codec<A> {
  /** How the names of the columns end. */
  readonly endings: ReadonlyArray<string>
  /** What each of the columns may hold: any program may have written the database. */
  readonly row: Schema.Schema.AnyNoContext
  readonly maybe: boolean
  readonly write: (value: A) => ReadonlyArray<SqlValue>
  /** `values` are those of the columns. */
  readonly read: (values: ReadonlyArray<SqlValue>) => A
}

/** A value that SQLite keeps as it is. */
const plain = <A extends SqlValue>(row: Schema.Schema<A>, maybe: boolean): Codec<A> => ({
  endings: [""],
  row,
  maybe,
  write: (value) => [value],
  read: ([value]) => value as A
})

/** A schedule from its columns; null without a rate. Where the rest is missing, the exchange's usual value stands. */
export const feeOf = (
  rate: number | null,
  exponent: number | null,
  takerOnly: number | null,
  rebateRate: number | null
): FeeSchedule | null =>
  rate === null ? null : { rate, exponent: exponent ?? 1, takerOnly: takerOnly !== 0, rebateRate: rebateRate ?? 0 }

const text = plain(Schema.String, false)
const maybeText = plain(Schema.NullOr(Schema.String), true)
const maybeNumber = plain(Schema.NullOr(Schema.Number), true)

const codecs: { readonly [K in FieldKind]: Codec<FieldTypes[K]> } = {
  text,
  marketId: text,
  eventId: text,
  flag: {
    ...plain(Schema.Number, false),
    write: (value) => [flag(value)],
    read: ([value]) => value !== 0
  },
  maybeText,
  maybeTokenId: maybeText,
  maybeFigure: maybeNumber,
  maybeTime: maybeNumber,
  maybeFee: {
    endings: ["_rate", "_exponent", "_taker_only", "_rebate_rate"],
    row: maybeNumber.row,
    maybe: true,
    write: (fee) =>
      fee === null ? [null, null, null, null] : [fee.rate, fee.exponent, flag(fee.takerOnly), fee.rebateRate],
    read: (values) => {
      const [rate, exponent, takerOnly, rebateRate] = values as ReadonlyArray<number | null>
      return feeOf(rate ?? null, exponent ?? null, takerOnly ?? null, rebateRate ?? null)
    }
  }
}

type FieldCodecs = { readonly [K in keyof Instrument]: Codec<Instrument[K]> }
const codecOf = Object.fromEntries(
  instrumentNames.map((name) => [name, codecs[instrumentFields[name].kind]])
) as FieldCodecs

const columnsOf = (name: keyof Instrument): ReadonlyArray<string> =>
  codecOf[name].endings.map((ending) => `${instrumentFields[name].column}${ending}`)

/** The columns of `markets` that hold an instrument, in the order of its fields. */
export const instrumentColumns: ReadonlyArray<string> = instrumentNames.flatMap(columnsOf)

/** Those that are null where the source does not say. */
export const maybeInstrumentColumns: ReadonlyArray<string> = instrumentNames
  .filter((name) => codecOf[name].maybe)
  .flatMap(columnsOf)

/** The same columns as a row has them, checked. */
export const InstrumentRow = Schema.Struct(
  Object.fromEntries(instrumentNames.flatMap((name) => columnsOf(name).map((column) => [column, codecOf[name].row])))
) as Schema.Schema.AnyNoContext as Schema.Schema<{ readonly [column: string]: SqlValue }>

const writeField = <K extends keyof Instrument>(instrument: Instrument, name: K): ReadonlyArray<SqlValue> =>
  codecOf[name].write(instrument[name])

/** Values in the order of `instrumentColumns`. */
export const instrumentValues = (instrument: Instrument): ReadonlyArray<SqlValue> =>
  instrumentNames.flatMap((name) => writeField(instrument, name))

/** From values in the order of `instrumentColumns`. */
export const instrumentFrom = (values: ReadonlyArray<SqlValue>): Instrument => {
  let at = 0
  return buildInstrument((name) => {
    const codec: FieldCodecs[typeof name] = codecOf[name]
    const from = at
    at += codec.endings.length
    return codec.read(values.slice(from, at))
  })
}
