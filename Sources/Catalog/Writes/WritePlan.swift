/// Transactions that several writes make together, each as full as it may be. What is added together stays together.
struct WritePlan {
  struct Transaction {
    var changes: [FactChange] = []
    var isDurable = false
  }

  private(set) var transactions: [Transaction] = []
  /// Models that these writes give to an engine, and that they take from one. The writes of one plan do not see each
  /// other, so what one takes no other may give or take.
  private var given: Set<ModelKey> = []
  private var taken: Set<ModelKey> = []
  /// Engines, and models whose labels are declared, that are written already.
  private var subjects: Set<Subject> = []
  /// Models whose `seen` is written already by this plan.
  var created: Set<ModelKey> = []

  /// The subject of a write: a plan holds one write of each.
  enum Subject: Hashable {
    case engine(ByteString)
    case labels(ModelKey)
    case memory(ModelKey)
    case registration(ByteString)
  }

  /// False when this must wait for another plan, which then knows what this one did.
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
