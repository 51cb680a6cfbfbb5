package import Catalog

/// An engine's facts and models in the store when the process starts.
package typealias KnownEngine = (facts: EngineFacts, models: [ReplicaFacts])

/// Whether an engine as it is stored has ever answered.
func hasAnswered(_ known: KnownEngine) -> Bool {
  known.facts.condition.state != .unreachable || !known.models.isEmpty
}
