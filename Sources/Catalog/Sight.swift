/// The models that a caller may see. Every read of the catalog takes this value.
package enum Sight: Hashable, Sendable {
  /// All models. Until access control exists, every caller sees all.
  case all
}
