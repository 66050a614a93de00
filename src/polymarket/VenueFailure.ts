import * as Schema from "effect/Schema"
import { rejectionCodes } from "./rejections.ts"

/**
 * `refused`: the exchange read the request and said no. `unauthorized`, `forbidden` (geoblock), `rate_limited`,
 * `restarting` (425), `paused` (trading disabled, cancel-only, post-only): it did not even look. `server_error`, `network`,
 * `timeout`, `malformed`: what became of the request is not known unless `nothingSent`.
 */
export const venueFailureKinds = [
  "refused",
  "unauthorized",
  "forbidden",
  "rate_limited",
  "restarting",
  "paused",
  "server_error",
  "network",
  "timeout",
  "malformed"
] as const
export type VenueFailureKind = (typeof venueFailureKinds)[number]

/** A request to the exchange that did not succeed. No header, credential or signature is in it. */
export class VenueFailure extends Schema.TaggedError<VenueFailure>()("VenueFailure", {
  /** Method and path. */
  operation: Schema.String,
  kind: Schema.Literal(...venueFailureKinds),
  status: Schema.NullOr(Schema.Number),
  code: Schema.Literal(...rejectionCodes),
  detail: Schema.String,
  /** The exchange certainly did not act on the request. Otherwise it may have, and it must not be sent again unseen. */
  nothingSent: Schema.Boolean,
  /** What the exchange itself asked for, when it did. */
  retryAfterMs: Schema.NullOr(Schema.Number)
}) {
  override get message() {
    return `${this.operation}: ${this.detail}`
  }
}
