/// The transactions of several writes, each as full as possible. Changes that are added in one call stay in one
/// transaction.
struct WritePlan {
  struct Transaction {
    var changes: [FactChange] = []
    var isDurable = false
  }

  private(set) var transactions: [Transaction] = []
  /// The models that these writes give to an engine (`given`) or take from one (`taken`). The writes of one plan do not
  /// see each other, so no other write may give or take a model that one of them takes.
  private var given: Set<ModelKey> = []
  private var taken: Set<ModelKey> = []
  /// The engines, models and leases that the plan already writes.
  private var subjects: Set<Subject> = []
  /// The models whose `seen` the plan already writes.
  var created: Set<ModelKey> = []

  /// The subject of a write: a plan has at most one write per subject.
  enum Subject: Hashable {
    case engine(ByteString)
    case labels(ModelKey)
    case memory(ModelKey)
    case registration(ByteString)
  }

  /// Claims subjects and models for a write. False when the write must wait for another plan, which then sees this
  /// plan's result.
  mutating func claim(_ subjects: Set<Subject>, giving: Set<ModelKey>, taking: Set<ModelKey>) -> Bool {
    guard self.subjects.isDisjoint(with: subjects), taken.isDisjoint(with: giving), taken.isDisjoint(with: taking),
      given.isDisjoint(with: taking)
    else { return false }
    self.subjects.formUnion(subjects)
    given.formUnion(giving)
    taken.formUnion(taking)
    return true
  }

  mutating func add(_ changes: [FactChange], isDurable: Bool = false) {
    guard !changes.isEmpty else { return }
    if transactions.last.map({ $0.changes.count + changes.count > storeTransactionLimit }) ?? true {
      transactions.append(Transaction())
    }
    let last = transactions.count - 1
    transactions[last].changes += changes
    transactions[last].isDurable = transactions[last].isDurable || isDurable
  }
}
