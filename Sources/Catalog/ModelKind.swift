/// The kind of a model. The numbers match `rollcall.v1.ModelKind`.
package enum ModelKind: UInt8, Hashable, Sendable, CaseIterable {
  case base = 1
  /// A LoRA adapter; its `parent` is the base model.
  case adapter = 2
  /// A name that resolves to versions.
  case alias = 3

  /// The name on the wire.
  package var name: String {
    switch self {
    case .base: "BASE"
    case .adapter: "ADAPTER"
    case .alias: "ALIAS"
    }
  }
}
