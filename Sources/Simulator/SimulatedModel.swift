/// One entry of a simulated engine's `/v1/models`.
package struct SimulatedModel: Hashable, Sendable {
  package var id: String
  /// Where the weights are said to be.
  package var root: String
  /// Id of the base model; nil for a base model.
  package var parent: String?
  /// Tokens; nil for an adapter, as vLLM answers.
  package var maxModelLen: Int?

  package init(id: String, root: String, parent: String? = nil, maxModelLen: Int? = nil) {
    self.id = id
    self.root = root
    self.parent = parent
    self.maxModelLen = maxModelLen
  }
}
