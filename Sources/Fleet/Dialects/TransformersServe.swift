/// `transformers serve` (recorded: 5.19, without models). It lists the models on its disk, and loads the one that a request
/// names: which are loaded it does not say. `/health` is a constant. A proof of life would load a model, so there is
/// none. Its answers have no sign of their own, so its kind has to be given.
enum TransformersServe {
  static let dialect = Dialect(kind: .transformers, healthPath: "/health")
}
