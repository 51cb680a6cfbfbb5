import GRPC
import HTTP

/// The content of a message that its sender compressed with gzip, or the status of a call with a broken or too large
/// message.
enum InflatedMessage: Sendable {
  /// An event loop inflates messages of at most so many bytes with at most so much content: it takes less than 0.2 ms,
  /// also where many members or blocks have no content.
  private static let smallLimit = 4_096
  private static let smallContentLimit = 65_536

  case content(ArraySlice<UInt8>)
  case failed(Status)

  /// Inflates a message whose content may have `limit` bytes.
  init(_ message: ArraySlice<UInt8>, limit: Int) {
    do throws(Gunzip.Failure) {
      self = .content(try Gunzip.content(of: message, limit: limit)[...])
    } catch {
      self = .failed(Status(error, limit: limit))
    }
  }

  /// Inflates a small message of small content; nil when one of them is not small.
  static func ofSmall(_ message: ArraySlice<UInt8>, limit: Int) -> InflatedMessage? {
    guard message.count <= smallLimit else { return nil }
    do throws(Gunzip.Failure) {
      return .content(try Gunzip.content(of: message, limit: min(limit, smallContentLimit))[...])
    } catch .tooLarge where limit > smallContentLimit {
      return nil
    } catch {
      return .failed(Status(error, limit: limit))
    }
  }
}

extension Status {
  fileprivate init(_ failure: Gunzip.Failure, limit: Int) {
    switch failure {
    case .malformed: self.init(.internal, "a message has the compressed flag, and is not a whole gzip stream")
    case .tooLarge:
      self.init(.resourceExhausted, "the content of a compressed message is larger than the limit of \(limit) bytes")
    }
  }
}
