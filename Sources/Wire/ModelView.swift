import CMessages
import Messages

/// How much of a model a caller asks for. UNSPECIFIED is BASIC.
package enum ModelView: UInt32, Hashable, Sendable {
  case basic = 1
  /// With replicas and readings.
  case full = 2

  init(_ view: Rollcall__V1__ModelView) throws(MalformedMessage) {
    switch view {
    case ROLLCALL__V1__MODEL_VIEW__MODEL_VIEW_UNSPECIFIED, ROLLCALL__V1__MODEL_VIEW__BASIC:
      self = .basic
    case ROLLCALL__V1__MODEL_VIEW__FULL:
      self = .full
    default:
      throw MalformedMessage(.value, "there is no view \(view.rawValue)", field: "view")
    }
  }

  var message: Rollcall__V1__ModelView { Rollcall__V1__ModelView(rawValue) }
}
