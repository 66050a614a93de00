import * as Schema from "effect/Schema"

/** What a person typed or configured is not acceptable. Exit code 2. `field` is the option, key or argument. */
export class InputError extends Schema.TaggedError<InputError>()("InputError", {
  field: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `${this.field}: ${this.problem}`
  }
}

/** The thing asked for is not there: an unknown market, order or signal. Exit code 1. */
export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", {
  what: Schema.String,
  id: Schema.String
}) {
  override get message() {
    return `${this.what} ${this.id} does not exist`
  }
}

/** The database could not be opened, read or written. */
export class StoreError extends Schema.TaggedError<StoreError>()("StoreError", {
  operation: Schema.String,
  detail: Schema.String,
  cause: Schema.optional(Schema.Defect)
}) {
  override get message() {
    return `database: ${this.operation}: ${this.detail}`
  }
}

/** Money does not add up, so what was to be reported is not. Exit code 1. Amounts are in the detail. */
export class UnbalancedBooks extends Schema.TaggedError<UnbalancedBooks>()("UnbalancedBooks", {
  detail: Schema.String
}) {
  override get message() {
    return `the books do not balance: ${this.detail}; nothing is reported`
  }
}

/** Names under which failed requests are counted. */
export const errorBuckets = [
  "http_429",
  "http_5xx",
  "http_4xx",
  "timeout",
  "network",
  "decode",
  "circuit_open",
  "source_skipped_404"
] as const
export type ErrorBucket = (typeof errorBuckets)[number]

/** A request to a market-data source failed. `retryAfterMs` is what the server itself asked for, when it did. */
export class SourceError extends Schema.TaggedError<SourceError>()("SourceError", {
  source: Schema.String,
  operation: Schema.String,
  bucket: Schema.Literal(...errorBuckets),
  retryable: Schema.Boolean,
  retryAfterMs: Schema.NullOr(Schema.Number),
  detail: Schema.String
}) {
  override get message() {
    return `${this.source}: ${this.operation}: ${this.bucket}: ${this.detail}`
  }
}

/** A file could not be read or written. */
export class FileError extends Schema.TaggedError<FileError>()("FileError", {
  path: Schema.String,
  operation: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `${this.path}: ${this.operation}: ${this.detail}`
  }
}

/** An artifact that is not what it claims to be. `at` is the path inside it. */
export class ArtifactError extends Schema.TaggedError<ArtifactError>()("ArtifactError", {
  file: Schema.String,
  at: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return this.at === "" ? `${this.file}: ${this.detail}` : `${this.file}: ${this.at}: ${this.detail}`
  }
}

/**
 * The venue cannot take the order: unreachable, or not available in this version or mode. Unless `nothingSent` the order
 * may have reached it and only the answer was lost: then it must never be sent again.
 */
export class VenueUnavailable extends Schema.TaggedError<VenueUnavailable>()("VenueUnavailable", {
  operation: Schema.String,
  detail: Schema.String,
  nothingSent: Schema.optionalWith(Schema.Boolean, { default: () => false })
}) {
  override get message() {
    return `${this.operation}: ${this.detail}`
  }
}

/** A worker thread could not be started, or ended before its work was done. */
export class WorkerError extends Schema.TaggedError<WorkerError>()("WorkerError", {
  detail: Schema.String
}) {
  override get message() {
    return `worker thread: ${this.detail}`
  }
}
