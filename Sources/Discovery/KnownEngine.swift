package import Catalog

/// What the store remembers of one engine when the process starts.
package typealias KnownEngine = (facts: EngineFacts, models: [ReplicaFacts])
