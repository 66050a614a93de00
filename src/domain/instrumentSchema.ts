import * as Schema from "effect/Schema"
import { type FieldKind, type FieldTypes, instrumentFields, type Instrument } from "./instrument.ts"

const text = Schema.String
const maybeText = Schema.NullOr(text)

export const FeeScheduleSchema = Schema.Struct({
  rate: Schema.Finite,
  exponent: Schema.Finite,
  takerOnly: Schema.Boolean,
  rebateRate: Schema.Finite
})

/** What the values of each kind are, checked at run time. Numbers are finite, as JSON and SQLite hold no others. */
export const fieldSchemas: { readonly [K in FieldKind]: Schema.Schema<FieldTypes[K]> } = {
  text,
  marketId: text,
  eventId: text,
  flag: Schema.Boolean,
  maybeText,
  maybeTokenId: maybeText,
  maybeFigure: Schema.NullOr(Schema.Finite),
  maybeTime: Schema.NullOr(Schema.Int),
  maybeFee: Schema.NullOr(FeeScheduleSchema)
}

const schemaFields = Object.fromEntries(
  Object.entries(instrumentFields).map(([name, { kind }]) => [name, fieldSchemas[kind]])
) as { readonly [K in keyof Instrument]: Schema.Schema<Instrument[K]> }

/** An instrument from outside of the program, made from the one list of its fields. */
export const InstrumentSchema: Schema.Schema<Instrument> = Schema.Struct(schemaFields)
