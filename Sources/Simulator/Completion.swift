internal import FoundationEssentials
internal import NIOHTTP1

/// A completion of a simulated engine: a short text made from the request, since no model runs.
struct Completion {
  private let chat: Bool
  private let model: String
  /// The time of the request, in Unix seconds.
  private let created: Int
  private let words: [Substring]
  /// Whether the text is longer than the request allows.
  private let isCut: Bool
  private let streams: Bool
  private let id = randomHex(32)
  let promptTokens: Int

  var generatedTokens: Int { words.count }

  enum Outcome {
    case completed(Completion)
    case refused(SimulatedAnswer)
  }

  /// Answers the body of `POST /v1/chat/completions` (`chat`) or `/v1/completions` at `created`, in Unix seconds.
  static func make(_ body: [UInt8], chat: Bool, models: LoadedModels, created: Int) -> Outcome {
    guard let request = try? JSONDecoder().decode(CompletionRequest.self, from: Data(body)) else {
      return .refused(.malformedBody)
    }
    let model = request.model ?? models.bases.first?.id ?? ""
    guard models.all.contains(where: { $0.id == model }) else {
      let names = models.bases.map(\.id).joined(separator: ", ")
      return .refused(
        .error(
          .notFound, type: "NotFoundError", param: "model",
          "The model `\(model)` does not exist. Valid aliases: \(names)."))
    }
    guard let input = chat ? request.messages?.last?.content.text : request.prompt?.text else {
      return .refused(.error(.badRequest, type: "Bad Request", "\(chat ? "messages" : "prompt"): Field required"))
    }
    return .completed(Completion(request, chat: chat, model: model, input: input, created: created))
  }

  private init(_ request: CompletionRequest, chat: Bool, model: String, input: String, created: Int) {
    let words = "This is \(model), simulated. You said: \(input)".split(separator: " ")
    let limit = request.max_completion_tokens ?? request.max_tokens ?? Int.max
    self.chat = chat
    self.model = model
    self.created = created
    self.words = Array(words.prefix(max(0, limit)))
    isCut = words.count > limit
    streams = request.stream == true
    promptTokens = input.split(separator: " ").count
  }

  /// One JSON object, or server-sent events when the request asks for a stream.
  var answer: SimulatedAnswer {
    streams ? .text(events, contentType: "text/event-stream; charset=utf-8") : .json(object)
  }

  private var finish: String { isCut ? "length" : "stop" }

  private func head(_ chatObject: String) -> String {
    """
    "id":"\(chat ? "chatcmpl" : "cmpl")-\(id)","object":"\(chat ? chatObject : "text_completion")",\
    "created":\(created),"model":\(quoted(model))
    """
  }

  /// The completion as one JSON object.
  private var object: String {
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

  /// The completion as server-sent events, one per word.
  private var events: String {
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

  /// A string, or a list of strings or of parts, of which only the first text counts.
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
