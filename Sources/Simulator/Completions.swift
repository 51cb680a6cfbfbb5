internal import FoundationEssentials
internal import NIOHTTP1

/// Completions: short answers made from the request, since nothing is generated here.
extension EngineState {
  /// `POST /v1/chat/completions` and `/v1/completions`; `created` is the time of this request.
  mutating func completion(_ body: [UInt8], chat: Bool, created: Int) -> Answer {
    guard let asked = try? JSONDecoder().decode(CompletionRequest.self, from: Data(body)) else {
      return .malformedBody
    }
    let model = asked.model ?? bases.first?.id ?? ""
    guard models.contains(where: { $0.id == model }) else {
      let names = bases.map(\.id).joined(separator: ", ")
      return .error(
        .notFound, type: "NotFoundError", param: "model",
        "The model `\(model)` does not exist. Valid aliases: \(names).")
    }
    guard let input = chat ? asked.messages?.last?.content.text : asked.prompt?.text else {
      return .error(.badRequest, type: "Bad Request", "\(chat ? "messages" : "prompt"): Field required")
    }
    let words = "This is \(model), simulated. You said: \(input)".split(separator: " ")
    let limit = asked.max_completion_tokens ?? asked.max_tokens ?? Int.max
    let completion = Completion(
      chat: chat, model: model, created: created, words: Array(words.prefix(max(0, limit))),
      cut: words.count > limit, promptTokens: input.split(separator: " ").count)
    traffic.completed(promptTokens: completion.promptTokens, generatedTokens: completion.words.count)
    return asked.stream == true
      ? .text(completion.events, contentType: "text/event-stream; charset=utf-8") : .json(completion.object)
  }
}

private struct CompletionRequest: Decodable {
  var model: String?
  var messages: [Message]?
  var prompt: Text?
  var max_tokens: Int?
  var max_completion_tokens: Int?
  var stream: Bool?

  struct Message: Decodable {
    var content: Text
  }

  /// A string, or a list of strings or of parts of which the first text counts.
  struct Text: Decodable {
    var text: String

    private struct Part: Decodable {
      var text: String?
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        self.text = text
      } else if let texts = try? container.decode([String].self) {
        text = texts.first ?? ""
      } else {
        text = try container.decode([Part].self).compactMap(\.text).first ?? ""
      }
    }
  }
}

private struct Completion {
  var chat: Bool
  var model: String
  var created: Int
  var words: [Substring]
  /// The answer was longer than it may be.
  var cut: Bool
  var promptTokens: Int
  private let id = randomHex(32)

  init(chat: Bool, model: String, created: Int, words: [Substring], cut: Bool, promptTokens: Int) {
    self.chat = chat
    self.model = model
    self.created = created
    self.words = words
    self.cut = cut
    self.promptTokens = promptTokens
  }

  private var finish: String { cut ? "length" : "stop" }

  private func head(_ chatObject: String) -> String {
    """
    "id":"\(chat ? "chatcmpl" : "cmpl")-\(id)","object":"\(chat ? chatObject : "text_completion")",\
    "created":\(created),"model":\(quoted(model))
    """
  }

  /// The answer in one object.
  var object: String {
    let text = quoted(words.joined(separator: " "))
    let content =
      chat ? #""message":{"role":"assistant","content":\#(text),"tool_calls":[]}"# : #""text":\#(text)"#
    let usage = """
      "usage":{"prompt_tokens":\(promptTokens),"total_tokens":\(promptTokens + words.count),\
      "completion_tokens":\(words.count)}
      """
    return """
      {\(head("chat.completion")),"choices":[{"index":0,\(content),"logprobs":null,\
      "finish_reason":"\(finish)"}],\(usage)}
      """
  }

  /// The answer as server-sent events, one per word.
  var events: String {
    var out = ""
    for (position, word) in words.enumerated() {
      let text = quoted(position == 0 ? String(word) : " \(word)")
      let content = chat ? #""delta":{"content":\#(text)}"# : #""text":\#(text)"#
      let reason = position == words.count - 1 ? #""\#(finish)""# : "null"
      out += """
        data: {\(head("chat.completion.chunk")),"choices":[{"index":0,\(content),"logprobs":null,\
        "finish_reason":\(reason)}]}\n\n
        """
    }
    return out + "data: [DONE]\n\n"
  }
}
