internal import Catalog

/// How long ago something was, in its largest unit: `5s`, `3m`, `2h`, `4d`.
enum Age {
  /// A moment that has not come yet is `0s`: clocks differ.
  static func text(_ age: Duration) -> String {
    let seconds = max(0, age.components.seconds)
    return switch seconds {
    case ..<60: "\(seconds)s"
    case ..<3600: "\(seconds / 60)m"
    case ..<86_400: "\(seconds / 3600)h"
    default: "\(seconds / 86_400)d"
    }
  }

  /// `-` of what never was.
  static func text(since moment: Timestamp?, _ now: Timestamp) -> String {
    moment.map { text(now - $0) } ?? "-"
  }
}
