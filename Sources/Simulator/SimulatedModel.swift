/// An entry of a simulated engine's `/v1/models`.
package struct SimulatedModel: Hashable, Sendable {
  package var id: String
  /// The place of the weights, as the engine reports it.
  package var root: String
  /// The id of the base model; nil for a base model.
  package var parent: String?
  /// The context length in tokens; nil for an adapter, as vLLM answers.
  package var maxModelLen: Int?

  package init(id: String, root: String, parent: String? = nil, maxModelLen: Int? = nil) {
    self.id = id
    self.root = root
    self.parent = parent
    self.maxModelLen = maxModelLen
  }
}
