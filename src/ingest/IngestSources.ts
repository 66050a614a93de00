import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { IngestSources } from "../ports/IngestSource.ts"
import * as ClobSource from "./sources/ClobSource.ts"
import * as DataSource from "./sources/DataSource.ts"
import * as GammaSource from "./sources/GammaSource.ts"

/** The sources of this program. Another venue is one more line here, and its Layer. */
export const layer = Layer.effect(
  IngestSources,
  Effect.all([GammaSource.GammaSource, DataSource.DataSource, ClobSource.ClobSource])
).pipe(Layer.provide([GammaSource.layer, DataSource.layer, ClobSource.layer]))
