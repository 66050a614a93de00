import type * as HttpClient from "@effect/platform/HttpClient"
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import { type SourceError } from "../domain/errors.ts"
import { isJsonObject } from "../domain/json.ts"
import { venueDeadline } from "../policy/venue.ts"
import { makeGetJson, oneLine } from "./http.ts"

/** Whether orders from where this machine seems to be are accepted. Its address is not kept. */
export interface Geoblock {
  readonly blocked: boolean
  /** Codes such as `DE` and `BE`; "" where the exchange does not say. */
  readonly country: string
  readonly region: string
}

const readGeoblock = (json: unknown): { readonly value: Geoblock } | { readonly problem: string } => {
  if (!isJsonObject(json) || typeof json["blocked"] !== "boolean") return { problem: "does not say whether it blocks" }
  const text = (name: string): string => {
    const value = json[name]
    return typeof value === "string" ? oneLine(value).slice(0, 40) : ""
  }
  return { value: { blocked: json["blocked"], country: text("country"), region: text("region") } }
}

const ANSWER_MB = 0.1

/** Asks once, at `live.geoblock_url`. */
export const askGeoblock = (client: HttpClient.HttpClient, url: string): Effect.Effect<Geoblock, SourceError> =>
  makeGetJson(client, {
    source: "geoblock",
    baseUrl: url,
    timeoutSec: Duration.toSeconds(venueDeadline),
    maxBodyMb: ANSWER_MB
  })({ path: "", query: {}, read: readGeoblock })
