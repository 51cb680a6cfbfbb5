import FoundationEssentials

/// One entry of a list of models: the union of the fields of the known engines. An optional field of an unexpected type
/// counts as absent.
package struct ModelCard: Decodable, Sendable {
  package var id: String
  package var ownedBy = ""
  package var root = ""
  package var parent = ""
  /// The context length that the engine names, wherever it does, in tokens; 0 is unknown.
  package var maxModelLen: Int64 = 0
  /// Unix time in seconds; 0 is unknown.
  package var created: Int64 = 0
  /// llama.cpp: other ids by which requests may name the model.
  package var aliases: [String] = []
  /// llama.cpp: `meta.size`, the bytes of the tensors; 0 is unknown.
  package var size = 0.0
  /// The state that the engine reports of the model; nil: none.
  package var phase: ModelPhase?
  /// Triton: the version that requests without a version get.
  package var version = ""
  /// The telling fields that the entry has.
  package var marks: Marks = []

  /// Fields that few kinds of engines write.
  package struct Marks: OptionSet, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    static let root = Marks(rawValue: 1)
    static let permission = Marks(rawValue: 2)
    static let maxModelLen = Marks(rawValue: 4)
    static let meta = Marks(rawValue: 8)
    static let mode = Marks(rawValue: 16)
    static let maxInputTokens = Marks(rawValue: 32)
    static let capabilities = Marks(rawValue: 64)
    static let stats = Marks(rawValue: 128)
    static let modelAbility = Marks(rawValue: 256)
    static let owner = Marks(rawValue: 512)
    static let totalReplicas = Marks(rawValue: 1_024)

    fileprivate static let keys: [(CodingKeys, Marks)] = [
      (.root, .root), (.permission, .permission), (.maxModelLen, .maxModelLen), (.meta, .meta), (.mode, .mode),
      (.maxInputTokens, .maxInputTokens), (.capabilities, .capabilities), (.stats, .stats),
      (.modelAbility, .modelAbility), (.ownedBy, .owner), (.totalReplicas, .totalReplicas),
    ]
  }

  private struct Meta: Decodable {
    var contextSize: Tokens?
    var size: Double?

    enum CodingKeys: String, CodingKey {
      case size
      case contextSize = "n_ctx"
    }

    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: CodingKeys.self)
      contextSize = try? fields.decodeIfPresent(Tokens.self, forKey: .contextSize)
      size = try? fields.decodeIfPresent(Double.self, forKey: .size)
    }
  }

  fileprivate enum CodingKeys: String, CodingKey {
    case id, root, parent, meta, status, state, created, aliases, permission, mode, capabilities, stats
    case ownedBy = "owned_by"
    case maxModelLen = "max_model_len"
    case contextLength = "context_length"
    case maxContextLength = "max_context_length"
    case contextWindow = "context_window"
    case maxInputTokens = "max_input_tokens"
    case modelAbility = "model_ability"
    case totalReplicas = "total_replicas"
  }

  /// Where engines write a context length, the surest first.
  private static let lengths: [CodingKeys] = [
    .maxModelLen, .contextLength, .maxContextLength, .contextWindow, .maxInputTokens,
  ]

  /// An entry with an id alone.
  init(id: String) { self.id = id }

  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    func optional<Value: Decodable>(_ key: CodingKeys) -> Value? {
      fields.contains(key) ? (try? fields.decodeIfPresent(Value.self, forKey: key)) ?? nil : nil
    }
    id = try fields.decode(String.self, forKey: .id)
    ownedBy = Self.text(optional(.ownedBy))
    root = Self.text(optional(.root))
    parent = Self.text(optional(.parent))
    created = optional(.created) ?? 0
    aliases = optional(.aliases) ?? []
    let meta: Meta? = optional(.meta)
    size = max(0, meta?.size ?? 0)
    for key in Self.lengths where maxModelLen == 0 { maxModelLen = (optional(key) as Tokens?)?.count ?? 0 }
    if maxModelLen == 0 { maxModelLen = meta?.contextSize?.count ?? 0 }
    phase = optional(.status) ?? optional(.state)
    for (key, mark) in Marks.keys where fields.contains(key) { marks.insert(mark) }
  }

  /// A text fact: absent if it is longer than 4096 bytes or has a NUL, at which C strings end.
  static func text(_ text: String?) -> String {
    guard let text, text.utf8.count <= 4096, !text.utf8.contains(0) else { return "" }
    return text
  }
}

/// A number of tokens, which some engines write as text.
struct Tokens: Decodable {
  /// 0 for what is no length.
  var count: Int64

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    let number = (try? value.decode(Int64.self)) ?? (try? value.decode(String.self)).flatMap { Int64($0) }
    count = max(0, number ?? 0)
  }
}
