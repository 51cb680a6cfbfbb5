import Catalog
import HTTP
import HTTPTypes

/// The only mapping of `ReadError` to REST.
extension OpenAIError {
  /// `link` leads to the page with which the client can continue; nil when there is none.
  init(_ error: ReadError, link: NextLink? = nil) {
    switch error {
    case .notReady(let progress):
      let text = ReadError.text(notReady: progress)
      self = .notReady(text.prefix(1).uppercased() + text.dropFirst() + ".")
    case .modelNotFound(let key):
      self = .modelNotFound(key.id)
    case .invalid(let field, let problem):
      self = .invalidParameter(field, problem)
    case .malformed(let field, let error):
      self = .invalidParameter(field, "at character \(error.position): \(error.message)")
    case .readings(let field, let use):
      self = .invalidParameter(field, (use == .diff ? "" : "asks for too much: ") + QueryText.noReadings)
    case .past(let error, let field):
      self.init(error, field)
    case .pageTokenExpired(let revision, let token):
      self.init(
        .gone,
        "Revision \(revision), which the pages before showed, is no longer known: start again, or go on with what is "
          + "there now by the Link of this answer.",
        param: "page_token", code: "page_token_expired", link: link?.text(pageToken: token))
    case .tooManyLists:
      self = .overloaded("Too many lists that take time are waiting.")
    case .limitReached(let limit, let value):
      let text = ReadError.text(limit, value)
      self = .overloaded(text.prefix(1).uppercased() + text.dropFirst() + ".")
    case .cancelled:
      self = .overloaded("The request was cancelled.")
    }
  }

  private init(_ error: PastError, _ param: String?) {
    let code =
      switch error {
      case .notRetained: "revision_compacted"
      case .notReached: "revision_in_future"
      case .unknown: "revision_unknown"
      }
    self = .invalid("The past cannot be read: \(error.text).", param: param, code: code)
  }

  private static func invalidParameter(_ name: String, _ problem: String) -> OpenAIError {
    .invalid("'\(name)' \(problem).", param: name, code: "invalid_parameter")
  }
}

/// Runs a read and maps its error to REST's.
func restRead<R>(_ read: () throws(ReadError) -> R) throws(OpenAIError) -> R {
  do throws(ReadError) {
    return try read()
  } catch {
    throw OpenAIError(error)
  }
}

/// Reads a parameter and maps its error to REST's.
func restParameter<R>(_ read: () throws(QueryError) -> R) throws(OpenAIError) -> R {
  do throws(QueryError) {
    return try read()
  } catch {
    throw .invalid(error)
  }
}
