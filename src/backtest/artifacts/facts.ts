import { type BacktestArtifactV1 } from "../schema.ts"
import { type BacktestArtifactV2 } from "../schemaV2.ts"

/** What an artifact of either major version says, but for its ledger, and where it says it. */
export interface ArtifactFacts extends Omit<BacktestArtifactV1, "replay"> {
  readonly places: {
    /** What stands in front of the names of counts, of figures, and of what 1.1 and later added. */
    readonly counts: string
    readonly results: string
    readonly events: string
    readonly added: string
  }
}

export const factsOfV1 = (artifact: BacktestArtifactV1): ArtifactFacts => ({
  ...artifact,
  places: { counts: "", results: "results", events: "event_results", added: "" }
})

export const factsOfV2 = (artifact: BacktestArtifactV2): ArtifactFacts => ({
  ...artifact.extensions,
  ...artifact.summary,
  schema_version: artifact.meta.source_schema_version,
  execution_config: artifact.configs.execution,
  risk_config: artifact.configs.risk,
  results: artifact.attribution.strategy,
  event_results: artifact.attribution.event,
  places: {
    counts: "summary.",
    results: "attribution.strategy",
    events: "attribution.event",
    added: "extensions."
  }
})
